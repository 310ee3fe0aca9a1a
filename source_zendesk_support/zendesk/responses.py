"""What an answer of Zendesk means: go on, wait, retry, smaller page, renew, refused or failed.

Owns the judgement; the exceptions that carry it to the user are in errors.py. Decides by status and
by Zendesk's own error codes, never by message text. Of a raw body a message shows the first bytes,
redacted.
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

from .errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    RecordRefused,
    Refusal,
    StartTimeTooRecent,
    StreamRefused,
    TokenRefused,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(Enum):
    """What to do with an answer."""

    GO_ON = "go on"
    WAIT = "wait"  # 429: as long as the server says; never counts as a failed try
    RETRY = "retry"  # a passing fault
    SMALLER_PAGE = "smaller page"  # 504: the same page at half the size
    RENEW = "renew"  # 401: sign in again, once
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The code of an error answer, whichever of Zendesk's envelopes it came in; "" if none."""

    code: str = ""
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
        return ErrorBody(_code(error))
    # An object-valued error is a refusal by plan or role with 403, and an unclaimed address with
    # 404: no other 404 of the API comes in this envelope (docs/facts/zendesk-api.md#5.5 and #6.3).
    return ErrorBody(is_about_the_account=isinstance(error, dict))


def _code(value: Any) -> str:
    """Zendesk's codes are words; anything else is prose, which may quote what it should not."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z_]{1,60}", value) else ""


# A start_time in the last minute, today's answer and the one of older accounts
# (docs/facts/zendesk-api.md#2.3.5). With status 400, InvalidValue says something else: believing it
# would leave records out silently.
TOO_RECENT = frozenset(
    {(400, "StartTimeTooRecent"), (422, "StartTimeTooRecent"), (422, "InvalidValue")}
)
# Only a start this near to Zendesk's own time can be: the older accounts ask for five minutes.
RECENT_S = 600
# Codes of a page cursor that is not accepted (docs/facts/zendesk-api.md#2.1 and #2.3.5).
CURSOR_CODES = frozenset({"InvalidPaginationParameter", "InvalidCursor"})


def decide(status: int, *, can_renew: bool, can_shrink: bool) -> Action:
    """Return what to do with an answer of this status.

    `can_renew`: the sign-in can get a new token and has not just done so.
    `can_shrink`: the request has a page size above one.
    """
    if status == 200:
        return Action.GO_ON
    if status == 401:
        return Action.RENEW if can_renew else Action.FAIL
    if status == 429:
        return Action.WAIT
    if status == 504 and can_shrink:
        return Action.SMALLER_PAGE
    if status in (408, 409) or status >= 500:
        return Action.RETRY
    return Action.FAIL


_SHOWN_BYTES = 160  # enough to tell a sign-in page from a proxy's error from a half of our JSON
_VALUE = re.compile(r'(:\s*)"[^"]*("|$)')  # a text in JSON: somebody's data
_TELLING = re.compile(r"\S*@\S*|\d{4,}|[\w+/=~-]{17,}")  # addresses, numbers, what may be a token


def first_bytes(content: bytes, *, hide: str) -> str:
    """Return how an unreadable answer begins, without what may be a person's or a secret."""
    shown = content[:_SHOWN_BYTES].decode("utf-8", "replace").replace(hide or "\0", "***")
    text = " ".join(shown.split())
    return _TELLING.sub("***", _VALUE.sub(r'\1"***"', text))


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


