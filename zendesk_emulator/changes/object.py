"""Changes of custom objects and their records, and of calls."""

from zendesk_emulator.data.account import Account, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import pick
from zendesk_emulator.seed import objects as seed_objects, talk as seed_talk

from .seeded_lists import touch

Written = list[tuple[str, int]]


def new_custom_object(account: Account, _: Draw, __: int | None) -> Written:
    table = account.table("custom_objects")
    now_s = account.clock.now_s()
    row = Row(table.next_id(), now_s, now_s, now_s)
    table.add(row, seed_objects.custom_object(account, row))
    fields = seed_objects.add_fields(account, row)
    return [("custom_objects", row.id), *(("custom_object_fields", each.id) for each in fields)]


def update_custom_object(account: Account, draw: Draw, row_id: int | None) -> Written:
    row = pick(account.table("custom_objects"), draw, row_id)
    return [touch(account, "custom_objects", row, description=f"Since {draw.below(10**6)}")]


def update_object_field(account: Account, draw: Draw, row_id: int | None) -> Written:
    row = pick(account.table("custom_object_fields"), draw, row_id)
    return [touch(account, "custom_object_fields", row, description=f"Of {draw.below(10**6)}")]


def new_object_record(account: Account, draw: Draw, row_id: int | None) -> Written:
    parent = pick(account.table("custom_objects"), draw, row_id)
    table = account.table("custom_object_records")
    now_s = account.clock.now_s()
    row = table.add(Row(table.next_id(), now_s, now_s, now_s, parent=parent.id))
    return [("custom_object_records", row.id)]


def update_object_record(account: Account, draw: Draw, row_id: int | None) -> Written:
    row = pick(account.table("custom_object_records"), draw, row_id, lambda each: not each.gone)
    return [touch(account, "custom_object_records", row, name=f"Renamed {draw.below(10**6)} 🚗")]


def delete_object_record(account: Account, draw: Draw, row_id: int | None) -> Written:
    """It stays in the export, without its contents (docs/facts/zendesk-api.md#2.3.8)."""
    table = account.table("custom_object_records")
    row = pick(table, draw, row_id, lambda each: not each.gone)
    record = table.record(row)
    row.gone = True
    return [touch(account, "custom_object_records", row, **seed_objects.blanks(record))]


def new_call(account: Account, draw: Draw, _: int | None) -> Written:
    calls, legs = account.table("calls"), account.table("call_legs")
    now_s = account.clock.now_s()
    call = calls.add(Row(calls.next_id(), now_s, now_s, now_s, ordinal=len(calls.rows)))
    written = [("calls", call.id)]
    for n in range(draw.between(1, seed_talk.LEGS_MOST)):
        row = Row(legs.next_id(), now_s, now_s, now_s, parent=call.id, ordinal=n)
        legs.add(row)
        written.append(("call_legs", row.id))
    return written


def update_call(account: Account, draw: Draw, row_id: int | None) -> Written:
    """The wrap-up comes after the call, and touches its legs."""
    wrapped_s = draw.between(1, 10**6)
    call = pick(account.table("calls"), draw, row_id)
    legs = account.table("call_legs").children(call.id)
    touched = [("calls", call), *(("call_legs", leg) for leg in legs)]
    return [touch(account, name, row, wrap_up_time=wrapped_s) for name, row in touched]


KINDS = {
    "new_custom_object": new_custom_object,
    "update_custom_object": update_custom_object,
    "update_object_field": update_object_field,
    "new_object_record": new_object_record,
    "update_object_record": update_object_record,
    "delete_object_record": delete_object_record,
    "new_call": new_call,
    "update_call": update_call,
}
