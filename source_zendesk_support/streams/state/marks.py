"""Delivered records, by time: marks of record versions in the last second that was read.

A mark is a record's key and a digest of its content. A repeat is left out only when it is
identical, so that leaving it out never loses a change. Marks are kept for border seconds only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .digests import digest
from .list_position import ListPosition
from .times import MILLISECONDS_FROM, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DIGEST_BYTES = 6  # two versions of one record look alike once in 2**48


def mark(key: str, record: Mapping[str, Any]) -> str:
    """Return the mark of one version of a record: its key and a digest of its content."""
    return f"{key}:{digest(record, _DIGEST_BYTES).hex()}"


def time_of(record: Mapping[str, Any], field: str) -> int | None:
    """Return a record's time as epoch seconds; None when it has none that can be read."""
    value = record.get(field)
    if type(value) is int and 0 <= value < MILLISECONDS_FROM:
        return value  # by far the most frequent form in exports
    try:
        return parse_time(value)
    except ValueError:
        return None


class HighWaterMark:
    """How far a walk has come through records that are in no order of time.

    The position passes neither back before the old one nor beyond the moment the walk began: a
    record that changed after its page was read would be lost behind it. Records met
    at the position or later are remembered by their marks, and are not delivered again.
    """

    def __init__(self, old: ListPosition, started_s: int, time_field: str) -> None:
        """`started_s`: Zendesk's time when the walk began, possibly in an earlier process."""
        self._old = old
        self._time_field = time_field
        self.started_s = started_s
        self.newest_s: int | None = None
        self.seen: set[str] = set()

    def resume(self, newest_s: int | None, seen: Iterable[str]) -> None:
        """Continue where an earlier process stopped."""
        self.newest_s = newest_s
        self.seen = set(seen)

    def is_new(self, key: str, record: Mapping[str, Any]) -> bool:
        """Remember a record, and return whether it is new since the old position.

        One without a time is always new: nothing says that it is old.
        """
        time_s, old_s = time_of(record, self._time_field), self._old.at_s
        if time_s is None:
            return True
        if old_s is not None and time_s < old_s:
            return False
        record_mark = mark(key, record)
        before_s = self._at_s
        self.newest_s = time_s if self.newest_s is None else max(time_s, self.newest_s)
        now_s = self._at_s
        if before_s is not None and now_s is not None and now_s > before_s:
            self.seen.clear()  # all were of the second that the position leaves
        if now_s is None or time_s >= now_s:
            self.seen.add(record_mark)
        return record_mark not in self._old.seen

    @property
    def _at_s(self) -> int | None:
        """Where the position stands: it never lies before the old one."""
        old_s = self._old.at_s
        if self.newest_s is None:
            return old_s
        at_s = min(self.newest_s, self.started_s)
        return at_s if old_s is None else max(at_s, old_s)

    def position(self) -> ListPosition:
        """Return the position at the end of the walk."""
        at_s, old = self._at_s, self._old
        seen = self.seen | old.seen if at_s == old.at_s else self.seen
        return ListPosition(at_s=at_s, seen=frozenset(seen))


class BorderSecond:
    """The second in which a page in the order of time ended: the next page repeats its records."""

    def __init__(self, at_s: int, seen: frozenset[str], time_field: str) -> None:
        """`seen`: the marks of the records of that second that were delivered."""
        self.at_s = at_s
        self.seen = seen
        self.time_field = time_field

    def is_new(self, key: str, record: Mapping[str, Any]) -> bool:
        """Return whether a record of the next page is to be delivered."""
        may_repeat = bool(self.seen) and time_of(record, self.time_field) == self.at_s
        return not (may_repeat and mark(key, record) in self.seen)

    def move(self, at_s: int, key: str, delivered: Iterable[Mapping[str, Any]]) -> None:
        """Move to the second in which a page ended of which these records were delivered."""
        border = frozenset(
            mark(str(record.get(key)), record)
            for record in delivered
            if time_of(record, self.time_field) == at_s
        )
        self.seen = border | self.seen if at_s == self.at_s else border
        self.at_s = at_s
