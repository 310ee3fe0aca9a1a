"""The lists of the account: one row per list, and the serving of a list.

A new resource is a row of LISTINGS (and a table of the account). Orders, filters and paging of
each list are those of docs/facts/zendesk-api.md#2.1, #2.2 and #5.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from zendesk_emulator.data.account import Account, Order, Row, order
from zendesk_emulator.data.clock import iso

from . import lists, offset_pages, refusals
from .exchange import Answer, RefusedError, Request, json_answer
from .filters import (
    Filter,
    alive,
    brands,
    deleted_tickets,
    everything,
    groups,
    satisfaction_ratings,
    ticket_metrics,
    tickets,
    users,
)
from .sideloads import Projection, listed_ticket, project, sideloads

BY_ID = order("id:i")
BY_POSITION = order("position:i", "id:i")
# "both" kinds; "whole": as both, but without `page[size]` everything comes at once;
# "cursor" or "offset": only that, whatever is asked; "none": everything at once, always;
# "older": by `limit` and `before_url`, newest first; "object": one record, and no list of it;
# "last_id": what follows the id in `page[after]`, without a word on more
PAGINGS = frozenset({"both", "whole", "cursor", "offset", "none", "older", "object", "last_id"})


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. `by` orders it; `sorts` are the fields `sort=` (by cursor) or `sort_by=` takes."""

    path: str
    table: str
    key: str
    by: Order = BY_ID
    sorts: dict[str, str] = field(default_factory=lambda: {"id": "id:i"})
    ties: str = "id:i"  # orders what shares the value that `sort` names
    kept: Filter = everything
    projection: Projection | None = None
    offset_by: Order | None = None  # another order without cursors
    offset_sorts: dict[str, str] | None = None  # what `sort_by=` takes, if not what `sort=` does
    paging: str = "both"  # one of PAGINGS
    # or "help_center", "webhooks", "bare_cursor", "json_api" (docs/facts/zendesk-api.md#2.1, #5.6)
    dialect: str = "support"
    beside: Callable[[Account, list[Row]], bytes] | None = None  # what `included` holds
    size_max: int = lists.PAGE_MAX
    offset_size: int = lists.PAGE_MAX  # per_page when it is not given
    counted: bool = False  # has `<path>/count`
    scope: str = "read"  # `<scope>:read` is enough to see it
    admin: bool = False

    def page_order(self, request: Request) -> Order:
        """The order of this request: `sort` by cursor, `sort_by` by offset, never crosswise.

        By cursor other fields are refused and sort_by is silently ignored; by offset it is the
        other way round (docs/facts/zendesk-api.md#2.1).
        """
        if self.by_cursor(request):
            sort = request.one("sort")
            if sort is None:
                return self.by
            if sort.removeprefix("-") not in self.sorts:
                raise RefusedError(refusals.pagination_parameter("sort is not valid"))
            name = sort.removeprefix("-")
            return self._sorted(self.sorts, name, descending=sort.startswith("-"))
        chosen = request.one("sort_by")
        sorts = self.sorts if self.offset_sorts is None else self.offset_sorts
        if chosen in sorts:
            return self._sorted(sorts, chosen, descending=request.one("sort_order") == "desc")
        return self.offset_by or self.by

    def _sorted(self, sorts: dict[str, str], name: str, *, descending: bool) -> Order:
        column = ("-" if descending else "") + sorts[name]
        # the id makes every order unique
        return order(column) if name == "id" else order(column, self.ties)

    def by_cursor(self, request: Request) -> bool:
        if self.paging == "cursor":
            return True
        return self.paging in ("both", "whole") and lists.wants_cursors(request)


def serve_list(account: Account, listing: Listing, request: Request) -> Answer:
    listing = as_chosen(account, listing)
    by = listing.page_order(request)
    kept, keep = listing.kept(account, request)
    view = lists.View.whole(account.index(listing.table, by, kept, keep), by)
    if listing.paging == "object":
        body = account.table(listing.table).body(view.index.rows[0])
        return Answer(200, b'{"%s":%s}' % (listing.key.encode(), body))

    def body_of(rows: list[Row]) -> tuple[bytes, dict[str, bytes]]:
        body = project(account, listing.table, listing.projection, request)
        found = lists.records(listing.key, rows, body)
        extras = sideloads(account, listing.table, rows, request)
        if listing.beside is not None:
            extras["included"] = listing.beside(account, rows)
        return found, extras

    asked = (request.base, request.path, request.suffix, request.raw_query, by.text, kept)
    return Answer(
        200,
        account.pages.body(
            account.revision, asked, lambda: page_body(request, view, listing, body_of)
        ),
    )


def as_chosen(account: Account, listing: Listing) -> Listing:
    """The row, paged as a test has chosen where docs/facts/zendesk-api.md is not sure."""
    paging = account.paging.get(listing.path)
    return listing if paging is None else replace(listing, paging=paging)


