"""The additions of `include=`: embedded in the records, or as top-level lists.

See docs/facts/zendesk-api.md#3.

Also the other forms a stored record is served in: a list does not show what an export shows.
(developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading)
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.ids import METRIC_SET_BASE
from zendesk_emulator.seed.event_records import COMMENTS

from .exchange import Request
from .usage import used, wanted

# Turns the stored record into the one an endpoint serves
Projection = Callable[[Record, Request], Record]
Body = Callable[[Row], bytes]

TICKET_LIST = "/api/v2/tickets"


def export_event(record: Record, request: Request) -> Record:
    """Without comment_events the Comment child is a mere note of it.

    See docs/facts/zendesk-api.md#2.3.12.
    """
    if "comment_events" in request.includes():
        return record
    children = [_comment_note(child) for child in record["child_events"]]
    return {**record, "child_events": children}


def _comment_note(child: Record) -> Record:
    if child["event_type"] not in COMMENTS:
        return child
    via = child["via"]
    return {
        "id": child["id"],
        "via": via if isinstance(via, str) else via["channel"],
        "via_reference_id": child["via_reference_id"],
        "comment_present": True,
        "comment_public": child["public"],
        "event_type": child["event_type"],
    }


def listed_ticket(record: Record, request: Request) -> Record:
    """Only exports show generated_timestamp; cursor lists leave `fields` out too.

    See docs/facts/zendesk-api.md#5.1.
    """
    left_out = {"generated_timestamp"}
    if any(name.startswith("page[") for name, _ in request.query):
        left_out.add("fields")
    return {name: value for name, value in record.items() if name not in left_out}


_DELETED_USER = (
    "id", "url", "name", "email", "created_at", "updated_at", "time_zone", "phone",
    "shared_phone_number", "photo", "locale_id", "locale", "organization_id", "role", "active",
)  # fmt: skip


def deleted_user(record: Record, _: Request | None = None) -> Record:
    """A few fields; those deleted for good have lost their name too.

    See docs/facts/zendesk-api.md#5.2.
    """
    shown = {name: record[name] for name in _DELETED_USER}
    shown["url"] = record["url"].replace("/users/", "/deleted_users/")
    if record["permanently_deleted"]:
        shown |= {"name": "Permanently Deleted User", "photo": None, "phone": None}
    return shown


def project(account: Account, table: str, projection: Projection | None, request: Request) -> Body:
    """How a row of this table becomes bytes for this request."""
    stored = account.table(table)
    body = stored.body
    if projection is not None and not (
        projection is export_event and "comment_events" in request.includes()
    ):
        served = projection

        def body(row: Row) -> bytes:
            return orjson.dumps(served(stored.record(row), request))

    if table == "tickets" and "metric_sets" in request.includes() and request.path != TICKET_LIST:
        return _with_metric_set(account, body)
    if table in _TRANSLATED and "translations" in request.includes():
        return _with_translations(account, _TRANSLATED[table], body)
    spans = wanted(table, request.includes())
    return _with_usage(account, table, spans, body) if spans else body


# Table of a record -> table of its translations
_TRANSLATED = {
    "articles": "article_translations",
    "sections": "section_translations",
    "categories": "category_translations",
}


def _with_translations(account: Account, children: str, body: Body) -> Body:
    """Translations land in the record itself (docs/facts/zendesk-api.md#3)."""
    table = account.table(children)

    def embedded(row: Row) -> bytes:
        shown = _array(table.body(child) for child in table.children(row.id) if not child.hidden)
        return b'%s,"translations":%s}' % (body(row)[:-1], shown)

    return embedded


def _with_usage(account: Account, table: str, spans: list[str], body: Body) -> Body:
    def embedded(row: Row) -> bytes:
        uses = used(account, table, row)
        added = orjson.dumps({span: uses[span] for span in spans})
        return b"%s,%s" % (body(row)[:-1], added[1:])

    return embedded


def _with_metric_set(account: Account, body: Body) -> Body:
    """metric_sets lands in each ticket as `metric_set`, but for lists; null if deleted.

    See docs/facts/zendesk-api.md#3, #2.3.7.
    """
    metrics = account.table("ticket_metrics")

    def embedded(row: Row) -> bytes:
        metric = metrics.rows.get(METRIC_SET_BASE + row.id)
        shown = b"null" if metric is None or row.status == "deleted" else metrics.body(metric)
        return b'%s,"metric_set":%s}' % (body(row)[:-1], shown)

    return embedded


# sideload -> (table, the fields of the record that point to it)
_POINTERS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "tickets": {
        "users": (
            "users",
            ("requester_id", "submitter_id", "assignee_id", "collaborator_ids", "follower_ids"),
        ),
        "groups": ("groups", ("group_id",)),
        "organizations": ("organizations", ("organization_id",)),
    },
    "users": {
        "organizations": ("organizations", ("organization_id",)),
        "groups": ("groups", ("default_group_id",)),
    },
    "group_memberships": {"users": ("users", ("user_id",)), "groups": ("groups", ("group_id",))},
    "ticket_activities": {
        "actors": ("users", ("actor_id",)),
        "users": ("users", ("user_id", "actor_id")),
    },
    "organization_memberships": {
        "users": ("users", ("user_id",)),
        "organizations": ("organizations", ("organization_id",)),
    },
}


