"""Ticket events, comments and attachments without the export: from the audits of the account.

The account's list of audits leaves archived tickets out and "may skip some". The audits of closed
tickets are asked for one ticket after the other, on request only.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import StreamRefused

from .audits import event_of
from .creation_sweep import search_pages
from .list_pages import list_pages
from .requests import ListRequest
from .ticket_list import ARCHIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.lists_place import Sweep

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
    has_archive: ClassVar[bool] = True
    is_complete: ClassVar[bool] = False
    first_is_check: ClassVar[bool] = False

    def include(self, run: WalkRun) -> str | None:  # noqa: ARG002
        """Return nothing: an audit has its comments."""
        return None

    def shape(
        self,
        reading: ListReading,  # noqa: ARG002
        page: KeysetPage,
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return audits as the export shows events."""
        return [event_of(audit) for audit in page.items], page.body

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield the audits of closed tickets, once and on request: a request for each ticket."""
        context = reading.context
        if reading.place.is_whole or not context.reads_closed_audits:
            return
        start_s = reading.run.start.sent_s
        for found in search_pages(context, "status:closed", reading.begin_sweep(ARCHIVE)):
            for ticket in found.items:
                events = [
                    event_of(audit)
                    for audit in _audits_of(context, ticket.get("id"))
                    if (time_of(audit, "created_at") or start_s) >= start_s
                ]
                reading.move(sweep=_before(found.begun, ticket))
                yield reading.deliver(events, {})
            if found.sweep:
                reading.move(sweep=found.sweep)
                yield reading.deliver([], {})
        reading.move(is_whole=True, sweep=None)
        yield reading.deliver([], {})

    def was_delivered(self, record: Record) -> bool:  # noqa: ARG002
        """Return that no event is known to be a repeat."""
        return False


def _before(sweep: Sweep, ticket: Record) -> Sweep:
    """Return what is left after a ticket: what was created in its second or before."""
    at_s = time_of(ticket, "created_at")
    return sweep if at_s is None else replace(sweep, until_s=min(sweep.until_s, at_s + 1))


def _audits_of(context: WalkContext, ticket_id: Any) -> list[Record]:
    request = ListRequest(f"tickets/{ticket_id}/audits", "audits")
    try:
        pages = list_pages(context.client, context.now_s, request)
        return [audit for page in pages for audit in page.items]
    except StreamRefused as refused:
        if not refused.is_about_a_record:
            raise
        context.skipped.add("ticket_events", "tickets whose audits are not found (404)")
        return []
