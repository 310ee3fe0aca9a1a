"""The action for an answer: take it, wait, retry, smaller page, renew the sign-in, or fail.

Decides by status and by Zendesk's own error codes, never by message text. Which error a failed
answer becomes is in failures.py.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/#response-format
and on the five error envelopes seen on the wire (docs/facts/zendesk-api.md#6.4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(Enum):
    """The action for an answer."""

    ACCEPT = "accept"
    WAIT = "wait"  # 429: as long as the server says; never counts as a failed try
    RETRY = "retry"  # a passing fault
    SMALLER_PAGE = "smaller page"  # 504: the same page at half the size
    RENEW = "renew"  # 401: sign in again, once
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The code of an error answer, whichever of Zendesk's envelopes it came in; "" if none.

    `is_flat`: it came as `error` with a `description` at most, as a missing scope does.
    """

    code: str = ""
    is_flat: bool = False
    is_about_the_account: bool = False  # the 404 of an address without a help desk


def read_error(body: Any) -> ErrorBody:
    """Return the code of any of the five error envelopes; an empty one for anything else."""
    if not isinstance(body, dict):
        return ErrorBody()
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return ErrorBody(_code(errors[0].get("code")))
    error = body.get("error")
    if isinstance(error, str):
        return ErrorBody(_code(error), is_flat=body.keys() <= {"error", "description"})
    # An object-valued error is a refusal by plan or role with 403, and an unclaimed address with
    # 404: no other 404 of the API comes in this envelope (docs/facts/zendesk-api.md#5.5 and #6.3).
    return ErrorBody(is_about_the_account=isinstance(error, dict))


def _code(value: Any) -> str:
    """Zendesk's codes are words; anything else is prose, which may quote what it should not."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z_]{1,60}", value) else ""


# Statuses that lead to another address. 304 and the rest of the 3xx name none.
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Passing faults of the client's side of the table: timeouts, conflicts, too early.
_PASSING = frozenset({408, 409, 425})


def decide(status: int, *, can_renew: bool, can_shrink: bool) -> Action:
    """Return what to do with an answer of this status.

    `can_renew`: the sign-in can get a new token and has not just done so.
    `can_shrink`: the request has a page size above one.
    A success without a page (204, 206) and a 304 are passing faults: no request asks for them.
    """
    if status == 200:
        return Action.ACCEPT
    if status < 400 and status not in REDIRECTS:
        return Action.RETRY
    if status == 401:
        return Action.RENEW if can_renew else Action.FAIL
    if status == 429:
        return Action.WAIT
    if status == 504 and can_shrink:
        return Action.SMALLER_PAGE
    if status in _PASSING or status >= 500:
        return Action.RETRY
    return Action.FAIL


def retry_after_s(headers: Mapping[str, str], *, now_s: float) -> float | None:
    """Return the seconds of `Retry-After` (integer, decimal or HTTP date), or None without one.

    A date counts from Zendesk's own `Date`, or from `now_s` in an answer without one.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    if re.fullmatch(r"[+-]?\d+(\.\d*)?", text):
        return max(0.0, float(text))
    at_s, sent_s = http_date_s(text), http_date_s(headers.get("Date", ""))
    return None if at_s is None else max(0.0, at_s - (now_s if sent_s is None else sent_s))


def http_date_s(text: str) -> float | None:
    """Return an HTTP date as epoch seconds, in UTC if it names no zone; None for anything else."""
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
