"""The children of an export's records: parents wait until the streams of the export are read.

Owns which parents of which pages still wait, and the place within a page that a state names. The
streams of the export are never held back by requests for single parents. No page is asked for
twice. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

import json
import zlib
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.streams.state.marks import time_of

from .children import ChildReader
from .stream_read import may_have_children, reads_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun

    from .export_pages import ExportPage


# Parents between two checkpoints: each costs a request, and a page of an export has a thousand.
CHECKPOINT = 100
# Bytes of parents that may wait: about a million of them, at some 15 bytes each.
MOST_WAITING = 16_000_000


class ExportChildren:
    """The children of the pages of one run, in the order of the pages."""

    def __init__(self, context: WalkContext, run: WalkRun) -> None:
        self.reader = ChildReader(context, run, reads_of(run))
        self._levels = [it.children for it in run.members if it.children]
        self._item_time = run.resource.item_time
        self._waiting: deque[tuple[bytes, ExportPosition]] = deque()
        self._bytes = 0
        # Behind the last page that was kept.
        self.position = position = run.position_as(ExportPosition)
        # Where the first page that waits is asked for.
        self._before = replace(position, at_s=run.start.of(position.at_s))
        self.is_cut = False  # whether pages were not kept, as too much was waiting

    @property
    def is_wanted(self) -> bool:
        """Whether any child stream has not failed."""
        return self.reader.is_wanted

    def keep(self, page: ExportPage) -> None:
        """Keep the parents of a page until `read`, unless too many wait already."""
        if not self.is_wanted:
            return
        if self._bytes > MOST_WAITING:
            self.is_cut = True
            return
        parents = [it for it in page.items if self._may_be_asked(it)]
        if self.position.within:
            parents = _after(parents, self.position.within, self._item_time)
        # In text, and without what no request and no child needs: a tenth of the memory.
        names = {"id", self._item_time}.union(*map(_fields, self._levels))
        lean = [{name: it[name] for name in names if name in it} for it in parents]
        packed = zlib.compress(json.dumps(lean).encode(), 1)
        self._waiting.append((packed, page.position))
        self._bytes += len(packed)
        self.position = page.position

    def read(self) -> Iterator[PageResult]:
        """Read the children of all pages that wait, with a checkpoint after CHECKPOINT parents."""
        while self._waiting:
            packed, after = self._waiting.popleft()
            self._bytes -= len(packed)
            parents: list[Record] = json.loads(zlib.decompress(packed))
            for at in range(0, len(parents), CHECKPOINT):
                asked = parents[at : at + CHECKPOINT]
                yield from self.reader.read(asked)
                within = _place(asked[-1], self._item_time)
                if within and at + CHECKPOINT < len(parents):
                    yield self.reader.states_at(replace(self._before, within=within))
            self._before = after
            yield self.reader.states_at(after)

    def read_watched(self) -> Iterator[PageResult]:
        """Read what is new below parents that an earlier sync watched, behind all pages."""
        yield from self.reader.read_watched()
        if self.is_wanted and any(level.watch for level in self._levels):
            yield self.reader.states_at(self._before)

    def _may_be_asked(self, item: Record) -> bool:
        """Return whether an item may have children; Zendesk knows none below a deleted ticket."""
        if item.get("status") == "deleted":
            return False
        return any(may_have_children(level, item) for level in self._levels)


def _fields(level: ChildResource) -> set[str]:
    """Return the fields of a parent that its children are asked for by, or get."""
    names = {level.parent_key, level.count_in, level.only_where, *level.labels.values()}
    if level.watch:
        names.add(level.watch.state_field)
    return {name for name in names if name}


def _after(items: list[Record], within: tuple[int, int], item_time: str) -> list[Record]:
    """Return the items behind a place; all of its second and later, where it is not on the page.

    The item has changed then, and stands further behind.
    """
    places = [_place(item, item_time) for item in items]
    if within in places:
        return items[places.index(within) + 1 :]
    return [it for it, at in zip(items, places, strict=True) if at is None or at[0] >= within[0]]


def _place(item: Record, item_time: str) -> tuple[int, int] | None:
    """Return the place of an item in the order of the export; None where it has none."""
    at_s, key = time_of(item, item_time), item.get("id")
    return (at_s, key) if at_s is not None and isinstance(key, int) else None
