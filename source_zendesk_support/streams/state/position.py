"""Where a stream stands: what the versioned types of all walks share, and its JSON.

Pure. A position is the value that a run begins from and ends with. `migrate` turns the JSON of
older versions and of older connectors into that of today; `from_json` reads today's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .legacy import read_until
from .times import MILLISECONDS_FROM, SMALLEST_EPOCH_S, format_time
from .values import (
    marks_in,
    object_in,
    optional_time_in,
    text_in,
    time_in,
    unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys

AFTER_CURSOR = "after_cursor"
SEEN = "seen"
PAGE = "page"
# More records than this in one second are not remembered. They are delivered again instead, which
# upserting by key absorbs. A state of this many marks is still below 50 KB.
MOST_SEEN = 2000


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that was not read to its end: the page to resume after, and what was met so far."""

    after_cursor: str
    started_s: int
    newest_s: int | None
    seen: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds under `page`."""
        page: dict[str, Any] = {
            AFTER_CURSOR: self.after_cursor,
            "started_at": format_time(self.started_s),
        }
        if self.newest_s is not None:
            page["newest_at"] = format_time(self.newest_s)
        return page | marks_to_json(self.seen)

    @classmethod
    def from_json(cls, stream: StateKeys, page: Any) -> Self | None:
        """Return what a state holds under `page`; None without it."""
        if page is None:
            return None
        page = object_in(stream, PAGE, page)
        cursor = text_in(stream, f"{PAGE}.{AFTER_CURSOR}", page.get(AFTER_CURSOR))
        if cursor is None:
            raise unreadable(stream, f"{PAGE}.{AFTER_CURSOR}", "it is missing")
        return cls(
            cursor,
            time_in(stream, f"{PAGE}.started_at", page.get("started_at")),
            optional_time_in(stream, f"{PAGE}.newest_at", page.get("newest_at")),
            marks_in(stream, f"{PAGE}.{SEEN}", page.get(SEEN)),
        )


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream stands. `at_s`: epoch seconds up to which everything was read."""

    VERSION: ClassVar[int] = 1
    OWN_KEYS: ClassVar[tuple[str, ...]] = ()  # beside the published key

    at_s: int | None = None

    @property
    def is_start(self) -> bool:
        """Whether nothing was read yet."""
        return self == type(self)()

    @property
    def is_time_alone(self) -> bool:
        """Whether a user may have written it: a time, and nothing that only a sync knows."""
        return self == type(self)(self.at_s)

    @property
    def resume_cursor(self) -> str | None:
        """The cursor of Zendesk's after which reading resumes, if it stopped at one."""
        return None

    def without_time(self) -> Self:
        """Return what is left of the position when its time cannot be right."""
        return replace(self, at_s=None)

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the published key with its value, and what else is to be kept."""
        if not stream.cursor_field or self.at_s is None:
            return {}
        # Other numbers would be read as milliseconds, or as an epoch that lacks digits.
        is_epoch = stream.state_is_epoch and SMALLEST_EPOCH_S <= self.at_s < MILLISECONDS_FROM
        return {stream.cursor_field: str(self.at_s) if is_epoch else format_time(self.at_s)}

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state of this version stands for."""
        return cls(published_time(stream, state))

    @classmethod
    def migrate(cls, stream: StateKeys, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state of an older version or connector in the form of this version.

        States of 6.0.0 had this form already, without the version.
        """
        at_s = read_until(stream, state)
        return cls._migrated(stream, state, at_s)

    @classmethod
    def _migrated(
        cls, stream: StateKeys, state: Mapping[str, Any], at_s: int | None
    ) -> dict[str, Any]:
        own = {key: state[key] for key in cls.OWN_KEYS if state.get(key) is not None}
        says_something = any(value not in ({}, []) for key, value in own.items() if key != SEEN)
        if at_s is None and not says_something:
            known = [stream.cursor_field, *stream.older_keys] if stream.cursor_field else [PAGE]
            raise unreadable(stream, ", ".join(state), f"none of the keys {known} is in it")
        return Position(at_s).to_json(stream) | own


def published_time(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    """Return the time under the published key of a state; None without one."""
    if not stream.cursor_field:
        return None
    at_s = optional_time_in(stream, stream.cursor_field, state.get(stream.cursor_field))
    # A failed first sync of the published connector left "0" behind
    # (docs/facts/published-connector.md#6.1).
    return at_s or None


def marks_to_json(seen: frozenset[str]) -> dict[str, Any]:
    """Return what a state holds under `seen`."""
    return {SEEN: sorted(seen)} if 0 < len(seen) <= MOST_SEEN else {}
