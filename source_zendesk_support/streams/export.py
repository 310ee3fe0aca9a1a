"""Incremental exports, cursor based and time based: page after page, a state after each.

A cursor export resumes exactly after the last record of a page. A time export repeats the records
of its border second, which are told by their marks. Neither decides the end by a short page.
Rests on https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(zendesk/api.md 2.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.client import PageSize
from source_zendesk_support.zendesk.errors import ConnectorError, CursorRefused, StartTimeTooRecent
from source_zendesk_support.zendesk.pagination import after_cursor_export, after_time_export

from .cursors import mark, time_of
from .feeds import deliver, page_size, params_of, unchanged
from .state import Position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .feeds import Delivery, FeedRun, Record, WalkContext

# Zendesk withholds the last 60 seconds and rejects a start in them (zendesk/api.md 2.3.5).
HELD_BACK_S = 60


def start_of(context: WalkContext, position: Position) -> int:
    """Return the `start_time` to send: the position, or the start of the history, old enough.

    A position came from Zendesk and is sent as it is, whatever our own clock says.
    """
    if position.at_s is not None:
        return position.at_s
    return max(0, min(context.start_s, context.now_s() - HELD_BACK_S - 1))


def read_cursor_export(context: WalkContext, run: FeedRun) -> Iterator[Delivery]:
    """Walk a cursor export from its position to the end of the stream."""
    feed, position = run.feed, run.position
    params = params_of(context, run)
    size = PageSize("per_page", page_size(context, run))
    start_s = start_of(context, position)
    cursor = position.after_cursor
    restarted = False
    while True:
        place = {"cursor": cursor} if cursor else {"start_time": str(start_s)}
        try:
            page = context.client.get(feed.path, params | place, expects=feed.key, size=size)
        except StartTimeTooRecent:
            yield unchanged(run, position)
            return
        except CursorRefused:
            if restarted or position.at_s is None:
                raise
            restarted, cursor, start_s = True, None, position.at_s
            continue
        items: list[Record] = page.body[feed.key]
        after = after_cursor_export(feed.path, cursor, page.body)
        cursor = after.cursor
        last_s = time_of(items[-1], feed.item_time) if items else None
        position = Position(last_s or position.at_s or start_s, cursor)
        yield deliver(context, run, items, page.body, position)
        del page, items  # the next page is read without this one in memory
        if after.params is None:
            return


def read_time_export(context: WalkContext, run: FeedRun) -> Iterator[Delivery]:
    """Walk a time export from its position to the end of the stream."""
    feed, position = run.feed, run.position
    key = run.members[0].primary_key
    params = params_of(context, run)
    size = PageSize("per_page", page_size(context, run))
    start_s, seen = start_of(context, position), position.seen
    widened = False
    while True:
        place = {"start_time": str(start_s)}
        try:
            page = context.client.get(feed.path, params | place, expects=feed.key, size=size)
        except StartTimeTooRecent:
            yield unchanged(run, position)
            return
        items: list[Record] = page.body[feed.key]
        fresh = [item for item in items if not _is_repeat(item, feed.item_time, key, start_s, seen)]
        is_full = len(items) == size.value  # a longer page ran on to the end of its second
        try:
            after = after_time_export(
                feed.path, start_s, page.body, new=len(fresh), is_full=is_full
            )
        except ConnectorError:
            # A page made smaller after a 504 may be smaller than one second's records.
            if widened or size.value == size.largest:
                raise
            widened = True
            size.widen()
            continue
        widened = False
        border = {
            mark(key, item) for item in fresh if time_of(item, feed.item_time) == after.next_start_s
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
