"""The keys of a state, and how they are written.

A row of the catalog has all of it, so that this room knows no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .position import Position


class StateKeys(Protocol):
    """The stream of a state. For what each member means see `Stream`."""

    @property
    def name(self) -> str: ...

    @property
    def cursor_field(self) -> str | None: ...

    @property
    def state_is_epoch(self) -> bool: ...

    @property
    def older_keys(self) -> Mapping[str, int | None]: ...

    @property
    def parent_keys(self) -> Mapping[str, int | None]: ...

    @property
    def position_type(self) -> type[Position]: ...
