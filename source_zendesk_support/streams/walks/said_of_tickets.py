"""A page's word on tickets: which are deleted or restored, and the keys that belong to each.

Sends nothing. Reads Zendesk's own word alone: the status of a ticket in its record or in an event.
Rests on docs/facts/zendesk-api.md#2.3.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.deletion import TICKET_ID

from .record_paths import path_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream

DELETED = "deleted"


def are_deleted(items: Iterable[Record]) -> dict[str, bool]:
    """Return whether tickets are deleted, by id: of each the last word of the page.

    A ticket says it by its status. An event of a ticket says it where it changes that status.
    """
    found = {}
    for item in items:
        if TICKET_ID not in item:
            found[path_id(item.get("id"))] = item.get("status") == DELETED
            continue
        for change in item.get("child_events") or ():
            if isinstance(change, dict) and DELETED in _statuses(change):
                found[path_id(item[TICKET_ID])] = change.get("status") == DELETED
    return found


def _statuses(change: Record) -> tuple[Any, ...]:
    return (change["status"], change.get("previous_value")) if "status" in change else ()


def without_gone(context: WalkContext, stream: Stream, records: list[Record]) -> list[Record]:
    """Return records without those of tickets that are gone; these come back with their ticket."""
    gone = context.gone_tickets.get(stream.name)
    if gone is None:
        return records
    there = []
    for record in records:
        ticket = path_id(record.get(TICKET_ID))
        if ticket in gone:
            gone.hold(ticket, record.get(stream.primary_key))
        else:
            there.append(record)
    return there


def keys_of_tickets(stream: Stream, records: Iterable[Record]) -> dict[str, list[Any]]:
    """Return the keys of records by their ticket."""
    found: dict[str, list[Any]] = {}
    for record in records:
        key = record.get(stream.primary_key)
        found.setdefault(path_id(record.get(TICKET_ID)), []).append(key)
    return found
