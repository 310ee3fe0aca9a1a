"""Which error an answer becomes that will not get better by itself, in words for the user.

Decides by status and by Zendesk's own error codes, never by message text. Quotes Zendesk's own
sentence, redacted (wording.py), and nothing else of a body.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/#response-format
(docs/facts/zendesk-api.md#5.5, #6.3 and #6.4).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    PageSizeRefused,
    RecordRefused,
    Refusal,
    StartTimeTooRecent,
    StreamRefused,
    TokenRefused,
)
from .responses import REDIRECTS, ErrorBody, read_error
from .wording import quoted, sentence_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
# The exports that Zendesk gives to admins only, and closes to third parties. Those of the Help
# Center are not among them.
_EXPORT = re.compile(r"(incremental|channels/voice/(stats/)?incremental)/")
_TALK = "channels/voice/"
_HELP_CENTER = re.compile(r"(help_center|community|guide)/")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,100}\Z")
_ZENDESK = ".zendesk.com"


def failure_of(
    status: int,
    body: Any,
    *,
    path: str,
    is_oauth: bool,
    start_age_s: int | None = None,
    params: Mapping[str, object] | None = None,
    location: str = "",
    hide: Sequence[str] = (),
) -> ConnectorError:
    """Return the exception for an answer that will not get better by itself.

    `start_age_s`: how long before Zendesk's own time the `start_time` lay that was sent, if any.
    `params` are those of the request, and `hide` are its secrets. `location` is the address that a
    redirect names.
    """
    error = read_error(body)
    about = f"GET {path}"
    code = f" ({error.code})" if error.code else ""
    sentence = sentence_of(body, hide=hide)
    said = quoted(sentence)
    if status == 401:
        return _token_refused(said, about)
    if status == 404 and error.is_about_the_account and not _EXPORT.match(path):
        return _no_account(said, about)
    if status in (403, 404, 410):
        return _refused(status, error, sentence, path=path, is_oauth=is_oauth)
    if status in REDIRECTS:
        return _redirected(status, location, path)
    if start_age_s is not None and (status, error.code) in TOO_RECENT:
        return _too_recent(start_age_s, f"{status}{code}", about)
    if status == 400:
        return _bad_request(error.code, said, about, params or {})
    if status == 402:
        return _suspended(said, about)
    return _rejected(RecordRefused if status == 422 else ConnectorError, status, code, said, about)


def _token_refused(said: str, about: str) -> TokenRefused:
    return TokenRefused(
        f"Zendesk does not accept the credentials (401).{said}",
        about=about,
        remedy="Check the sign-in fields of the configuration; a token may be expired, "
        "revoked or deactivated: create a new one or authenticate again.",
        failure=Failure.CONFIG,
    )


def _no_account(said: str, about: str) -> ConnectorError:
    return ConnectorError(
        f"There is no Zendesk help desk at this address (404).{said}",
        about=about,
        remedy="Check `subdomain`: it is the first part of the address of your Zendesk, "
        "as in https://<subdomain>.zendesk.com.",
        failure=Failure.CONFIG,
    )


def _suspended(said: str, about: str) -> ConnectorError:
    return ConnectorError(
        f"The account's trial has ended or its subscription is suspended (402).{said}",
        about=about,
        remedy="Sign in to Zendesk in a browser and settle the subscription.",
        failure=Failure.CONFIG,
    )


def _rejected(
    kind: type[ConnectorError], status: int, code: str, said: str, about: str
) -> ConnectorError:
    return kind(
        f"Zendesk rejects the request with status {status}{code}.{said}",
        about=about,
        remedy="Please report this with the log of the sync.",
        failure=Failure.SYSTEM,
    )


def _refused(
    status: int, error: ErrorBody, said: str, *, path: str, is_oauth: bool
) -> StreamRefused:
    reason = _reason(status, error, path, is_oauth=is_oauth)
    named = f" ({error.code})" if error.code else ""
    scope = "an OAuth scope (`read`) " if is_oauth else ""
    remedy = (
        f"It needs a plan, a role (exports: admin), {scope}or a product that this sign-in does not "
        "have. Grant it, or leave the stream out of the catalog."
    )
    if reason is Refusal.EXPORT:
        remedy = EXPORT_REMEDY
    elif status == 403:
        remedy += f" {ALLOWLIST}"
    return StreamRefused(
        f"Zendesk refuses this resource to the account with status {status}{named}.{quoted(said)}",
        about=f"GET {path}",
        remedy=remedy,
        status=status,
        reason=reason,
        code=error.code,
        said=said,
    )


# Advice for a refused incremental export. The same answer may mean either of the two.
EXPORT_REMEDY = (
    "Exports are for admins only: sign in as an admin. Zendesk also closes them to third-party "
    "integrations from December 2026: use an OAuth client of your own account, without "
    "`marketplace`, or ask Zendesk."
)
# A refused address looks like any other 403.
ALLOWLIST = (
    "If Zendesk refuses everything, look at the IP restrictions in Admin Center > Account > "
    "Security > Advanced, and at the state of the subscription."
)


def _reason(status: int, error: ErrorBody, path: str, *, is_oauth: bool) -> Refusal:
    """Return why a resource is closed, as far as status, code and path show.

    A flat `Forbidden` is a missing scope, an object a plan or role; other codes name a feature. No
    scope limits an API token: there a flat `Forbidden` can only be a plan or role. The answer of
    closed exports is not known (docs/facts/closing-of-exports.md). So every refusal of an export
    that has no other cause by its code is taken for one. A 404 of Talk is Talk switched off. A
    closed export that answers as a missing scope does is taken for that: only the granted scopes
    decide.
    """
    code = error.code
    if code == "Forbidden" and error.is_flat and is_oauth and status == 403:
        return Refusal.SCOPE
    is_plain = code in ("", "Forbidden", "InvalidEndpoint", "Gone")
    if is_plain and _EXPORT.match(path) and (status == 410 or not path.startswith(_TALK)):
        return Refusal.EXPORT
    if status in (404, 410):
        return Refusal.PRODUCT
    return Refusal.PRODUCT if code not in ("", "Forbidden") else Refusal.PLAN_OR_ROLE


def _bad_request(code: str, said: str, about: str, params: Mapping[str, object]) -> ConnectorError:
    """Return the exception for a 400. Without a known code a first suspect is the page size."""
    named = f" ({code})" if code else ""
    if code == "InvalidPaginationDepth":
        return ConnectorError(
            "The list is longer than the 10,000 records that Zendesk gives out by page number"
            f"{named}, and Zendesk offers no other way to read it.{said}",
            about=about,
            remedy="Nothing after them was read, and the state does not claim so. Make the list "
            "shorter in Zendesk, or leave the stream out of the catalog.",
            failure=Failure.CONFIG,
        )
    has_cursor = bool(params.keys() & {"page[after]", "cursor"})
    if code in CURSOR_CODES and (has_cursor or "page[size]" not in params):
        return CursorRefused(
            f"Zendesk does not accept the page cursor{named}.{said}",
            about=about,
            remedy="Run the sync again; if it stays so, reset the stream.",
            failure=Failure.TRANSIENT,
        )
    has_size = bool(params.keys() & {"page[size]", "page_size"})
    kind = PageSizeRefused if has_size else ConnectorError
    return _rejected(kind, 400, named, said, about)


def _redirected(status: int, location: str, path: str) -> ConnectorError:
    """Return the exception for a redirect: its target names the cause. None is ever followed."""
    host = _host_of(location)
    remedy = "Open https://<subdomain>.zendesk.com in a browser and see where you arrive."
    if host.endswith(_ZENDESK):
        what = f"this account answers at {host} now, so it was renamed or merged"
        remedy = f"Set `subdomain` to `{host.removesuffix(_ZENDESK)}`."
    elif host and _HELP_CENTER.match(path):
        what = f"this Help Center is mapped to the host {host}"
        remedy = (
            "Check `subdomain`: it must be the one of the brand whose Help Center is read. If it "
            "is, look at the host mapping of the brand in Admin Center > Account > Brand "
            "management, or leave the Help Center's streams out of the catalog."
        )
    elif host:
        what = f"another host ({host}) stands in between"
        remedy += " It may be a proxy, a sign-in page, or the host mapping of a brand."
    else:
        what = "a page of its own, as for a suspended account or a sign-in"
        remedy += (
            " If that is a sign-up or billing page, settle the subscription; if it is another "
            "account, set `subdomain` to the first part of its address."
        )
    return ConnectorError(
        f"Zendesk redirects the request ({status}): {what}.",
        about=f"GET {path}",
        remedy=remedy,
        failure=Failure.CONFIG,
    )


def _host_of(location: str) -> str:
    """Return the host of an address in lower case; "" when it has none, or an odd one."""
    try:
        host = urlsplit(location).hostname or ""
    except ValueError:
        return ""
    return host if _HOST.match(host) else ""


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
