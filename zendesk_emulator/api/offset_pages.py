"""Paging of lists by offset: `page`, `per_page`, and addresses of the pages beside.

Pure over a view and a request (developer.zendesk.com/api-reference/introduction/pagination).
"""

from urllib.parse import urlencode

from . import refusals
from .exchange import RefusedError, Request
from .lists import PAGE_MAX, Page, View, fields_of, other_parameters, whole_number

OFFSET_WALL = 10_000  # records that offset pagination reaches (docs/facts/zendesk-api.md#2.2)


def offset_page(request: Request, view: View, *, default_size: int = PAGE_MAX) -> Page:
    """`page` and `per_page`; beyond 10,000 records 400 (docs/facts/zendesk-api.md#2.2)."""
    size = min(whole_number(request, "per_page", default_size), PAGE_MAX)
    number = whole_number(request, "page", 1)
    if number * size > OFFSET_WALL:
        raise RefusedError(refusals.pagination_depth())
    first = min(view.first + (number - 1) * size, view.end)
    end = min(first + size, view.end)
    return Page(view.index.rows[first:end], first, end, end < view.end)


def offset_tail(request: Request, view: View, page: Page) -> bytes:
    """`next_page`, `previous_page`, `count` (docs/facts/zendesk-api.md#2.2)."""
    return fields_of({**_offset_links(request, page), "count": view.end - view.first})


def help_center_offset_tail(request: Request, view: View, page: Page, default_size: int) -> bytes:
    """Help Center adds `page`, `per_page`, `page_count`, sorting.

    See docs/facts/zendesk-api.md#2.2.
    """
    size = min(whole_number(request, "per_page", default_size), PAGE_MAX)
    count = view.end - view.first
    return fields_of(
        {
            "count": count,
            **_offset_links(request, page),
            "page": whole_number(request, "page", 1),
            "per_page": size,
            "page_count": -(-count // size),
            "sort_by": request.one("sort_by") or view.by.columns[0].name,
            "sort_order": request.one("sort_order") or "asc",
        }
    )


def _offset_links(request: Request, page: Page) -> dict[str, str | None]:
    """Full addresses; `per_page` only when it was given (docs/facts/zendesk-api.md#2.2)."""
    number = whole_number(request, "page", 1)
    common = other_parameters(request)
    per_page = request.one("per_page")
    if per_page is not None:
        common.append(("per_page", per_page))

    def link(to: int) -> str:
        return f"{request.url()}?{urlencode([*common, ('page', str(to))])}"

    return {
        "next_page": link(number + 1) if page.has_more else None,
        "previous_page": link(number - 1) if number > 1 else None,
    }
