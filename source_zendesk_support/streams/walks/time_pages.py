"""The pages of what is read by a start time: exports by time, and feeds.

Such a page repeats the records of its border second, which are recognised by their marks. The end
is `end_of_stream`; without that flag it is a page that is not full and does not advance. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.marks import BorderSecond, time_of
from source_zendesk_support.zendesk.errors import ConnectorError, Failure, NoProgress
from source_zendesk_support.zendesk.pagination import after_time_export
from source_zendesk_support.zendesk.request import PageSize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record

    from .requests import ListRequest


@dataclass(frozen=True, slots=True)
class TimedPage:
    """One page, and the place after it.

    Attributes:
        items: Its records that the page before did not have.
        body: The page as it came.
        at_s: The second in which it ended.
        seen: Marks of the records of that second that were delivered.
        is_last: Whether nothing follows now.

    """

    items: list[Record]
    body: Mapping[str, Any]
    at_s: int
    seen: frozenset[str]
    is_last: bool


def time_pages(
    context: WalkContext,
    request: ListRequest,
    border: BorderSecond,
    key: str,
    largest_page: int,
    *,
    ends_at_newest: bool = False,
) -> Iterator[TimedPage]:
    """Yield the pages from a border second to the end.

    `ends_at_newest`: the last page ends with its newest record, whatever it says itself.
    Raises StartTimeTooRecent when there can be none yet.
    """
    usual = size = PageSize("per_page", request.size)
    while True:
        params = {**request.params, "start_time": str(border.at_s)}
        page = context.client.get(request.path, params, expects=request.key, size=size)
        items: list[Record] = page.body[request.key]
        fresh = [item for item in items if border.is_new(str(item.get(key)), item)]
        try:
            may_be_cut = size.value <= len(items) <= largest_page
            after = after_time_export(request.path, border.at_s, page.body, may_be_cut=may_be_cut)
        except NoProgress:
            # Zendesk may not serve the larger page either, and cut it back.
            if (size is not usual and size.value < size.largest) or size.value >= largest_page:
                raise
            size = _larger(size, largest_page)
            continue
        size = usual
        next_s = after.next_start_s
        if next_s > max(page.server_s, border.at_s) or (ends_at_newest and after.is_last):
            next_s = _newest(items, border, page.server_s)
            if next_s == border.at_s and not after.is_last:
                raise _end_in_future(request.path)
        border.move(next_s, key, fresh)
        yield TimedPage(fresh, page.body, border.at_s, border.seen, after.is_last)
        del page, items, fresh  # the next page is read without this one in memory
        if after.is_last:
            return


def _newest(items: list[Record], border: BorderSecond, now_s: int) -> int:
    """Return the time of the newest record that is not dated in the future.

    It stands in for an end in the future, which would pass what is to come.
    """
    times = [at_s for item in items if (at_s := time_of(item, border.time_field)) is not None]
    return max([border.at_s, *(at_s for at_s in times if at_s <= now_s)])


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
