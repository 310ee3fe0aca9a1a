"""Compared lists: everything is read, and what differs from the last time is delivered.

The one listing of a sync feeds the stream of its records and all streams that hang below them. Each
page is a checkpoint for the streams that had something to deliver or to ask. Rests on
https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.state.codec import encode

from .children import ChildReader
from .delivery import PageResult, page_size, params_of, taken_by
from .list_pages import ListRequest, list_pages
from .start import is_in_future
from .stream_read import StreamRead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .context import WalkContext
    from .list_pages import ListPage
    from .plan import WalkRun


def read_compared_list(context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
    """Walk a list for the streams of its records and of what hangs below them."""
    members = []
    for stream in run.members:
        position = run.positions[stream.name]
        if is_in_future(context, position):
            context.skipped.add(stream.name, "state that lies in the future: nothing was read")
            yield PageResult((), ((stream.name, encode(stream, position)),))
        else:
            members.append(StreamRead(stream, position))
    if not members:
        return
    page = members[0].old.open_list
    resource = run.resource
    size, params = page_size(context, run), params_of(context, run)
    request = ListRequest(
        resource.path, resource.key, params, resource.paging, size, resource.or_key
    )
    below = ChildReader(context, members)
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
        yield PageResult((), states)
        del listed
        if all(member.error for member in members):
            return  # all are refused, say: what is left of the list is for none of them
    yield from below.at_end()


def _records(context: WalkContext, member: StreamRead, page: ListPage) -> PageResult:
    """Return the records of the list itself. A page without news needs no checkpoint."""
    stream = member.stream
    news = taken_by(context, stream, member.news(page.items), page.body)
    states = ((stream.name, _state(member, page)),) if news or page.is_last else ()
    return PageResult(((stream.name, news),), states)


def _state(member: StreamRead, page: ListPage) -> dict[str, Any]:
    if page.is_last:
        return encode(member.stream, member.last_position())
    return encode(member.stream, member.open_position(page.cursor))
