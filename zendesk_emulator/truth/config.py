"""The truth about configuration: delivered whole, whatever the start (a ticket refers to it).

Also about what is exported beside tickets: records of custom objects, calls and their legs.
"""

from zendesk_emulator.api.sideloads import deleted_user
from zendesk_emulator.data.account import Account
from zendesk_emulator.seed.build import SEEDS

from .rules import Query, Rule, Truth, expected, exported_from, listed, updated_from


def _attribute_definitions(account: Account, _: Query) -> Truth:
    """They have no id: subject and condition together are unique.

    See docs/facts/published-connector.md#1.3.
    """
    return expected(account, "attribute_definitions", lambda _row: True, key="subject+condition")


def _deleted_users(account: Account, _: Query) -> Truth:
    users = account.table("users")
    gone = [users.record(row) for row in users.rows.values() if row.gone]
    return Truth("id", [deleted_user(record) for record in gone], [])


def _custom_objects(account: Account, _: Query) -> Truth:
    """Their key is their `key`: they show no id (docs/facts/records.md)."""
    return expected(account, "custom_objects", lambda _row: True, key="key")


def _bookmarks(account: Account, _: Query) -> Truth:
    """Those of archived tickets are not listed (docs/facts/zendesk-api.md#2.3.9)."""
    tickets = account.table("tickets").rows
    return expected(account, "bookmarks", lambda row: not tickets[row.parent].archived)


RULES: dict[str, Rule] = {
    **{seed.stream: listed(seed.stream) for seed in SEEDS},
    "bookmarks": _bookmarks,
    "ticket_field_options": listed("ticket_field_options"),
    "schedule_holidays": listed("schedule_holidays"),
    "attribute_definitions": _attribute_definitions,
    "deleted_users": _deleted_users,
    "custom_objects": _custom_objects,
    "custom_object_fields": listed("custom_object_fields"),
    "custom_object_records": exported_from("custom_object_records"),
    "calls": updated_from("calls"),
    "call_legs": updated_from("call_legs"),
}
