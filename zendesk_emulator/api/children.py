"""One record and its children: a ticket, its comments, audits and metrics; a user's identities.

Children of a deleted ticket answer 404 (docs/facts/zendesk-api.md#2.3.7).
"""

from collections.abc import Callable

import orjson

from zendesk_emulator.data.account import Account, Index, Order, Record, Row, key_of, order
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.ids import METRIC_SET_BASE
from zendesk_emulator.seed.event_records import COMMENTS

from . import lists, refusals
from .audits import audit, comment
from .branches import serve_rows
from .exchange import Answer, RefusedError, Request, json_answer
from .resources import Listing, page_body
from .sideloads import listed_ticket, project, sideloads

_BY_CREATION = order("created_at:d", "id:i")  # docs/facts/zendesk-api.md#2.1
METRIC_EVENTS = Listing(
    "", "ticket_metric_events", "ticket_metric_events", by=order("time:d", "id:i"), sorts={}
)
_SORTS = {"created_at": "created_at:d"}


def _ticket(account: Account, ticket_id: int) -> Row:
    row = account.table("tickets").rows.get(ticket_id)
    if row is None or row.status == "deleted":
        raise RefusedError(refusals.record_missing())
    return row


def show_ticket(account: Account, request: Request, ticket_id: int) -> Answer:
    row = _ticket(account, ticket_id)
    body = project(account, "tickets", listed_ticket, request)(row)
    extras = sideloads(account, "tickets", [row], request)
    return Answer(200, lists.envelope(b'"ticket":' + body, extras=extras))


def show_metrics(account: Account, _: Request, ticket_id: int) -> Answer:
    _ticket(account, ticket_id)
    metrics = account.table("ticket_metrics")
    return Answer(
        200, b'{"ticket_metric":%s}' % metrics.body(metrics.rows[METRIC_SET_BASE + ticket_id])
    )


def ticket_metric_events(account: Account, request: Request, ticket_id: int) -> Answer:
    """Those of one ticket, a breach to come included; none at all is `{}`.

    The empty object was seen (docs/facts/zendesk-api.md#5.1), key and order are unverified.
    """
    _ticket(account, ticket_id)
    rows = account.table("ticket_metric_events").children(ticket_id)
    if not rows:
        return json_answer({})
    return serve_rows(account, METRIC_EVENTS, request, rows)


def show_user(account: Account, request: Request, user_id: int) -> Answer:
    """Inactive users are shown, though not listed (docs/facts/zendesk-api.md#2.3.8)."""
    users = account.table("users")
    row = users.rows.get(user_id)
    if row is None:
        raise RefusedError(refusals.record_missing())
    extras = sideloads(account, "users", [row], request)
    return Answer(200, lists.envelope(b'"user":' + users.body(row), extras=extras))


def user_identities(account: Account, request: Request, user_id: int) -> Answer:
    if user_id not in account.table("users").rows:
        raise RefusedError(refusals.record_missing())
    identities = account.table("user_identities")
    rows = identities.children(user_id)
    return _page(account, request, "identities", rows, order("id:i"))


def show_identity(account: Account, _: Request, user_id: int, identity_id: int) -> Answer:
    identities = account.table("user_identities")
    row = identities.rows.get(identity_id)
    if row is None or row.parent != user_id:
        raise RefusedError(refusals.record_missing())
    return Answer(200, b'{"identity":%s}' % identities.body(row))


def ticket_comments(account: Account, request: Request, ticket_id: int) -> Answer:
    """The public and private comments of a ticket (docs/facts/zendesk-api.md#5.1)."""
    rows = [
        _row(child["id"], event, comment(child, event))
        for event in _events(account, ticket_id)
        for child in event["child_events"]
        if child["event_type"] in COMMENTS
    ]
    return _page(account, request, "comments", rows, _BY_CREATION)


def ticket_audits(account: Account, request: Request, ticket_id: int) -> Answer:
    """`{id,ticket_id,created_at,author_id,metadata,events,via}` (docs/facts/records.md).

    Archived tickets answer without paging (docs/facts/zendesk-api.md#5.1).
    """
    rows = [_row(event["id"], event, audit(event)) for event in _events(account, ticket_id)]
    if _ticket(account, ticket_id).archived:
        audits = lists.records("audits", rows, _stored)
        tail = {"next_page": None, "previous_page": None, "count": len(rows)}
        return Answer(200, lists.envelope(audits, orjson.dumps(tail)[1:-1]))
    return _page(account, request, "audits", rows, _BY_CREATION)


def count_of(
    children: Callable[[Account, Request, int], Answer],
) -> Callable[[Account, Request, int], Answer]:
    """`.../comments/count` and `.../audits/count` (docs/facts/endpoints.md)."""

    def counted(account: Account, request: Request, parent_id: int) -> Answer:
        everything = Request("GET", request.path, base=request.base)
        found = orjson.loads(children(account, everything, parent_id).body)
        value = {"value": found["count"], "refreshed_at": iso(account.clock.now())}
        return json_answer({"count": value})

    return counted


def _events(account: Account, ticket_id: int) -> list[Record]:
    _ticket(account, ticket_id)
    table = account.table("ticket_events")
    return table.records(table.children(ticket_id))


def _row(row_id: int, event: Record, record: Record) -> Row:
    at_s = event["timestamp"]
    return Row(row_id, at_s, at_s, at_s, body=orjson.dumps(record))


def _stored(row: Row) -> bytes:
    assert row.body is not None
    return row.body


def _page(account: Account, request: Request, key: str, rows: list[Row], by: Order) -> Answer:
    """Children are few: their order is made for every request."""
    listing = Listing(request.path, "", key, by=by, sorts=_SORTS)
    used = listing.page_order(request)
    identities = account.table("user_identities")
    body = identities.body if key == "identities" else _stored
    keyed = sorted((key_of(identities, used.columns, row), row) for row in rows)
    index = Index([pair[0] for pair in keyed], [pair[1] for pair in keyed])
    view = lists.View.whole(index, used)

    def body_of(found: list[Row]) -> tuple[bytes, dict[str, bytes]]:
        return lists.records(key, found, body), {}

    return Answer(200, page_body(request, view, listing, body_of))
