"""One stream while it is read from a compared list, or below its records.

Owns what the stream already has, which parents it asks again, and its position. Sends nothing.
Rests on no order and no time of Zendesk's: what differs from the last time is new.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.resource import Rereading
from source_zendesk_support.streams.state.digests import Digests
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.position import OpenList

from .record_paths import remembered_key
from .stream_read import StreamRead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.state.key_memory import KeyMemory
    from source_zendesk_support.streams.state.list_position import ComparedPosition, Place

    from .checkpoints import Checkpoints
    from .listed_children import ListedChildren


class WholeRead(StreamRead):
    """A stream without a cursor: every sync delivers all of it, whatever it did before."""

    def __init__(
        self,
        stream: Stream,
        old: ComparedPosition,
        checkpoints: Checkpoints,
        memory: KeyMemory | None = None,
    ) -> None:
        super().__init__(stream, memory=memory)
        self.old = old
        self.checkpoints = checkpoints
        self.places: dict[str, Place] = dict(old.places)
        page = old.open_list
        self._newest_s = page.newest_s if page else None
        self._started_s = page.started_s if page else 0
        self.is_whole = False  # whether the list is read from its beginning
        # Of a stream below parents whose list leaves out what their export calls deleted.
        self.listed: ListedChildren | None = None

    def begin(self, *, shown_s: int, sweep_s: int, from_start: bool) -> None:  # noqa: ARG002
        """Start at the beginning of the list, or after the page that was kept."""
        self._started_s = shown_s if from_start else min(self._started_s, shown_s)
        self.is_whole = from_start

    def is_sweep_due(self, at_s: int, sweep_s: int) -> bool:  # noqa: ARG002
        """Return whether every parent is asked in a reading that starts at a time."""
        return False

    def news(self, items: list[Record]) -> list[Record]:
        """Return the records of the list itself that are to be delivered."""
        return items

    def note_answer(self, level: ChildResource) -> None:
        """Count a page below a parent: to ask for it again costs as much as a record."""
        super().note_answer(level)
        self.checkpoints.note(1)

    def open_position(self, cursor: str | None) -> ComparedPosition:
        """Return the position while pages are left; `at_s` does not move before the end."""
        page = None
        if cursor is not None:
            page = OpenList(cursor, self._started_s, self._newest_s, frozenset())
        return replace(self._now(), open_list=page)

    def last_position(self) -> ComparedPosition:
        """Return the position after the last page of the list."""
        return replace(self._now(), floors=(), open_list=None)

    def _now(self) -> ComparedPosition:
        return replace(self.old, digests="", known=None, places=tuple(sorted(self.places.items())))


class ComparedRead(WholeRead):
    """A stream with a cursor: what differs from the last time is delivered."""

    def __init__(
        self,
        stream: Stream,
        old: ComparedPosition,
        checkpoints: Checkpoints,
        memory: KeyMemory | None = None,
    ) -> None:
        super().__init__(stream, old, checkpoints, memory)
        self._digests = Digests(old.digests)
        self._floors = dict(old.floors)

    def begin(self, *, shown_s: int, sweep_s: int, from_start: bool) -> None:
        """Start, and decide whether every parent is asked again."""
        super().begin(shown_s=shown_s, sweep_s=sweep_s, from_start=from_start)
        self.sweeps = self.is_sweep_due(self._started_s, sweep_s)

    def is_sweep_due(self, at_s: int, sweep_s: int) -> bool:
        """Return whether every parent is asked in a reading that starts at a time."""
        swept_s = self.old.swept_s
        # A sweep in the future was dated by a wrong clock.
        is_recent = swept_s is not None and 0 <= at_s - swept_s < sweep_s
        children = self.stream.children
        is_swept = children is None or children.rereading is not Rereading.CHANGES
        return is_swept and not is_recent

    def news(self, items: list[Record]) -> list[Record]:
        """Return the records that differ from the last time."""
        key = self.stream.primary_key
        if self.memory:
            self.memory.meet(item.get(key) for item in items)
        return [
            item
            for item in items
            if self._digests.is_new(str(item.get(key)), item) and self._is_above(item, None)
        ]

    def wants(self, level: ChildResource, parent: Record, group: str) -> bool:
        """Return whether a parent is to be asked: in a sweep, or when it has changed."""
        if not super().wants(level, parent, group):
            return False
        children = self.stream.children
        if self.sweeps or (children and children.rereading is Rereading.ALWAYS):
            return True
        return not self._digests.is_known(_parent_key(level, parent), _look(level, parent))

    def new_children(self, page: str, parent: str, items: list[Record], group: str) -> list[Record]:
        """Return the children on a page: if the page is what it was, those with a new key.

        A restored child can make a page what it once was.
        """
        found = self._unknown(items, group)
        if not items:
            self._digests.forget(page)
        elif self._digests.is_new(page, items):
            found = items
        return [item for item in found if self._is_above(item, parent)]

    def _unknown(self, items: list[Record], group: str) -> list[Record]:
        """Return the children whose key is not known, and remember all of them."""
        if self.memory is None:
            return []
        name, level, memory = self.stream.primary_key, self.stream.children, self.memory
        assert level is not None
        keys = [remembered_key(level, item.get(name), item) for item in items]
        found = [item for key, item in zip(keys, items, strict=True) if memory.is_new(key, group)]
        memory.meet(keys, group)
        return found

    def was_read(self, level: ChildResource, parent: Record) -> None:
        """Remember the parent as it was when its children were read.

        A refused parent is not remembered, so that the next sync asks it again.
        """
        self._digests.is_new(_parent_key(level, parent), _look(level, parent))

    def last_position(self) -> ComparedPosition:
        """Return the position after the last page of the list."""
        has_parents = self.stream.children is not None
        is_sweep = self.sweeps and has_parents
        if self.is_whole and (is_sweep or not has_parents):
            self._digests.keep_what_was_met()
        newest_s = self._newest_s
        if newest_s is not None:
            newest_s = min(newest_s, self._started_s)  # a record may be dated in the future
        known = [at_s for at_s in (self.old.at_s, newest_s) if at_s is not None]
        swept_s = self.old.swept_s
        if is_sweep or swept_s is None:
            swept_s = self._started_s
        return replace(super().last_position(), at_s=max(known, default=None), swept_s=swept_s)

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

    def _now(self) -> ComparedPosition:
        known = self.memory.known() if self.memory else None
        return replace(super()._now(), digests=self._digests.text, known=known)


def _parent_key(level: ChildResource, parent: Mapping[str, Any]) -> str:
    return f"{level.path}|{parent.get(level.parent_key)}"


def _look(level: ChildResource, parent: Mapping[str, Any]) -> list[Any]:
    """Return the values of a parent that show a change below it."""
    return [parent.get(name) for name in ("updated_at", *level.counters)]
