"""Compared lists: everything is read, and what differs from the last time is delivered.

The one listing of a sync feeds the stream of its records and all child streams of them. A page is a
checkpoint for streams that delivered and asked enough to print their states (checkpoints.py).
Rests on https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#2.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.model.walk import ReadsWhole
from source_zendesk_support.streams.state.codec import encode
from source_zendesk_support.streams.state.list_position import ComparedPosition

from .checkpoints import Checkpoints
from .children import ChildReader
from .compared_read import ComparedRead, WholeRead
from .delivery import taken_by
from .list_pages import list_pages
from .listed_children import ListedChildren
from .requests import run_request
from .sideloads import completed
from .snapshots import items_for, or_without_snapshots
from .vanished import Vanished, memory_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from typing import Any

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .list_pages import ListPage


@dataclass(frozen=True)
class ComparedList(ReadsWhole):
    """Reads a whole list, for the streams of its records and of their children."""

    label: ClassVar[str] = "list, compared"
    position_type: ClassVar[type[Position]] = ComparedPosition
    compared: ClassVar[type[ComparedRead]] = ComparedRead

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams share a run wherever they stand, but for the page to resume after."""
        return position.resume_cursor

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the pages, and the children of each."""
        return or_without_snapshots(self._read, context, run)

    def _read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        reads = _reads(context, run, self.compared)
        children = ChildReader(context, run, reads)
        cursor = reads[0].old.resume_cursor
        request = run_request(context, run, embedded=_embedded(context, reads))
        pages = list_pages(context.client, context.now_s, request, cursor)
        is_first, at_s = True, 0
        while True:
            try:
                listed = next(pages, None)
            except Exception:
                # All before this page was delivered: what no state covers yet is not to come again.
                yield _states_behind(reads, cursor)
                raise
            if listed is None:
                break
            if is_first or listed.begins:
                at_s = listed.server_s
                for read in reads:
                    read.begin(
                        shown_s=listed.shown_s, sweep_s=context.sweep_s, from_start=listed.begins
                    )
            is_first = False
            cursor = listed.cursor
            for read in reads:
                if read.stream.children is None:
                    items = items_for(read.stream, run, listed.items, at_s)
                    yield from _own(context, run, read, replace(listed, items=items))
            yield from _noted(reads, children.read(listed.items))
            if listed.is_last:
                for read in _below(reads):
                    yield from _deletions(context, run, read, is_steady=listed.is_steady)
            yield _states(context, _below(reads), listed)
            del listed
            if all(read.error for read in reads):
                return  # all are refused, say: what is left of the list is for none of them
        yield from children.at_end()


@dataclass(frozen=True)
class WholeList(ComparedList):
    """Reads a list whose own stream is delivered whole, for that and for children."""

    label: ClassVar[str] = "list, whole"


def _reads(context: WalkContext, run: WalkRun, compared: type[ComparedRead]) -> list[WholeRead]:
    """Return the streams of a run. Child streams print their states together."""
    now_s = context.now_s()
    olds = [(it, run.position_of(it, ComparedPosition)) for it in run.members]
    below = [(stream.name, encode(stream, old)) for stream, old in olds if stream.children]
    of_children = Checkpoints(below, now_s)
    reads = []
    for stream, old in olds:
        own = Checkpoints([(stream.name, encode(stream, old))], now_s)
        kind = compared if stream.cursor_field else WholeRead
        memory = memory_of(context, stream, old.known)
        is_together = stream.children and not stream.children.is_export
        read = kind(stream, old, of_children if is_together else own, memory)
        if memory and stream.list_lacks_deleted:
            read.listed = ListedChildren(context, stream, memory)
        reads.append(read)
    return reads


def _embedded(context: WalkContext, reads: list[WholeRead]) -> list[str]:
    """Return what is to come inside each record: children of which all are due.

    Without a sweep only those of changed records are wanted, and all of them make long pages.
    """
    fields = {it: it.stream.children.embedded for it in reads if it.stream.children}
    return sorted(
        {
            field
            for read, field in fields.items()
            if field and read.is_sweep_due(context.client.zendesk_s(), context.sweep_s)
        }
    )


def _below(reads: list[WholeRead]) -> list[WholeRead]:
    """Return the child streams that have not failed."""
    return [it for it in reads if it.stream.children and it.error is None]


def _own(
    context: WalkContext, run: WalkRun, read: WholeRead, page: ListPage
) -> Iterator[PageResult]:
    """Yield the records of the list itself, the deletions at its end, and the state if due."""
    stream = read.stream
    items, body = completed(context, stream, read.news(page.items), page.body)
    news = taken_by(context, stream, items, body)
    read.checkpoints.note(len(news))
    if page.is_last:
        if read.memory and read.is_whole and page.is_steady:
            read.memory.read_whole()
        yield from _deletions(context, run, read, is_steady=page.is_steady)
    yield replace(_states(context, [read], page), records=((stream.name, news),))


def _deletions(
    context: WalkContext, run: WalkRun, read: WholeRead, *, is_steady: bool
) -> Iterator[PageResult]:
    """Yield the tombstones of a stream whose list was read to its end."""
    listed = read.listed
    if read.memory is None or (listed and not listed.has_begun):
        return
    vanished = Vanished(context, run.resource, read.stream, read.memory)
    # An export says nothing of the records of a parent that is gone, and so does its list.
    has_all_tops = read.is_whole and is_steady and listed is None
    found = vanished.tombstones(all_tops_seen=has_all_tops)
    if listed:
        listed.end(is_decided=vanished.is_decided)
    if found:
        yield PageResult(((read.stream.name, found),), ())


def _noted(reads: list[WholeRead], results: Iterator[PageResult]) -> Iterator[PageResult]:
    """Count the children that are delivered."""
    read_of = {read.stream.name: read for read in reads}
    for result in results:
        for name, records in result.records:
            read_of[name].checkpoints.note(len(records))
        yield result


def _states(context: WalkContext, reads: list[WholeRead], page: ListPage) -> PageResult:
    """Return the states of streams that print them together, when they are due or at the end."""
    now_s = context.now_s()
    if not reads:
        return PageResult((), ())
    checkpoints = reads[0].checkpoints
    if page.is_last:
        states = [(it.stream.name, encode(it.stream, it.last_position())) for it in reads]
    elif checkpoints.are_due(now_s):
        states = _open_states(reads, page.cursor)
    else:
        return PageResult((), ())
    checkpoints.printed(states, now_s)
    return PageResult((), tuple(states))


def _states_behind(reads: list[WholeRead], cursor: str | None) -> PageResult:
    """Return the states that cover all that was read, after an error between two pages."""
    own = [it for it in reads if not it.stream.children]
    behind = [it for it in [*own, *_below(reads)] if it.checkpoints.are_behind]
    return PageResult((), tuple(_open_states(behind, cursor)))


def _open_states(reads: list[WholeRead], cursor: str | None) -> list[tuple[str, dict[str, Any]]]:
    return [(it.stream.name, encode(it.stream, it.open_position(cursor))) for it in reads]
