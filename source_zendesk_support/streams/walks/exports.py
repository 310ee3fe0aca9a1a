"""Incremental exports, cursor based and time based: page after page, a state after each.

A cursor export resumes exactly after the last record of a page. A time export repeats the records
of its border second, which are told by their marks. Neither ends where more may follow: only a time
export that never says its end is at it when a page ends where it starts and had room. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.state.marks import mark, time_of
from source_zendesk_support.streams.state.position import Position
from source_zendesk_support.zendesk.errors import NoProgress, StartTimeTooRecent
from source_zendesk_support.zendesk.pagination import after_time_export
from source_zendesk_support.zendesk.request import PageSize

from .children import ChildReader
from .delivery import deliver, held_back, page_size, params_of
from .export_pages import export_pages
from .list_pages import ListRequest
from .start import start_of
from .stream_read import StreamRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .context import Record, WalkContext
    from .delivery import PageResult
    from .plan import WalkRun


def read_cursor_export(context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
    """Walk a cursor export from its position to the end of the stream.

    What hangs below the records of a page is read before the next page is.
    """
    resource = run.resource
    request = ListRequest(
        resource.path, resource.key, params_of(context, run), size=page_size(context, run)
    )
    below = ChildReader(context, [StreamRead(stream, run.position) for stream in run.members])
    is_for_below_alone = all(stream.children for stream in run.members)
    try:
        for page in export_pages(context, request, resource.item_time, run.position):
            yield deliver(context, run, page.items, page.body, page.position)
            if below.is_wanted:
                # ChildReader deleted tickets, Zendesk knows nothing.
                yield from below.read(it for it in page.items if it.get("status") != "deleted")
                yield below.states_at(page.position)
            del page  # the next page is read without this one in memory
            if is_for_below_alone and not below.is_wanted:
                return
        yield from below.at_end()
    except StartTimeTooRecent:
        yield held_back(context, run, run.position)


def read_time_export(context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
    """Walk a time export from its position to the end of the stream."""
    resource, position = run.resource, run.position
    key = run.members[0].primary_key
    params = params_of(context, run)
    usual = PageSize("per_page", page_size(context, run))
    size = usual
    start_s, seen = start_of(context, position), position.seen
    while True:
        place = {"start_time": str(start_s)}
        try:
            page = context.client.get(
                resource.path, params | place, expects=resource.key, size=size
            )
        except StartTimeTooRecent:
            yield held_back(context, run, position)
            return
        items: list[Record] = page.body[resource.key]
        fresh = [
            item for item in items if not _is_repeat(item, resource.item_time, key, start_s, seen)
        ]
        try:
            may_be_cut = size.value <= len(items) <= resource.largest_page
            after = after_time_export(resource.path, start_s, page.body, may_be_cut=may_be_cut)
        except NoProgress:
            # Beyond the user's bound too: a larger page is better than none. Not for ever, when
            # Zendesk cannot serve the larger one.
            is_cut_back = size is not usual and size.value < size.largest
            if is_cut_back or size.value >= resource.largest_page:
                raise
            size = PageSize("per_page", min(resource.largest_page, 2 * size.value))
            continue
        size = usual
        border = {
            mark(key, item)
            for item in fresh
            if time_of(item, resource.item_time) == after.next_start_s
        }
        seen = frozenset(border | seen if after.next_start_s == start_s else border)
        start_s = after.next_start_s
        position = Position(start_s, seen=seen)
        yield deliver(context, run, fresh, page.body, position)
        del page, items, fresh  # the next page is read without this one in memory
        if after.is_last:
            return


def _is_repeat(item: Record, time_field: str, key: str, start_s: int, seen: frozenset[str]) -> bool:
    """Only records of the second that the last page ended in can come again."""
    return bool(seen) and time_of(item, time_field) == start_s and mark(key, item) in seen
