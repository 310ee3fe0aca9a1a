"""Changes of users, identities, organizations and memberships."""

from zendesk_emulator.data.account import Account, Row, Table
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed.activity import add_destruction
from zendesk_emulator.seed.families import FAMILY_SEEDS
from zendesk_emulator.seed.people import (
    ADMIN_ID,
    USER_STEP,
    group_membership_record,
    identity_record,
    is_agent,
    organization_membership_record,
    organization_record,
    user_record,
)

Written = list[tuple[str, int]]
MERGES = next(seed for seed in FAMILY_SEEDS if seed.stream == "organization_merges")


def _alive(row: Row) -> bool:
    return not row.gone


def _touch(account: Account, table: Table, row: Row, **fields: object) -> tuple[str, int]:
    """Write fields and move updated_at, by which users and organizations are exported."""
    now_s = account.clock.now_s()
    table.amend(row, **fields, updated_at=iso(now_s))
    row.at_s = row.updated_s = now_s
    return (table.name, row.id)


def touch_user(account: Account, user: Row) -> tuple[str, int]:
    """Move a user's updated_at, and nothing else."""
    return _touch(account, account.table("users"), user)


def move_identity(account: Account, identity: Row, user: Row) -> tuple[str, int]:
    """Give an identity to another user, as no primary one."""
    identities = account.table("user_identities")
    record = {**identities.record(identity), "user_id": user.id, "primary": False}
    record["updated_at"] = iso(account.clock.now_s())
    record["url"] = account.url(f"users/{user.id}/identities/{identity.id}")
    identities.remove(identity)
    identities.removed.discard(identity.id)
    identity.parent = user.id
    identity.at_s = identity.updated_s = account.clock.now_s()
    identities.add(identity, record)
    return ("user_identities", identity.id)


def new_user(account: Account, draw: Draw, _: int | None) -> Written:
    users, identities = account.table("users"), account.table("user_identities")
    now_s = account.clock.now_s()
    ordinal = max(row.ordinal for row in users.rows.values()) + 1
    while is_agent(ordinal):  # agents are hired, not born: a new user is a customer
        ordinal += 1
    user = Row(users.next_id(USER_STEP), now_s, now_s, now_s, ordinal=ordinal)
    users.add(user, user_record(account, user, draw))
    identity = Row(identities.next_id(), now_s, now_s, now_s, parent=user.id)
    identities.add(identity, identity_record(account, identity, draw))
    return [("users", user.id), ("user_identities", identity.id)]


def update_user(account: Account, draw: Draw, row_id: int | None) -> Written:
    users = account.table("users")
    user = pick(users, draw, row_id, _alive)
    return [_touch(account, users, user, notes=f"Note {draw.below(10_000)} 📝", details=None)]


def deactivate_user(account: Account, draw: Draw, row_id: int | None) -> Written:
    """Deleted users are inactive and have no email; identities and memberships go.

    See docs/facts/zendesk-api.md#2.3.8.
    """
    users = account.table("users")
    user = pick(users, draw, row_id, lambda row: not row.gone and row.id != ADMIN_ID)
    for_good = draw.chance(30)
    user.gone = True
    user.status = "permanently_deleted" if for_good else "inactive"
    fields = {"active": False, "email": None, "permanently_deleted": for_good}
    written = [_touch(account, users, user, organization_id=None, **fields)]
    user.parent = 0
    for name in ("user_identities", "group_memberships", "organization_memberships"):
        table = account.table(name)
        for row in list(table.children(user.id)):
            table.remove(row)
            written.append((name, row.id))
    return written


def new_identity(account: Account, draw: Draw, row_id: int | None) -> Written:
    """A change of identities touches their user (unverified); quiet.py has one without."""
    users, identities = account.table("users"), account.table("user_identities")
    user = pick(users, draw, row_id, _alive)
    now_s = account.clock.now_s()
    ordinal = len(identities.children(user.id))
    identity = Row(identities.next_id(), now_s, now_s, now_s, parent=user.id, ordinal=ordinal)
    identities.add(identity, identity_record(account, identity, draw))
    return [("user_identities", identity.id), _touch(account, users, user)]


def update_identity(account: Account, draw: Draw, row_id: int | None) -> Written:
    users, identities = account.table("users"), account.table("user_identities")
    identity = pick(identities, draw, row_id)
    verified = not identities.record(identity)["verified"]
    return [
        _touch(account, identities, identity, verified=verified),
        _touch(account, users, users.rows[identity.parent]),
    ]


