"""Incremental exports: cursor based and time based, with hold-back, page extension and filters.

Pure over the account's tables and a request
(developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import EXPORT, Account, Index, Row

from . import lists, refusals
from .cursors import export_cursor, export_position
from .exchange import Answer, RefusedError, Request
from .sideloads import Projection, project, sideloads

HOLD_BACK_S = 60  # data of the last minute is withheld (docs/facts/zendesk-api.md#2.3.5)
EXPORT_MAX = 1000  # per_page of an export, and its default (docs/facts/zendesk-api.md#2.3)
SAMPLE_MAX = 50  # records of a sample (docs/facts/zendesk-api.md#1.2)

_SCOPES = frozenset({"all", "agent", "ai_agent"})


@dataclass(frozen=True, slots=True)
class Export:
    """One exported resource; its flags are the differences between the exports."""

    table: str
    key: str
    ticket_filters: bool = False  # knows support_type_scope and exclude_deleted
    deleted_filter: bool = False  # knows exclude_deleted alone
    repeats_end: bool = False  # organizations: end_time is always the last record's own second
    # ticket_metric_events has no end_of_stream (docs/facts/zendesk-api.md#2.3.11)
    says_end: bool = True
    projection: Projection | None = None


def cursor_export(account: Account, export: Export, request: Request) -> Answer:
    """`after_cursor` names the last record; the next page is strictly after it.

    See docs/facts/zendesk-api.md#2.3.2.
    """
    index = _index(account, export, request)
    end = _visible_end(account, index)
    size = min(lists.whole_number(request, "per_page", EXPORT_MAX), EXPORT_MAX)
    cursor = request.one("cursor")
    if cursor is None:
        start_s = start_s_of(account, request)
        first = bisect_left(index.keys, (start_s,))
        cursor = export_cursor(start_s, 0)  # where an empty first page resumes (unverified)
    else:
        first = bisect_right(index.keys, position_of(cursor))
    first = min(first, end)
    stop = min(first + size, end)
    if stop > first:
        last = index.rows[stop - 1]
        cursor = export_cursor(last.at_s, last.id)
    return _answer(
        account, export, request, index.rows[first:stop], _cursor_tail(request, cursor, stop == end)
    )


def position_of(cursor: str) -> tuple[int, int]:
    try:
        return export_position(cursor)
    except ValueError:
        raise RefusedError(refusals.invalid_cursor()) from None


def _cursor_tail(request: Request, cursor: str, ended: bool) -> bytes:
    """before_* were null on every recorded page; after_url repeats the parameters.

    See docs/facts/zendesk-api.md#2.3.2.
    """
    again = [("cursor", cursor), *_without(request, "cursor", "start_time")]
    return orjson.dumps(
        {
            "after_url": f"{request.url()}?{urlencode(again)}",
            "before_url": None,
            "after_cursor": cursor,
            "before_cursor": None,
            "end_of_stream": ended,
        }
    )[1:-1]


def time_export(account: Account, export: Export, request: Request) -> Answer:
    """A page runs on until the timestamp changes, and may so exceed per_page.

    A page of an export that repeats its end is cut at its size (docs/facts/zendesk-api.md#2.3.4). A
    client that does not notice asks without end for a second with more records than a page. That
    ticket_metric_events know per_page is unverified.
    """
    index = _index(account, export, request)
    end = _visible_end(account, index)
    size = min(lists.whole_number(request, "per_page", EXPORT_MAX), EXPORT_MAX)
    first = min(bisect_left(index.keys, (start_s_of(account, request),)), end)
    stop = min(first + size, end)
    if first < stop < end and not export.repeats_end:
        stop = bisect_left(index.keys, (index.rows[stop - 1].at_s + 1,), stop, end)
    rows = index.rows[first:stop]
    return _answer(
        account, export, request, rows, _time_tail(export, request, rows, ended=stop == end)
    )


def sample_export(account: Account, export: Export, request: Request) -> Answer:
    """`incremental/{resource}/sample`: as by time, but never more than 50 records.

    A sample has a limit of its own, 10 requests in 20 minutes (docs/facts/zendesk-api.md#1.2).
    That it is cut inside a second is our choice: "up to 50" is all that is documented.
    """
    index = _index(account, export, request)
    end = _visible_end(account, index)
    size = min(lists.whole_number(request, "per_page", SAMPLE_MAX), SAMPLE_MAX)
    first = min(bisect_left(index.keys, (start_s_of(account, request),)), end)
    stop = min(first + size, end)
    rows = index.rows[first:stop]
    return _answer(
        account, export, request, rows, _time_tail(export, request, rows, ended=stop == end)
    )


def _time_tail(export: Export, request: Request, rows: list[Row], *, ended: bool) -> bytes:
    """end_time is the last timestamp + 1, but the last timestamp itself at the end.

    See docs/facts/zendesk-api.md#2.3.4.

    With nothing found both are null, as Help Center answers
    (docs/facts/zendesk-api.md#2.3.14; for Support unverified).
    """
    end_time, next_page = None, None
    if rows:
        end_time = rows[-1].at_s + (0 if ended or export.repeats_end else 1)
        again = [*_without(request, "start_time"), ("start_time", str(end_time))]
        next_page = f"{request.url()}?{urlencode(again)}"
    tail: dict[str, object] = {"count": len(rows)}
    if export.says_end:
        tail["end_of_stream"] = ended
    return orjson.dumps({**tail, "next_page": next_page, "end_time": end_time})[1:-1]


def paged_export(account: Account, export: Export, request: Request) -> Answer:
    """ticket_metric_events with `page[size]`: a list by cursor, up to 1000.

    See docs/facts/zendesk-api.md#2.3.11.
    """
    index = _index(account, export, request)
    end = _visible_end(account, index)
    first = min(bisect_left(index.keys, (start_s_of(account, request),)), end)
    view = lists.View(index, EXPORT, first, end)
    page = lists.cursor_page(request, view, help_center=False, size_max=EXPORT_MAX)
    return _answer(
        account,
        export,
        request,
        page.rows,
        lists.support_tail(request, view, page, EXPORT_MAX),
    )


def _answer(
    account: Account, export: Export, request: Request, rows: list[Row], tail: bytes
) -> Answer:
    """Join the page, or take it from the pages kept: the tail identifies the page."""

    def make() -> bytes:
        body = project(account, export.table, export.projection, request)
        extras = sideloads(account, export.table, rows, request)
        return lists.envelope(lists.records(export.key, rows, body), tail, extras=extras)

    # two pages with one tail hold the same rows only if they begin with the same one
    asked = (request.path, request.raw_query, rows[0].id if rows else None, len(rows), tail)
    return Answer(200, account.pages.body(account.revision, asked, make))


def start_s_of(account: Account, request: Request) -> int:
    """`start_time`; in the last minute it is refused (docs/facts/zendesk-api.md#2.3.5)."""
    text = request.one("start_time")
    if text is None or not text.lstrip("-").isdigit():
        raise RefusedError(refusals.invalid_attribute("start_time", "must be an integer"))
    start_s = int(text)
    if start_s > account.clock.now_s() - HOLD_BACK_S:
        raise RefusedError(refusals.start_time_too_recent())
    return start_s


def visible_until_s(account: Account) -> int:
    """The last second an export shows (docs/facts/zendesk-api.md#2.3.5)."""
    return account.clock.now_s() - HOLD_BACK_S


def _visible_end(account: Account, index: Index) -> int:
    return bisect_left(index.keys, (visible_until_s(account) + 1,))


def _index(account: Account, export: Export, request: Request) -> Index:
    """The order (time, id) over what the request's filters keep.

    See docs/facts/zendesk-api.md#2.3.1.
    """
    if not export.ticket_filters and not export.deleted_filter:
        return account.index(export.table, EXPORT)
    scope = support_scope(request) if export.ticket_filters else "all"
    without_deleted = request.flag("exclude_deleted")
    keep = ticket_filter(account, export.table, scope, without_deleted=without_deleted)
    return account.index(export.table, EXPORT, (scope, without_deleted), keep)


def support_scope(request: Request) -> str:
    """AI-agent tickets are missing unless asked for (docs/facts/zendesk-api.md#2.3.10)."""
    scope = request.one("support_type_scope") or "agent"
    if scope not in _SCOPES:
        raise RefusedError(
            refusals.invalid_attribute("support_type_scope", "must be all, agent or ai_agent")
        )
    return scope


def ticket_filter(
    account: Account, table: str, scope: str, *, without_deleted: bool
) -> Callable[[Row], bool]:
    """Tickets by their own status, what belongs to tickets by theirs.

    See docs/facts/zendesk-api.md#2.3.7, #2.3.10, #2.3.11.
    """
    tickets = account.table("tickets").rows

    def keep(row: Row) -> bool:
        if scope not in ("all", row.support):
            return False
        ticket = row if table == "tickets" else tickets[row.parent]
        return not (without_deleted and ticket.status == "deleted")

    return keep


def _without(request: Request, *names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query if name not in names]
