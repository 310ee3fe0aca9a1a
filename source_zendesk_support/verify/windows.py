"""Parts of a large stream, each read completely: windows of time in an export, pages of a list.

Owns which streams are read so, and where their windows lie: all, where there are few; else the
newest, and some at random. A window is one request. Compares nothing. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3) and docs/facts/endpoints.md (lists with pages by number).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.walks.delivery import taken_by
from source_zendesk_support.streams.walks.requests import run_request
from source_zendesk_support.streams.walks.start import HELD_BACK_S
from source_zendesk_support.zendesk.request import PageSize

from .compare import seconds_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream

    from .asking import Budget, Records
    from .held import Held

# Exports and feeds that take a start time: a page is what happened from then on.
BY_TIME = frozenset(
    {
        "ticket_metric_events",
        "ticket_sla_policy_history",
        "side_conversation_events",
        "calls",
        "call_legs",
    }
)
# Lists that have pages by number, with the order in which they are asked for.
BY_NUMBER: Mapping[str, Mapping[str, str]] = {
    "deleted_tickets": {"sort_by": "deleted_at", "sort_order": "desc"},
    "ticket_skips": {},
    "tags": {},
}
# Zendesk serves no record behind the 10,000th by number (docs/facts/zendesk-api.md#2.2).
MOST_BY_NUMBER = 10_000
# Of a large stream at least so many: the newest one, and two at random.
FEWEST = 3
# The newest window begins where so much of a page lies behind it, so that it reaches the end.
_NEWEST_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class WindowPage:
    """The records that one request has brought.

    Attributes:
        records: The records that a sync delivers of it, by key.
        from_s: The second that it begins with.
        until_s: The second before which it is complete; None where it is complete for no second.
        is_last: Whether nothing follows.

    """

    records: Records
    from_s: int = 0
    until_s: int | None = None
    is_last: bool = False


class Windows:
    """The windows of one stream."""

    def __init__(
        self,
        context: WalkContext,
        held: Held,
        budget: Budget,
        stream: Stream,
        chance: random.Random,
    ) -> None:
        self._context = context
        self._held = held
        self._budget = budget
        self._stream = stream
        self._chance = chance
        self._size = page_size(stream, context.largest_page)

    def read(self, number: int, *, is_all: bool) -> Iterator[WindowPage]:
        """Yield so many windows at most, each when it is asked for. `is_all`: these are all."""
        if self._stream.name in BY_NUMBER:
            return self._pages(number)
        return self._all(number) if is_all else self._some(number)

    def _all(self, number: int) -> Iterator[WindowPage]:
        at_s = self._context.start_s
        for _ in range(number):
            window = self._from(at_s)
            yield window
            if window.is_last:
                return
            # A second that fills a page is left behind.
            at_s = window.until_s if window.until_s is not None else window.from_s + 1

    def _some(self, number: int) -> Iterator[WindowPage]:
        held, name, start_s = self._held, self._stream.name, self._context.start_s
        newest = held.sample(name, int(self._size * _NEWEST_SHARE), 0)
        yield self._from(min(self._times(newest), default=start_s))
        for at in range(1, number):
            # A row says where there are records, and a time finds what has no row at all.
            times = self._times(held.sample(name, 0, 1)) if at % 2 else []
            now_s = self._context.client.zendesk_s()
            yield self._from(next(iter(times), self._chance.randint(start_s, max(start_s, now_s))))

    def _times(self, keys: list[str]) -> list[int]:
        column = self._held.column(self._stream.cursor_field or "")
        rows = self._held.rows(self._stream.name, keys)
        found = (seconds_of(row.get(column)) for row in rows.values())
        return [at_s for at_s in found if at_s is not None]

    def _from(self, at_s: int) -> WindowPage:
        context, stream = self._context, self._stream
        self._budget.check()
        request = run_request(context, WalkRun(stream.resource, (stream,), {}))
        page = context.client.get(
            request.path,
            {**request.params, "start_time": str(at_s)},
            expects=request.key,
            size=PageSize("per_page", self._size),
        )
        items = page.body[request.key]
        times = [time_of(item, stream.resource.item_time) for item in items]
        known = [it for it in times if it is not None]
        is_last = len(items) < self._size
        is_in_order = len(known) == len(times) and all(a <= b for a, b in pairwise(known))
        until_s = page.server_s - HELD_BACK_S if is_last else max(known, default=at_s)
        is_whole = is_in_order and until_s > at_s
        return WindowPage(
            self._records(items, page.body), at_s, until_s if is_whole else None, is_last
        )

    def _pages(self, number: int) -> Iterator[WindowPage]:
        first, count = self._page(1)
        yield first
        last = -(-min(count, MOST_BY_NUMBER) // self._size)
        rest = range(2, last + 1)
        some = sorted(self._chance.sample(rest, min(number - 1, len(rest))))
        for page in some:
            yield self._page(page)[0]

    def _page(self, number: int) -> tuple[WindowPage, int]:
        context, stream = self._context, self._stream
        self._budget.check()
        resource = stream.resource
        params = {**resource.params, **BY_NUMBER[stream.name], "page": str(number)}
        size = PageSize("per_page", self._size)
        page = context.client.get(resource.path, params, expects=resource.key, size=size)
        items, count = page.body[resource.key], page.body.get("count")
        window = WindowPage(self._records(items, page.body), is_last=len(items) < self._size)
        return window, count if isinstance(count, int) else len(items)

    def _records(self, items: list[dict[str, Any]], body: Mapping[str, Any]) -> Records:
        stream = self._stream
        records = taken_by(self._context, stream, items, body)
        return {str(record.get(stream.primary_key)): record for record in records}


def page_size(stream: Stream, largest_page: int | None) -> int:
    """Return how many records a window has at most."""
    largest = stream.resource.largest_page
    return min(largest, largest_page or largest)
