"""One stream while it is read out of a compared list, or below the records of an export.

Owns what the stream already has, which parents it wants to be asked again, and its position. Sends
nothing. Rests on no order and no time of Zendesk's: what differs from the last time is news.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.catalog.stream import Rereading, Walk
from source_zendesk_support.streams.state.digests import Digests
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.position import OpenList, Place, Position
from source_zendesk_support.zendesk.errors import StreamRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.catalog.stream import ChildResource, Stream
    from source_zendesk_support.zendesk.errors import ConnectorError, RecordRefused

Record = dict[str, Any]


class StreamRead:
    """What one stream knows and wants. `error`: why it ended before the others."""

    def __init__(self, stream: Stream, old: Position) -> None:
        self.stream = stream
        self.old = old
        self.error: ConnectorError | None = None
        self.was_asked_for = False  # since the last page of parents
        # By path of the level: how many parents were refused there, and the last refusal.
        self._refusals: dict[str, tuple[int, StreamRefused]] = {}
        self._answered: set[str] = set()  # paths of levels
        self.places: dict[str, Place] = dict(old.places)
        self._versions = Digests(old.versions)
        self._floors = dict(old.floors)
        # A stream without a cursor is overwritten by each sync, so it is whole each time; below an
        # export, every record of a parent that comes is news.
        self._compares = bool(stream.cursor_field) and stream.resource.walk is Walk.COMPARED_LIST
        self._newest_s = old.open_list.newest_s if old.open_list else None
        self._started_s = old.open_list.started_s if old.open_list else 0
        self._sweeps = False
        self._is_whole = False

    def begin(self, *, shown_s: int, sweep_s: int, from_start: bool) -> None:
        """Take note that the list is read from its beginning, or after the page kept before."""
        if from_start:
            self._started_s = shown_s
        swept_s = self.old.swept_s
        self._sweeps = swept_s is None or self._started_s - swept_s >= sweep_s
        self._is_whole = from_start

    def news(self, items: list[Record]) -> list[Record]:
        """Return the records of the list itself that are to be delivered."""
        key = self.stream.primary_key
        if not self._compares:
            return items
        return [
            item
            for item in items
            if self._versions.is_news(str(item.get(key)), item) and self._is_above(item, None)
        ]

    def wants(self, level: ChildResource, parent: Record) -> bool:
        """Tell whether a parent is to be asked for what hangs below it at this level."""
        if level.count_in and parent.get(level.count_in) == 0:
            return False
        if level.only_where and not parent.get(level.only_where):
            return False
        children = self.stream.children
        if self._sweeps or not self._compares:
            return True
        if children is not None and children.rereading is Rereading.ALWAYS:
            return True
        return not self._versions.is_known(_parent_key(level, parent), _look(level, parent))

    def note_answer(self, level: ChildResource) -> None:
        """Take note that a parent was answered at a level: it is not refused as a whole."""
        self.was_asked_for = True
        self._answered.add(level.path)

    def note_refusal(self, level: ChildResource, error: StreamRefused | RecordRefused) -> None:
        """Take note of a refused parent. One that is missing itself says nothing of the stream."""
        self.was_asked_for = True
        if isinstance(error, StreamRefused) and not error.is_about_a_record:
            count, _ = self._refusals.get(level.path, (0, error))
            self._refusals[level.path] = (count + 1, error)

    def refused_below(self, parents: int) -> StreamRefused | None:
        """Return the refusal of a level where so many parents were refused and none answered."""
        found = (
            error
            for path, (count, error) in self._refusals.items()
            if count >= parents and path not in self._answered
        )
        return next(found, None)

    @property
    def is_held(self) -> bool:
        """Tell whether its state may not move: parents were refused and none was answered.

        Passing them by would lose what hangs below them when the permission is given later.
        """
        return self.refused_below(1) is not None

    def was_read(self, level: ChildResource, parent: Record) -> None:
        """Take note that everything at this level below a parent was read, or refused."""
        if self._compares:
            self._versions.is_news(_parent_key(level, parent), _look(level, parent))

    def news_below(self, page: str, parent: str, items: list[Record]) -> list[Record]:
        """Return the children on a page that are to be delivered: none if it is what it was."""
        if not self._compares:
            return items
        if not items or not self._versions.is_news(page, items):
            return []
        return [item for item in items if self._is_above(item, parent)]

    def _is_above(self, item: Record, parent: str | None) -> bool:
        """After a take-over, what an older connector read is left out, but for its last second."""
        at_s = time_of(item, "updated_at")
        if at_s is None:
            return True
        self._newest_s = at_s if self._newest_s is None else max(at_s, self._newest_s)
        if self.old.swept_s is not None:
            return True
        floor = self._floors.get(parent, self.old.at_s) if parent else self.old.at_s
        return floor is None or at_s >= floor

    def open_position(self, cursor: str | None) -> Position:
        """Return the position while pages are left; `at_s` does not move before the end."""
        page = None
        if cursor is not None:
            page = OpenList(cursor, self._started_s, self._newest_s, frozenset())
        return replace(self._now(), open_list=page)

    def last_position(self) -> Position:
        """Return the position after the last page of the list."""
        sweeps = self._sweeps and self.stream.children is not None
        if self._is_whole and (sweeps or self.stream.children is None):
            self._versions.keep_what_was_met()
        known = [at_s for at_s in (self.old.at_s, self._newest_s) if at_s is not None]
        swept_s = self.old.swept_s
        if self._compares and (sweeps or swept_s is None):
            swept_s = self._started_s
        return replace(
            self._now(),
            at_s=max(known, default=None),
            swept_s=swept_s,
            floors=(),
            open_list=None,
        )

    def _now(self) -> Position:
        return replace(
            self.old,
            versions=self._versions.text if self._compares else "",
            places=tuple(sorted(self.places.items())),
        )


def _parent_key(level: ChildResource, parent: Mapping[str, Any]) -> str:
    return f"{level.path}|{parent.get(level.parent_key)}"


def _look(level: ChildResource, parent: Mapping[str, Any]) -> list[Any]:
    """What of a parent shows that something changed below it."""
    return [parent.get(name) for name in ("updated_at", *level.counters)]
