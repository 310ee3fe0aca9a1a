"""The ways to sign in to one Zendesk account.

Owns the Authorization header and the life of an access token: one refresh for all threads, the new
tokens published before they are used. Never logs, never puts a token into an error.
Rests on https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
(zendesk/api.md 6.1, 6.2).
"""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import requests

from .errors import ConnectorError, Failure, failure_of, read_error

if TYPE_CHECKING:
    from collections.abc import Callable

# Zendesk accepts lifetimes above 300 and up to 172,800 seconds (zendesk/api.md 6.2): the longest
# one keeps the number of rotations of a single-use refresh token small.
TOKEN_LIFETIME_S = 172_800
# Renew this long before the end, so that no request that waits or retries carries a dead token.
EXPIRY_MARGIN = timedelta(minutes=5)
TOKEN_TIMEOUT_S = (10, 60)  # connect, read


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of OAuth tokens. `expires_at` is None when Zendesk set no end."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None


class SignIn(Protocol):
    """What the client asks of a way to sign in."""

    def authorization(self) -> str:
        """Return the value of the Authorization header, renewed if it is about to expire."""

    def renew(self, refused: str) -> bool:
        """`refused` got a 401: get a new one if that is possible, and say whether there is one."""


@dataclass(frozen=True, slots=True)
class FixedSignIn:
    """A header that never changes: an API token or a plain access token."""

    header: str = field(repr=False)

    def authorization(self) -> str:
        """Return the header."""
        return self.header

    def renew(self, refused: str) -> bool:
        """Nothing can be renewed: a 401 is final."""
        return self.header != refused


def api_token_sign_in(email: str, api_token: str) -> FixedSignIn:
    """Return the sign-in with `{email}/token:{api_token}`."""
    user = email.removesuffix("/token")
    pair = base64.b64encode(f"{user}/token:{api_token}".encode()).decode()
    return FixedSignIn(f"Basic {pair}")


def access_token_sign_in(access_token: str) -> FixedSignIn:
    """Return the sign-in with a plain OAuth access token."""
    return FixedSignIn(f"Bearer {access_token}")


class RefreshTokenSignIn:
    """OAuth with rotating, single-use refresh tokens.

    `publish` is called with the new tokens before they are used, because Zendesk has already killed
    the old pair: whoever keeps the configuration must have the new one, or is locked out.
    """

    def __init__(
        self,
        *,
        base_url: str,
        client_id: str,
        client_secret: str,
        tokens: Tokens | None,
        refresh_token: str,
        publish: Callable[[Tokens], None],
        now: Callable[[], datetime],
    ) -> None:
        self._url = f"{base_url}/oauth/tokens"
        self._client_id = client_id
        self._client_secret = client_secret
        self._refresh_token = refresh_token
        self._tokens = tokens
        self._renew_at = None if tokens is None else _renew_at(tokens.expires_at, now())
        self._publish = publish
        self._now = now
        self._lock = threading.Lock()

    def authorization(self) -> str:
        """Return the header, refreshing first when the token is missing or about to expire."""
        with self._lock:
            due = self._renew_at is not None and self._now() >= self._renew_at
            if self._tokens is None or due:
                self._refresh()
            assert self._tokens is not None
            return f"Bearer {self._tokens.access_token}"

    def renew(self, refused: str) -> bool:
        """Refresh unless another thread has already done so since `refused` was sent."""
        with self._lock:
            if self._tokens is not None and refused == f"Bearer {self._tokens.access_token}":
                self._refresh()
            return True

    def _refresh(self) -> None:
        asked_at = self._now()
        body = request_token(
            self._url,
            {
                "grant_type": "refresh_token",
                "client_id": self._client_id,
                "client_secret": self._client_secret,
                "refresh_token": self._refresh_token,
                "expires_in": TOKEN_LIFETIME_S,
            },
        )
        lifetime = body.get("expires_in")
        tokens = Tokens(
            access_token=str(body["access_token"]),
            refresh_token=str(body.get("refresh_token") or self._refresh_token),
            # Zendesk's longest life bounds it: a number that no date can hold must not lose the
            # tokens, which are the only ones alive now.
            expires_at=asked_at + timedelta(seconds=min(lifetime, TOKEN_LIFETIME_S))
            if isinstance(lifetime, int) and lifetime > 0
            else None,
        )
        self._publish(tokens)
        self._tokens, self._refresh_token = tokens, tokens.refresh_token
        self._renew_at = _renew_at(tokens.expires_at, asked_at)


def _renew_at(expires_at: datetime | None, now: datetime) -> datetime | None:
    """A short-lived token is renewed at half of its life: the margin would leave it none."""
    if expires_at is None:
        return None
    return expires_at - min(EXPIRY_MARGIN, max(expires_at - now, timedelta()) / 2)


def request_token(url: str, form: dict[str, object]) -> dict[str, object]:
    """POST to the token endpoint and return its answer, which has an `access_token`.

    Raises ConnectorError: config when Zendesk refuses the client or the refresh token, transient
    when it cannot be reached. A refresh is never sent twice: the first may have used up the token.
    """
    about = "POST oauth/tokens"
    try:
        answer = requests.post(
            url, json=form, timeout=TOKEN_TIMEOUT_S, allow_redirects=False, auth=_unsigned
        )
        body = answer.json()
    except (requests.exceptions.RequestException, ValueError) as error:
        raise ConnectorError(
            f"The token endpoint cannot be reached or read ({type(error).__name__}).",
            about=about,
            remedy="Run the sync again; check `subdomain` and the network if it stays so.",
            failure=Failure.TRANSIENT,
        ) from error
    if answer.status_code in (200, 201) and isinstance(body, dict) and body.get("access_token"):
        return body
    refusal = read_error(body)
    if answer.status_code >= 500 or answer.status_code == 429:
        raise ConnectorError(
            f"The token endpoint answers with status {answer.status_code}.",
            about=about,
            remedy="Run the sync again later.",
            failure=Failure.TRANSIENT,
        )
    if answer.status_code == 404 and refusal.is_about_the_account:
        raise failure_of(404, body, path="oauth/tokens", start_time_sent=False)
    raise ConnectorError(
        _REFUSALS.get(
            refusal.code, f"Zendesk issues no access token (status {answer.status_code})."
        ),
        about=about,
        remedy="Authenticate the source again, or check client_id and client_secret.",
        failure=Failure.CONFIG,
    )


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given as `auth`, or requests would add a netrc entry of the host."""
    return request


_REFUSALS = {
    "invalid_grant": "The refresh token is expired, revoked or already used.",
    "invalid_client": "Zendesk does not know this OAuth client, or its secret is wrong.",
    "invalid_scope": "The OAuth client may not have the scope `read`.",
}


def parse_token_expiry(text: str) -> datetime | None:
    """Return the stored `token_expiry_date` as an aware datetime; None when it cannot be read."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
