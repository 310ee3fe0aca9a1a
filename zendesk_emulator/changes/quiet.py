"""Changes of records whose own time, or whose parent's, does not move. None is part of a mix.

Zendesk's way with these times is unverified. The emulator chooses the worst answer for a reader
of changes. The fields are those of docs/facts/records.md.
"""

from typing import Any

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed.event_records import comment_child
from zendesk_emulator.seed.people import ADMIN_ID, is_agent
from zendesk_emulator.seed.service_levels import TARGET_S
from zendesk_emulator.seed.ticket_records import custom_status_id

from .people import deactivate_user, move_identity, touch_user
from .ticket import add_event, add_metric_event, is_alive, write_ticket

SLA_METRIC = "reply_time"

Written = list[tuple[str, int]]


def rename_organization(account: Account, draw: Draw, row_id: int | None) -> Written:
    """The organization is updated; `organization_name` of its memberships follows it unmarked."""
    organizations = account.table("organizations")
    memberships = account.table("organization_memberships")
    has_members = {memberships.record(row)["organization_id"] for row in memberships.rows.values()}
    row = pick(organizations, draw, row_id, lambda it: not it.gone and it.id in has_members)
    now_s = account.clock.now_s()
    name = f"{organizations.record(row)['name']} ({draw.below(10_000)})"
    organizations.amend(row, name=name, updated_at=iso(now_s))
    row.at_s = row.updated_s = now_s
    written = [("organizations", row.id)]
    for membership in memberships.rows.values():
        if memberships.record(membership)["organization_id"] == row.id:
            memberships.amend(membership, organization_name=name)
            written.append(("organization_memberships", membership.id))
    return written


def bounce_identity(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Mail to an identity came back. The user, by whose time identities come, was not edited."""
    identities = account.table("user_identities")
    row = pick(identities, draw, row_id, lambda it: "undeliverable_count" in identities.record(it))
    now_s = account.clock.now_s()
    count = identities.record(row)["undeliverable_count"] + 1
    identities.amend(
        row, undeliverable_count=count, deliverable_state="undeliverable", updated_at=iso(now_s)
    )
    row.at_s = row.updated_s = now_s
    return [("user_identities", row.id)]


def withdraw_breach(account: Account, draw: Draw, row_id: int | None) -> Written:
    """A breach is deleted; the event stays where it stood in time."""
    events = account.table("ticket_metric_events")

    def stands(row: Row) -> bool:
        record = events.record(row)
        return record["type"] == "breach" and not record["deleted"]

    row = pick(events, draw, row_id, stands)
    events.amend(row, deleted=True)
    row.gone = True
    return [("ticket_metric_events", row.id)]


def close_by_automation(account: Account, draw: Draw, row_id: int | None) -> Written:
    """An automation closes a solved ticket; it makes no event (docs/facts/zendesk-api.md#2.3.6)."""
    ticket = pick(account.table("tickets"), draw, row_id, lambda row: row.status == "solved")
    return _closed_silently(account, ticket)


def _closed_silently(account: Account, ticket: Row, **fields: Any) -> Written:
    closed = custom_status_id("closed")
    return write_ticket(
        account, ticket, silent=True, status="closed", custom_status_id=closed, **fields
    )


def merge_ticket(account: Account, draw: Draw, row_id: int | None) -> Written:
    """A ticket is closed into another, which alone is updated and says so in a comment."""
    tickets = account.table("tickets")
    merged = pick(tickets, draw, row_id, is_alive)
    kept = pick(tickets, draw, None, lambda row: is_alive(row) and row.id != merged.id)
    tags = [*tickets.record(merged)["tags"], "closed_by_merge"]
    written = _closed_silently(account, merged, tags=tags)
    text = f"Request #{merged.id} was closed and merged into this request."
    return written + _commented(account, draw, kept, text)


def _commented(account: Account, draw: Draw, ticket: Row, text: str) -> Written:
    said = comment_child(account, ticket, 0, draw, author_id=ADMIN_ID, body=text)
    written = write_ticket(account, ticket)
    return written + add_event(account, ticket, ADMIN_ID, [said], draw)


def merge_users(account: Account, draw: Draw, row_id: int | None) -> Written:
    """A user is merged into another: their tickets change hands without an event.

    The user who is left is updated and has the identities of both; the other one is deleted.
    """
    users, tickets = account.table("users"), account.table("tickets")
    requesters = {tickets.record(row)["requester_id"] for row in tickets.rows.values()}
    merged = pick(
        users, draw, row_id,
        lambda row: not row.gone and not is_agent(row.ordinal) and row.id in requesters,
    )  # fmt: skip
    kept = pick(users, draw, None, lambda row: not row.gone and row.id != merged.id)
    written: Written = []
    for identity in list(account.table("user_identities").children(merged.id)):
        written.append(move_identity(account, identity, kept))
    written.append(touch_user(account, kept))
    for ticket in tickets.rows.values():
        if tickets.record(ticket)["requester_id"] == merged.id and ticket.status != "deleted":
            written += write_ticket(account, ticket, silent=True, requester_id=kept.id)
    return written + deactivate_user(account, draw, merged.id)


def apply_sla(account: Account, draw: Draw, row_id: int | None) -> Written:
    """An SLA begins to run: its breach is there at once, in the future.

    When the time comes nothing else changes, neither ticket nor metric set
    (docs/facts/closing-of-exports.md#2).
    """
    tickets = account.table("tickets")
    ticket = pick(
        tickets, draw, row_id, lambda row: is_alive(row) and not breaches_to_come(account, row)
    )
    written = write_ticket(account, ticket, silent=True)
    for kind in ("apply_sla", "activate"):
        written += add_metric_event(account, ticket, SLA_METRIC, kind)
    due_s = account.clock.now_s() + TARGET_S
    return written + add_metric_event(account, ticket, SLA_METRIC, "breach", at_s=due_s)


def meet_sla(account: Account, draw: Draw, row_id: int | None) -> Written:
    """A reply before the time is up: the breach that was to come never happens."""
    tickets = account.table("tickets")
    ticket = pick(
        tickets, draw, row_id, lambda row: is_alive(row) and bool(breaches_to_come(account, row))
    )
    events = account.table("ticket_metric_events")
    written: Written = []
    for breach in breaches_to_come(account, ticket):
        events.remove(breach)
        written.append(("ticket_metric_events", breach.id))
    written += _commented(account, draw, ticket, "We are on it.")
    return written + add_metric_event(account, ticket, SLA_METRIC, "fulfill")


def breaches_to_come(account: Account, ticket: Row) -> list[Row]:
    now_s = account.clock.now_s()
    events = account.table("ticket_metric_events").children(ticket.id)
    return [row for row in events if row.at_s > now_s]


KINDS = {
    "close_by_automation": close_by_automation,
    "merge_ticket": merge_ticket,
    "merge_users": merge_users,
    "apply_sla": apply_sla,
    "meet_sla": meet_sla,
    "rename_organization": rename_organization,
    "bounce_identity": bounce_identity,
    "withdraw_breach": withdraw_breach,
}
