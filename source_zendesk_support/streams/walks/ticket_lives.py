"""Lives of tickets that a history cuts: they began before its start.

Finds them by their events: the first one seen is not the creation, and the id is below those of
tickets that were created since. Those without an event are in the export of tickets. Counts them,
or reads what is missing, with a request for each ticket. Never moves a position. Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.resource import EXPORT_PAGE
from source_zendesk_support.streams.state.export_position import ExportPosition, TimePosition
from source_zendesk_support.streams.state.marks import time_of

from .audits import event_of
from .export_pages import export_pages
from .requests import ListRequest
from .skipped_audits import audits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.walk import WalkRun

CUT = (
    "tickets that are older than start_date: what happened to them before it is not there "
    "(complete_tickets reads it)"
)
# Those of AI agents too, and none that is deleted (docs/facts/zendesk-api.md#2.3.10).
_TICKETS = ListRequest(
    "incremental/tickets/cursor",
    "tickets",
    {"support_type_scope": "all", "exclude_deleted": "true"},
)
_EXPORTED = "generated_timestamp"
_AT_A_TIME = 50  # lives in memory: a thousand of a page may have many events


class TicketLives:
    """The lives that one run of ticket events meets.

    Attributes:
        oldest: The smallest id of a ticket that was created since the start, as far as it is known.

    """

    def __init__(self, context: WalkContext, run: WalkRun, oldest: int | None) -> None:
        self._context = context
        self._run = run
        self._is_first = run.position.is_start
        self._cut: set[int] = set()
        self.oldest = oldest

    @property
    def silent(self) -> str | None:
        """The cursor from which silent tickets are looked for; None where they are not."""
        position = self._run.position
        held = position.silent if isinstance(position, TimePosition) else None
        if not self._context.completes_tickets:
            return None
        return "" if self._is_first else held

    def completed(self, events: list[Record]) -> list[Record]:
        """Return events, with the earlier ones of tickets that are met for the first time.

        An event whose ticket has no usable id passes as it is.
        """
        created = {it for it in map(_ticket_of, filter(_creates, events)) if it is not None}
        known = created if self.oldest is None else {*created, self.oldest}
        self.oldest = min(known, default=None)
        met = {it for it in map(_ticket_of, events) if it is not None} - created - self._cut
        older = {it for it in met if self.oldest is None or it < self.oldest}
        self._cut |= older
        if not self._context.completes_tickets:
            return events
        return [*self._before(sorted(older)), *events]

    def _before(self, tickets: Iterable[int]) -> list[Record]:
        """Return what happened to tickets before the history begins."""
        start_s = self._run.start.sent_s
        return [
            event
            for ticket in tickets
            for event in map(event_of, audits_of(self._context, ticket))
            if (time_of(event, "timestamp") or 0) < start_s
        ]

    def of_silent(self, cursor: str) -> Iterator[tuple[list[Record], str]]:
        """Yield the events of tickets that the export has, though nothing happened to them.

        A change of the system exports a ticket again without an event: an archiving, for example.
        With each part of the events stands the cursor of the export that covers it.
        """
        start_s, completed = self._run.start.sent_s, set[int]()
        size = min(EXPORT_PAGE, self._context.largest_page or EXPORT_PAGE)
        request, place = replace(_TICKETS, size=size), ExportPosition(start_s, cursor or None)
        for page in export_pages(self._context, request, _EXPORTED, start_s, place):
            silent = [it for ticket in page.items if (it := _silent_id(ticket, start_s))]
            silent = sorted({*silent} - self._cut - completed)
            for begin in range(0, len(silent), _AT_A_TIME):
                yield self._before(silent[begin : begin + _AT_A_TIME]), cursor
            completed.update(silent)
            cursor = page.position.after_cursor or cursor
            yield [], cursor
            del page
        if self._is_first or completed:
            self._context.log(
                f"{self._run.members[0].name}: of tickets that are older than start_date, "
                f"{len(self._cut)} that have changed since and {len(completed)} that have not "
                "were read whole."
            )

    def count(self) -> None:
        """Count the lives that stay cut, once: when the first history was read."""
        if not self._is_first or self._context.completes_tickets:
            return
        for _ in self._cut:
            self._context.skipped.add(self._run.members[0].name, CUT)


def oldest_of(context: WalkContext, lives: TicketLives | None) -> int | None:
    """Return what a state keeps: it is needed where lives are completed, and nowhere else."""
    return lives.oldest if lives and context.completes_tickets else None


def _silent_id(ticket: Record, start_s: int) -> int | None:
    """Return the id of a ticket that is older than the history and has no event in it."""
    times = [time_of(ticket, name) for name in ("created_at", "updated_at")]
    if ticket.get("status") == "deleted" or not all(
        it is not None and it < start_s for it in times
    ):
        return None
    return _whole(ticket.get("id"))


def _ticket_of(event: Record) -> int | None:
    return _whole(event.get("ticket_id"))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _creates(event: Record) -> bool:
    children = event.get("child_events")
    return isinstance(children, list) and any(
        isinstance(it, dict) and it.get("event_type") == "Create" for it in children
    )
