"""Ticket audits and comments, told from the stored events, and the account's feed of audits.

The feed leaves out archived tickets (developer.zendesk.com/api-reference/ticketing/tickets/
ticket_audits); that it leaves out deleted ones too is unverified.
"""

from bisect import bisect_left, bisect_right
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import EXPORT, Account, Record, Row, order

from . import lists, refusals
from .cursors import before_cursor, export_cursor, feed_position
from .exchange import Answer, RefusedError, Request
from .resources import Kept, Listing, serve_list
from .sideloads import project

LIMIT, LIMIT_MAX = 100, 1000  # `limit` of the older form: its default is unverified


def audit(event: Record, _: Request | None = None) -> Record:
    """`{id,ticket_id,created_at,author_id,metadata,events,via}` (docs/facts/records.md)."""
    children = []
    for child in event["child_events"]:
        if child["event_type"] == "Comment":
            children.append({**comment(child, event), "type": "Comment"})
        else:
            shown = {n: v for n, v in child.items() if n not in ("event_type", "via_reference_id")}
            children.append({**shown, "type": child["event_type"]})
    return {
        "id": event["id"], "ticket_id": event["ticket_id"], "created_at": event["created_at"],
        "author_id": event["updater_id"], "metadata": _metadata(event), "events": children,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
    }  # fmt: skip


def comment(child: Record, event: Record) -> Record:
    """A comment says nothing of events, but where it was written.

    See docs/facts/zendesk-api.md#5.1.
    """
    shown = {n: v for n, v in child.items() if n not in ("event_type", "via_reference_id")}
    if isinstance(shown["via"], str):
        shown["via"] = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}
    return {**shown, "metadata": _metadata(event)}


def _metadata(event: Record) -> Record:
    return {"system": {**event["system"], "ip_address": "192.0.2.1"}, "custom": {}}


def in_feed(account: Account, row: Row) -> bool:
    ticket = account.table("tickets").rows[row.parent]
    return not ticket.archived and ticket.status != "deleted"


def _fed(account: Account, _: Request) -> Kept:
    return "fed", lambda row: in_feed(account, row)


FEED = Listing(
    # the order by cursor was seen; no `sort` is documented (docs/facts/zendesk-api.md#2.1,
    # docs/facts/endpoints.md)
    "/api/v2/ticket_audits", "ticket_events", "audits", by=order("created_at:d", "id:i"), sorts={},
    kept=_fed, projection=audit, scope="tickets", admin=True,
)  # fmt: skip


def ticket_audits(account: Account, request: Request) -> Answer:
    """By cursor with `page[size]`; else the older form: `limit`, `cursor`, newest first.

    Its `before_url` leads to older pages and is null after the oldest
    (docs/facts/zendesk-api.md#5.1; the null is unverified). Cursors are `<s>.0||<id>|` and
    `|<s>.0||<id>` (docs/facts/records.md).
    """
    if lists.wants_cursors(request):
        return serve_list(account, FEED, request)
    index = account.index("ticket_events", EXPORT, "fed", lambda row: in_feed(account, row))
    limit = min(lists.whole_number(request, "limit", LIMIT), LIMIT_MAX)
    first, end = _window(request, index.keys, limit)
    rows = index.rows[first:end][::-1]
    tail: dict[str, str | None] = dict.fromkeys(
        ("before_url", "after_url", "before_cursor", "after_cursor")
    )
    if rows:
        after = export_cursor(rows[0].at_s, rows[0].id)
        before = before_cursor(rows[-1].at_s, rows[-1].id)
        tail |= {"after_cursor": after, "after_url": _url(request, after)}
        if first:
            tail |= {"before_cursor": before, "before_url": _url(request, before)}
    body = project(account, "ticket_events", audit, request)
    found = lists.records("audits", rows, body)
    return Answer(200, lists.envelope(found, orjson.dumps(tail)[1:-1]))


def _window(request: Request, keys: list[tuple[int, ...]], limit: int) -> tuple[int, int]:
    """Which part of the feed, oldest first, a page shows."""
    cursor = request.one("cursor")
    if cursor is None:
        return max(0, len(keys) - limit), len(keys)
    try:
        position, backwards = feed_position(cursor)
    except ValueError:
        raise RefusedError(refusals.invalid_cursor()) from None
    if backwards:
        end = bisect_left(keys, position)
        return max(0, end - limit), end
    first = bisect_right(keys, position)
    return first, min(first + limit, len(keys))


def _url(request: Request, cursor: str) -> str:
    again = [(name, value) for name, value in request.query if name != "cursor"]
    return f"{request.url()}?{urlencode([('cursor', cursor), *again])}"
