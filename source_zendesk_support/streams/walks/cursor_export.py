"""Cursor exports: page after page to the end of the stream, then the children of the pages.

A cursor export resumes exactly after the last record of a page. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    StartTimeTooRecent,
    StreamRefused,
)

from .delivery import deliver, held_back
from .export_children import ExportChildren
from .export_pages import export_pages
from .requests import run_request

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .export_pages import ExportPage


@dataclass(frozen=True)
class CursorExport:
    """Reads a cursor export from its position to the end of the stream."""

    label: ClassVar[str] = "cursor export"
    position_type: ClassVar[type[Position]] = ExportPosition

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams that stand at the same position share a run."""
        assert isinstance(position, ExportPosition)
        return replace(position, refused=(), watched=())

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the streams of the export to their end, and then the children of its records."""
        children = ExportChildren(context, run)
        parents = run.of(tuple(it for it in run.members if not it.children), run.start)
        below = run.of(tuple(it for it in run.members if it.children), run.start)
        try:
            if parents.members:
                yield from _parents(context, parents, children)
            if not below.members:
                return
            yield from children.reader.read_again()
            yield from children.read()
            if children.is_cut or not parents.members:
                yield from _below(context, below, children)
            yield from children.read_watched()
            yield from children.reader.at_end()
        except StartTimeTooRecent:
            yield held_back(context, run)


def _parents(context: WalkContext, run: WalkRun, children: ExportChildren) -> Iterator[PageResult]:
    """Read the streams of the export, and keep the parents of each page.

    A fault ends these streams at once, and the children of the pages before it are read.
    """
    try:
        for page in _pages(context, run, run.position_as(ExportPosition)):
            result = deliver(context, run, page.items, page.body, page.position)
            yield result
            run = run.without(dict(result.failures))
            if not run.members and not children.is_wanted:
                return
            children.keep(page)
            del page, result  # the next page is read without this one in memory
    except (StartTimeTooRecent, StreamRefused):
        raise
    except ConnectorError as error:
        if children.is_wanted:
            yield PageResult((), (), failures=tuple((it.name, error) for it in run.members))
            yield from children.read()
        raise
    if children.is_wanted:
        yield PageResult((), (), completed=tuple(it.name for it in run.members))


def _below(context: WalkContext, run: WalkRun, children: ExportChildren) -> Iterator[PageResult]:
    """Read the pages that were not kept for their children alone, and these page by page."""
    for page in _pages(context, run, children.position):
        children.keep(page)
        del page  # the next page is read without this one in memory
        yield from children.read()
        if not children.is_wanted:
            return


def _pages(context: WalkContext, run: WalkRun, position: ExportPosition) -> Iterator[ExportPage]:
    """Yield the pages of the export, without what another engine has delivered."""
    start_s = run.start.of(position.at_s)
    request = run_request(context, run)
    for page in export_pages(context, request, run.resource.item_time, start_s, position):
        items, body = run.news(page.items, page.body)
        yield replace(page, items=items, body=body)
        del page, items, body  # the next page is read without this one in memory
