"""Changes of what administrators configure: groups, ticket fields, brands."""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed.config import group_record

Written = list[tuple[str, int]]


def _alive(row: Row) -> bool:
    return not row.gone


def _touch(account: Account, table: str, row: Row, /, **fields: object) -> tuple[str, int]:
    now_s = account.clock.now_s()
    account.table(table).amend(row, **fields, updated_at=iso(now_s))
    row.at_s = row.updated_s = now_s
    return (table, row.id)


def new_group(account: Account, draw: Draw, _: int | None) -> Written:
    table = account.table("groups")
    now_s = account.clock.now_s()
    row = Row(table.next_id(), now_s, now_s, now_s)
    table.add(row, group_record(account, row, len(table.rows), draw))
    return [("groups", row.id)]


def update_group(account: Account, draw: Draw, row_id: int | None) -> Written:
    row = pick(account.table("groups"), draw, row_id, _alive)
    return [_touch(account, "groups", row, description=f"Shift {draw.below(1000)}")]


def delete_group(account: Account, draw: Draw, row_id: int | None) -> Written:
    """The group is marked, its memberships are gone; the default group stays."""
    table = account.table("groups")
    row = pick(
        table, draw, row_id, lambda each: not each.gone and not table.record(each)["default"]
    )
    row.gone = True
    written = [_touch(account, "groups", row, deleted=True)]
    memberships = account.table("group_memberships")
    for membership in list(memberships.rows.values()):
        if memberships.record(membership)["group_id"] == row.id:
            memberships.remove(membership)
            written.append(("group_memberships", membership.id))
    return written


def update_field(account: Account, draw: Draw, row_id: int | None) -> Written:
    row = pick(account.table("ticket_fields"), draw, row_id)
    return [_touch(account, "ticket_fields", row, description=f"Since {draw.below(1000)}")]


def update_brand(account: Account, draw: Draw, row_id: int | None) -> Written:
    row = pick(account.table("brands"), draw, row_id, _alive)
    return [_touch(account, "brands", row, name=f"Brand {draw.below(1000)} 🏷")]


KINDS = {
    "new_group": new_group,
    "update_group": update_group,
    "delete_group": delete_group,
    "update_field": update_field,
    "update_brand": update_brand,
}
