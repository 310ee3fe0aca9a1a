"""The tickets that Zendesk itself calls deleted, for streams whose pages say nothing of it.

Owns how far its list is read, and what it cannot say: it goes back 30 days, and leaves archived
tickets out. Asks whether a ticket is shown again. Removes nothing and moves no position. Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-deleted-tickets
(docs/facts/zendesk-api.md#5.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.resource import LIST_PAGE, Paging
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import ConnectorError, Failure, StreamRefused

from .creation_sweep import SHOW_MANY
from .list_pages import list_pages
from .record_paths import path_id
from .requests import ListRequest
from .said_of_tickets import DELETED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record

DAY_S = 86_400
# So long Zendesk lists a deleted ticket, and restores it.
LISTED_S = 30 * DAY_S
# By number a list moves while it is read: what one reading misses so, the next ones find.
OVERLAP_S = DAY_S
_NEWEST_FIRST = {"support_type_scope": "all", "sort_by": "deleted_at", "sort_order": "desc"}


@dataclass(slots=True)
class TicketDeletions:
    """The findings of a reading.

    Attributes:
        tickets: When each ticket was deleted, by its id as it stands in a path.
        is_whole: Whether every deletion since the time was read that Zendesk lists.
        why_not: Why some were not; "" where all were.

    """

    tickets: dict[str, int] = field(default_factory=dict)
    is_whole: bool = True
    why_not: str = ""


def deleted_since(context: WalkContext, since_s: int) -> TicketDeletions:
    """Return the tickets that were deleted since a time and are now, and perhaps earlier ones.

    Never raises ConnectorError: what was read before a fault is Zendesk's word all the same.
    """
    found = TicketDeletions()
    size = min(LIST_PAGE, context.largest_page or LIST_PAGE)
    request = ListRequest(
        "deleted_tickets", "deleted_tickets", _NEWEST_FIRST, paging=Paging.NUMBER, size=size
    )
    times: list[int] = []
    try:
        for page in list_pages(context.client, context.now_s, request):
            if page.begins:
                times = []
            own = [(path_id(it.get("id")), time_of(it, "deleted_at")) for it in page.items]
            times += [at_s for _, at_s in own if at_s is not None]
            found.tickets |= {ticket: at_s or page.shown_s for ticket, at_s in own}
            falls = all(later >= earlier for later, earlier in pairwise(times))
            if falls and times and times[-1] < since_s:
                break
            del page
    except StreamRefused as refused:
        found.is_whole = False
        found.why_not = f"Zendesk refuses the list of deleted tickets with status {refused.status}"
    except ConnectorError as error:
        # Beyond the newest 10,000 no page by number leads: no later reading would find more.
        found.is_whole = error.failure is Failure.CONFIG
        found.why_not = error.what
    return found


def shown_again(context: WalkContext, tickets: Iterable[str]) -> list[Record]:
    """Return those of some tickets that Zendesk shows, which it does with no deleted one.

    Raises ConnectorError.
    """
    found: list[Record] = []
    ids = sorted(tickets)
    for at in range(0, len(ids), SHOW_MANY):
        asked = ",".join(ids[at : at + SHOW_MANY])
        page = context.client.get("tickets/show_many", {"ids": asked}, expects="tickets")
        found += [it for it in page.body["tickets"] if _is_there(it)]
    return found


def _is_there(ticket: Any) -> bool:
    return isinstance(ticket, dict) and "status" in ticket and ticket["status"] != DELETED
