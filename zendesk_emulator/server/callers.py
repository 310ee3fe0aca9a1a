"""Callers of the account and their credentials, all plainly fake.

Owns Basic credentials, which nothing renews (docs/facts/zendesk-api.md#6.1); tokens are in
`sign_in`.
"""

import base64
import binascii
from dataclasses import dataclass

from zendesk_emulator.api import refusals
from zendesk_emulator.api.exchange import RefusedError
from zendesk_emulator.seed.people import ADMIN_ID, AGENT_ID, EMAILS

ADMIN_EMAIL, AGENT_EMAIL = EMAILS[ADMIN_ID], EMAILS[AGENT_ID]
API_TOKEN, AGENT_API_TOKEN = "emulator-api-token", "emulator-agent-api-token"


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request; `scopes` is None for Basic, which is not limited by any."""

    user_id: int
    admin: bool
    scopes: frozenset[str] | None
    token: "Token | None" = None

    def may_read(self, resource: str) -> bool:
        """`read` covers everything, `tickets:read` only tickets (docs/facts/zendesk-api.md#6.2)."""
        return self.scopes is None or not self.scopes.isdisjoint({"read", f"{resource}:read"})


@dataclass(frozen=True, slots=True)
class Token:
    """An access token with the refresh token that came with it."""

    number: int
    access: str
    refresh: str | None
    scopes: frozenset[str]
    created_s: int
    expires_at: float | None  # None: never
    refresh_expires_at: float | None
    user_id: int = ADMIN_ID


def basic_caller(credential: str) -> Caller:
    """Return who signs in as `{email}/token:{api_token}`; a password is not accepted any more.

    See docs/facts/zendesk-api.md#6.1.
    """
    try:
        name, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise RefusedError(refusals.not_authenticated()) from None
    match name, secret:
        case (f, s) if f == f"{ADMIN_EMAIL}/token" and s == API_TOKEN:
            return Caller(ADMIN_ID, admin=True, scopes=None)
        case (f, s) if f == f"{AGENT_EMAIL}/token" and s == AGENT_API_TOKEN:
            return Caller(AGENT_ID, admin=False, scopes=None)
        case _:
            raise RefusedError(refusals.not_authenticated())
