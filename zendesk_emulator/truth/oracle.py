"""What a correct destination must hold: the answer tests compare a connector's work with.

Written from what the API can show (docs/facts/zendesk-api.md#2.3), not from how any connector reads
it: deleted records are demanded where the API can show them, and allowed where it no longer does.
"""

from zendesk_emulator.api.exports import visible_until_s
from zendesk_emulator.changes.ticket import scrub_due_tickets
from zendesk_emulator.data.account import Account

from . import activity as truth_activity, config as truth_config, help_center as truth_help_center
from .rules import (
    Asked,
    Telling,
    Truth,
    comments,
    created_from,
    exported,
    exported_from,
    listed,
    listed_with_deleted,
)


def truth(
    account: Account,
    stream: str,
    *,
    start_s: int = 0,
    visible_until: int | None = None,
    include_deleted_tickets: bool = False,
) -> Truth:
    """Raises KeyError for a stream that is not told about."""
    answer = _STREAMS[stream]
    with account.lock:
        scrub_due_tickets(account)
        until_s = visible_until_s(account) if visible_until is None else visible_until
        asked = Asked(start_s, until_s, include_deleted_tickets)
        return answer(account, asked)


def _tickets(account: Account, asked: Asked) -> Truth:
    """By generated_timestamp (docs/facts/zendesk-api.md#2.3.6); all support types."""
    whole = exported(account, "tickets", asked)
    if asked.include_deleted_tickets:
        return whole
    must = [record for record in whole.must if record["status"] != "deleted"]
    return Truth("id", must, [*whole.may, *_deleted_ids(account)])


def _deleted_ids(account: Account) -> list[int]:
    return [row.id for row in account.table("tickets").rows.values() if row.status == "deleted"]


def _ticket_metrics(account: Account, asked: Asked) -> Truth:
    """The metric sets of the tickets shown; a deleted ticket has none.

    See docs/facts/zendesk-api.md#2.3.7.
    """
    tickets = account.table("tickets").rows
    metrics = account.table("ticket_metrics")
    sure, others = [], []
    for row in metrics.rows.values():
        ticket = tickets[row.parent]
        if ticket.status == "deleted" or ticket.at_s > asked.visible_until_s:
            others.append(row.id)
        elif ticket.at_s >= asked.start_s:
            sure.append(row)
    return Truth("id", metrics.records(sure), others)


def _user_identities(account: Account, asked: Asked) -> Truth:
    """The identities of the users shown (docs/facts/zendesk-api.md#3)."""
    users = account.table("users").rows
    identities = account.table("user_identities")
    sure, others = [], list(identities.removed)
    for row in identities.rows.values():
        user = users[row.parent]
        if asked.shows(user.at_s):
            sure.append(row)
        elif user.at_s > asked.visible_until_s:
            others.append(row.id)
    return Truth("id", identities.records(sure), others)


def _ticket_comments(account: Account, asked: Asked) -> Truth:
    """The Comment children, with what they take from their event.

    See docs/facts/zendesk-api.md#2.3.12.
    """
    events = exported(account, "ticket_events", asked)
    return Truth("id", list(comments(events.must)), [])


def _tags(account: Account, _: Asked) -> Truth:
    table = account.table("tags")
    return Truth("name", table.records(table.rows.values()), [])


_STREAMS: dict[str, Telling] = {
    "tickets": _tickets,
    "ticket_metrics": _ticket_metrics,
    "users": exported_from("users"),
    "user_identities": _user_identities,
    "organizations": exported_from("organizations"),
    "ticket_events": exported_from("ticket_events"),
    "ticket_comments": _ticket_comments,
    "ticket_metric_events": exported_from("ticket_metric_events"),
    "deleted_tickets": created_from("deleted_tickets"),
    "groups": listed_with_deleted("groups"),
    "group_memberships": listed("group_memberships"),
    "organization_memberships": listed("organization_memberships"),
    "ticket_fields": listed("ticket_fields"),
    "tags": _tags,
    "brands": listed_with_deleted("brands"),
    "satisfaction_ratings": created_from("satisfaction_ratings"),
    **truth_activity.STREAMS,
    **truth_config.STREAMS,
    **truth_help_center.STREAMS,
}

STREAMS = tuple(_STREAMS)
