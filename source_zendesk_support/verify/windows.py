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

from source_zendesk_support.streams.model.resource import Paging
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.walks import engagements
from source_zendesk_support.streams.walks.delivery import taken_by
from source_zendesk_support.streams.walks.list_pages import SEEN_PAGE
from source_zendesk_support.streams.walks.requests import run_request
from source_zendesk_support.streams.walks.start import HELD_BACK_S
from source_zendesk_support.zendesk.errors import CursorRefused
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
        "engagements",
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
# Exports in the order of their ids, which lead to the page behind any record.
BY_ID = frozenset({"skill_assignments"})
# Of these Zendesk keeps so much, and a page begins with what started then, not what ended.
_KEPT_S = {"engagements": engagements.KEPT_S}
_SIZES = {"engagements": Paging.START_AND_ID.value}
_BEGINS_AT = {"engagements": engagements.STARTED_AT}
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
        name = self._stream.name
        if name in BY_NUMBER:
            return self._pages(number)
        if name in BY_ID:
            return self._behind(number)
        return self._all(number) if is_all else self._some(number)

    @property
    def _start_s(self) -> int:
        """The second from which on Zendesk gives records out that a sync delivers."""
        kept_s = _KEPT_S.get(self._stream.name)
        if kept_s is None:
            return self._context.start_s
        self._context.client.ask_time()  # it counts by its own clock
        return max(self._context.start_s, self._context.client.zendesk_s() - kept_s)

    def _all(self, number: int) -> Iterator[WindowPage]:
        at_s = self._start_s
        for _ in range(number):
            window = self._from(at_s)
            yield window
            if window.is_last:
                return
            # A second that fills a page is left behind.
            at_s = window.until_s if window.until_s is not None else window.from_s + 1

    def _some(self, number: int) -> Iterator[WindowPage]:
        held, name, start_s = self._held, self._stream.name, self._start_s
        newest = held.sample(name, int(self._size * _NEWEST_SHARE), 0)
        yield self._from(max(start_s, min(self._times(newest), default=start_s)))
        for at in range(1, number):
            # A row says where there are records, and a time finds what has no row at all.
            times = self._times(held.sample(name, 0, 1)) if at % 2 else []
            now_s = self._context.client.zendesk_s()
            at_s = next(iter(times), self._chance.randint(start_s, max(start_s, now_s)))
            yield self._from(max(start_s, at_s))

    def _times(self, keys: list[str]) -> list[int]:
        name = _BEGINS_AT.get(self._stream.name, self._stream.cursor_field or "")
        column = self._held.column(name)
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
            size=PageSize(_SIZES.get(stream.name, "per_page"), self._size),
        )
        items = page.body[request.key]
        name = _BEGINS_AT.get(stream.name, stream.resource.item_time)
        times = [time_of(item, name) for item in items]
        known = [it for it in times if it is not None]
        is_last = len(items) < self._size
        is_in_order = len(known) == len(times) and all(a <= b for a, b in pairwise(known))
        until_s = page.server_s - HELD_BACK_S if is_last else max(known, default=at_s)
        is_whole = is_in_order and until_s > at_s
        return WindowPage(
            self._records(items, page.body), at_s, until_s if is_whole else None, is_last
        )

    def _behind(self, number: int) -> Iterator[WindowPage]:
        """Yield the first page, and pages behind rows drawn by lot. Behind a ghost is none."""
        yield self._page_behind(None)
        for _ in range(1, number):
            for key in self._held.sample(self._stream.name, 0, 1):
                try:
                    yield self._page_behind(key)
                except CursorRefused:
                    continue

    def _page_behind(self, key: str | None) -> WindowPage:
        context, resource = self._context, self._stream.resource
        self._budget.check()
        params = dict(resource.params) if key is None else {**resource.params, "cursor": key}
        page = context.client.get(resource.path, params, expects=resource.key)
        is_last = page.body.get("next_page") is None
        return WindowPage(self._records(page.body[resource.key], page.body), is_last=is_last)

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
    largest = SEEN_PAGE if stream.name in _SIZES else stream.resource.largest_page
    return min(largest, largest_page or largest)
