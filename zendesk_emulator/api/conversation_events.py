"""The account's feed of side conversation events, which says which tickets to ask again.

From a start time on, with pages that overlap by a second (docs/facts/closing-of-exports.md#2.4).
It is not one of the incremental exports that close: it has a path and a limit of its own.
"""

from bisect import bisect_left
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import EXPORT, Account

from . import lists, refusals
from .exchange import Answer, RefusedError, Request

PAGE = 1000  # unverified


def conversation_events(account: Account, request: Request) -> Answer:
    """Events in time; `next_page` begins in the last second again and is null on the last page.

    Its `end_time` then runs on to the present. A second with more events than a page is never
    left behind: that Zendesk does so too is what clients expect (unverified).
    """
    text = request.one("start_time")
    if text is None or not text.isdigit():
        raise RefusedError(refusals.invalid_attribute("start_time", "must be an integer"))
    index = account.index("side_conversation_events", EXPORT)
    start_s = int(text)
    if account.conversation_feed_s is not None:
        start_s = max(start_s, account.clock.now_s() - account.conversation_feed_s)
    first = bisect_left(index.keys, (start_s,))
    size = min(lists.whole_number(request, "per_page", PAGE), PAGE)
    rows = index.rows[first : first + size]
    head: dict[str, object] = {"count": len(rows), "end_time": account.clock.now_s()}
    following = None
    if first + size < len(index.rows):
        head["end_time"] = rows[-1].at_s
        again = [(name, value) for name, value in request.query if name != "start_time"]
        query = urlencode([*again, ("start_time", str(rows[-1].at_s))])
        following = f"{request.url()}?{query}"
    events = account.table("side_conversation_events")
    found = lists.records("events", rows, events.body)
    extras = {}
    if "side_conversations" in request.includes():
        table = account.table("side_conversations")
        parents = dict.fromkeys(row.parent for row in rows)
        bodies = b",".join(table.body(table.rows[each]) for each in parents)
        extras["side_conversations"] = b"[%s]" % bodies
    tail = orjson.dumps({"next_page": following})[1:-1]
    return Answer(200, lists.envelope(orjson.dumps(head)[1:-1], found, tail, extras=extras))
