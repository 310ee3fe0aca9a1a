"""The memory of events that lists deliver, so that an export repeats none of them.

Up to an hour before the last recheck every event of a ticket that is still there was delivered. Of
later ones the ids are kept, and of tickets that were deleted meanwhile their ids: an export has
events of these that no list shows. Where something is not known, the export repeats it.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.state.id_set import MOST_IDS, ids_of_text, ids_to_text
from source_zendesk_support.streams.state.lists_place import HOUR_S, MOST_GONE, MOST_SHOWN
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import StreamRefused

from .list_pages import list_pages
from .requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.state.lists_place import ListsPlace

# `deleted_tickets` goes back so far (docs/facts/zendesk-api.md#5.1). Rechecks that are further
# apart, less a day, do not learn of every deletion.
DELETIONS_LAST_S = 29 * 86_400


class ShownEvents:
    """The events that were delivered since an hour before the last recheck."""

    def __init__(self, text: str) -> None:
        """`text`: what a state has kept of earlier runs."""
        self._text: str | None = text
        self._times: dict[int, int | None] = dict.fromkeys(ids_of_text(text))

    def __contains__(self, event_id: Any) -> bool:
        return event_id in self._times

    def note(self, events: Iterable[Record], time_field: str, from_s: int) -> None:
        """Remember delivered events that happened at `from_s` or later."""
        for event in events:
            at_s, event_id = time_of(event, time_field), event.get("id")
            if isinstance(event_id, int) and at_s is not None and at_s >= from_s:
                self._times[event_id] = at_s
                self._text = None

    def forget_before(self, from_s: int) -> None:
        """Forget what happened earlier, and what an earlier run delivered at an unknown time."""
        self._times = {
            key: at_s for key, at_s in self._times.items() if at_s is not None and at_s >= from_s
        }
        self._text = None

    @property
    def text(self) -> str:
        """The ids for a state; "" where they are too many."""
        if self._text is None:
            self._text = ids_to_text(self._times) if len(self._times) <= MOST_SHOWN else ""
        return self._text


def events_unrepeated(place: ListsPlace, items: list[Record], time_field: str) -> list[Record]:
    """Return the events of an export that lists have not delivered."""
    shown = ids_of_text(place.shown)
    missing_s: dict[int, int] = {}  # by ticket: from when on its events may be on no list
    sure_s = 0
    if place.is_whole and place.gone is not None and place.checked_s is not None:
        sure_s = min(place.checked_s, place.at_s) - HOUR_S
        missing_s = {each: at_s for at_s, ids in place.gone[::-1] for each in ids_of_text(ids)}
    kept = []
    for event in items:
        at_s, ticket_id = time_of(event, time_field), event.get("ticket_id")
        until_s = missing_s.get(ticket_id, sure_s) if isinstance(ticket_id, int) else sure_s
        was_before = at_s is not None and at_s < min(sure_s, until_s)
        is_news = event.get("id") not in shown and not was_before
        if is_news or _is_deletion(event):
            kept.append(event)
    return kept


def _is_deletion(event: Record) -> bool:
    """Return whether an event is the deletion of its ticket, which no list shows."""
    children = event.get("child_events")
    found = children if isinstance(children, list) else []
    return any(isinstance(it, dict) and it.get("status") == "deleted" for it in found)


def with_deletions(context: WalkContext, place: ListsPlace, since_s: int) -> ListsPlace:
    """Return the place that knows which tickets were deleted since a time.

    Their events between the last reading and the deletion are on no list.
    """
    if place.gone is None and place.deleted is None:
        return place
    deleted = _deleted_tickets(context)
    if place.deleted is not None:
        place = place.moved(deleted=None if deleted is None else ids_to_text(deleted))
    if place.gone is None:
        return place
    has_all = deleted is not None and context.client.zendesk_s() - since_s <= DELETIONS_LAST_S
    since = {key for key, at_s in (deleted or {}).items() if at_s is None or at_s >= since_s}
    found = since if has_all else None
    known = {each for _, ids in place.gone for each in ids_of_text(ids)}
    if found is None or len(known | found) > MOST_IDS:
        return place.moved(gone=None)
    new = found - known
    if not new:
        return place
    gone = (*place.gone, (since_s, ids_to_text(new)))
    if len(gone) > MOST_GONE:
        together = ids_of_text(gone[0][1]) | ids_of_text(gone[1][1])
        gone = ((min(gone[0][0], gone[1][0]), ids_to_text(together)), *gone[2:])
    return place.moved(gone=gone)


def with_deleted(context: WalkContext, place: ListsPlace) -> ListsPlace:
    """Return the place that knows which tickets are deleted now, unless Zendesk refuses that."""
    deleted = _deleted_tickets(context)
    return place if deleted is None else place.moved(deleted=ids_to_text(deleted))


def _deleted_tickets(context: WalkContext) -> dict[int, int | None] | None:
    """Return when each deleted ticket was deleted; None where Zendesk refuses the list."""
    request = ListRequest("deleted_tickets", "deleted_tickets", {"support_type_scope": "all"})
    try:
        return {
            ticket["id"]: time_of(ticket, "deleted_at")
            for page in list_pages(context.client, context.now_s, request)
            for ticket in page.items
            if isinstance(ticket.get("id"), int)
        }
    except StreamRefused:
        return None
