"""The conversation log below a ticket, the feed of engagements, and CSAT survey responses.

Envelopes, filters and limits are those of docs/facts/zendesk-api.md#5.6.
"""

from bisect import bisect_left, bisect_right
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import Account, Row, order
from zendesk_emulator.data.sizes import DAY_S

from . import lists, refusals
from .branches import Branch
from .exchange import Answer, RefusedError, Request
from .filters import Kept
from .resources import Listing

KEPT_S = 90 * DAY_S  # an engagement that began earlier is not shown
ENGAGEMENTS = 10  # on a page, whatever is asked: no more was ever seen
SURVEYS = 50  # on a page
_BY_START = order("time:d", "id:s")
_BY_CREATION = order("created_at:d", "id:i")


def _logged(account: Account, ids: tuple[str, ...]) -> int:
    """Zendesk shows nothing below a deleted ticket; archived ones are served (unverified)."""
    ticket = account.table("tickets").rows.get(int(ids[0])) if ids[0].isdigit() else None
    if ticket is None or ticket.status == "deleted":
        raise RefusedError(refusals.record_missing())
    return ticket.id


MESSAGING_BRANCHES = (
    Branch(
        Listing(
            "/api/v2/tickets/*/conversation_log", "conversation_log", "events", by=_BY_CREATION,
            sorts={"created_at": "created_at:d"}, paging="cursor", scope="tickets",
        ),
        _logged,
    ),
)  # fmt: skip


def survey_responses(_: Account, request: Request) -> Kept:
    """`filter[created_at_start]` and `filter[created_at_end]` in milliseconds, both inclusive."""
    first_ms = _milliseconds(request, "filter[created_at_start]", 0)
    last_ms = _milliseconds(request, "filter[created_at_end]", 2**50)
    return (first_ms, last_ms), lambda row: first_ms <= row.created_s * 1000 <= last_ms


def _milliseconds(request: Request, name: str, default: int) -> int:
    text = request.one(name)
    if text is None:
        return default
    if not text.isdigit():
        raise RefusedError(refusals.invalid_attribute(name, "must be an integer"))
    return int(text)


MESSAGING_LISTINGS = (
    Listing(
        "/api/v2/guide/survey_responses", "csat_survey_responses", "survey_responses",
        by=order("-created_at:d", "id:i"), kept=survey_responses, paging="cursor",
        dialect="help_center", size_max=SURVEYS, admin=True,
    ),
)  # fmt: skip


def shown_engagements(account: Account, row: Row) -> bool:
    """Return whether an engagement is shown now: it has ended, and is not too old."""
    now_s = account.clock.now_s()
    return row.updated_s <= now_s and row.at_s >= now_s - KEPT_S


def engagements(account: Account, request: Request) -> Answer:
    """From `start_time` on, by start and id; the next page is named by the last on this one."""
    index = account.index("engagements", _BY_START)
    found = [
        (key, row)
        for key, row in zip(index.keys, index.rows, strict=True)
        if shown_engagements(account, row)
    ]
    keys = [key for key, _ in found]
    start_s = lists.whole_number(request, "start_time", 1)
    first = bisect_left(keys, (start_s,))
    cursor = request.one("start_time_cursor"), request.one("engagement_id_cursor")
    if cursor[0] is not None and cursor[1] is not None:
        first = max(first, bisect_right(keys, (int(cursor[0]), cursor[1])))
    size = min(lists.whole_number(request, "page_size", ENGAGEMENTS), ENGAGEMENTS)
    rows = [row for _, row in found[first : first + size]]
    following = None
    if first + size < len(found):
        last = keys[first + size - 1]
        place = {"start_time": start_s, "start_time_cursor": last[0],
                 "engagement_id_cursor": last[1], "page_size": size}  # fmt: skip
        following = f"{request.url()}?{urlencode(place)}"
    tail = {"next_page_url": following, "has_more": following is not None, "page_size": len(rows)}
    table = account.table("engagements")
    body = lists.records("agent_engagement_data", rows, table.body)
    return Answer(200, lists.envelope(body, orjson.dumps(tail)[1:-1]))
