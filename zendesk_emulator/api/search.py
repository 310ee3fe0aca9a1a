"""Search: the export by cursor and the plain search by offset (docs/facts/zendesk-api.md#4).

Comparisons of created, updated and solved, `status:` and `status<`, are understood; other words are
ignored, as full text is not emulated (developer.zendesk.com/api-reference/ticketing/
ticket-management/search).
"""

import base64
import binascii
import operator
import re
from bisect import bisect_right
from collections.abc import Callable
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import Account, Index, Row, key_of, order
from zendesk_emulator.data.clock import epoch_s

from . import lists, offset_pages, refusals
from .exchange import Answer, RefusedError, Request, json_answer

CURSOR_LIVES_S = 3600  # docs/facts/zendesk-api.md#4
EXPORT_MAX, SEARCH_MAX = 1000, 1000  # page[size] of the export; results of the plain search
NEWEST_FIRST = order("-created_at:d", "id:i")

_TABLES = {"ticket": "tickets", "user": "users", "organization": "organizations", "group": "groups"}
_COMPARISON = re.compile(
    r"\b(created|updated|solved)(?:_at)?(<=|>=|<|>)"
    r"(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?)?)"
)
_TYPE = re.compile(r"\btype:(ticket|user|organization|group)\b")
_STATUS = re.compile(r"\bstatus:(\w+)")
_BELOW = re.compile(r"\bstatus<(\w+)")
# The order of statuses in comparisons (developer.zendesk.com/documentation/ticketing/
# using-the-zendesk-api/searching-with-the-zendesk-api)
_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def search_export(account: Account, request: Request) -> Answer:
    """`created_at` descending, id ascending; forward only; no count.

    See docs/facts/zendesk-api.md#4.
    """
    kind = request.one("filter[type]") or ""
    if kind not in _TABLES:
        raise RefusedError(refusals.invalid_attribute("filter[type]", "must be a searchable type"))
    query = _query(request)
    if "type:" in query:
        raise RefusedError(refusals.invalid_attribute("query", "must not contain type:"))
    index = _found(account, kind, query)
    size = min(lists.whole_number(request, "page[size]", lists.PAGE_MAX), EXPORT_MAX)
    cursor = request.one("page[after]")
    first = 0 if cursor is None else bisect_right(index.keys, _place(account, cursor))
    stop = min(first + size, len(index.rows))
    after, following = None, None
    if stop > first:
        after = _cursor(account, index.rows[stop - 1], stop)
    if stop < len(index.rows):
        again = [*lists.other_parameters(request), ("page[after]", after), ("page[size]", size)]
        following = f"{request.url()}?{urlencode(again)}"
    tail = {
        "facets": None,
        "meta": {"has_more": stop < len(index.rows), "after_cursor": after, "before_cursor": None},
        "links": {"prev": None, "next": following},
    }
    body = _result(account, kind)
    results = lists.records("results", index.rows[first:stop], body)
    return Answer(200, lists.envelope(results, orjson.dumps(tail)[1:-1]))


def search(account: Account, request: Request) -> Answer:
    """Offsets only, 100 a page, the first 1,000 results (docs/facts/zendesk-api.md#4)."""
    if request.one("page[size]") is not None:
        raise RefusedError(refusals.invalid_attribute("page", "must be an integer"))
    query = _query(request)
    kind = _TYPE.search(query)
    name = kind.group(1) if kind else "ticket"
    view = lists.View.whole(_found(account, name, query), NEWEST_FIRST)
    size = min(lists.whole_number(request, "per_page", lists.PAGE_MAX), lists.PAGE_MAX)
    if lists.whole_number(request, "page", 1) * size > SEARCH_MAX:
        raise RefusedError(refusals.search_too_deep())
    page = offset_pages.offset_page(request, view)
    results = lists.records("results", page.rows, _result(account, name))
    tail = offset_pages.offset_tail(request, view, page)
    return Answer(200, lists.envelope(results, b'"facets":null', tail))


