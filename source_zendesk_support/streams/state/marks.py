"""What was already delivered: marks of record versions, and how far an unordered walk has come.

A mark is a record's key and a digest of its content: a repeat is left out only when it is
identical, so leaving it out can never lose a change. Marks are kept for border seconds only.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.json_text import dumps

from .position import Position
from .times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DIGEST_BYTES = 6  # two versions of one record look alike once in 2**48


def mark(key: str, record: Mapping[str, Any]) -> str:
    """Return the mark of one version of a record: its key and a digest of its content."""
    content = dumps(record, sort_keys=True)
    return f"{record.get(key)}:{blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()}"


def time_of(record: Mapping[str, Any], field: str) -> int | None:
    """Return a record's time as epoch seconds; None when it has none that can be read."""
    value = record.get(field)
    if type(value) is int:
        return value
    try:
        return parse_time(value)
    except ValueError:
        return None


class HighWaterMark:
    """How far a walk has come through records that are in no order of time.

    The position may not pass the moment the walk began: a record that changed after its page was
    read would be lost behind it. What was met there or later is remembered by its mark, to be told
    from news next time.
    """

    def __init__(self, old: Position, started_s: int) -> None:
        """`started_s`: Zendesk's time when the walk began, possibly in an earlier process."""
        self._old = old
        self.started_s = started_s
        self.newest_s: int | None = None
        self.seen: set[str] = set()

    def resume(self, newest_s: int | None, seen: Iterable[str]) -> None:
        """Go on where an earlier process stopped."""
        self.newest_s = newest_s
        self.seen = set(seen)

    def meet(self, key: str, record: Mapping[str, Any], time_s: int | None) -> bool:
        """Take note of a record, and tell whether it is news since the old position.

        One without a time is always news: nothing says that it is old.
        """
        if time_s is None:
            return True
        since_s, at_s = self._old.at_s, self._at_s
        is_old = since_s is not None and time_s < since_s
        if is_old and at_s is not None and time_s < at_s:
            return False
        record_mark = mark(key, record)
        if at_s is None or time_s >= at_s:
            if at_s is not None and at_s < min(time_s, self.started_s):
                self.seen.clear()
            self.newest_s = time_s if self.newest_s is None else max(time_s, self.newest_s)
            self.seen.add(record_mark)
        return not is_old and record_mark not in self._old.seen

    @property
    def _at_s(self) -> int | None:
        return None if self.newest_s is None else min(self.newest_s, self.started_s)

    def position(self) -> Position:
        """Return the position at the end of the walk; it never lies before the old one."""
        at_s, old = self._at_s, self._old
        if at_s is None or (old.at_s is not None and at_s < old.at_s):
            return Position(at_s=old.at_s, seen=old.seen)
        if at_s == old.at_s:
            return Position(at_s=at_s, seen=frozenset(self.seen | old.seen))
        return Position(at_s=at_s, seen=frozenset(self.seen))
