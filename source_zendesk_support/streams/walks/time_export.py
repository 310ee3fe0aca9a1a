"""Time exports: page after page to the end, without the records that a page repeats.

Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.export_position import TimePosition
from source_zendesk_support.streams.state.marks import BorderSecond
from source_zendesk_support.zendesk.errors import StartTimeTooRecent

from .delivery import deliver, held_back
from .requests import run_request
from .ticket_lives import TicketLives, oldest_of
from .time_pages import time_pages

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position


@dataclass(frozen=True)
class TimeExport:
    """Reads a time export from its position to its end."""

    label: ClassVar[str] = "time export"
    position_type: ClassVar[type[Position]] = TimePosition

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams that stand at the same position share a run."""
        return position

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the pages, and deliver of each what the one before did not have."""
        resource, position = run.resource, run.position_as(TimePosition)
        start_s = run.start.of(position.at_s)
        border = BorderSecond(start_s, position.seen, resource.item_time)
        request, key = run_request(context, run), run.members[0].primary_key
        lives = TicketLives(context, run, position.oldest) if resource.has_lives else None
        silent = lives.silent if lives else None
        try:
            for page in time_pages(context, request, border, key, resource.largest_page):
                items, body = run.news(page.items, page.body)
                items = lives.completed(items) if lives else items
                position = TimePosition(
                    page.at_s, page.seen, oldest=oldest_of(context, lives), silent=silent
                )
                yield deliver(context, run, items, body, position)
                del page, items, body  # the next page is read without this one in memory
            if lives and silent is not None:
                for items, cursor in lives.of_silent(silent):
                    position = replace(position, silent=cursor)
                    yield deliver(context, run, items, {}, position)
            if lives:
                lives.count()
        except StartTimeTooRecent:
            yield held_back(context, run, position)
