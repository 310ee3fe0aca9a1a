"""Lists with cursor pagination: delivered whole, or only what changed since the last sync.

Every page is a checkpoint: the open list is kept in the state, and the position moves only when the
list was read to its end, to the moment the reading began at most.
Rests on https://developer.zendesk.com/api-reference/introduction/pagination/ (zendesk/api.md 2.1).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.client import PageSize
from source_zendesk_support.zendesk.errors import CursorRefused, StartTimeTooRecent
from source_zendesk_support.zendesk.pagination import after_list_page

from .cursors import Frontier, time_of
from .export import start_of
from .feeds import deliver, page_size, params_of, unchanged
from .state import OpenList, Position
from .table import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .feeds import Delivery, FeedRun, Record, WalkContext


def read_list(context: WalkContext, run: FeedRun) -> Iterator[Delivery]:
    """Walk a list from its first page, or from the page where an earlier sync was stopped."""
    feed, position = run.feed, run.position
    params = params_of(context, run) | _server_filter(context, run)
    size = PageSize("page[size]", page_size(context, run))
    open_list = position.open_list
    cursor = open_list.after_cursor if open_list else None
    pages: _Pages | None = None
    restarted = False
    while True:
        place = {"page[after]": cursor} if cursor else {}
        asked_s = context.now_s()
        try:
            page = context.client.get(feed.path, params | place, expects=feed.key, size=size)
        except StartTimeTooRecent:
            yield unchanged(run, replace(position, open_list=None))
            return
        except CursorRefused:
            # A cursor kept from an earlier sync, or of a walk that waited long, can have died. The
            # list begins again, once: what was delivered comes again, and nothing is left out.
            if restarted or cursor is None:
                raise
            restarted, cursor, open_list, pages = True, None, None, None
            continue
        if pages is None:
            # The page was put together before it was sent, and shows no change in between.
            took_s = max(0, context.now_s() - asked_s) + 1
            pages = _Pages(run, open_list, page.server_s - took_s)
        news = pages.news(page.body[feed.key])
        after = after_list_page(feed.path, cursor, page.body)
        if after.cursor is None or pages.is_wholly_old(news):
            yield deliver(context, run, news, page.body, pages.last_position())
            return
        cursor = after.cursor
        yield deliver(context, run, news, page.body, pages.open_position(cursor))


def _server_filter(context: WalkContext, run: FeedRun) -> dict[str, str]:
    """Ratings are found by the time they were created, so older ones are read again."""
    if run.feed.walk is not Walk.LOOK_BACK_LIST:
        return {}
    start_s = start_of(context, run.position)
    if run.position.at_s is not None:
        start_s -= context.ratings_lookback_s
    return {"start_time": str(max(0, start_s))}


class _Pages:
    """What was met on the pages of one list so far."""

    def __init__(self, run: FeedRun, open_list: OpenList | None, started_s: int) -> None:
        self._feed = run.feed
        self._key = run.members[0].primary_key
        self._old = replace(run.position, open_list=None)
        self._frontier = Frontier(self._old, open_list.started_s if open_list else started_s)
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

        The order is read off the pages themselves: Zendesk does not document it for every list, and
        a list in another order must be read to its end.
        """
        if self._feed.walk is not Walk.NEWEST_FIRST_LIST or news or len(self._times) < 2:
            return False
        return self._falls and self._times[0] > self._times[-1]

    def open_position(self, cursor: str) -> Position:
        """Return the position while pages are left: the old one, and the page to go on after."""
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
