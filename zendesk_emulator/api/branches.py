"""Lists of the children of one record: one row per list, with its parent.

A branch is a Listing whose path names parents with `*`; rows come from the parent's children
(docs/facts/zendesk-api.md#5). `parent` decides the answer for a parent that does not exist.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from zendesk_emulator.data.account import Account, Index, Row, key_of

from . import lists, refusals
from .exchange import Answer, RefusedError, Request
from .resources import Listing, as_chosen, page_body
from .sideloads import project, sideloads

# Finds the parent's row id from what stands in the path, outermost first. Raises RefusedError
Parent = Callable[[Account, tuple[str, ...]], int]


def below(*tables: str) -> Parent:
    """The parent is of the last table, and each must lie below the one before it."""

    def parent(account: Account, ids: tuple[str, ...]) -> int:
        above = 0
        for name, text in zip(tables, ids, strict=True):
            row = account.table(name).rows.get(int(text)) if text.isdigit() else None
            if row is None or (above and row.parent != above):
                raise RefusedError(refusals.record_missing())
            above = row.id
        return above

    return parent


def by_key(table: str) -> Parent:
    """The parent is found by the id or key that Zendesk shows of it, unless it was deleted."""

    def parent(account: Account, ids: tuple[str, ...]) -> int:
        stored = account.table(table)
        for row in stored.rows.values():
            if str(stored.key(row.id)) == ids[0] and not row.gone:
                return row.id
        raise RefusedError(refusals.record_missing())

    return parent


@dataclass(frozen=True, slots=True)
class Branch:
    listing: Listing
    parent: Parent

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.listing.path).replace(r"\*", "([^/]+)") + "$")

    def serve(self, account: Account, request: Request, *ids: str) -> Answer:
        """Children are few: their order is made for every request."""
        rows = account.table(self.listing.table).children(self.parent(account, ids))
        return serve_rows(account, as_chosen(account, self.listing), request, rows)


def serve_rows(account: Account, listing: Listing, request: Request, rows: list[Row]) -> Answer:
    by = listing.page_order(request)
    table = account.table(listing.table)
    _, keep = listing.kept(account, request)
    shown = [row for row in rows if not row.hidden and (keep is None or keep(row))]
    keyed = [(key_of(table, by.columns, row), row) for row in shown]
    keyed.sort(key=lambda pair: pair[0])
    view = lists.View.whole(Index([pair[0] for pair in keyed], [pair[1] for pair in keyed]), by)
    body = project(account, listing.table, listing.projection, request)

    def body_of(found: list[Row]) -> tuple[bytes, dict[str, bytes]]:
        extras = sideloads(account, listing.table, found, request)
        return lists.records(listing.key, found, body), extras

    return Answer(200, page_body(request, view, listing, body_of))


CONFIG_BRANCHES = (
    Branch(
        Listing(
            "/api/v2/ticket_fields/*/options", "ticket_field_options", "custom_field_options",
            scope="tickets",
        ),
        below("ticket_fields"),
    ),
    Branch(
        Listing(
            "/api/v2/business_hours/schedules/*/holidays", "schedule_holidays", "holidays",
            paging="none", admin=True,
        ),
        below("schedules"),
    ),
)  # fmt: skip
