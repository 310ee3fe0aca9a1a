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
import requests.auth

from .errors import NOT_JSON, ConnectorError, Failure, failure_of, read_error, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Zendesk accepts lifetimes above 300 and up to 172,800 seconds (zendesk/api.md 6.2): the longest
# one keeps the number of rotations of a single-use refresh token small.
TOKEN_LIFETIME_S = 172_800
# Renew this long before the end, so that no request that waits or retries carries a dead token.
EXPIRY_MARGIN = timedelta(minutes=5)
TOKEN_TIMEOUT_S = (10, 60)  # connect, read
SCOPE = "read"  # covers every export, list and sideload (zendesk/api.md 6.2)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of OAuth tokens. `expires_at` is None when Zendesk set no end."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None


class SignIn(Protocol):
    """What the client asks of a way to sign in."""

    @property
    def is_oauth(self) -> bool:
        """Whether a token is sent whose scopes limit what it can read."""

    def authorization(self) -> str:
        """Return the value of the Authorization header, renewed if it is about to expire."""

    def renew(self, refused: str) -> bool:
        """`refused` got a 401: get a new one if that can help, and say whether there is one."""

    def accepted(self, header: str) -> None:
        """Zendesk answered a request that carried `header`."""


@dataclass(frozen=True, slots=True)
class FixedSignIn:
    """A header that never changes: an API token or a plain access token."""

    header: str = field(repr=False)

    @property
    def is_oauth(self) -> bool:
        """An access token has scopes, an API token has none."""
        return self.header.startswith("Bearer ")

    def authorization(self) -> str:
        """Return the header."""
        return self.header

    def renew(self, refused: str) -> bool:
        """Nothing can be renewed: a 401 is final."""
        return self.header != refused

    def accepted(self, header: str) -> None:
        """It makes no difference: there is no other header."""


def api_token_sign_in(email: str, api_token: str) -> FixedSignIn:
    """Return the sign-in with `{email}/token:{api_token}`."""
    user = email.removesuffix("/token")
    pair = base64.b64encode(f"{user}/token:{api_token}".encode()).decode()
    return FixedSignIn(f"Basic {pair}")


