"""The lists of activities, skips, bookmarks and audit logs, and side conversations below a ticket.

Their filters are those of docs/facts/zendesk-api.md#5.1 and #5.2.
"""

from collections.abc import Callable

from zendesk_emulator.data.account import Account, Row, order
from zendesk_emulator.data.clock import epoch_s
from zendesk_emulator.seed.activity import ACTIVITIES_SHOWN_S, FORBIDDEN, REFUSING_EVERY, refuses

from . import refusals
from .branches import Branch
from .exchange import RefusedError, Request
from .filters import Kept
from .resources import TIMES, Listing

_BY_CREATION = {"created_at": "created_at:d"}
# the parameters of audit_logs besides its times, and the fields they compare
_LOG_FILTERS = ("source_type", "source_id", "actor_id", "ip_address", "action")


def activities(account: Account, request: Request) -> Kept:
    """The last 30 days; `since` is taken as inclusive (unverified)."""
    shown_s = account.clock.now_s() - ACTIVITIES_SHOWN_S
    since = request.one("since")
    if since is not None:
        shown_s = max(shown_s, _moment(since, "since"))
    return shown_s, lambda row: row.created_s >= shown_s


def audit_logs(account: Account, request: Request) -> Kept:
    """`filter[created_at][]` twice: from and to, both inclusive (docs/facts/zendesk-api.md#5.2)."""
    times = [
        _moment(value, name)
        for name, value in request.query
        if name in ("filter[created_at][]", "filter[created_at]")
    ]
    if len(times) not in (0, 2):
        raise RefusedError(refusals.invalid_attribute("filter[created_at]", "must be given twice"))
    first_s, last_s = times or (0, 2**40)
    wanted = {
        field: request.one(f"filter[{field}]")
        for field in _LOG_FILTERS
        if request.one(f"filter[{field}]") is not None
    }
    keep = _kept_logs(account, first_s, last_s, wanted)
    return (first_s, last_s, tuple(wanted.items())), keep


def _kept_logs(
    account: Account, first_s: int, last_s: int, wanted: dict[str, str | None]
) -> Callable[[Row], bool]:
    table = account.table("audit_logs")

    def keep(row: Row) -> bool:
        if not first_s <= row.created_s <= last_s:
            return False
        record = table.record(row) if wanted else {}
        return all(str(record[field]) == value for field, value in wanted.items())

    return keep


def unarchived(account: Account, _: Request) -> Kept:
    """Skips and bookmarks of archived tickets are left out (docs/facts/zendesk-api.md#2.3.9)."""
    tickets = account.table("tickets").rows
    return "unarchived", lambda row: not tickets[row.parent].archived


def _moment(text: str, name: str) -> int:
    try:
        return epoch_s(text)
    except ValueError:
        raise RefusedError(refusals.invalid_attribute(name, "must be a time")) from None


def conversing(account: Account, ids: tuple[str, ...]) -> int:
    """404 for deleted tickets, 403 or 422 for some others.

    See docs/facts/published-connector.md#1.2.
    """
    ticket = account.table("tickets").rows.get(int(ids[0])) if ids[0].isdigit() else None
    if ticket is None or ticket.status == "deleted":
        raise RefusedError(refusals.record_missing())
    if refuses(ticket):
        forbidden = ticket.id % REFUSING_EVERY == FORBIDDEN
        raise RefusedError(refusals.KINDS["plan" if forbidden else "record_invalid"])
    return ticket.id


ACTIVITY_LISTINGS = (
    Listing(
        "/api/v2/activities", "ticket_activities", "activities", sorts=_BY_CREATION,
        by=order("-created_at:d", "id:i"), kept=activities, counted=True,
    ),
    Listing(
        "/api/v2/audit_logs", "audit_logs", "audit_logs", sorts=_BY_CREATION, admin=True,
        by=order("-created_at:d", "id:i"), kept=audit_logs, scope="auditlogs",
    ),
    Listing(
        "/api/v2/skips", "ticket_skips", "skips", sorts=TIMES, kept=unarchived, scope="tickets",
    ),
    Listing("/api/v2/bookmarks", "bookmarks", "bookmarks", kept=unarchived),
)  # fmt: skip

ACTIVITY_BRANCHES = (
    Branch(
        Listing(
            "/api/v2/tickets/*/side_conversations", "side_conversations", "side_conversations",
            paging="offset", scope="tickets",
        ),
        conversing,
    ),
)  # fmt: skip
