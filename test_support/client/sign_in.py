"""A client that signs in, its clock, and the token endpoint it signs in to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from source_zendesk_support.zendesk.auth import OAuthSignIn
from source_zendesk_support.zendesk.token_requests import OAuthClient
from source_zendesk_support.zendesk.tokens import Tokens
from test_support.client.connection import BASE, NOW

URL = f"{BASE}/oauth/tokens"
CLIENT = OAuthClient(BASE, "fake-client", "fake-client-secret")


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()


class Account:
    """The token endpoint of Zendesk: every refresh kills the pair before it."""

    def __init__(self, **answer: Any) -> None:
        self.alive = "fake-refresh-0"
        self.answer = {"token_type": "bearer", "scope": "read", "expires_in": 172_800, **answer}
        self.status = 201
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: Any, context: Any) -> dict[str, Any]:
        form = request.json()
        self.asked.append(form)
        if form["refresh_token"] != self.alive:
            context.status_code = 400
            return {"error": "invalid_grant", "error_description": f"{form['refresh_token']} is"}
        self.alive = f"fake-refresh-{len(self.asked)}"
        context.status_code = self.status
        pair = {"access_token": f"fake-access-{len(self.asked)}", "refresh_token": self.alive}
        return {k: v for k, v in {**pair, **self.answer}.items() if v is not None}


def sign_in_with(
    clock: Clock,
    publish: Callable[[Tokens], None] = lambda _: None,
    tokens: Tokens | None = None,
    refresh_token: str | None = "fake-refresh-0",
) -> OAuthSignIn:
    return OAuthSignIn(
        CLIENT,
        tokens=tokens,
        refresh_token=refresh_token,
        publish=publish,
        now=clock,
        monotonic=clock.monotonic,
    )


def stored(expires_in: timedelta | None) -> Tokens:
    expires_at = None if expires_in is None else NOW + expires_in
    return Tokens("fake-access-0", "fake-refresh-0", expires_at)