def page_body(
    request: Request,
    view: lists.View,
    listing: Listing,
    body_of: Callable[[list[Row]], tuple[bytes, dict[str, bytes]]],
) -> bytes:
    """One page in the dialect of the list and of the request.

    See docs/facts/zendesk-api.md#2.1, #2.2.
    """
    if listing.by_cursor(request):
        return _cursor_body(request, view, listing, body_of)
    if listing.paging in ("whole", "none"):
        found, extras = body_of(view.index.rows)
        if not listing.key:  # the list is the whole answer
            return found.partition(b":")[2]
        return lists.envelope(found, extras=extras)
    if listing.paging == "last_id":
        following = lists.page_after_id(request, view)
        found, _ = body_of(following.rows)
        return lists.envelope(found, b'"total":%d' % (view.end - view.first))
    if listing.paging == "older":
        older = lists.older_page(request, view)
        found, extras = body_of(older.rows)
        return lists.envelope(found, lists.older_tail(request, view, older), extras=extras)
    help_center = listing.dialect == "help_center"
    page = offset_pages.offset_page(request, view, default_size=listing.offset_size)
    found, extras = body_of(page.rows)
    if help_center:
        tail = offset_pages.help_center_offset_tail(request, view, page, listing.offset_size)
    else:
        tail = offset_pages.offset_tail(request, view, page)
    return lists.envelope(found, tail, extras=extras)


def _cursor_body(
    request: Request,
    view: lists.View,
    listing: Listing,
    body_of: Callable[[list[Row]], tuple[bytes, dict[str, bytes]]],
) -> bytes:
    help_center = listing.dialect == "help_center"
    page = lists.cursor_page(request, view, help_center=help_center, size_max=listing.size_max)
    found, extras = body_of(page.rows)
    if help_center:
        head = lists.help_center_head(request, view, page, listing.size_max)
        return lists.envelope(head, found, extras=extras)
    if listing.dialect == "webhooks":
        head = lists.webhooks_head(request, view, page, listing.size_max)
        return lists.envelope(head, found)
    if listing.dialect == "bare_cursor":
        return lists.envelope(found, lists.bare_cursor_tail(request, view, page), extras=extras)
    if listing.dialect == "json_api":
        tail = lists.json_api_tail(request, view, page, listing.size_max)
        return lists.envelope(found, tail, extras=extras)
    tail = lists.support_tail(request, view, page, listing.size_max)
    return lists.envelope(found, tail, extras=extras)


def count(account: Account, listing: Listing, request: Request) -> Answer:
    """`<path>/count` (docs/facts/endpoints.md)."""
    kept, keep = listing.kept(account, request)
    found = len(account.index(listing.table, BY_ID, kept, keep).rows)
    refreshed_at = iso(account.clock.now())
    return json_answer({"count": {"value": found, "refreshed_at": refreshed_at}})


TIMES = {"id": "id:i", "created_at": "created_at:d", "updated_at": "updated_at:d"}

LISTINGS = (
    Listing(
        "/api/v2/tickets", "tickets", "tickets", by=order("nice_id:i"),
        sorts={"id": "id:i", "updated_at": "updated_at:d", "status": "status:i"},
        kept=tickets, projection=listed_ticket, counted=True, scope="tickets",
    ),
    Listing(
        "/api/v2/deleted_tickets", "deleted_tickets", "deleted_tickets",
        # by the creation of the ticket, oldest first; `sort` is not documented, and `sort_by` and
        # `sort_order` do nothing by cursor (List Deleted Tickets; docs/facts/zendesk-api.md#2.1)
        by=order("created_at:d", "id:i"), sorts={}, offset_sorts={**TIMES,
        "deleted_at": "deleted_at:d"}, kept=deleted_tickets, scope="tickets",
    ),
    Listing(
        "/api/v2/ticket_metrics", "ticket_metrics", "ticket_metrics",
        by=order("-created_at:d", "id:i"), kept=ticket_metrics, scope="tickets",
    ),
    Listing(
        "/api/v2/users", "users", "users", kept=users, counted=True, scope="users", sorts=TIMES,
    ),
    Listing(
        "/api/v2/organizations", "organizations", "organizations", kept=alive, counted=True,
        scope="organizations", sorts=TIMES,
    ),
    Listing(
        "/api/v2/groups", "groups", "groups", by=order("name:s", "id:i"), kept=groups,
        counted=True, sorts={**TIMES, "name": "name:s"},
    ),
    Listing("/api/v2/group_memberships", "group_memberships", "group_memberships"),
    Listing(
        "/api/v2/organization_memberships", "organization_memberships",
        "organization_memberships", scope="organizations",
    ),
    Listing(
        "/api/v2/ticket_fields", "ticket_fields", "ticket_fields", offset_by=BY_POSITION,
        paging="whole", counted=True, scope="tickets",
    ),
    Listing("/api/v2/tags", "tags", "tags", by=order("-score:i", "id:i"), counted=True),
    Listing("/api/v2/brands", "brands", "brands", kept=brands),
    Listing(
        "/api/v2/satisfaction_ratings", "satisfaction_ratings", "satisfaction_ratings",
        by=order("created_at:d", "id:i"), sorts={"created_at": "created_at:d"},
        kept=satisfaction_ratings, counted=True, scope="satisfaction_ratings", admin=True,
    ),
)  # fmt: skip