def failure_of(
    status: int, body: Any, *, path: str, is_oauth: bool, start_age_s: int | None = None
) -> ConnectorError:
    """Return the exception for an answer that will not get better by itself.

    `start_age_s`: how long before Zendesk's own time the `start_time` lay that was sent, if any.
    """
    error = read_error(body)
    about = f"GET {path}"
    code = f" ({error.code})" if error.code else ""
    if status == 401:
        return TokenRefused(
            "Zendesk does not accept the credentials (401).",
            about=about,
            remedy="Check the sign-in fields of the configuration; a token may be expired, "
            "revoked or deactivated: create a new one or authenticate again.",
            failure=Failure.CONFIG,
        )
    if status == 404 and error.is_about_the_account:
        return ConnectorError(
            "There is no Zendesk help desk at this address (404).",
            about=about,
            remedy="Check `subdomain`: it is the first part of the address of your Zendesk, "
            "as in https://<subdomain>.zendesk.com.",
            failure=Failure.CONFIG,
        )
    if status in (403, 404):
        scope = "an OAuth scope (`read`) " if is_oauth else ""
        return StreamRefused(
            f"Zendesk refuses this resource to the account with status {status}{code}.",
            about=about,
            remedy=f"It needs a plan, a role (exports: admin), {scope}or a product that this "
            "sign-in does not have. Grant it, or leave the stream out of the catalog.",
            status=status,
            reason=_reason(status, body, is_oauth=is_oauth),
            code=error.code,
        )
    if start_age_s is not None and (status, error.code) in TOO_RECENT:
        return _too_recent(start_age_s, f"{status}{code}", about)
    if status == 400 and error.code in CURSOR_CODES:
        return CursorRefused(
            f"Zendesk does not accept the page cursor{code}.",
            about=about,
            remedy="Run the sync again; if it stays so, reset the stream.",
            failure=Failure.TRANSIENT,
        )
    if status == 400 and error.code == "InvalidPaginationDepth":
        return ConnectorError(
            f"The list is longer than the 10,000 records that Zendesk gives out by page number"
            f"{code}, and Zendesk offers no other way to read it.",
            about=about,
            remedy="Nothing after them was read, and the state does not claim so. Make the list "
            "shorter in Zendesk, or leave the stream out of the catalog.",
            failure=Failure.CONFIG,
        )
    if 300 <= status < 400:
        return ConnectorError(
            f"Zendesk redirects to another address ({status}): the account was renamed, or it is "
            "suspended.",
            about=about,
            remedy="Open https://<subdomain>.zendesk.com in a browser and set `subdomain` to the "
            "first part of the address you arrive at; if that is a sign-up or billing page, settle "
            "the subscription.",
            failure=Failure.CONFIG,
        )
    if status == 402:
        return ConnectorError(
            "The account's trial has ended or its subscription is suspended (402).",
            about=about,
            remedy="Sign in to Zendesk in a browser and settle the subscription.",
            failure=Failure.CONFIG,
        )
    kind = RecordRefused if status == 422 else ConnectorError
    return kind(
        f"Zendesk rejects the request with status {status}{code}.",
        about=about,
        remedy="Please report this with the log of the sync.",
        failure=Failure.SYSTEM,
    )


def _too_recent(start_age_s: int, answered: str, about: str) -> ConnectorError:
    """Believed of an old start, it would end a stream as complete although nothing was read."""
    if start_age_s < RECENT_S:
        return StartTimeTooRecent(
            "Zendesk holds back the last minute.",
            about=about,
            remedy="Nothing needs to be done; the next sync reads it.",
            failure=Failure.TRANSIENT,
        )
    return ConnectorError(
        f"Zendesk calls a `start_time` too recent that lies {start_age_s} s before its own time "
        f"({answered}).",
        about=about,
        remedy="Nothing was read from there on, and the state does not claim so. Run the sync "
        "again; if it stays so, please report this with the log of the sync.",
        failure=Failure.SYSTEM,
    )


def _reason(status: int, body: Any, *, is_oauth: bool) -> Refusal:
    """A flat `Forbidden` is a missing scope, an object a plan or role; codes name a feature.

    No scope limits an API token: there a flat `Forbidden` can only be a plan or role.
    """
    if status == 404:
        return Refusal.PRODUCT
    code = read_error(body).code
    if code == "Forbidden":
        return Refusal.SCOPE if is_oauth else Refusal.PLAN_OR_ROLE
    return Refusal.PRODUCT if code else Refusal.PLAN_OR_ROLE


# How a fault begins when the answer was not JSON.
NOT_JSON = "a 200 that is not JSON"
# How the name of a fault begins, what it means, and what to do.
_FAULTS = (
    (
        ("SSLError",),
        "The TLS connection cannot be trusted or breaks off.",
        (
            "Check the clock of this machine, and whether a proxy on the way replaces "
            "certificates: its CA must be trusted here (REQUESTS_CA_BUNDLE)."
        ),
    ),
    (
        ("ConnectionError", "ConnectTimeout", "ProxyError"),
        "There is no network connection to Zendesk.",
        (
            "Check DNS, firewall and proxy of this machine, and status.zendesk.com; then run it "
            "again: it goes on where it stopped."
        ),
    ),
    (
        (NOT_JSON,),
        "Something other than Zendesk's API answers: a page (HTML) instead of JSON.",
        (
            "Open https://<subdomain>.zendesk.com in a browser: a proxy, a sign-in page or a "
            "suspended account may stand in between. Then run it again."
        ),
    ),
    (
        ("",),
        "Zendesk gives no usable answer.",
        "Check the network and status.zendesk.com, and run it again: it goes on where it stopped.",
    ),
)


def unreachable(fault: str, *, about: str, patience_s: float) -> Unreachable:
    """Return the exception for a request that had no usable answer for `patience_s` seconds.

    `fault` names what happened last: a class of `requests` (SSLError), a status, or what was wrong
    with the answer.
    """
    what, remedy = next((w, r) for names, w, r in _FAULTS if fault.startswith(names))
    tried = f" for {patience_s:.0f} s" if patience_s else ""
    return Unreachable(
        f"{what} Zendesk could not be read{tried}; the last fault was: {fault}.",
        about=about,
        remedy=remedy,
        failure=Failure.TRANSIENT,
    )
