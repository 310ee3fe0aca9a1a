"""Draws the children of configuration: options of ticket fields, holidays, skill conditions."""

from datetime import date, timedelta

from zendesk_emulator.data.account import Account, Record, Row

from . import hours

HOLIDAY_BASE = 360_040_000_000


def lay_out_children(account: Account) -> None:
    _options(account)
    _holidays(account)
    _definitions(account)


def _options(account: Account) -> None:
    """One row for each option that a ticket field's record shows (docs/facts/endpoints.md)."""
    fields = account.table("ticket_fields")
    table = account.add_table("ticket_field_options")
    for field in fields.rows.values():
        for position, shown in enumerate(fields.record(field).get("custom_field_options", [])):
            row = Row(shown["id"], field.at_s, field.created_s, field.updated_s, parent=field.id)
            table.add(row, option_record(account, row, shown, position))


def option_record(account: Account, row: Row, shown: Record, position: int) -> Record:
    """An option as its field's record shows it, its address and its place."""
    path = f"ticket_fields/{row.parent}/options/{row.id}"
    return {**shown, "position": position, "url": account.url(path)}


def _holidays(account: Account) -> None:
    table = account.add_table("schedule_holidays")
    schedules = list(account.table("schedules").rows.values())
    for schedule in schedules[:-1]:
        for n in range(hours.HOLIDAYS):
            row_id = HOLIDAY_BASE + schedule.ordinal * 100 + n
            row = Row(
                row_id, schedule.at_s, schedule.created_s, schedule.updated_s, parent=schedule.id,
                ordinal=n,
            )  # fmt: skip
            table.add(row, holiday(row, hours.holiday_of(schedule.ordinal, n)))


def holiday(row: Row, day: date) -> Record:
    """`{id,name,start_date,end_date}` (docs/facts/zendesk-api.md#5.3)."""
    return {
        "id": row.id, "name": f"Holiday {row.ordinal}", "start_date": day.isoformat(),
        "end_date": (day + timedelta(days=1)).isoformat(),
    }  # fmt: skip


# (list, subject, title): a subject may stand in both lists
DEFINITIONS = (
    ("all", "number_of_incidents", "Number of incidents"), ("all", "brand", "Brand"),
    ("all", "priority", "Priority"), ("any", "brand", "Brand"), ("any", "locale_id", "Language"),
)  # fmt: skip


def _definitions(account: Account) -> None:
    table = account.add_table("attribute_definitions")
    for number, (condition, subject, title) in enumerate(DEFINITIONS):
        row = Row(number + 1, 0, 0, 0, status=condition)
        table.add(row, {**definition(subject, title), "condition": condition})


def definition(subject: str, title: str) -> Record:
    """A condition of skills based routing (docs/facts/zendesk-api.md#5.3)."""
    return {
        "subject": subject, "title": title, "type": "list", "group": "ticket", "nullable": False,
        "repeatable": subject == "brand",
        "operators": [{"value": "is", "title": "Is", "terminal": False},
                      {"value": "present", "title": "Present", "terminal": True}],
        "values": [{"value": "1", "title": f"First {title}", "enabled": True}],
        "metadata": {"collection_key": subject, "item_key": "id"},
    }  # fmt: skip
