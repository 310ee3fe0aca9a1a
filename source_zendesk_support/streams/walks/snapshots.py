"""Snapshots: values of now, each with the time at which it was read.

Owns the field `snapshot_at`, and the reading of one list for news and for a snapshot of all of it.
All records of a snapshot have the time of its first page. A snapshot replaces the one before it,
unless the destination appends: so a history can grow.
Rests on https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.model.walk import ReadsWhole
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.zendesk.errors import StreamRefused

from .full_list import FullList
from .list_pages import list_pages
from .lists import ListShare
from .requests import run_request

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .list_pages import ListPage
    from .lists import ListWalk

SNAPSHOT_AT = "snapshot_at"


def stamped(items: list[Record], at_s: int) -> list[Record]:
    """Return items with the time of their snapshot."""
    at = format_time(at_s)
    return [{**item, SNAPSHOT_AT: at} for item in items]


def _with_times(pages: Iterator[ListPage]) -> Iterator[tuple[ListPage, int]]:
    """Yield pages, each with the time of the first one of its reading."""
    at_s: int | None = None
    for page in pages:
        at_s = page.server_s if at_s is None or page.begins else at_s
        yield page, at_s
        del page


def is_snapshot(stream: Stream) -> bool:
    """Return whether a stream takes the values that a sideload adds to each item."""
    return stream.include is not None and bool(stream.include.embedded)


def items_for(stream: Stream, run: WalkRun, items: list[Record], at_s: int) -> list[Record]:
    """Return the items of a page as a stream takes them.

    A snapshot's have their time. Others lack what was asked for snapshots and children, so that
    they look the same whatever else is selected.
    """
    if is_snapshot(stream):
        return stamped(items, at_s)
    added = {name for it in run.members if it.include for name in it.include.embedded}
    added |= {it.children.embedded for it in run.members if it.children} - {""}
    if not added:
        return items
    return [{name: it for name, it in item.items() if name not in added} for item in items]


def or_without_snapshots(
    read: Callable[[WalkContext, WalkRun], Iterator[PageResult]],
    context: WalkContext,
    run: WalkRun,
) -> Iterator[PageResult]:
    """Yield what a run reads; where Zendesk refuses it at once, read it without its snapshots.

    The sideload may be what is refused. Then only the streams that ask for it end.
    """
    has_begun = False
    try:
        for result in read(context, run):
            has_begun = has_begun or bool(result.records or result.states)
            yield result
            del result
    except StreamRefused as refused:
        names = {stream.name for stream in run.members if is_snapshot(stream)}
        if has_begun or not names or len(names) == len(run.members):
            raise
        yield PageResult((), (), failures=tuple((name, refused) for name in sorted(names)))
        yield from read(context, run.without(names))


@dataclass(frozen=True)
class Snapshot(FullList):
    """Reads values of now, whole."""

    label: ClassVar[str] = "snapshot"

    def pages(self, context: WalkContext, run: WalkRun) -> Iterator[ListPage]:
        """Yield the pages with the time of the first one."""
        for page, at_s in _with_times(super().pages(context, run)):
            yield replace(page, items=stamped(page.items, at_s))


@dataclass(frozen=True)
class WithSnapshots(ReadsWhole):
    """Reads a list once, for its own stream and for snapshots of all its items.

    Attributes:
        news: How the list is read for its own stream.

    """

    news: ListWalk

    position_type: ClassVar[type[Position]] = ListPosition

    @property
    def label(self) -> str:
        """The walk of the list, in a few words."""
        return self.news.label

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams share a run wherever they stand, but for the page to resume after."""
        return position.resume_cursor

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the pages, and deliver of each what every stream takes."""
        return or_without_snapshots(self._read, context, run)

    def _read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        shares = [self._share(context, run.of((stream,), run.start)) for stream in run.members]
        request, cursor = run_request(context, run), run.position.resume_cursor
        pages = list_pages(context.client, context.now_s, request, cursor)
        for page, at_s in _with_times(pages):
            for stream, share in zip(run.members, shares, strict=True):
                yield from share.take(page, items_for(stream, run, page.items, at_s))
            del page  # the next page is read without this one in memory

    def _share(self, context: WalkContext, run: WalkRun) -> ListShare:
        return ListShare(context, FullList() if is_snapshot(run.members[0]) else self.news, run)
