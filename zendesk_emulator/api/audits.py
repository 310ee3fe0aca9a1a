"""Ticket audits and comments, derived from the stored events, and the account's feed of audits.

The feed leaves out archived tickets (developer.zendesk.com/api-reference/ticketing/tickets/
ticket_audits); that it leaves out deleted ones too is unverified.
"""

from bisect import bisect_left, bisect_right
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import EXPORT, Account, Record, Row, order
from zendesk_emulator.seed import event_records

from . import lists, refusals
from .cursors import before_cursor, export_cursor, feed_position
from .exchange import Answer, RefusedError, Request
from .filters import Kept
from .resources import Listing, serve_list
from .sideloads import project

LIMIT, LIMIT_MAX = 100, 1000  # `limit` of the older form: its default is unverified


# Keys of a child of the export beside the event and the field it is about
_ENVELOPE = frozenset({"id", "via", "via_reference_id", "event_type"})
_NO_FIELD = _ENVELOPE | {"previous_value", "added_tags", "removed_tags"}
# Keys that a comment does not repeat of its audit (docs/facts/closing-of-exports.md#2.3)
_OF_THE_AUDIT = frozenset({"via", "via_reference_id", "event_type", "created_at"})


def audit(event: Record, _: Request | None = None) -> Record:
    """`{id,ticket_id,created_at,author_id,metadata,events,via}` (docs/facts/records.md)."""
    return {
        "id": event["id"], "ticket_id": event["ticket_id"], "created_at": event["created_at"],
        "author_id": event["updater_id"], "via": _via(event), "metadata": _metadata(event),
        "events": [_audit_event(child) for child in event["child_events"]],
    }  # fmt: skip


def _audit_event(child: Record) -> Record:
    """One child of the export in the form of audits: `field_name` and `value`.

    Ids are text there and numbers in the export; a rule that acted is named in each event
    (docs/facts/closing-of-exports.md#2.3).
    """
    kind = child["event_type"]
    if kind in event_records.COMMENTS:
        shown = {name: value for name, value in child.items() if name not in _OF_THE_AUDIT}
        # an old comment's via is a word, and not the audit's
        return shown | ({"via": child["via"]} if isinstance(child["via"], str) else {})
    event: Record = {"id": child["id"], "type": kind}
    if child["via_reference_id"] is not None:
        event["via"] = _rule_via(child["via_reference_id"])
    if kind not in ("Create", "Change"):
        return event | {name: value for name, value in child.items() if name not in _ENVELOPE}
    (field, value) = next((n, v) for n, v in child.items() if n not in _NO_FIELD)
    is_id = field.endswith("_id") and isinstance(value, int)
    event |= {"value": str(value) if is_id else value, "field_name": field}
    if "previous_value" in child:
        event["previous_value"] = child["previous_value"]
    return event


def _via(event: Record) -> Record:
    """The via of an audit is that of its comment, where it has one that is an object."""
    for child in event["child_events"]:
        if child["event_type"] in event_records.COMMENTS and isinstance(child["via"], dict):
            via: Record = child["via"]
            return via
    if event["via"] == event_records.RULE_VIA:
        return _rule_via(event_records.RULE_ID)
    return _plain_via(event["via"])


def _plain_via(word: str) -> Record:
    channel = event_records.CHANNELS[word]
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}}


def _rule_via(rule_id: int) -> Record:
    rule = {"id": rule_id, "title": "Close after 4 days", "deleted": False}
    return {"channel": "rule", "source": {"from": rule, "to": {}, "rel": "automation"}}


def comment(child: Record, event: Record) -> Record:
    """A comment says nothing of events, but where it was written.

    See docs/facts/zendesk-api.md#5.1.
    """
    shown = {n: v for n, v in child.items() if n not in ("event_type", "via_reference_id")}
    if isinstance(shown["via"], str):
        shown["via"] = _plain_via(shown["via"])
    return {**shown, "metadata": _metadata(event)}


def _metadata(event: Record) -> Record:
    return {"system": {**event["system"], "ip_address": "192.0.2.1"}, "custom": {}}


def in_feed(account: Account, row: Row) -> bool:
    ticket = account.table("tickets").rows[row.parent]
    return not ticket.archived and ticket.status != "deleted"


def _fed(account: Account, _: Request) -> Kept:
    return "fed", lambda row: in_feed(account, row)


FEED = Listing(
    # the order and the sort by cursor were seen (docs/facts/zendesk-api.md#2.1,
    # docs/facts/closing-of-exports.md#2)
    "/api/v2/ticket_audits", "ticket_events", "audits", by=order("created_at:d", "id:i"),
    sorts={"created_at": "created_at:d"}, kept=_fed, projection=audit, scope="tickets", admin=True,
)  # fmt: skip


def ticket_audits(account: Account, request: Request) -> Answer:
    """By cursor with `page[size]`; else the older form: `limit`, `cursor`, newest first.

    Its `before_url` leads to older pages, on the page with the oldest audit too: after it comes an
    empty page that names itself (docs/facts/closing-of-exports.md#2.3). Cursors are `<s>.0||<id>|`
    and `|<s>.0||<id>` (docs/facts/records.md).
    """
    if lists.wants_cursors(request):
        return serve_list(account, FEED, request)
    index = account.index("ticket_events", EXPORT, "fed", lambda row: in_feed(account, row))
    limit = min(lists.whole_number(request, "limit", LIMIT), LIMIT_MAX)
    cursor = request.one("cursor")
    place = None if cursor is None else _place(cursor)
    first, end = _window(place, index.keys, limit)
    rows = index.rows[first:end][::-1]
    newest, oldest = (place[0], place[0]) if place else (None, None)
    if rows:
        newest, oldest = (rows[0].at_s, rows[0].id), (rows[-1].at_s, rows[-1].id)
    tail: dict[str, str | None] = {
        "before_url": None, "after_url": None, "before_cursor": None, "after_cursor": None,
    }  # fmt: skip
    if newest and oldest:
        before, after = before_cursor(*oldest), export_cursor(*newest)
        tail = {
            "before_url": _url(request, before), "after_url": _url(request, after),
            "before_cursor": before, "after_cursor": after,
        }  # fmt: skip
    body = project(account, "ticket_events", audit, request)
    found = lists.records("audits", rows, body)
    return Answer(200, lists.envelope(found, orjson.dumps(tail)[1:-1]))


Place = tuple[tuple[int, int], bool]  # a pair of the feed, and whether it leads back


def _place(cursor: str) -> Place:
    try:
        return feed_position(cursor)
    except ValueError:
        raise RefusedError(refusals.invalid_cursor()) from None


def _window(place: Place | None, keys: list[tuple[int, ...]], limit: int) -> tuple[int, int]:
    """Which part of the feed, oldest first, a page shows."""
    if place is None:
        return max(0, len(keys) - limit), len(keys)
    position, backwards = place
    if backwards:
        end = bisect_left(keys, position)
        return max(0, end - limit), end
    first = bisect_right(keys, position)
    return first, min(first + limit, len(keys))


def _url(request: Request, cursor: str) -> str:
    again = [(name, value) for name, value in request.query if name != "cursor"]
    return f"{request.url()}?{urlencode([('cursor', cursor), *again])}"
