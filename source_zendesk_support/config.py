"""The user's JSON turned into one frozen, typed Config, older layouts included.

Owns every rule about what may be configured, and every default. Never sends anything, and never
quotes a value that could be a secret. The fields are described to users in spec.json.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .zendesk.auth import Tokens, parse_token_expiry
from .zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_HISTORY = timedelta(days=730)  # two years, as the published connector reads
DEFAULT_NUM_WORKERS = 3
MIN_NUM_WORKERS, MAX_NUM_WORKERS = 1, 40  # 1 was allowed by published versions before 5.6
DEFAULT_RATING_LOOKBACK_DAYS = 30  # README, "Ratings that change later"
MAX_PAGE_SIZE = 1000  # the largest page of an incremental export (zendesk/api.md 2.3)
DEFAULT_RETRY_PATIENCE_S = 600
DEFAULT_RATE_LIMIT_PATIENCE_S = 7200  # another integration's nightly run is over by then
# A subdomain (zendesk/api.md 6.3), and round it what people paste: the rest of an address.
_SUBDOMAIN = re.compile(
    r"(?:(?:https?:)?//)?(?:[^@/?#]*@)?(?P<subdomain>[a-z][a-z0-9-]{2,62})(?:\.zendesk\.com)?"
    r"(?::[0-9]+)?(?:[/?#].*)?\Z"
)
_HEADER_TEXT = re.compile(r"[!-~]+\Z")  # what an HTTP header can carry and a token consists of
# Matched as a whole and not taken apart by a parser of URLs: they disagree on where a host ends,
# and one that sees `.zendesk.com` where another sees `evil.com\` would give the credentials away.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>localhost|127\.0\.0\.1|\[::1\]"
    r"|(?<=https://)(?:[a-z0-9-]{1,63}\.)+zendesk\.com)(?::(?P<port>[0-9]{1,5}))?/?\Z"
)


@dataclass(frozen=True, slots=True)
class ApiTokenCredentials:
    """`{email}/token` with an API token, by Basic authentication."""

    email: str
    api_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessTokenCredentials:
    """A plain OAuth access token."""

    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefreshTokenCredentials:
    """OAuth with rotating refresh tokens; `tokens` is the stored pair, if there is one."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    tokens: Tokens | None = field(repr=False)


