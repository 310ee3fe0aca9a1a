"""`show_many`: up to 100 records of a list by their ids, in one answer without pages.

Documented are the ids, their number and the keys of the answer (docs/facts/endpoints.md); what
happens to ids that lead nowhere is not: they are left out, as clients of it rely on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from zendesk_emulator.data.account import Account, Row

from . import lists, refusals
from .exchange import Answer, RefusedError, Request
from .sideloads import Projection, listed_ticket, project, sideloads

IDS_MAX = 100  # docs/facts/zendesk-api.md#6.4


@dataclass(frozen=True, slots=True)
class ShowMany:
    """`shown` says which rows are there for this request."""

    table: str
    shown: Callable[[Row, Request], bool]
    projection: Projection | None = None


# Archived tickets and those of AI agents are shown, as `tickets/{id}` shows them (unverified)
TICKETS = ShowMany("tickets", lambda row, _: row.status != "deleted", listed_ticket)
# Inactive users only with `include_deleted` (support-oas.yaml, ShowManyUsers)
USERS = ShowMany("users", lambda row, asked: not row.gone or asked.flag("include_deleted"))
ORGANIZATIONS = ShowMany("organizations", lambda row, _: not row.gone)


def show_many(account: Account, many: ShowMany, request: Request) -> Answer:
    """The records in the order of their ids' first mention (unverified), each once."""
    table = account.table(many.table)
    found = [table.rows[each] for each in _ids(request) if each in table.rows]
    rows = [row for row in found if many.shown(row, request)]
    body = project(account, many.table, many.projection, request)
    tail = {"next_page": None, "previous_page": None, "count": len(rows)}
    records = lists.records(many.table, rows, body)
    extras = sideloads(account, many.table, rows, request)
    return Answer(200, lists.envelope(records, orjson.dumps(tail)[1:-1], extras=extras))


def _ids(request: Request) -> list[int]:
    """The ids asked for, without repetition; 400 for none, too many, or other text."""
    texts = [text.strip() for text in (request.one("ids") or "").split(",") if text.strip()]
    if not texts:
        raise RefusedError(refusals.invalid_attribute("ids", "is required"))
    if len(texts) > IDS_MAX:
        raise RefusedError(refusals.too_many_values(IDS_MAX))
    if not all(text.isascii() and text.isdigit() for text in texts):
        raise RefusedError(refusals.invalid_attribute("ids", "must be integers"))
    return list(dict.fromkeys(int(text) for text in texts))
