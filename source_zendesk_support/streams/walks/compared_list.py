"""Compared lists: everything is read, and what differs from the last time is delivered.

The one listing of a sync feeds the stream of its records and all child streams of them. Each page
is a checkpoint for the streams that had something to deliver or to ask.
Rests on https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#2.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import encode
from source_zendesk_support.streams.state.position import ComparedPosition

from .children import ChildReader
from .compared_read import ComparedRead, WholeRead
from .delivery import taken_by
from .list_pages import list_pages
from .requests import run_request

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from typing import Any

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .list_pages import ListPage


@dataclass(frozen=True)
class ComparedList:
    """Reads a whole list, for the streams of its records and of their children."""

    label: ClassVar[str] = "list, compared"
    position_type: ClassVar[type[Position]] = ComparedPosition

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams share a run wherever they stand, but for the page to resume after."""
        return position.resume_cursor

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the pages, and the children of each."""
        reads = [_read(it, run.position_of(it, ComparedPosition)) for it in run.members]
        children = ChildReader(context, run, reads)
        cursor = reads[0].old.resume_cursor
        request = run_request(context, run)
        is_first = True
        for listed in list_pages(context.client, context.now_s, request, cursor):
            if is_first or listed.begins:
                for read in reads:
                    read.begin(
                        shown_s=listed.shown_s, sweep_s=context.sweep_s, from_start=listed.begins
                    )
            is_first = False
            for read in reads:
                if read.stream.children is None:
                    yield _records(context, read, listed)
            yield from children.read(listed.items)
            yield _child_states(reads, listed)
            del listed
            if all(read.error for read in reads):
                return  # all are refused, say: what is left of the list is for none of them
        yield from children.at_end()


def _read(stream: Stream, old: ComparedPosition) -> WholeRead:
    return ComparedRead(stream, old) if stream.cursor_field else WholeRead(stream, old)


def _records(context: WalkContext, read: WholeRead, page: ListPage) -> PageResult:
    """Return the records of the list itself. A page without news needs no checkpoint."""
    stream = read.stream
    news = taken_by(context, stream, read.news(page.items), page.body)
    states = ((stream.name, _state(read, page)),) if news or page.is_last else ()
    return PageResult(((stream.name, news),), states)


def _child_states(reads: list[WholeRead], page: ListPage) -> PageResult:
    """Return the states of child streams that asked a parent of this page, or are at the end."""
    states = tuple(
        (read.stream.name, _state(read, page))
        for read in reads
        if read.stream.children and read.error is None
        if page.is_last or read.was_asked_for
    )
    for read in reads:
        read.was_asked_for = False
    return PageResult((), states)


def _state(read: WholeRead, page: ListPage) -> dict[str, Any]:
    if page.is_last:
        return encode(read.stream, read.last_position())
    return encode(read.stream, read.open_position(page.cursor))
