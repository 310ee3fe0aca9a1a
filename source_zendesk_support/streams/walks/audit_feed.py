"""Ticket events, comments and attachments without the export: from the audits of the account.

The account's list of audits leaves archived tickets out. Their audits are asked for one ticket
after the other, on request only. Audits that the list skipped are found by a recheck
(skipped_audits.py).
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.lists_place import HOUR_S
from source_zendesk_support.streams.state.marks import time_of

from .audits import event_of
from .creation_sweep import after, search_pages
from .event_memory import events_unrepeated, with_deleted
from .skipped_audits import audits_of, read_skipped
from .ticket_list import ARCHIVE, IS_CLOSED, NOT_ARCHIVED_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.lists_place import ListsPlace

    from .keyset_pages import KeysetPage
    from .list_reading import ListReading


@dataclass(frozen=True)
class AuditFeed:
    """The family of `incremental/ticket_events`."""

    path: ClassVar[str] = "ticket_audits"
    key: ClassVar[str] = "audits"
    column: ClassVar[str] = "created_at"
    # By cursor it is in this order by itself (docs/facts/zendesk-api.md#2.1).
    params: ClassVar[Mapping[str, str]] = {}
    recent_s: ClassVar[int | None] = NOT_ARCHIVED_S
    is_complete: ClassVar[bool] = True
    rounds_count: ClassVar[bool] = False
    may_begin: ClassVar[bool] = False
    first_is_check: ClassVar[bool] = True

    def include(self, run: WalkRun) -> str | None:  # noqa: ARG002
        """Return nothing: an audit has its comments."""
        return None

    def shape(
        self, reading: ListReading, page: KeysetPage
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return audits as the export shows events."""
        events = [event_of(audit) for audit in page.items]
        reading.shown.note(events, self.column, reading.sure_s)
        return events, page.body

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield the audits of closed tickets on request, and what the list has skipped."""
        context = reading.context
        if not reading.place.is_whole and context.reads_closed_audits:
            yield from self._archive(reading)
        if reading.place.deleted is None:
            reading.place = with_deleted(context, reading.place)
        if reading.is_check_due:
            yield from read_skipped(reading, self.column)

    def unrepeated(
        self, place: ListsPlace, items: list[Record], body: Mapping[str, Any]
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return the events that lists have not delivered."""
        return events_unrepeated(place, items, self.column), body

    def _archive(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield the audits of closed tickets, once: a request for each that may be archived."""
        context = reading.context
        run, sweep = reading.run, reading.begin_sweep(ARCHIVE)
        # An export that was read before has delivered what happened up to its place.
        first_s = max(run.start.sent_s, (run.position.at_s or 0) - HOUR_S)
        start_s = 0 if context.completes_tickets else first_s
        # A ticket that changed since then is in no archive: the list has brought its events.
        listed_from_s = sweep.started_s - NOT_ARCHIVED_S
        for found in search_pages(context, IS_CLOSED, sweep):
            left = found.begun
            for ticket in found.items:
                left = after(left, [ticket])
                if (time_of(ticket, "updated_at") or 0) >= listed_from_s:
                    continue
                events = [
                    event_of(audit)
                    for audit in audits_of(context, ticket.get("id"))
                    if (time_of(audit, "created_at") or start_s) >= start_s
                ]
                reading.move(sweep=left)
                yield reading.deliver(events, {})
            reading.move(sweep=found.sweep)
            yield reading.deliver([], {})
        reading.move(is_whole=True, sweep=None)
        yield reading.deliver([], {})
