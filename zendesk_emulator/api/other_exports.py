"""Exports that are none of Support's: articles of the help center, calls and legs of Talk.

Neither says `end_of_stream` (docs/facts/zendesk-api.md#2.3.14, #2.3.15). Whether they hold back the
last minute is unverified; these do not, and refuse no start.
"""

from bisect import bisect_left
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import EXPORT, Account, order

from . import lists, refusals
from .exchange import Answer, RefusedError, Request

PAGE = 1000  # unverified for all
BY_ID = order("id:i")


@dataclass(frozen=True, slots=True)
class Plain:
    """`repeats_end`: the end is the last record's own second, so that it comes once more."""

    table: str
    key: str
    repeats_end: bool
    page: int = PAGE


# Found nothing: next_page and end_time are null. Otherwise the next page begins a second later
ARTICLES = Plain("articles", "articles", repeats_end=False)
# The last page is the one whose end_time is its start_time; one record overlaps
CALLS = Plain("calls", "calls", repeats_end=True)
LEGS = Plain("call_legs", "legs", repeats_end=True)


def plain_export(account: Account, export: Plain, request: Request) -> Answer:
    """Everything from `start_time` on, in pages that run on until the second changes.

    One that repeats its end overlaps by a record, so it is cut at its size
    (docs/facts/zendesk-api.md#2.3.15).
    """
    text = request.one("start_time")
    if text is None or not text.isdigit():
        raise RefusedError(refusals.invalid_attribute("start_time", "must be an integer"))
    index = account.index(export.table, EXPORT)
    first = bisect_left(index.keys, (int(text),))
    stop = min(first + export.page, len(index.rows))
    if first < stop < len(index.rows) and not export.repeats_end:
        stop = bisect_left(index.keys, (index.rows[stop - 1].at_s + 1,), stop)
    rows = index.rows[first:stop]
    end_s = rows[-1].at_s + (not export.repeats_end) if rows else None
    if end_s is None and export.repeats_end:
        end_s = int(text)
    following = None
    if rows:
        again = [(name, value) for name, value in request.query if name != "start_time"]
        following = f"{request.url()}?{urlencode([*again, ('start_time', str(end_s))])}"
    tail = {"next_page": following, "count": len(rows), "end_time": end_s}
    found = lists.records(export.key, rows, account.table(export.table).body)
    return Answer(200, lists.envelope(found, orjson.dumps(tail)[1:-1]))


def skill_assignments(account: Account, request: Request) -> Answer:
    """All from the first on, or behind the id in `cursor` (docs/facts/zendesk-api.md#2.3.13)."""
    table = account.table("skill_assignments")
    index = account.index("skill_assignments", BY_ID)
    cursor, first = request.one("cursor"), 0
    if cursor is not None:
        ids = [table.key(row.id) for row in index.rows]
        if cursor not in ids:
            raise RefusedError(refusals.invalid_cursor())
        first = ids.index(cursor) + 1
    rows = index.rows[first : first + PAGE]
    following = None
    if first + PAGE < len(index.rows):
        following = f"{request.url()}?{urlencode([('cursor', table.key(rows[-1].id))])}"
    end_s = max((row.at_s for row in rows), default=None)
    tail = {"next_page": following, "count": len(rows), "end_time": end_s}
    found = lists.records("instance_values", rows, table.body)
    return Answer(200, lists.envelope(found, orjson.dumps(tail)[1:-1]))