def access_token_sign_in(access_token: str) -> FixedSignIn:
    """Return the sign-in with a plain OAuth access token."""
    return FixedSignIn(f"Bearer {access_token}")


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client of the account at `base_url`; `headers` go along with each of its requests."""

    base_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class OAuthSignIn:
    """OAuth with access tokens that end.

    With a `refresh_token`, each new access token comes with a new refresh token, and the old pair
    is dead by then: `publish` is called with the new one before it is used, because whoever keeps
    the configuration must have it, or is locked out. Without one, the client's own credentials are
    enough to get an access token, and nothing has to be kept.
    """

    is_oauth = True

    def __init__(
        self,
        client: OAuthClient,
        *,
        tokens: Tokens | None,
        refresh_token: str | None,
        publish: Callable[[Tokens], None],
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._refresh_token = refresh_token
        self._tokens = tokens
        self._renew_at = None if tokens is None else _renew_at(tokens.expires_at, now())
        self._publish = publish
        self._now = now
        self._lock = threading.Lock()
        self._on_trial = ""  # the header of a token that took a refused one's place, until accepted

    def authorization(self) -> str:
        """Return the header, renewed first when the token is missing or about to expire."""
        with self._lock:
            due = self._renew_at is not None and self._now() >= self._renew_at
            if self._tokens is None or due:
                self._get_tokens()
            return self._header()

    def renew(self, refused: str) -> bool:
        """Get new tokens, unless another thread has already done so since `refused` was sent.

        A token that was itself got because of a 401 and was never accepted will not get better:
        without this, every walk of a sync would use up a refresh token to learn the same.
        """
        with self._lock:
            if self._tokens is not None and refused == self._header():
                if refused == self._on_trial:
                    return False
                self._get_tokens()
                self._on_trial = self._header()
            return True

    def accepted(self, header: str) -> None:
        """Remember that a renewed token works: it may be renewed again, when it has ended."""
        if header == self._on_trial:
            self._on_trial = ""

    def _header(self) -> str:
        return f"Bearer {self._tokens.access_token}" if self._tokens else ""

    def _get_tokens(self) -> None:
        asked_at = self._now()
        body = request_token(self._client, self._grant())
        lifetime = body.get("expires_in")
        tokens = Tokens(
            access_token=str(body["access_token"]),
            refresh_token=str(body.get("refresh_token") or self._refresh_token or ""),
            # Zendesk's longest life bounds it: a number that no date can hold must not lose the
            # tokens, which are the only ones alive now.
            expires_at=asked_at + timedelta(seconds=min(lifetime, TOKEN_LIFETIME_S))
            if isinstance(lifetime, int) and lifetime > 0
            else None,
        )
        if self._refresh_token is not None:
            self._refresh_token = tokens.refresh_token
        self._publish(tokens)
        self._tokens = tokens
        self._renew_at = _renew_at(tokens.expires_at, asked_at)

    def _grant(self) -> dict[str, object]:
        if self._refresh_token is not None:
            return {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        return {"grant_type": "client_credentials", "scope": SCOPE}


def _renew_at(expires_at: datetime | None, now: datetime) -> datetime | None:
    """A short-lived token is renewed at half of its life: the margin would leave it none."""
    if expires_at is None:
        return None
    return expires_at - min(EXPIRY_MARGIN, max(expires_at - now, timedelta()) / 2)


def request_token(client: OAuthClient, grant: Mapping[str, object]) -> dict[str, object]:
    """POST to the token endpoint and return its answer, which has an `access_token`.

    Asks for the longest life; Zendesk may give less, and says so in its answer.

    Raises ConnectorError: config when Zendesk refuses the client or the refresh token, transient
    when it cannot be reached. A refresh is never sent twice: the first may have used up the token.
    """
    about = "POST oauth/tokens"
    try:
        answer = requests.post(
            f"{client.base_url}/oauth/tokens",
            json={
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "expires_in": TOKEN_LIFETIME_S,
                **grant,
            },
            headers=client.headers,
            timeout=TOKEN_TIMEOUT_S,
            allow_redirects=False,
            auth=unsigned,
        )
    except requests.exceptions.RequestException as error:
        raise unreachable(type(error).__name__, about=about, patience_s=0) from error
    try:
        body = answer.json()
    except ValueError:
        body = None
    status = answer.status_code
    if status in (200, 201) and isinstance(body, dict) and body.get("access_token"):
        return body
    refusal = read_error(body)
    if 300 <= status < 400 or status == 402 or (status == 404 and refusal.is_about_the_account):
        raise failure_of(status, body, path="oauth/tokens", start_time_sent=False, is_oauth=True)
    if status >= 500 or status == 429:
        raise unreachable(f"status {status}", about=about, patience_s=0)
    if body is None:
        raise unreachable(NOT_JSON, about=about, patience_s=0)
    what, remedy = _REFUSALS.get(refusal.code, _OTHER_REFUSAL)
    raise ConnectorError(
        what.format(status=status), about=about, remedy=remedy, failure=Failure.CONFIG
    )


@dataclass(frozen=True, slots=True)
class SignedWith(requests.auth.AuthBase):
    """Signs a request; given as `auth`, or requests would prefer a netrc entry of the host."""

    value: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.value
        return request


def unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given as `auth`, or requests would add a netrc entry of the host."""
    return request


# By Zendesk's own code: what happened, and what to do.
_REFUSALS = {
    "invalid_grant": (
        "The refresh token is expired, revoked or already used.",
        "Authenticate the source again, or get a new refresh token and set `refresh_token`.",
    ),
    "invalid_client": (
        "Zendesk does not know this OAuth client, or its secret is wrong.",
        (
            "Compare `client_id` (the client's identifier) and `client_secret` with the client in "
            "Admin Center > Apps and integrations > APIs > OAuth clients."
        ),
    ),
    "invalid_scope": (
        "The OAuth client may not have the scope `read`.",
        (
            "Add the scope `read` to the client in Admin Center > Apps and integrations > APIs > "
            "OAuth clients."
        ),
    ),
    "unauthorized_client": (
        "The OAuth client may not get tokens in this way.",
        (
            "Make it a confidential client in Admin Center > Apps and integrations > APIs > OAuth "
            "clients, or choose another way to sign in."
        ),
    ),
}
_OTHER_REFUSAL = (
    "Zendesk issues no access token (status {status}).",
    "Authenticate the source again, or check `client_id` and `client_secret`.",
)


def parse_token_expiry(text: str) -> datetime | None:
    """Return the stored `token_expiry_date` as an aware datetime; None when it cannot be read."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
