"""Draws custom objects with their fields and records.

See docs/facts/records.md, docs/facts/zendesk-api.md#2.3.8, #5.3.
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid
from zendesk_emulator.data.sizes import Size

from .people import ADMIN_ID, share_one_second
from .rows import row_of, stamps

OBJECT_BASE, FIELD_BASE, RECORD_BASE = 71_000, 4_398_096_842_000, 72_000_000
# what stands in the fields of a deleted record (docs/facts/zendesk-api.md#2.3.8)
GONE = "[DELETED]"
_KEYS = ("car", "apartment", "empty_shelf")
_FIELDS = (("standard::name", "text"), ("make", "text"), ("doors", "integer"), ("sold", "checkbox"))


def key_of_object(row_id: int) -> str:
    """Custom objects have a key and no id."""
    number = row_id - OBJECT_BASE
    return _KEYS[number] if number < len(_KEYS) else f"object_{number}"


def lay_out_objects(account: Account, size: Size, now_s: int) -> None:
    """The last object has no records."""
    objects = account.add_table("custom_objects", key=key_of_object)
    account.add_table("custom_object_fields")
    records = account.add_table(
        "custom_object_records", lambda row: object_record(account, row), key=ulid
    )
    rows = []
    for number in range(len(_KEYS)):
        row = row_of(OBJECT_BASE + number, number, now_s, Draw(account.seed, OBJECT_BASE, number))
        objects.add(row, custom_object(account, row))
        add_fields(account, row)
        for n in range(0 if number == len(_KEYS) - 1 else size.objects):
            row_id = RECORD_BASE + len(records.rows)
            draw = Draw(account.seed, row_id)
            record = row_of(row_id, n, now_s, draw, parent=row.id)
            record.gone = n % 9 == 4
            rows.append(records.add(record))
    share_one_second(rows, size.cluster // 2)


def custom_object(account: Account, row: Row) -> Record:
    key = key_of_object(row.id)
    title = key.replace("_", " ").capitalize()
    return {
        "url": account.url(f"custom_objects/{key}"), "key": key, **stamps(row),
        "created_by_user_id": str(ADMIN_ID), "updated_by_user_id": str(ADMIN_ID), "title": title,
        "raw_title": title, "title_pluralized": f"{title}s", "raw_title_pluralized": f"{title}s",
        "description": f"All {title}s", "raw_description": f"All {title}s",
        "include_in_list_view": True, "allows_photos": False, "allows_attachments": False,
    }  # fmt: skip


def add_fields(account: Account, custom: Row) -> list[Row]:
    table = account.table("custom_object_fields")
    rows = []
    for position, (key, kind) in enumerate(_FIELDS):
        row_id = FIELD_BASE + 10 * (custom.id - OBJECT_BASE) + position
        row = Row(row_id, custom.at_s, custom.created_s, custom.updated_s, parent=custom.id)
        title = key.rpartition(":")[2].capitalize()
        table.add(row, {
            "url": account.url(f"custom_objects/{key_of_object(custom.id)}/fields/{row_id}"),
            "id": row_id, "key": key, "type": kind, "title": title, "raw_title": title,
            "description": title, "raw_description": title, "position": position, "active": True,
            "system": False, "regexp_for_validation": None, "required": position == 0,
            "properties": {"is_unique": False}, **stamps(row),
        })  # fmt: skip
        rows.append(row)
    return rows


def object_record(account: Account, row: Row) -> Record:
    """A deleted record keeps its id and times; its contents are replaced."""
    draw = Draw(account.seed, row.id)
    key = key_of_object(row.parent)
    record: Record = {
        "url": account.url(f"custom_objects/{key}/records/{ulid(row.id)}"), "id": ulid(row.id),
        "custom_object_key": key, "name": f"{draw.of(words.COMPANIES)} {row.ordinal}",
        "external_id": f"stock-{row.id}" if draw.chance(50) else None, **stamps(row),
        "created_by_user_id": str(ADMIN_ID), "updated_by_user_id": str(ADMIN_ID),
        "custom_object_fields": {
            "make": draw.of(words.COMPANIES), "doors": draw.below(6), "sold": draw.chance(50),
        },
    }  # fmt: skip
    return record | blanks(record) if row.gone else record


def blanks(record: Record) -> Record:
    """The contents of a record after its deletion (docs/facts/zendesk-api.md#2.3.8)."""
    fields = dict.fromkeys(record["custom_object_fields"], GONE)
    return {"name": GONE, "external_id": GONE, "custom_object_fields": fields}
