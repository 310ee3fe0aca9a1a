"""Destinations under both engines: what a stream owes, and what differs for good reason.

Owns the list of fields and records that the engine `lists` cannot have. Users read the same list in
docs/when-zendesk-closes-the-exports.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from test_support.connector.values import as_published, same_value
from zendesk_emulator.truth.rules import key_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from test_support.connector.process import Destination
    from zendesk_emulator import Emulator
    from zendesk_emulator.truth.rules import Truth

# Streams that an export gives, and that lists can give too.
STREAMS = (
    "tickets", "ticket_metrics", "ticket_events", "ticket_comments", "attachments",
    "ticket_metric_events", "ticket_field_history", "ticket_schedule_history",
    "ticket_sla_policy_history", "users", "user_identities", "organizations",
    "side_conversations", "custom_objects", "custom_object_records",
)  # fmt: skip
# Fields that lists do not know, wherever they stand in a record of the stream.
UNKNOWN_FIELDS: dict[str, frozenset[str]] = {
    "tickets": frozenset({"generated_timestamp"}),
    "ticket_metrics": frozenset({"generated_timestamp", "_ab_updated_at"}),
    "ticket_events": frozenset({"via", "via_reference_id"}),
    "ticket_comments": frozenset({"via", "via_reference_id"}),
}
# Streams whose records belong to a ticket: lists show nothing of a deleted one.
OF_TICKETS = frozenset(
    {
        *("ticket_events", "ticket_comments", "attachments", "ticket_metric_events"),
        *("ticket_field_history", "ticket_schedule_history", "ticket_sla_policy_history"),
    }
)
# Records that a recheck asks for again without comparing, once after an export has stood still.
OF_OPEN_TICKETS = frozenset(
    {
        *("tickets", "ticket_metrics", "ticket_metric_events", "ticket_sla_policy_history"),
        "side_conversations",
    }
)


def known(stream: str, record: Any) -> Any:
    """Return a record without what lists do not know."""
    unknown = UNKNOWN_FIELDS.get(stream, frozenset())
    if isinstance(record, dict):
        return {name: known(stream, value) for name, value in record.items() if name not in unknown}
    return [known(stream, item) for item in record] if isinstance(record, list) else record


def deleted_tickets(emulator: Emulator) -> set[int]:
    """Return the tickets that are deleted now."""
    tickets = emulator.truth("tickets", include_deleted_tickets=True).must
    return {ticket["id"] for ticket in tickets if ticket["status"] == "deleted"}


def purged_tickets(emulator: Emulator) -> set[int]:
    """Return the deleted tickets that are on no list of deleted ones any more."""
    named = {ticket["id"] for ticket in emulator.truth("deleted_tickets").must}
    return deleted_tickets(emulator) - named


def ticket_of(emulator: Emulator, stream: str, record: dict[str, Any]) -> int | None:
    """Return the ticket that a record belongs to; what emulated attachments lack is looked up."""
    if "ticket_id" in record:
        ticket_id: int = record["ticket_id"]
        return ticket_id
    if stream != "attachments":
        return None
    for comment in emulator.truth("ticket_comments").must:
        if any(each["id"] == record["id"] for each in comment["attachments"]):
            return int(comment["ticket_id"])
    return None


def is_on_a_list(
    emulator: Emulator, stream: str, record: dict[str, Any], gone: Collection[int]
) -> bool:
    """Return whether lists can show a record as it is now."""
    if stream in OF_TICKETS:
        return ticket_of(emulator, stream, record) not in gone
    return not is_deleted(stream, record)


def is_deleted(stream: str, record: dict[str, Any]) -> bool:
    """Return whether a record is shown as a deleted one, of which lists know little."""
    if stream == "organizations":
        return bool(record["deleted_at"])
    return stream == "custom_object_records" and record["name"] == "[DELETED]"


def differences(
    emulator: Emulator,
    destination: Destination,
    stream: str,
    *,
    by_exports: bool = False,
) -> list[str]:
    """Return what a destination lacks or has wrong, but for fields that lists do not know.

    `by_exports`: exports were read last, and owe also what lists do not show. They do not owe a
    ticket that was purged before a recheck met it.
    """
    truth: Truth = emulator.truth(stream)
    held = {key_of(truth, it): it for it in destination.tables[stream].values()}
    gone = purged_tickets(emulator) if by_exports else deleted_tickets(emulator)
    owed = {
        key_of(truth, it): as_published(stream, it)
        for it in truth.must
        if is_on_a_list(emulator, stream, it, gone) or (by_exports and stream not in OF_TICKETS)
    }
    found = [f"{stream} {key}: missing" for key in owed.keys() - held.keys()]
    allowed = {key_of(truth, it) for it in truth.must} | set(truth.may)
    found += [f"{stream} {key}: should not be there" for key in held.keys() - allowed]
    if not by_exports:
        found += [
            f"{stream} {key}: its deletion is missing"
            for it in truth.must
            if is_deleted(stream, it)
            and (key := key_of(truth, it)) in held
            and not is_deleted(stream, held[key])
        ]
    for key in owed.keys() & held.keys():
        right, wrong = known(stream, owed[key]), known(stream, held[key])
        found += [
            f"{stream} {key}: {name}: {str(value)[:60]!r} != {str(wrong.get(name))[:60]!r}"
            for name, value in right.items()
            if not same_value(value, wrong.get(name))
        ]
    return sorted(found)
