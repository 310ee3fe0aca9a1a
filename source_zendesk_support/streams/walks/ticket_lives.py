"""Lives of tickets that a history cuts: they began before its start, and changed after it.

Finds them by their events: the first one seen is not the creation, and the id is below those of
tickets that were created since. Counts them, or reads what is missing, with a request for each
ticket. Never moves a position. Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.state.marks import time_of

from .audits import event_of
from .skipped_audits import audits_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.walk import WalkRun

CUT = (
    "tickets that are older than start_date: what happened to them before it is not there "
    "(complete_tickets reads it)"
)


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

    def count(self) -> None:
        """Count the lives that stay cut, once: when the first history was read."""
        if not self._is_first or self._context.completes_tickets:
            return
        for _ in self._cut:
            self._context.skipped.add(self._run.members[0].name, CUT)


def oldest_of(context: WalkContext, lives: TicketLives | None) -> int | None:
    """Return what a state keeps: it is needed where lives are completed, and nowhere else."""
    return lives.oldest if lives and context.completes_tickets else None


def _ticket_of(event: Record) -> int | None:
    ticket = event.get("ticket_id")
    return ticket if isinstance(ticket, int) and not isinstance(ticket, bool) else None


def _creates(event: Record) -> bool:
    children = event.get("child_events")
    return isinstance(children, list) and any(
        isinstance(it, dict) and it.get("event_type") == "Create" for it in children
    )
