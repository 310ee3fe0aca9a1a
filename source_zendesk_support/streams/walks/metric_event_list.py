"""Metric events without the export: beside the tickets that change, and when an SLA comes due.

A breach moves no ticket: the ticket is asked again when its target comes due, and every recheck.
A breach that is still to come is listed ahead; it is delivered when it has happened.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.lists_place import with_due

from .creation_sweep import search_pages, shown
from .event_memory import events_unrepeated, with_deletions
from .metric_events import SIDELOAD, due_s, has_happened, metric_events_of
from .records_below import records_below
from .requests import ListRequest
from .start import HELD_BACK_S
from .ticket_list import (
    ARCHIVE,
    IS_CLOSED,
    LIST_PARAMS,
    NOT_ARCHIVED_S,
    end_check,
    left_tickets,
    note_status,
    read_shares,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.lists_place import ListsPlace, Sweep

    from .creation_sweep import ShownPage
    from .keyset_pages import KeysetPage
    from .list_reading import ListReading

TIME = "time"  # of an event


@dataclass(frozen=True)
class MetricEventList:
    """The family of `incremental/ticket_metric_events`."""

    path: ClassVar[str] = "tickets"
    key: ClassVar[str] = "tickets"
    column: ClassVar[str] = "updated_at"
    params: ClassVar[Mapping[str, str]] = LIST_PARAMS
    recent_s: ClassVar[int | None] = NOT_ARCHIVED_S
    is_complete: ClassVar[bool] = True
    rounds_count: ClassVar[bool] = False
    may_begin: ClassVar[bool] = False
    first_is_check: ClassVar[bool] = True

    def include(self, run: WalkRun) -> str | None:  # noqa: ARG002
        """Return the sideload of the events."""
        return SIDELOAD

    def shape(
        self, reading: ListReading, page: KeysetPage
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return the events of the tickets on a page."""
        return self._events(reading, page.items, page.body, page.settled_s), {}

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield what has come due, the archive once, and every recheck the tickets again."""
        yield from self._due(reading)
        if not reading.place.is_whole:
            yield from self._swept(reading, IS_CLOSED, reading.begin_sweep(ARCHIVE))
            reading.move(is_whole=True, sweep=None)
            yield reading.deliver([], {})
        if reading.is_check_due:
            since_s = reading.sure_s
            yield from read_shares(reading, self._swept, self._left)
            reading.place = with_deletions(reading.context, reading.place, since_s)
            end_check(reading)
            reading.shown.forget_before(reading.sure_s)
            yield reading.deliver([], {})

    def unrepeated(
        self, place: ListsPlace, items: list[Record], body: Mapping[str, Any]
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return the events that lists have not delivered."""
        return events_unrepeated(place, items, TIME), body

    def _due(self, reading: ListReading) -> Iterator[PageResult]:
        settled_s = reading.context.client.zendesk_s() - HELD_BACK_S
        tickets = [{"id": each} for at_s, each in reading.place.due if at_s <= settled_s]
        yield from self._of(reading, shown(reading.context, tickets, SIDELOAD))

    def _left(self, reading: ListReading) -> Iterator[PageResult]:
        yield from self._of(reading, left_tickets(reading, SIDELOAD))

    def _swept(self, reading: ListReading, words: str, sweep: Sweep) -> Iterator[PageResult]:
        for found in search_pages(reading.context, words, sweep):
            yield from self._of(reading, shown(reading.context, found.items, SIDELOAD))
            reading.move(sweep=found.sweep)
            yield reading.deliver([], {})

    def _of(self, reading: ListReading, pages: Iterator[ShownPage]) -> Iterator[PageResult]:
        """Yield the events of tickets that were asked for by their ids."""
        for page in pages:
            events = self._events(reading, page.items, page.body, page.at_s - HELD_BACK_S)
            yield reading.deliver(events, {})
            del page, events

    def _events(
        self,
        reading: ListReading,
        tickets: list[Record],
        body: Mapping[str, Any],
        settled_s: int,
    ) -> list[Record]:
        """Return what has happened to tickets, and note when each is to be asked again."""
        found = metric_events_of(tickets, body)
        if found is None:
            found = [it for ticket in tickets for it in _asked(reading.context, ticket.get("id"))]
        by_ticket: dict[Any, list[Record]] = {}
        for event in found:
            by_ticket.setdefault(event.get("ticket_id"), []).append(event)
        times = {
            ticket["id"]: due_s(by_ticket.get(ticket["id"], []), settled_s)
            for ticket in tickets
            if isinstance(ticket.get("id"), int)
        }
        reading.move(due=with_due(reading.place, times).due)
        note_status(reading, [ticket for ticket in tickets if "status" in ticket])
        start_s = reading.run.start.sent_s
        events = [
            event
            for ticket in tickets
            for event in by_ticket.get(ticket.get("id"), [])
            if has_happened(event, settled_s) and not has_happened(event, start_s - 1)
        ]
        reading.shown.note(events, TIME, reading.sure_s)
        return events


def _asked(context: WalkContext, ticket_id: Any) -> list[Record]:
    """Return the events of one ticket; the answer of one without any is an empty object."""
    request = ListRequest(f"tickets/{ticket_id}/metric_events", "ticket_metric_events")
    return records_below(context, request, "ticket_metric_events", "tickets")
