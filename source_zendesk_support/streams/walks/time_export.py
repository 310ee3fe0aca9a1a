"""Time exports: page after page to the end, without the records that a page repeats.

A time export repeats the records of its border second, which are recognised by their marks. It ends
on `end_of_stream`; without that flag it ends when a page is not full and does not advance. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.marks import BorderSecond
from source_zendesk_support.streams.state.position import TimePosition
from source_zendesk_support.zendesk.errors import NoProgress, StartTimeTooRecent
from source_zendesk_support.zendesk.pagination import after_time_export
from source_zendesk_support.zendesk.request import PageSize

from .delivery import deliver, held_back
from .requests import run_request

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position


@dataclass(frozen=True)
class TimeExport:
    """Reads a time export from its position to its end."""

    label: ClassVar[str] = "time export"
    position_type: ClassVar[type[Position]] = TimePosition

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams that stand at the same position share a run."""
        return position

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the pages, and deliver of each what the one before did not have."""
        resource, position = run.resource, run.position_as(TimePosition)
        request = run_request(context, run)
        usual = size = PageSize("per_page", request.size)
        key = run.members[0].primary_key
        border = BorderSecond(run.start.of(position.at_s), position.seen, resource.item_time)
        while True:
            params = {**request.params, "start_time": str(border.at_s)}
            try:
                page = context.client.get(request.path, params, expects=request.key, size=size)
            except StartTimeTooRecent:
                yield held_back(context, run, position)
                return
            items: list[Record] = page.body[request.key]
            fresh = [item for item in items if border.is_new(str(item.get(key)), item)]
            try:
                may_be_cut = size.value <= len(items) <= resource.largest_page
                after = after_time_export(
                    request.path, border.at_s, page.body, may_be_cut=may_be_cut
                )
            except NoProgress:
                # Zendesk may not serve the larger page either, and cut it back.
                is_cut_back = size is not usual and size.value < size.largest
                if is_cut_back or size.value >= resource.largest_page:
                    raise
                size = _larger(size, resource.largest_page)
                continue
            size = usual
            border.move(after.next_start_s, key, fresh)
            position = TimePosition(border.at_s, border.seen)
            yield deliver(context, run, fresh, page.body, position)
            del page, items, fresh  # the next page is read without this one in memory
            if after.is_last:
                return


def _larger(size: PageSize, largest: int) -> PageSize:
    """Return a larger page, also beyond the user's bound: it is better than none."""
    return PageSize("per_page", min(largest, 2 * size.value))
