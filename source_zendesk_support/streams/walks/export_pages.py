"""The pages of one cursor export.

A cursor export resumes exactly after the last record of a page; its end is never decided by a short
page. Delivers nothing. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import CursorRefused
from source_zendesk_support.zendesk.pagination import CycleGuard, after_cursor_export
from source_zendesk_support.zendesk.request import PageSize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record

    from .requests import ListRequest


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One page of a cursor export, and the position after it."""

    items: list[Record]
    body: Mapping[str, Any]
    position: ExportPosition


def export_pages(
    context: WalkContext,
    request: ListRequest,
    item_time: str,
    start_s: int,
    position: ExportPosition,
) -> Iterator[ExportPage]:
    """Yield the pages of a cursor export from a position, or from `start_s` without one.

    Raises StartTimeTooRecent when there can be none yet.
    """
    size = PageSize("per_page", request.size)
    cursor = position.after_cursor
    restarted, progress = False, CycleGuard(request.path)
    while True:
        place = {"cursor": cursor} if cursor else {"start_time": str(start_s)}
        params = {**request.params, **place}
        try:
            page = context.client.get(request.path, params, expects=request.key, size=size)
            if request.is_without_sideload(page.body):
                page = context.client.get(request.path, params, expects=request.key, size=size)
        except CursorRefused:
            if restarted or position.at_s is None:
                raise
            restarted, cursor, start_s = True, None, position.at_s
            progress = CycleGuard(request.path)
            continue
        items: list[Record] = page.body[request.key]
        after = after_cursor_export(request.path, cursor, page.body)
        cursor = after.cursor
        last_s = time_of(items[-1], item_time) if items else None
        if last_s is not None:
            last_s = min(last_s, page.server_s)
        position = ExportPosition(last_s or position.at_s or start_s, cursor)
        yield ExportPage(items, page.body, position)
        del page, items  # the next page is read without this one in memory
        if after.params is None:
            return
        progress.goes_to(cursor)
