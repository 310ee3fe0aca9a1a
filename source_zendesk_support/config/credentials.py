"""The sign-in part of the user's JSON: which way, with what, in today's layout and in older ones.

Owns what may stand under `credentials`, and where rotated tokens go back to. Never sends anything,
and never shows a secret: every dataclass hides its own.
Rests on https://developer.zendesk.com/api-reference/introduction/security-and-auth/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.tokens import Tokens, parse_token_expiry

from .validators import header_text, is_header_text, text, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping


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
class ClientCredentials:
    """A confidential OAuth client that signs in as itself."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefreshTokenCredentials:
    """OAuth with rotating refresh tokens; `tokens` is the stored pair, if there is one."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    tokens: Tokens | None = field(repr=False)


Credentials = (
    ApiTokenCredentials | AccessTokenCredentials | ClientCredentials | RefreshTokenCredentials
)
WAYS = ("oauth2_client_credentials", "oauth2_refresh", "oauth2.0", "api_token")
SHORTEST_SECRET = 8  # characters; Zendesk's own have 40 and more
# Every field that holds a secret, in any of the ways.
SECRET_FIELDS = ("client_id", "client_secret", "refresh_token", "access_token", "api_token")


def _name(raw: Mapping[str, Any]) -> str:
    """Versions before 4.4 wrote `auth_method` with the same fields inside."""
    return "credentials" if raw.get("credentials") is not None else "auth_method"


def parse_credentials(raw: Mapping[str, Any]) -> Credentials:
    """Return the way to sign in. Raises ConnectorError (config) that names the field."""
    name = _name(raw)
    given = raw.get(name)
    if not isinstance(given, dict):
        raise wrong(
            "The sign-in is missing or is not an object.",
            "credentials",
            "Choose a way to sign in and fill in its fields.",
        )
    kind = given.get("credentials", given.get("auth_method"))
    if kind == "oauth2_client_credentials":
        return ClientCredentials(
            text(given, "client_id", f"{name}.client_id"),
            text(given, "client_secret", f"{name}.client_secret"),
        )
    if kind == "oauth2_refresh":
        return _refresh_token_credentials(given, name)
    if kind == "oauth2.0":
        return AccessTokenCredentials(header_text(given, "access_token", f"{name}.access_token"))
    if kind == "api_token":
        return ApiTokenCredentials(
            text(given, "email", f"{name}.email"), text(given, "api_token", f"{name}.api_token")
        )
    raise wrong(
        "This way to sign in is not known.",
        f"{name}.credentials",
        f"Use one of: {', '.join(WAYS)}.",
    )


def _refresh_token_credentials(given: Mapping[str, Any], name: str) -> RefreshTokenCredentials:
    refresh_token = text(given, "refresh_token", f"{name}.refresh_token")
    access_token, expiry = given.get("access_token"), given.get("token_expiry_date")
    expires_at = parse_token_expiry(expiry) if isinstance(expiry, str) else None
    tokens = None
    # A token without a readable end is used until Zendesk refuses it: rotating it by each command
    # would spend a refresh token for nothing.
    if isinstance(access_token, str) and is_header_text(access_token):
        tokens = Tokens(access_token, refresh_token, expires_at)
    return RefreshTokenCredentials(
        client_id=text(given, "client_id", f"{name}.client_id"),
        client_secret=text(given, "client_secret", f"{name}.client_secret"),
        refresh_token=refresh_token,
        tokens=tokens,
    )


def secrets_of(raw: Any) -> list[str]:
    """Return every secret in a user's JSON, in any layout, whether or not it can be used.

    Short and odd values are typing errors, not secrets of Zendesk: hiding a `5` or a space
    wherever it occurs would leave nothing readable, neither for people nor for platforms.
    """
    found = []
    for name in ("credentials", "auth_method"):
        given = raw.get(name) if isinstance(raw, dict) else None
        if isinstance(given, dict):
            values = [given.get(secret) for secret in SECRET_FIELDS]
            found += [value.strip() for value in values if isinstance(value, str)]
    return [secret for secret in found if len(secret) >= SHORTEST_SECRET]


def with_new_tokens(raw: Mapping[str, Any], tokens: Tokens) -> dict[str, Any]:
    """Return the user's JSON with rotated tokens in it, as the platform must store it."""
    expiry = tokens.expires_at.isoformat() if tokens.expires_at else ""
    name = _name(raw)
    credentials = {
        **raw[name],
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "token_expiry_date": expiry,
    }
    return {**raw, name: credentials}
