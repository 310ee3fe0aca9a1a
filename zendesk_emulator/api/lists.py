"""Paging of lists: cursor pagination in the Support and the Help Center dialect, and offsets.

Pure over an index of rows and a request (developer.zendesk.com/api-reference/introduction/
pagination). A page is joined from the rows' bytes; it is never serialised as a whole.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import Index, Order, Row

from . import refusals
from .cursors import LAST_PAGE, help_center_cursor, help_center_position, list_cursor, list_position
from .exchange import RefusedError, Request

PAGE_MAX = 100  # of most lists, by cursor and by offset (docs/facts/zendesk-api.md#2.1, #2.2)

OLDER_MAX = 1000  # records of a page that leads to older ones (docs/facts/endpoints.md)

_PAGING = frozenset(
    {"page[size]", "page[after]", "page[before]", "page", "per_page", "limit", "cursor",
     "after_cursor", "before_cursor"}
)  # fmt: skip

Extras = dict[str, bytes]  # sideloads: top-level name -> JSON array


@dataclass(frozen=True, slots=True)
class View:
    """The part `first <= n < end` of an index that a request may see."""

    index: Index
    by: Order
    first: int
    end: int

    @staticmethod
    def whole(index: Index, by: Order) -> "View":
        return View(index, by, 0, len(index.rows))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows `first <= n < end` of a view, with what the paging block says about them."""

    rows: list[Row]
    first: int
    end: int
    has_more: bool


def wants_cursors(request: Request) -> bool:
    """Without `page[size]` (or a cursor) a list is paged by offset.

    See docs/facts/zendesk-api.md#2.1.
    """
    names = {name for name, _ in request.query}
    return not names.isdisjoint({"page[size]", "page[after]", "page[before]"})


