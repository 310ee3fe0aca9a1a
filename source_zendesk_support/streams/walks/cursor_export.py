"""Cursor exports: page after page to the end of the stream, and the children of each page.

A cursor export resumes exactly after the last record of a page. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.position import ExportPosition
from source_zendesk_support.zendesk.errors import StartTimeTooRecent

from .children import ChildReader
from .delivery import deliver, held_back
from .export_pages import export_pages
from .requests import run_request
from .stream_read import reads_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .export_pages import ExportPage


# Parents between two checkpoints: each costs a request, and a page of an export has a thousand.
CHECKPOINT = 100


@dataclass(frozen=True)
class CursorExport:
    """Reads a cursor export from its position to the end of the stream."""

    label: ClassVar[str] = "cursor export"
    position_type: ClassVar[type[Position]] = ExportPosition

    def groups_by(self, stream: Stream, position: Position) -> Hashable:
        """Streams that stand at the same position share a run.

        A history of children needs a request for each parent: it runs alone, as it would hold up
        the parents' own stream.
        """
        assert isinstance(position, ExportPosition)
        is_alone = stream.children and position.resume_cursor is None
        # What a child stream remembers of refused parents is its own.
        place = replace(position, refused=())
        return (place, stream.name) if is_alone else place

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the pages; the children of a page are read before the next page is."""
        request, position = run_request(context, run), run.position_as(ExportPosition)
        start_s, item_time = run.start.of(position.at_s), run.resource.item_time
        children = ChildReader(context, run, reads_of(run))
        before = replace(position, at_s=start_s)
        is_for_children_alone = all(stream.children for stream in run.members)
        try:
            yield from children.read_again()
            for page in export_pages(context, request, item_time, start_s, position):
                result = deliver(context, run, page.items, page.body, page.position)
                yield result
                run = run.without(dict(result.failures))
                if not run.members:
                    return
                if children.is_wanted:
                    yield from _children(children, page, before, item_time)
                before = page.position
                del page  # the next page is read without this one in memory
                if is_for_children_alone and not children.is_wanted:
                    return
            yield from children.at_end()
        except StartTimeTooRecent:
            yield held_back(context, run)


def _children(
    children: ChildReader, page: ExportPage, before: ExportPosition, item_time: str
) -> Iterator[PageResult]:
    """Read the children of a page, with a checkpoint after each CHECKPOINT parents.

    `before`: the position from which the page is asked for again, with the place within it.
    """
    # Zendesk knows nothing below a deleted ticket.
    live = [it for it in page.items if it.get("status") != "deleted"]
    if before.within:
        live = _after(live, before.within, item_time)
    for at in range(0, len(live), CHECKPOINT):
        parents = live[at : at + CHECKPOINT]
        yield from children.read(parents)
        within = _place(parents[-1], item_time)
        if within and at + CHECKPOINT < len(live):
            yield children.states_at(replace(before, within=within))
    yield children.states_at(page.position)


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
