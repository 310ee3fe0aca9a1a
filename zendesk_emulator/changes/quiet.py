"""Changes of records whose own time, or whose parent's, does not move. None is part of a mix.

What Zendesk does with these times is unverified. The emulator chooses the worst answer for a reader
of changes. The fields are those of docs/facts/records.md.
"""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick

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
    """Mail to an identity came back. Nobody edited the user, by whose time identities come."""
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


KINDS = {
    "rename_organization": rename_organization,
    "bounce_identity": bounce_identity,
    "withdraw_breach": withdraw_breach,
}
