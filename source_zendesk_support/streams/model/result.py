"""The result of one page for a run: records, files, and the states that cover them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on disk: its absolute path, its path in the folder, and its size in bytes."""

    path: str
    relative_path: str
    size: int


@dataclass(frozen=True, slots=True)
class PageResult:
    """The result of one page.

    Attributes:
        records: The records of each stream.
        states: The states to print after them.
        files: A file or None for each record of a stream whose files are transferred.
        failures: The streams that end here while the walk continues for the others.
        completed: The streams that were read to their end while the walk continues for the others.
        below: The keys below each item of the page, or below each ticket, by stream.
        tickets: Whether tickets are deleted, as far as the page says it, by id.

    """

    records: tuple[tuple[str, Sequence[Record]], ...]
    states: tuple[tuple[str, dict[str, Any]], ...]
    files: Mapping[str, list[StoredFile | None]] = field(default_factory=dict)
    failures: tuple[tuple[str, BaseException], ...] = ()
    completed: tuple[str, ...] = ()
    below: Mapping[str, Mapping[str, list[Any]]] = field(default_factory=dict)
    tickets: Mapping[str, bool] = field(default_factory=dict)
