"""Time exports: page after page to the end, without the records that a page repeats.

A time export repeats the records of its border second, which are recognised by their marks. It ends
on `end_of_stream`; without that flag it ends when a page is not full and does not advance. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.marks import BorderSecond, time_of
from source_zendesk_support.streams.state.position import TimePosition
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    NoProgress,
    StartTimeTooRecent,
)
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
            next_s = after.next_start_s
            if next_s > max(page.server_s, border.at_s):
                next_s = _newest(items, resource.item_time, border.at_s, page.server_s)
                if next_s == border.at_s and not after.is_last:
                    raise _end_in_future(request.path)
            border.move(next_s, key, fresh)
            position = TimePosition(border.at_s, border.seen)
            yield deliver(context, run, fresh, page.body, position)
            del page, items, fresh  # the next page is read without this one in memory
            if after.is_last:
                return


def _newest(items: list[Record], item_time: str, start_s: int, now_s: int) -> int:
    """Return the time of the newest record that is not dated in the future.

    It stands in for an end in the future, which would pass what is to come.
    """
    times = [at_s for item in items if (at_s := time_of(item, item_time)) is not None]
    return max([start_s, *(at_s for at_s in times if at_s <= now_s)])


def _end_in_future(path: str) -> ConnectorError:
    return ConnectorError(
        "A page of the export ends in the future, and none of its records says where it ends.",
        about=f"GET {path}",
        remedy="Run the sync again: the state stands before this page. Report it if it recurs.",
        failure=Failure.TRANSIENT,
    )


def _larger(size: PageSize, largest: int) -> PageSize:
    """Return a larger page, also beyond the user's bound: it is better than none."""
    return PageSize("per_page", min(largest, 2 * size.value))
