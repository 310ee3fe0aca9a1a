"""Filters of lists: which records of a table a request may see.

Each is that of docs/facts/zendesk-api.md#5.
"""

from collections.abc import Callable, Hashable

from zendesk_emulator.data.account import Account, Row

from . import refusals
from .exchange import RefusedError, Request
from .exports import HOLD_BACK_S, support_scope

# A filter's name (so that its order can be kept) and the filter
Kept = tuple[Hashable, Callable[[Row], bool] | None]
Filter = Callable[[Account, Request], Kept]


def everything(_: Account, __: Request) -> Kept:
    return None, None


def alive(_: Account, __: Request) -> Kept:
    """Inactive users and deleted organizations are not listed."""
    return "alive", lambda row: not row.gone


def users(account: Account, request: Request) -> Kept:
    """Active ones; those of one role with `role` (docs/facts/endpoints.md)."""
    role, table = request.one("role"), account.table("users")
    if role is None:
        return alive(account, request)
    return ("alive", role), lambda row: not row.gone and table.record(row)["role"] == role


def groups(account: Account, request: Request) -> Kept:
    """Deleted ones only with `exclude_deleted=false` (docs/facts/zendesk-api.md#5.2)."""
    if request.one("exclude_deleted") == "false":
        return everything(account, request)
    return alive(account, request)


def brands(account: Account, request: Request) -> Kept:
    """Deleted ones only with `include_deleted` (docs/facts/zendesk-api.md#5.2)."""
    if request.flag("include_deleted"):
        return everything(account, request)
    return alive(account, request)


def tickets(_: Account, request: Request) -> Kept:
    """No archived, no deleted ones, and by support type.

    See docs/facts/zendesk-api.md#2.3.9, #2.3.10.
    """
    scope = support_scope(request)

    def keep(row: Row) -> bool:
        listed = row.status != "deleted" and not row.archived
        return listed and scope in ("all", row.support)

    return ("listed", scope), keep


def deleted_users(_: Account, __: Request) -> Kept:
    """Deleted for now and for good (docs/facts/zendesk-api.md#5.2)."""
    return "gone", lambda row: row.gone


def deleted_tickets(_: Account, request: Request) -> Kept:
    scope = support_scope(request)
    return scope, lambda row: scope in ("all", row.support)


def ticket_metrics(account: Account, _: Request) -> Kept:
    """Neither archived nor deleted tickets have theirs listed (docs/facts/zendesk-api.md#2.3.9)."""
    rows = account.table("tickets").rows

    def keep(row: Row) -> bool:
        ticket = rows[row.parent]
        return ticket.status != "deleted" and not ticket.archived

    return "listed", keep


def satisfaction_ratings(account: Account, request: Request) -> Kept:
    """`start_time`, `end_time` (both over a minute old), `score`.

    See docs/facts/zendesk-api.md#5.1.
    """
    start_s = _past_s(account, request, "start_time")
    end_s = _past_s(account, request, "end_time")
    score = request.one("score")
    ratings = account.table("satisfaction_ratings")
    scores = {"received": ("good", "bad")}.get(score or "", (score,))

    def keep(row: Row) -> bool:
        if start_s is not None and row.at_s < start_s:
            return False
        if end_s is not None and row.at_s > end_s:
            return False
        return score is None or ratings.record(row)["score"] in scores

    return (start_s, end_s, score), keep


def _past_s(account: Account, request: Request, name: str) -> int | None:
    text = request.one(name)
    if text is None:
        return None
    if not text.isdigit():
        raise RefusedError(refusals.invalid_attribute(name, "must be an integer"))
    if int(text) > account.clock.now_s() - HOLD_BACK_S:
        raise RefusedError(refusals.start_time_too_recent())
    return int(text)