def _query(request: Request) -> str:
    query = request.one("query")
    if query is None:
        raise RefusedError(refusals.invalid_attribute("query", "is required"))
    return query


def search_count(account: Account, request: Request) -> Answer:
    """How many there are; without a type of all types (docs/facts/endpoints.md)."""
    query = _query(request)
    named = _TYPE.search(query)
    kinds = (named.group(1),) if named else tuple(_TABLES)
    return json_answer({"count": sum(len(_found(account, kind, query).rows) for kind in kinds)})


def _found(account: Account, kind: str, query: str) -> Index:
    """The search index: the account as it stood some minutes ago.

    Deleted tickets are not in it, archived ones are (docs/facts/zendesk-api.md#4). A record is
    shown as it was, and not as it has become. That is the worse of two answers (unverified).
    """
    tests = _tests(query)
    table = account.table(_TABLES[kind])
    seen_s = account.clock.now_s() - account.search_delay_s

    def keep(row: Row) -> bool:
        return not row.gone and row.status != "deleted" and all(test(row) for test in tests)

    past = table.past
    if past is None or past.is_still_since(seen_s):
        return account.index(table.name, NEWEST_FIRST, ("search", query), keep)
    states = (past.state(row, seen_s) for row in table.rows.values())
    rows = [row for row in states if row is not None and keep(row)]
    keyed = sorted((key_of(table, NEWEST_FIRST.columns, row), row) for row in rows)
    return Index([pair[0] for pair in keyed], [pair[1] for pair in keyed])


def _tests(query: str) -> list[Callable[[Row], bool]]:
    compared = [
        _compared(field, _COMPARE[sign], epoch_s(moment))
        for field, sign, moment in _COMPARISON.findall(query)
    ]
    below = [_below(status) for status in _BELOW.findall(query) if status in _STATUSES]
    return compared + below + [_of_status(status) for status in _STATUS.findall(query)]


def _compared(field: str, compare: Callable[[int, int], bool], at_s: int) -> Callable[[Row], bool]:
    if field == "created":
        return lambda row: compare(row.created_s, at_s)
    if field == "updated":
        return lambda row: compare(row.updated_s, at_s)
    return lambda row: row.status in ("solved", "closed") and compare(row.updated_s, at_s)


def _below(status: str) -> Callable[[Row], bool]:
    earlier = _STATUSES[: _STATUSES.index(status)]
    return lambda row: row.status in earlier


def _of_status(status: str) -> Callable[[Row], bool]:
    return lambda row: row.status == status


def _result(account: Account, kind: str) -> Callable[[Row], bytes]:
    """A result says its type and shows no generated_timestamp (docs/facts/zendesk-api.md#4)."""
    table = account.table(_TABLES[kind])

    def body(row: Row) -> bytes:
        record = table.record(row)
        record.pop("generated_timestamp", None)
        return orjson.dumps({**record, "result_type": kind})

    return body


def _cursor(account: Account, row: Row, exported: int) -> str:
    now_ms = int(account.clock.now() * 1000)
    cursor = {
        "field": "created_at", "desc": True, "tieBreakField": "id", "tieBreakDesc": False,
        "sortValues": [row.created_s * 1000, row.id], "exportedThusFar": exported,
        "sessionStart": now_ms, "createdAt": now_ms, "saltedRequestHash": 0,
    }  # fmt: skip
    return base64.b64encode(orjson.dumps(cursor)).decode()


def _place(account: Account, cursor: str) -> tuple[int, int]:
    """Where a cursor stands; after an hour it is refused (the answer is unverified)."""
    try:
        parsed = orjson.loads(base64.b64decode(cursor, validate=True))
        created_ms, row_id = parsed["sortValues"]
        age_s = account.clock.now() - parsed["createdAt"] / 1000
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise RefusedError(refusals.pagination_parameter("page[after] is not valid")) from None
    if age_s > CURSOR_LIVES_S:
        raise RefusedError(refusals.pagination_parameter("page[after] has expired"))
    return (-created_ms // 1000, row_id)
