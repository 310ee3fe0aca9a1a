"""Audits that the account's list has skipped: found by a second look, and asked for singly.

"Some records will be skipped" where tickets change fast. Every recheck reads the list once more,
from the last recheck on. A ticket whose last change is not in it is asked for its own audits. So is
a restored ticket, whose audits stand at their old places. That comparison costs nothing: Zendesk
counts the audits of one ticket in a request that could as well read them.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.resource import Paging
from source_zendesk_support.streams.state.id_set import ids_of_text, ids_to_text
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import PageSizeRefused
from source_zendesk_support.zendesk.keyset import TimeAndId

from .audits import event_of
from .event_memory import with_deletions
from .keyset_pages import keyset_pages
from .list_pages import list_pages
from .records_below import records_below
from .requests import ListRequest
from .start import HELD_BACK_S
from .ticket_list import LIST_PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record

    from .list_reading import ListReading

# The most that the older form serves (docs/facts/closing-of-exports.md#2.3).
OLDER_PAGE = 1000
NEWEST_FIRST = {"sort_by": "created_at", "sort_order": "desc"}


def read_skipped(reading: ListReading, column: str) -> Iterator[PageResult]:
    """Yield the events since the last recheck that were not delivered, and move the recheck."""
    context, since_s = reading.context, reading.sure_s
    started_s = context.client.zendesk_s()
    newest: dict[Any, int] = {}  # by ticket
    for audits in _audits_since(context, since_s, column):
        for audit in audits:
            at_s = time_of(audit, column) or 0
            newest[audit.get("ticket_id")] = max(at_s, newest.get(audit.get("ticket_id"), 0))
        yield from _delivered(reading, audits, column)
        del audits
    # Deleted when that was read last; the ones that are listed again were restored.
    restored = ids_of_text(reading.place.deleted or "")
    tickets = ListRequest("tickets", "tickets", LIST_PARAMS)
    for page in keyset_pages(context, tickets, "updated_at", TimeAndId(since_s)):
        for ticket in page.items:
            key = ticket.get("id")
            if key in restored:
                yield from _delivered(reading, audits_of(context, key), column)
                restored.discard(key)
                reading.move(deleted=ids_to_text(restored))
            elif newest.get(key, 0) < (time_of(ticket, "updated_at") or 0):
                own = audits_of(context, key)
                recent = [it for it in own if (time_of(it, column) or since_s) >= since_s]
                yield from _delivered(reading, recent, column)
        del page
    reading.place = with_deletions(context, reading.place, since_s)
    reading.move(checked_s=started_s)
    reading.shown.forget_before(reading.sure_s)
    yield reading.deliver([], {})


def _audits_since(context: WalkContext, since_s: int, column: str) -> Iterator[list[Record]]:
    """Yield the audits of the account since a time, up to the last minute.

    Newest first by the older cursor, which has ten times the records on a page. Where Zendesk
    serves another order or refuses such a page, by the cursor that other lists have.
    """
    size = min(OLDER_PAGE, context.largest_page or OLDER_PAGE)
    request = ListRequest(
        "ticket_audits", "audits", NEWEST_FIRST, paging=Paging.OLDER_CURSOR, size=size
    )
    try:
        for page in list_pages(context.client, context.now_s, request):
            times = [at_s for it in page.items if (at_s := time_of(it, column)) is not None]
            if any(later > earlier for earlier, later in pairwise(times)):
                break
            until_s = page.shown_s - HELD_BACK_S
            yield [it for it in page.items if since_s <= (time_of(it, column) or 0) <= until_s]
            if times and times[-1] < since_s:
                return
            del page
        else:
            return
    except PageSizeRefused:
        pass  # nothing was yielded: the first page is the one that is refused
    listed = ListRequest("ticket_audits", "audits")
    for found in keyset_pages(context, listed, column, TimeAndId(since_s)):
        yield found.items
        del found


def audits_of(context: WalkContext, ticket_id: Any) -> list[Record]:
    """Return all audits of one ticket; none where Zendesk does not show it."""
    request = ListRequest(f"tickets/{ticket_id}/audits", "audits")
    return records_below(context, request, "ticket_events", "tickets")


def _delivered(reading: ListReading, audits: list[Record], column: str) -> Iterator[PageResult]:
    """Yield the events of these audits that were not delivered, if any."""
    events = [event_of(audit) for audit in audits]
    news = [event for event in events if event.get("id") not in reading.shown]
    reading.shown.note(events, column, reading.sure_s)
    if news:
        yield reading.deliver(reading.completed(news), {})
