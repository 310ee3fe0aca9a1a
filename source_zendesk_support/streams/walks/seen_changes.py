"""Lists of what is true now, read so that a history grows in any destination.

Zendesk keeps no history of these lists. A record that differs from the last time becomes a new one
with the time it was seen: it holds until the next one of the same thing. Never delivers a record
that replaces an earlier one, which a snapshot (snapshots.py) does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.times import format_time

from .compared_list import ComparedList
from .compared_read import ComparedRead
from .snapshots import SNAPSHOT_AT

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.result import Record


class SeenRead(ComparedRead):
    """A stream of changes as they were seen: its position follows the time of the newest."""

    _taken_s = 0

    def begin(self, *, shown_s: int, sweep_s: int, from_start: bool) -> None:
        """Start: the records of this reading are dated with Zendesk's time of its first page."""
        super().begin(shown_s=shown_s, sweep_s=sweep_s, from_start=from_start)
        self._taken_s = shown_s

    def news(self, items: list[Record]) -> list[Record]:
        """Return what differs from the last time, each with a key and a time of its own."""
        key, taken_at = self.stream.primary_key, format_time(self._taken_s)
        found = [item for item in items if self._digests.is_new(str(item.get(key)), item)]
        if found:
            self._newest_s = self._taken_s
        return [{**it, key: f"{it.get(key)}|{taken_at}", SNAPSHOT_AT: taken_at} for it in found]


@dataclass(frozen=True)
class SeenChanges(ComparedList):
    """Reads a whole list, and delivers what differs as new records."""

    label: ClassVar[str] = "list, a new record for each change"
    compared: ClassVar[type[ComparedRead]] = SeenRead
