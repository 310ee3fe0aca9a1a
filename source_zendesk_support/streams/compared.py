"""Compared lists: everything is read, and what differs from the last time is delivered.

The one listing of a sync feeds the stream of its records and all streams that hang below them. Each
page is a checkpoint for the streams that had something to deliver or to ask.
Rests on https://developer.zendesk.com/api-reference/introduction/pagination/ (zendesk/api.md 2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .children import Below
from .feeds import Delivery, is_in_future, page_size, params_of, taken_by
from .members import Member
from .paging import ListRequest, list_pages
from .state import encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .feeds import FeedRun, WalkContext
    from .paging import ListPage


def read_compared_list(context: WalkContext, run: FeedRun) -> Iterator[Delivery]:
    """Walk a list for the streams of its records and of what hangs below them."""
    members = []
    for stream in run.members:
        position = run.positions[stream.name]
        if is_in_future(context, position):
            context.left_out.add(stream.name, "state that lies in the future: nothing was read")
            yield Delivery((), ((stream.name, encode(stream, position)),))
        else:
            members.append(Member(stream, position))
    if not members:
        return
    page = members[0].old.open_list
    feed = run.feed
    size, params = page_size(context, run), params_of(context, run)
    request = ListRequest(feed.path, feed.key, params, feed.paging, size, feed.or_key)
    below = Below(context, members)
    is_new = True
    cursor = page.after_cursor if page else None
    for listed in list_pages(context.client, context.now_s, request, cursor):
        if is_new or listed.begins:
            for member in members:
                member.begin(
                    shown_s=listed.shown_s, sweep_s=context.sweep_s, from_start=listed.begins
                )
        is_new = False
        for member in members:
            if member.stream.children is None:
                yield _records(context, member, listed)
        yield from below.read(listed.items)
        states = tuple(
            (member.stream.name, _state(member, listed))
            for member in members
            if member.stream.children and member.error is None and not member.is_held
            if listed.is_last or member.was_asked_for
        )
        for member in members:
            member.was_asked_for = False
        yield Delivery((), states)
        del listed
        if all(member.error for member in members):
            return  # all are refused, say: what is left of the list is for none of them
    yield from below.at_end()


def _records(context: WalkContext, member: Member, page: ListPage) -> Delivery:
    """Return the records of the list itself. A page without news needs no checkpoint."""
    stream = member.stream
    news = taken_by(context, stream, member.news(page.items), page.body)
    states = ((stream.name, _state(member, page)),) if news or page.is_last else ()
    return Delivery(((stream.name, news),), states)


def _state(member: Member, page: ListPage) -> dict[str, Any]:
    if page.is_last:
        return encode(member.stream, member.last_position())
    return encode(member.stream, member.open_position(page.cursor))
