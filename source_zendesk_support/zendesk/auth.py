"""The ways to sign in to one Zendesk account.

Owns the Authorization header and the life of an access token: one refresh for all threads, the new
tokens published before they are used. Never logs, never waits, never puts a token into an error.
Rests on https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
(docs/facts/zendesk-api.md#6.1, #6.2).
"""

from __future__ import annotations

import base64
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from .responses import retry_after_s
from .timeouts import DEFAULT_RETRY_AFTER_S, backoff_s, within_bounds_s
from .token_requests import ABOUT, TOKEN_LIFETIME_S, TokenFault, request_token
from .tokens import Tokens
from .unreachable import unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .token_requests import OAuthClient

# Renew this long before the end, so that no request that waits or retries carries a dead token.
EXPIRY_MARGIN = timedelta(minutes=5)
SCOPE = "read"  # covers every export, list and sideload (docs/facts/zendesk-api.md#6.2)


class TokenDelayed(Exception):
    """No access token is available; the endpoint may be asked again in `seconds`.

    `fault` is what happened last; `is_rate_limited`: it was a 429.
    """

    def __init__(self, fault: str, seconds: float, *, is_rate_limited: bool) -> None:
        super().__init__(fault)
        self.fault = fault
        self.seconds = seconds
        self.is_rate_limited = is_rate_limited


class SignIn(Protocol):
    """A way to sign in, as the client uses it."""

    @property
    def is_oauth(self) -> bool:
        """Whether a token is sent whose scopes limit what it can read."""

    def authorization(self) -> str:
        """Return the value of the Authorization header, renewed if it is about to expire.

        Raises TokenDelayed when there is none now, ConnectorError when there will be none.
        """

    def renew(self, refused: str) -> bool:
        """`refused` got a 401: say whether another header can help, which is asked for next."""

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
        """Do nothing: this sign-in has one header."""


def api_token_sign_in(email: str, api_token: str) -> FixedSignIn:
    """Return the sign-in with `{email}/token:{api_token}`."""
    user = email.removesuffix("/token")
    pair = base64.b64encode(f"{user}/token:{api_token}".encode()).decode()
    return FixedSignIn(f"Basic {pair}")


def access_token_sign_in(access_token: str) -> FixedSignIn:
    """Return the sign-in with a plain OAuth access token."""
    return FixedSignIn(f"Bearer {access_token}")


@dataclass(frozen=True, slots=True)
class _Pause:
    """Until when (monotonic) the token endpoint is left alone, and what happened there."""

    fault: str
    is_rate_limited: bool
    ends_at: float


class OAuthSignIn:
    """OAuth with access tokens that end.

    With a `refresh_token`, each new access token comes with a new refresh token. The old pair is
    dead by then. So `publish` is called with the new one before it is used. The keeper of the
    configuration must have it, or is locked out. Without a refresh token, the client's own
    credentials are enough to get an access token. Then nothing has to be kept.

    After a fault the first thread that comes when the wait is over asks the endpoint again: after
    a 429 always, after any other only without a refresh token, which the lost answer may have used
    up. A walk that met such a fault ends.
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
        monotonic: Callable[[], float],
        whole: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._client = client
        self._refresh_token = refresh_token
        self._tokens = tokens
        self._renew_at = None if tokens is None else _renew_at(tokens.expires_at, now())
        self._publish = publish
        self._whole = whole  # entered from before a refresh token is sent until its heir is kept
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._is_refused = False  # the token got a 401
        self._on_trial = ""  # the header of a token that took a refused one's place, until accepted
        self._pause: _Pause | None = None
        self._faults = 0

    def authorization(self) -> str:
        """Return the header, renewed first when the token is missing, refused or about to expire.

        One that lives still does until the endpoint can be asked again.
        """
        with self._lock:
            due = self._renew_at is not None and self._now() >= self._renew_at
            if self._tokens is None or due or self._is_refused:
                try:
                    with self._whole():
                        self._get_tokens()
                except TokenDelayed:
                    if not self._lives():
                        raise
            return self._header()

    def _lives(self) -> bool:
        if self._tokens is None or self._is_refused:
            return False
        return self._tokens.expires_at is None or self._now() < self._tokens.expires_at

    def renew(self, refused: str) -> bool:
        """Say whether there is, or can be, another token than `refused`.

        A token that was itself got because of a 401 and was never accepted will not get better:
        without this, every walk of a sync would use up a refresh token to learn the same.
        """
        with self._lock:
            if self._tokens is not None and refused == self._header():
                if refused == self._on_trial:
                    return False
                self._is_refused = True
            return True

    def accepted(self, header: str) -> None:
        """Remember that a renewed token works: it may be renewed again, when it has ended."""
        if header == self._on_trial:
            self._on_trial = ""

    def _header(self) -> str:
        return f"Bearer {self._tokens.access_token}" if self._tokens else ""

    def _get_tokens(self) -> None:
        asked_at = self._now()
        body = self._ask()
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
        if self._is_refused:
            self._is_refused, self._on_trial = False, self._header()

    def _ask(self) -> dict[str, object]:
        """Ask the endpoint, unless it is too early after a fault that another thread has met."""
        pause = self._pause
        if pause and (left_s := pause.ends_at - self._monotonic()) > 0:
            raise TokenDelayed(pause.fault, left_s, is_rate_limited=pause.is_rate_limited)
        try:
            body = request_token(self._client, self._grant())
        except TokenFault as error:
            if self._refresh_token is not None and not error.is_rate_limited:
                raise unreachable(error.fault, about=ABOUT, patience_s=0) from error
            seconds = self._seconds_after(error)
            self._pause = _Pause(error.fault, error.is_rate_limited, self._monotonic() + seconds)
            raise TokenDelayed(
                error.fault, seconds, is_rate_limited=error.is_rate_limited
            ) from error
        self._pause, self._faults = None, 0
        return body

    def _seconds_after(self, error: TokenFault) -> float:
        """Return how long to wait: as the answer says, else exponentially with jitter."""
        asked_s = retry_after_s(error.headers, now_s=self._now().timestamp())
        if error.is_rate_limited:
            return within_bounds_s(DEFAULT_RETRY_AFTER_S if asked_s is None else asked_s)
        self._faults += 1
        return backoff_s(self._faults - 1) if asked_s is None else within_bounds_s(asked_s)

    def _grant(self) -> dict[str, object]:
        if self._refresh_token is not None:
            return {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        return {"grant_type": "client_credentials", "scope": SCOPE}


def _renew_at(expires_at: datetime | None, now: datetime) -> datetime | None:
    """A short-lived token is renewed at half of its life: the margin would leave it none."""
    if expires_at is None:
        return None
    return expires_at - min(EXPIRY_MARGIN, max(expires_at - now, timedelta()) / 2)
