"""What a correct destination must hold: the answer tests compare a connector's work with.

Written from what the API can show (zendesk/api.md 2.3), not from how any connector reads it:
deleted records are demanded where the API can show them, and allowed where it no longer does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from source_zendesk_support.emulator.account import Account, Record, Row
from source_zendesk_support.emulator.exports import visible_until_s
from source_zendesk_support.emulator.ticket_changes import scrub_due_tickets


@dataclass(frozen=True, slots=True)
class Asked:
    """`start_s`: where an export was told to begin. `visible_until_s`: the last second shown."""

    start_s: int
    visible_until_s: int
    include_deleted_tickets: bool = False

    def shows(self, at_s: int) -> bool:
        return self.start_s <= at_s <= self.visible_until_s


@dataclass(frozen=True, slots=True)
class Truth:
    """`must`: records as served. `may`: keys a destination may hold too, in any older version."""

    key: str
    must: list[Record]
    may: list[Any]


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


def _told(account: Account, table: str, must: Callable[[Row], bool]) -> Truth:
    """Rows that must be there; the others, and those that are gone, may be."""
    stored = account.table(table)
    sure, others = [], list(stored.removed)
    for row in stored.rows.values():
        if must(row):
            sure.append(row)
        else:
            others.append(row.id)
    return Truth("id", stored.records(sure), others)


def _exported(account: Account, table: str, asked: Asked) -> Truth:
    """Everything from the start on; what changed in the last minute may be held as it was."""
    stored = account.table(table)
    rows = stored.rows.values()
    sure = [row for row in rows if asked.shows(row.at_s)]
    younger = [row.id for row in rows if row.at_s > asked.visible_until_s]
    return Truth("id", stored.records(sure), [*younger, *stored.removed])


def _tickets(account: Account, asked: Asked) -> Truth:
    """By generated_timestamp (zendesk/api.md 2.3.6); all support types."""
    whole = _exported(account, "tickets", asked)
    if asked.include_deleted_tickets:
        return whole
    must = [record for record in whole.must if record["status"] != "deleted"]
    return Truth("id", must, [*whole.may, *_deleted_ids(account)])


def _deleted_ids(account: Account) -> list[int]:
    return [row.id for row in account.table("tickets").rows.values() if row.status == "deleted"]


def _ticket_metrics(account: Account, asked: Asked) -> Truth:
    """The metric sets of the tickets shown; a deleted ticket has none (zendesk/api.md 2.3.7)."""
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
    """The identities of the users shown (zendesk/api.md 3)."""
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
    """The Comment children, with what they take from their event (zendesk/api.md 2.3.12)."""
    events = _exported(account, "ticket_events", asked)
    return Truth("id", list(comments(events.must)), [])


def comments(events: Iterable[Record]) -> Iterable[Record]:
    for event in events:
        taken = {name: event[name] for name in ("ticket_id", "timestamp")}
        if "via_reference_id" in event:
            taken["via_reference_id"] = event["via_reference_id"]
        for child in event["child_events"]:
            if child["event_type"] == "Comment":
                yield {**child, **taken}


def _exported_from(table: str) -> Callable[[Account, Asked], Truth]:
    return lambda account, asked: _exported(account, table, asked)


def _listed(table: str) -> Callable[[Account, Asked], Truth]:
    """Lists show everything that is alive, whatever the start."""
    return lambda account, _: _told(account, table, lambda row: not row.gone)


def _listed_with_deleted(table: str) -> Callable[[Account, Asked], Truth]:
    """Lists that show the deleted too, when they are asked for them (zendesk/api.md 5.2)."""
    return lambda account, _: _told(account, table, lambda _row: True)


def _created_from(table: str) -> Callable[[Account, Asked], Truth]:
    """Lists filtered by their own time show also the last minute."""
    return lambda account, asked: _told(account, table, lambda row: row.at_s >= asked.start_s)


def _tags(account: Account, _: Asked) -> Truth:
    table = account.table("tags")
    return Truth("name", table.records(table.rows.values()), [])


_STREAMS: dict[str, Callable[[Account, Asked], Truth]] = {
    "tickets": _tickets,
    "ticket_metrics": _ticket_metrics,
    "users": _exported_from("users"),
    "user_identities": _user_identities,
    "organizations": _exported_from("organizations"),
    "ticket_events": _exported_from("ticket_events"),
    "ticket_comments": _ticket_comments,
    "ticket_metric_events": _exported_from("ticket_metric_events"),
    "deleted_tickets": _created_from("deleted_tickets"),
    "groups": _listed_with_deleted("groups"),
    "group_memberships": _listed("group_memberships"),
    "organization_memberships": _listed("organization_memberships"),
    "ticket_fields": _listed("ticket_fields"),
    "tags": _tags,
    "brands": _listed_with_deleted("brands"),
    "satisfaction_ratings": _created_from("satisfaction_ratings"),
}

STREAMS = tuple(_STREAMS)