# come without being asked for (docs/facts/zendesk-api.md#3)
_ALWAYS = frozenset({"ticket_activities"})


def sideloads(account: Account, table: str, rows: list[Row], request: Request) -> dict[str, bytes]:
    """Top-level sideloads: full records, each once per page (docs/facts/zendesk-api.md#3)."""
    wanted = request.includes()
    extras: dict[str, bytes] = {}
    if table == "users" and "identities" in wanted:
        identities = account.table("user_identities")
        owned = (child for row in rows for child in identities.children(row.id))
        extras["identities"] = _array(identities.body(child) for child in owned)
    if table == "account_attributes" and "attribute_values" in wanted:
        values = account.table("attribute_values")
        owned = (child for row in rows for child in values.children(row.id))
        extras["attribute_values"] = _array(values.body(child) for child in owned)
    if table == "tickets":
        extras |= _metrics_of_tickets(account, rows, request)
    for name, (target, fields) in _POINTERS.get(table, {}).items():
        if name in wanted or table in _ALWAYS:
            linked = account.table(target)
            ids = _pointed_at(account.table(table).records(rows), fields)
            found = (linked.rows[one] for one in ids if one in linked.rows)
            extras[name] = _array(linked.body(row) for row in found)
    return extras


def _metrics_of_tickets(account: Account, rows: list[Row], request: Request) -> dict[str, bytes]:
    """`metric_sets` is top-level on the ticket list; `metric_events` is so everywhere but exports.

    Of metric_events only the ticket list was seen (docs/facts/closing-of-exports.md#2). A breach
    that a running SLA has still before it is among them.
    """
    wanted, extras = request.includes(), {}
    if "metric_sets" in wanted and request.path == TICKET_LIST:
        metrics = account.table("ticket_metrics")
        sets = (metrics.rows[METRIC_SET_BASE + row.id] for row in rows)
        extras["metric_sets"] = _array(metrics.body(each) for each in sets)
    if "metric_events" in wanted and not request.path.startswith("/api/v2/incremental/"):
        events = account.table("ticket_metric_events")
        owned = (event for row in rows for event in events.children(row.id))
        extras["metric_events"] = _array(events.body(event) for event in owned)
    return extras


def _pointed_at(records: Iterable[Record], fields: tuple[str, ...]) -> dict[Any, None]:
    ids: dict[Any, None] = {}
    for record in records:
        for field in fields:
            value = record.get(field)
            ids.update(dict.fromkeys(value if isinstance(value, list) else [value]))
    return ids


def _array(bodies: Iterable[bytes]) -> bytes:
    return b"[%s]" % b",".join(bodies)