def new_organization(account: Account, draw: Draw, _: int | None) -> Written:
    table = account.table("organizations")
    now_s = account.clock.now_s()
    row = Row(table.next_id(), now_s, now_s, now_s, ordinal=len(table.rows))
    table.add(row, organization_record(account, row, draw))
    return [("organizations", row.id)]


def update_organization(account: Account, draw: Draw, row_id: int | None) -> Written:
    table = account.table("organizations")
    row = pick(table, draw, row_id, _alive)
    return [_touch(account, table, row, notes=f"Seats: {draw.below(1000)}")]


def delete_organization(account: Account, draw: Draw, row_id: int | None) -> Written:
    """It stays in the export with `deleted_at`, and an audit log names it.

    See docs/facts/zendesk-api.md#2.3.8 (unverified), docs/facts/closing-of-exports.md#2.
    """
    table = account.table("organizations")
    row = pick(table, draw, row_id, _alive)
    row.gone = True
    written = [_touch(account, table, row, deleted_at=iso(account.clock.now_s()))]
    written.append(("audit_logs", add_destruction(account, row).id))
    memberships = account.table("organization_memberships")
    for membership in list(memberships.rows.values()):
        if memberships.record(membership)["organization_id"] == row.id:
            written += _leave(account, membership)
    return written


def merge_organizations(account: Account, draw: Draw, row_id: int | None) -> Written:
    """One is deleted, another one stays and changes, and the merge is below that.

    See docs/facts/endpoints.md, CreateOrganizationMerge; that the winner changes is unverified.
    """
    organizations, merges = account.table("organizations"), account.table(MERGES.stream)
    loser = pick(organizations, draw, row_id, _alive)
    winner = pick(organizations, draw, None, lambda row: not row.gone and row.id != loser.id)
    written = delete_organization(account, draw, loser.id)
    written += update_organization(account, draw, winner.id)
    now_s = account.clock.now_s()
    row = Row(merges.next_id(MERGES.step), now_s, now_s, now_s, parent=winner.id)
    merges.add(row, {**MERGES.record(account, row, draw), "loser_id": loser.id})
    return [*written, (MERGES.stream, row.id)]


def _leave(account: Account, membership: Row) -> Written:
    users, memberships = account.table("users"), account.table("organization_memberships")
    memberships.remove(membership)
    user = users.rows[membership.parent]
    written = [("organization_memberships", membership.id)]
    written.append(_touch(account, users, user, organization_id=None))
    user.parent = 0
    return written


def add_organization_membership(account: Account, draw: Draw, row_id: int | None) -> Written:
    users, table = account.table("users"), account.table("organization_memberships")
    user = pick(users, draw, row_id, lambda row: not row.gone and not row.parent)
    organization = pick(account.table("organizations"), draw, None, _alive)
    now_s = account.clock.now_s()
    row = Row(table.next_id(), now_s, now_s, now_s, parent=user.id)
    table.add(row, organization_membership_record(account, row, organization.id))
    touched = _touch(account, users, user, organization_id=organization.id)
    user.parent = organization.id
    return [("organization_memberships", row.id), touched]


def remove_organization_membership(account: Account, draw: Draw, row_id: int | None) -> Written:
    return _leave(account, pick(account.table("organization_memberships"), draw, row_id))


def add_group_membership(account: Account, draw: Draw, row_id: int | None) -> Written:
    table, groups = account.table("group_memberships"), account.table("groups")
    agent = pick(
        account.table("users"), draw, row_id, lambda row: not row.gone and is_agent(row.ordinal)
    )
    mine = {table.record(row)["group_id"] for row in table.children(agent.id)}
    group = pick(groups, draw, None, lambda row: not row.gone and row.id not in mine)
    now_s = account.clock.now_s()
    row = Row(table.next_id(), now_s, now_s, now_s, parent=agent.id)
    table.add(row, group_membership_record(account, row, group.id, default=False))
    return [("group_memberships", row.id)]


def remove_group_membership(account: Account, draw: Draw, row_id: int | None) -> Written:
    table = account.table("group_memberships")
    row = pick(table, draw, row_id)
    table.remove(row)
    return [("group_memberships", row.id)]


KINDS = {
    "new_user": new_user,
    "update_user": update_user,
    "deactivate_user": deactivate_user,
    "new_identity": new_identity,
    "update_identity": update_identity,
    "new_organization": new_organization,
    "update_organization": update_organization,
    "delete_organization": delete_organization,
    "add_organization_membership": add_organization_membership,
    "remove_organization_membership": remove_organization_membership,
    "add_group_membership": add_group_membership,
    "remove_group_membership": remove_group_membership,
}
