"""Lists: delivered whole, or only what changed since the last sync.

Every page is a checkpoint: the open list is kept in the state, and the position moves only when the
list was read to its end, to the moment the reading began at most. Rests on
https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#2.1).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.stream import Walk
from source_zendesk_support.streams.state.marks import HighWaterMark, time_of
from source_zendesk_support.streams.state.position import OpenList, Position
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.zendesk.errors import StartTimeTooRecent

from .delivery import deliver, held_back, page_size, params_of
from .list_pages import ListRequest, list_pages
from .start import start_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.zendesk.request import Params

    from .context import Record, WalkContext
    from .delivery import PageResult
    from .list_pages import ListPage
    from .plan import WalkRun

# A first page that comes so long after the end of its window was asked for by a wrong clock, or has
# waited; in both cases newer records may be missing that can be had.
LATE_S = 60


def read_list(context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
    """Walk a list from its first page, or from the page where an earlier sync was stopped."""
    position = run.position
    open_list = position.open_list
    pages: _Pages | None = None
    try:
        for page in _list_pages(context, run):
            if pages is None or page.begins:
                kept = None if page.begins else open_list
                pages = _Pages(context, run, kept, page.shown_s)
            news = pages.news(page.items)
            if page.is_last or pages.is_wholly_old(news):
                yield deliver(context, run, news, page.body, pages.last_position())
                return
            yield deliver(context, run, news, page.body, pages.open_position(page.cursor))
    except StartTimeTooRecent:
        yield held_back(context, run, replace(position, open_list=None))


def _list_pages(context: WalkContext, run: WalkRun) -> Iterator[ListPage]:
    """Yield the pages. A window that our clock has closed too early is opened once more.

    Before the first answer no other clock is known; after it, Zendesk's is.
    """
    client, open_list = context.client, run.position.open_list
    cursor = open_list.after_cursor if open_list else None
    if run.resource.walk is Walk.CREATED_LIST:
        until_s = client.zendesk_s()
        for page in list_pages(client, context.now_s, _request(context, run), cursor):
            if page.begins and page.server_s > until_s + LATE_S:
                break
            yield page
        else:
            return
    yield from list_pages(client, context.now_s, _request(context, run), cursor)


def _request(context: WalkContext, run: WalkRun) -> ListRequest:
    resource = run.resource
    params = {**params_of(context, run), **_server_filter(context, run)}
    return ListRequest(
        resource.path,
        resource.key,
        params,
        resource.paging,
        page_size(context, run),
        resource.or_key,
    )


def _server_filter(context: WalkContext, run: WalkRun) -> Params:
    """What Zendesk itself can leave out, by the time of creation."""
    start_s = start_of(context, run.position)
    at_s = run.position.at_s
    if run.resource.walk is Walk.LOOK_BACK_LIST:
        # Ratings are found by the time they were created, so older ones are read again.
        start_s -= context.ratings_lookback_s if at_s is not None else 0
        return {"start_time": str(max(0, start_s))}
    if run.resource.walk is Walk.CREATED_LIST:
        # A window that is closed at both ends: what was met at its border is told by marks.
        until_s = max(context.client.zendesk_s(), start_s + 1)
        return {"filter[created_at][]": (format_time(start_s), format_time(until_s))}
    if run.resource.walk is Walk.SINCE_LIST and at_s is not None:
        # Nobody has seen whether the second itself is included.
        return {"since": format_time(at_s - 1)}
    return {}


class _Pages:
    """What was met on the pages of one list so far."""

    def __init__(
        self, context: WalkContext, run: WalkRun, open_list: OpenList | None, started_s: int
    ) -> None:
        self._feed = run.resource
        self._key = run.members[0].primary_key
        self._old = replace(run.position, open_list=None)
        since = self._old
        if run.resource.begins_at_start and since.at_s is None:
            since = Position(at_s=context.start_s)
        self._frontier = HighWaterMark(since, open_list.started_s if open_list else started_s)
        if open_list:
            self._frontier.resume(open_list.newest_s, open_list.seen)
        self._times: list[int] = []
        self._falls = True

    def news(self, items: list[Record]) -> list[Record]:
        """Return the items of a page that are to be delivered."""
        if self._feed.walk is Walk.FULL_LIST:
            return items
        times = [time_of(item, self._feed.item_time) for item in items]
        known = [time_s for time_s in times if time_s is not None]
        so_far = [*self._times[-1:], *known]
        self._falls = self._falls and all(early >= late for early, late in pairwise(so_far))
        self._times = known
        return [
            item
            for item, time_s in zip(items, times, strict=True)
            if self._frontier.meet(self._key, item, time_s)
        ]

    def is_wholly_old(self, news: list[Record]) -> bool:
        """Tell whether all that follows is older still.

        The direction is read off the pages themselves: a list that is oldest first must be read to
        its end. Pages tell nothing of a list that is ordered by something else, which falls for a
        while by accident: none such may be walked so.
        """
        if self._feed.walk is not Walk.NEWEST_FIRST_LIST or news or len(self._times) < 2:
            return False
        return self._falls and self._times[0] > self._times[-1]

    def open_position(self, cursor: str | None) -> Position:
        """Return the position while pages are left: the old one, and the page to go on after.

        Without a cursor there is no place to go on: the next sync begins the list again.
        """
        if cursor is None:
            return self._old
        return replace(
            self._old,
            open_list=OpenList(
                cursor,
                self._frontier.started_s,
                self._frontier.newest_s,
                frozenset(self._frontier.seen),
            ),
        )

    def last_position(self) -> Position:
        """Return the position when the list was read to its end."""
        return self._frontier.position()