def whole_number(request: Request, name: str, default: int) -> int:
    """A positive number among the parameters; 400 for anything else.

    See docs/facts/zendesk-api.md#4.
    """
    text = request.one(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise RefusedError(refusals.invalid_attribute(name, "must be an integer"))
    return int(text)


def other_parameters(request: Request) -> list[tuple[str, str]]:
    """Return the parameters that links repeat (docs/facts/zendesk-api.md#2.1)."""
    return [(name, value) for name, value in request.query if name not in _PAGING]


def cursor_page(request: Request, view: View, *, help_center: bool, size_max: int) -> Page:
    """The page `page[after]` or `page[before]` asks for; a size beyond the maximum is clamped."""
    size = min(whole_number(request, "page[size]", PAGE_MAX), size_max)
    after = request.one("page[after]") or request.one("after_cursor")
    before = request.one("page[before]") or request.one("before_cursor")
    keys = view.index.keys
    if before:
        end = view.end
        if before != LAST_PAGE:
            end = bisect_left(keys, _position(view.by, before, "page[before]", help_center))
        end = min(max(end, view.first), view.end)
        first = max(view.first, end - size)
        has_more = first > view.first
    else:
        first = view.first
        if after:
            first = bisect_right(keys, _position(view.by, after, "page[after]", help_center))
        first = min(max(first, view.first), view.end)
        end = min(first + size, view.end)
        has_more = end < view.end
    return Page(view.index.rows[first:end], first, end, has_more)


def _position(by: Order, cursor: str, name: str, help_center: bool) -> tuple[Any, ...]:
    read = help_center_position if help_center else list_position
    try:
        return read(by, cursor)
    except ValueError:
        raise RefusedError(refusals.pagination_parameter(f"{name} is not valid")) from None


def support_tail(request: Request, view: View, page: Page, size_max: int) -> bytes:
    """`meta` and `links` of Support: `next` is there even on the last page.

    See docs/facts/zendesk-api.md#2.1.
    """
    if not page.rows:
        meta: dict[str, Any] = {"has_more": False, "after_cursor": None, "before_cursor": None}
        return fields_of({"meta": meta, "links": {"prev": None, "next": None}})
    keys = view.index.keys
    after = list_cursor(view.by, keys[page.end - 1])
    before = list_cursor(view.by, keys[page.first])
    # next and prev repeat the other parameters and echo `.json` (docs/facts/zendesk-api.md#2.1)
    common = other_parameters(request)
    size = ("page[size]", str(min(whole_number(request, "page[size]", PAGE_MAX), size_max)))
    links = {
        "prev": f"{request.url()}?{urlencode([*common, ('page[before]', before), size])}",
        "next": f"{request.url()}?{urlencode([*common, ('page[after]', after), size])}",
    }
    meta = {"has_more": page.has_more, "after_cursor": after, "before_cursor": before}
    return fields_of({"meta": meta, "links": links})


def help_center_head(request: Request, view: View, page: Page, size_max: int) -> bytes:
    """`meta` and `links` of Help Center: absent ends, no `.json`.

    See docs/facts/zendesk-api.md#2.1.
    """
    keys = view.index.keys
    size = ("page[size]", str(min(whole_number(request, "page[size]", PAGE_MAX), size_max)))
    common = other_parameters(request)

    def link(*more: tuple[str, str]) -> str:
        # links of the community lead through the help center (docs/facts/zendesk-api.md#2.1)
        path = request.path.replace("/api/v2/community/", "/api/v2/help_center/community/")
        return f"{request.base}{path}?{urlencode([*common, *more, size])}"

    meta: dict[str, Any] = {"has_more": page.has_more, "after_cursor": None, "before_cursor": None}
    links = {"first": link(), "last": link(("page[before]", LAST_PAGE))}
    if page.rows:
        meta["after_cursor"] = help_center_cursor(view.by, keys[page.end - 1])
        meta["before_cursor"] = help_center_cursor(view.by, keys[page.first])
        if page.end < view.end:
            links["next"] = link(("page[after]", meta["after_cursor"]))
        if page.first > view.first:
            links["prev"] = link(("page[before]", meta["before_cursor"]))
    return fields_of({"meta": meta, "links": links})


def webhooks_head(request: Request, view: View, page: Page, size_max: int) -> bytes:
    """`meta` and `links` of webhooks: no cursors on the last page.

    See docs/facts/zendesk-api.md#2.1.
    """
    if not page.has_more:
        return fields_of({"meta": {"has_more": False}, "links": {}})
    keys = view.index.keys
    after = list_cursor(view.by, keys[page.end - 1])
    before = list_cursor(view.by, keys[page.first])
    meta = {"has_more": True, "after_cursor": after, "before_cursor": before}
    size = ("page[size]", str(min(whole_number(request, "page[size]", PAGE_MAX), size_max)))
    again = urlencode([*other_parameters(request), ("page[after]", after), size])
    # a host on the usual port is written with it (docs/facts/zendesk-api.md#2.1)
    host = request.base.partition("://")[2]
    port = ":443" if request.base.startswith("https") and ":" not in host else ""
    return fields_of(
        {"meta": meta, "links": {"next": f"{request.base}{port}{request.path}?{again}"}}
    )


def bare_cursor_tail(request: Request, view: View, page: Page) -> bytes:
    """`meta` and `links` of lists whose cursors have names without `page`.

    See docs/facts/endpoints.md, `approval_requests`.
    """
    if not page.rows:
        meta: dict[str, Any] = {"has_more": False, "after_cursor": None, "before_cursor": None}
        return fields_of({"meta": meta, "links": {"prev": None, "next": None}})
    after = list_cursor(view.by, view.index.keys[page.end - 1])
    before = list_cursor(view.by, view.index.keys[page.first])
    again = urlencode([*other_parameters(request), ("after_cursor", after)])
    following = f"{request.url()}?{again}" if page.has_more else None
    meta = {"has_more": page.has_more, "after_cursor": after, "before_cursor": before}
    return fields_of({"meta": meta, "links": {"prev": None, "next": following}})


def page_after_id(request: Request, view: View) -> Page:
    """The records behind an id, 1,000 at most (developer.zendesk.com, Jira links)."""
    size = min(whole_number(request, "page[size]", OLDER_MAX), OLDER_MAX)
    first, after = view.first, request.one("page[after]")
    if after is not None:
        first = bisect_right(view.index.keys, (whole_number(request, "page[after]", 1),))
    end = min(first + size, view.end)
    return Page(view.index.rows[first:end], first, end, end < view.end)


def older_page(request: Request, view: View) -> Page:
    """The newest records, or those older than `cursor`; `limit` is at most 1,000."""
    size = min(whole_number(request, "limit", OLDER_MAX), OLDER_MAX)
    cursor, first = request.one("cursor"), view.first
    if cursor:
        first = bisect_right(view.index.keys, _position(view.by, cursor, "cursor", False))
    end = min(first + size, view.end)
    return Page(view.index.rows[first:end], first, end, end < view.end)


def older_tail(request: Request, view: View, page: Page) -> bytes:
    """`before_url` leads to older records, and is null on the page with the oldest."""
    keys = view.index.keys
    before = list_cursor(view.by, keys[page.end - 1]) if page.has_more else None
    after = list_cursor(view.by, keys[page.first]) if page.rows else None
    again = [*other_parameters(request), ("cursor", before or "")]
    return fields_of(
        {
            "before_cursor": before,
            "before_url": f"{request.url()}?{urlencode(again)}" if before else None,
            "after_cursor": after, "after_url": None, "count": view.end - view.first,
        }
    )  # fmt: skip


def json_api_tail(request: Request, view: View, page: Page, size_max: int) -> bytes:
    """`meta` and `links` of JSON:API: the next page is a link alone, and `meta` has no cursor.

    See docs/facts/zendesk-api.md#5.6; the fields of `meta` are unverified.
    """
    links: dict[str, str | None] = {"prev": None, "next": None}
    if page.has_more:
        after = list_cursor(view.by, view.index.keys[page.end - 1])
        size = ("page[size]", str(min(whole_number(request, "page[size]", PAGE_MAX), size_max)))
        again = urlencode([*other_parameters(request), ("page[after]", after), size])
        links["next"] = f"{request.url()}?{again}"
    return fields_of({"meta": {"has_more": page.has_more}, "links": links})


def records(key: str, rows: list[Row], body: Callable[[Row], bytes]) -> bytes:
    """`"key":[...]` of the rows' own bytes."""
    return b'"%s":[%s]' % (key.encode(), b",".join([body(row) for row in rows]))


def envelope(*parts: bytes, extras: Extras | None = None) -> bytes:
    """An object of `"key":value` parts, in this order, then the sideloads."""
    sideloads = [b'"%s":%s' % (name.encode(), array) for name, array in (extras or {}).items()]
    return b"{%s}" % b",".join([*parts, *sideloads])


def fields_of(values: dict[str, Any]) -> bytes:
    """Return the fields of an object as JSON has them, without its braces."""
    return orjson.dumps(values)[1:-1]
