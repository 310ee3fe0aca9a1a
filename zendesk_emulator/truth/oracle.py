"""The truth: what a perfect reader holds, for tests to compare their own reader with.

It rests on what the API can show (docs/facts/zendesk-api.md#2.3), never on how a program reads it.
Deleted records are demanded where the API shows them, and allowed where it no longer does.
"""

from zendesk_emulator.api.exports import visible_until_s
from zendesk_emulator.changes.ticket_removal import scrub_due_tickets
from zendesk_emulator.data.account import Account

from . import (
    activity as truth_activity,
    config as truth_config,
    families as truth_families,
    help_center as truth_help_center,
    histories as truth_histories,
    messaging as truth_messaging,
    omnichannel as truth_omnichannel,
)
from .rules import (
    Query,
    Rule,
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
    """Return what a perfect reader holds of a stream. Raises KeyError for an unknown one."""
    answer = _RULES[stream]
    with account.lock:
        scrub_due_tickets(account)
        until_s = visible_until_s(account) if visible_until is None else visible_until
        query = Query(start_s, until_s, include_deleted_tickets)
        return answer(account, query)


def _tickets(account: Account, query: Query) -> Truth:
    """By generated_timestamp (docs/facts/zendesk-api.md#2.3.6); all support types."""
    whole = exported(account, "tickets", query)
    if query.include_deleted_tickets:
        return whole
    must = [record for record in whole.must if record["status"] != "deleted"]
    return Truth("id", must, [*whole.may, *_deleted_ids(account)])


def _deleted_ids(account: Account) -> list[int]:
    return [row.id for row in account.table("tickets").rows.values() if row.status == "deleted"]


def _ticket_metrics(account: Account, query: Query) -> Truth:
    """The metric sets of the tickets shown; a deleted ticket has none.

    See docs/facts/zendesk-api.md#2.3.7.
    """
    tickets = account.table("tickets").rows
    metrics = account.table("ticket_metrics")
    sure, others = [], []
    for row in metrics.rows.values():
        ticket = tickets[row.parent]
        if ticket.status == "deleted" or ticket.at_s > query.visible_until_s:
            others.append(row.id)
        elif ticket.at_s >= query.start_s:
            sure.append(row)
    return Truth("id", metrics.records(sure), others)


def _user_identities(account: Account, query: Query) -> Truth:
    """The identities of the users shown (docs/facts/zendesk-api.md#3)."""
    users = account.table("users").rows
    identities = account.table("user_identities")
    sure, others = [], list(identities.removed)
    for row in identities.rows.values():
        user = users[row.parent]
        if query.shows(user.at_s):
            sure.append(row)
        elif user.at_s > query.visible_until_s:
            others.append(row.id)
    return Truth("id", identities.records(sure), others)


def _ticket_comments(account: Account, query: Query) -> Truth:
    """The comments among the children, with what they take from their event.

    See docs/facts/zendesk-api.md#2.3.12.
    """
    events = exported(account, "ticket_events", query)
    return Truth("id", list(comments(events.must)), [])


def _tags(account: Account, _: Query) -> Truth:
    table = account.table("tags")
    return Truth("name", table.records(table.rows.values()), [])


_RULES: dict[str, Rule] = {
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
    **truth_activity.RULES,
    **truth_config.RULES,
    **truth_histories.RULES,
    **truth_families.RULES,
    **truth_help_center.RULES,
    **truth_omnichannel.RULES,
    **truth_messaging.RULES,
}

TRUTHS = tuple(_RULES)
