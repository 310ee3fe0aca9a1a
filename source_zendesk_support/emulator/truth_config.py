"""The truth about configuration: delivered whole, whatever the start (a ticket refers to it)."""

from source_zendesk_support.emulator.account import Account
from source_zendesk_support.emulator.seed import SEEDS
from source_zendesk_support.emulator.sideloads import deleted_user
from source_zendesk_support.emulator.telling import Asked, Telling, Truth, listed, told


def _attribute_definitions(account: Account, _: Asked) -> Truth:
    """They have no id: subject and condition together are unique (compatibility 1.3)."""
    return told(account, "attribute_definitions", lambda _row: True, key="subject+condition")


def _deleted_users(account: Account, _: Asked) -> Truth:
    users = account.table("users")
    gone = [users.record(row) for row in users.rows.values() if row.gone]
    return Truth("id", [deleted_user(record) for record in gone], [])


STREAMS: dict[str, Telling] = {
    **{seed.stream: listed(seed.stream) for seed in SEEDS},
    "ticket_field_options": listed("ticket_field_options"),
    "schedule_holidays": listed("schedule_holidays"),
    "attribute_definitions": _attribute_definitions,
    "deleted_users": _deleted_users,
}