Credentials = ApiTokenCredentials | AccessTokenCredentials | RefreshTokenCredentials


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a user can set. `page_size` None: as large as the server serves."""

    base_url: str
    credentials: Credentials
    start_at: datetime
    num_workers: int = DEFAULT_NUM_WORKERS
    include_deleted_tickets: bool = False
    page_size: int | None = None
    satisfaction_ratings_lookback_days: int = DEFAULT_RATING_LOOKBACK_DAYS
    retry_patience_s: int = DEFAULT_RETRY_PATIENCE_S
    rate_limit_patience_s: int = DEFAULT_RATE_LIMIT_PATIENCE_S


def _wrong(what: str, name: str, remedy: str) -> ConnectorError:
    return ConnectorError(
        what, about=f"configuration field `{name}`", remedy=remedy, failure=Failure.CONFIG
    )


def _text(raw: Mapping[str, Any], name: str, path: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        state = "is missing" if value is None else "is not a text with content"
        raise _wrong(f"The field {state}.", path, "Fill it in; the spec describes it.")
    return value.strip()


def _header_text(raw: Mapping[str, Any], name: str, path: str) -> str:
    value = _text(raw, name, path)
    if not _HEADER_TEXT.match(value):
        raise _wrong("The token holds a character that no token has.", path, "Copy it again.")
    return value


def _integer(raw: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = raw.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong(
            "The value is not acceptable.", name, f"Give a whole number from {low} to {high}."
        )
    return value


def _boolean(raw: Mapping[str, Any], name: str) -> bool:
    value = raw.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _wrong("The value is not acceptable.", name, "Give true or false.")
    return value


def parse_config(raw: Any, *, now: datetime) -> Config:
    """Return the Config of a user's JSON. Unknown fields are tolerated: platforms add them.

    Raises ConnectorError (config) that names the field and what to do, and quotes no value.
    """
    if not isinstance(raw, dict):
        raise _wrong("The configuration is not a JSON object.", "(root)", "Give an object.")
    page_size = _integer(raw, "page_size", 0, 1, MAX_PAGE_SIZE)
    return Config(
        base_url=_base_url(raw),
        credentials=_credentials(raw),
        start_at=_start_at(raw, now),
        num_workers=_integer(
            raw, "num_workers", DEFAULT_NUM_WORKERS, MIN_NUM_WORKERS, MAX_NUM_WORKERS
        ),
        include_deleted_tickets=_boolean(raw, "include_deleted_tickets"),
        page_size=page_size or None,
        satisfaction_ratings_lookback_days=_integer(
            raw, "satisfaction_ratings_lookback_days", DEFAULT_RATING_LOOKBACK_DAYS, 0, 3650
        ),
        retry_patience_s=_integer(
            raw, "retry_patience_seconds", DEFAULT_RETRY_PATIENCE_S, 0, 86_400
        ),
        rate_limit_patience_s=_integer(
            raw, "rate_limit_patience_seconds", DEFAULT_RATE_LIMIT_PATIENCE_S, 0, 86_400
        ),
    )


def _start_at(raw: Mapping[str, Any], now: datetime) -> datetime:
    if raw.get("start_date") in (None, ""):
        return (now - DEFAULT_HISTORY).replace(microsecond=0)
    text = raw["start_date"]
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise _wrong(
            "The value is not a date.", "start_date", "Write it as 2024-01-31T00:00:00Z."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _base_url(raw: Mapping[str, Any]) -> str:
    """Return scheme and host of the account; `base_url` may lead to a loopback address only."""
    subdomain = _subdomain(raw)
    given = raw.get("base_url")
    if given is None:
        return f"https://{subdomain}.zendesk.com"
    match = _ADDRESS.match(given.strip().lower()) if isinstance(given, str) else None
    if match is None or int(match["port"] or 0) > 65_535:
        raise _wrong(
            "The address is neither on this machine nor under zendesk.com, so no credentials are "
            "sent to it.",
            "base_url",
            "Remove the field; it is for tests against an emulator.",
        )
    port = f":{match['port']}" if match["port"] else ""
    return f"{match['scheme']}://{match['host']}{port}"


def _subdomain(raw: Mapping[str, Any]) -> str:
    """Return the subdomain, forgiving what people paste: an address, spaces, capitals."""
    match = _SUBDOMAIN.match(_text(raw, "subdomain", "subdomain").lower())
    if match is None:
        raise _wrong(
            "This cannot be the subdomain of a Zendesk account: it has 3 to 63 letters, digits and "
            "hyphens and begins with a letter.",
            "subdomain",
            "Give the first part of your Zendesk address: acme for https://acme.zendesk.com.",
        )
    return match["subdomain"]


def _credentials_name(raw: Mapping[str, Any]) -> str:
    """Versions before 4.4 wrote `auth_method` with the same fields inside."""
    return "credentials" if raw.get("credentials") is not None else "auth_method"


def _credentials(raw: Mapping[str, Any]) -> Credentials:
    name = _credentials_name(raw)
    given = raw.get(name)
    if not isinstance(given, dict):
        raise _wrong(
            "The sign-in is missing or is not an object.",
            "credentials",
            "Choose a way to sign in and fill in its fields.",
        )
    kind = given.get("credentials", given.get("auth_method"))
    if kind == "api_token":
        return ApiTokenCredentials(
            _text(given, "email", f"{name}.email"), _text(given, "api_token", f"{name}.api_token")
        )
    if kind == "oauth2.0":
        return AccessTokenCredentials(_header_text(given, "access_token", f"{name}.access_token"))
    if kind == "oauth2_refresh":
        return _refresh_token_credentials(given, name)
    raise _wrong(
        "This way to sign in is not known.",
        f"{name}.credentials",
        "Use one of: oauth2_refresh, oauth2.0, api_token.",
    )


def _refresh_token_credentials(given: Mapping[str, Any], name: str) -> RefreshTokenCredentials:
    refresh_token = _text(given, "refresh_token", f"{name}.refresh_token")
    access_token, expiry = given.get("access_token"), given.get("token_expiry_date")
    expires_at = parse_token_expiry(expiry) if isinstance(expiry, str) else None
    tokens = None
    # Without a readable expiry the stored token counts as expired, as in the published connector.
    if expires_at and isinstance(access_token, str) and _HEADER_TEXT.match(access_token):
        tokens = Tokens(access_token, refresh_token, expires_at)
    return RefreshTokenCredentials(
        client_id=_text(given, "client_id", f"{name}.client_id"),
        client_secret=_text(given, "client_secret", f"{name}.client_secret"),
        refresh_token=refresh_token,
        tokens=tokens,
    )


def with_new_tokens(raw: Mapping[str, Any], tokens: Tokens) -> dict[str, Any]:
    """Return the user's JSON with rotated tokens in it, as the platform must store it."""
    expiry = tokens.expires_at.isoformat() if tokens.expires_at else ""
    name = _credentials_name(raw)
    credentials = {
        **raw[name],
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "token_expiry_date": expiry,
    }
    return {**raw, name: credentials}
