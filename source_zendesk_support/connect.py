"""One signed-in client for one command: from the user's configuration to something that can ask.

Owns what must happen round a sign-in. New secrets are hidden before anything is printed, and the
Marketplace headers go along. Rotated tokens become a CONTROL message before they are used. No
signal cuts an exchange of tokens off.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (control messages).
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from .config.credentials import (
    AccessTokenCredentials,
    ApiTokenCredentials,
    RefreshTokenCredentials,
    with_new_tokens,
)
from .protocol.messages import control_message
from .protocol.secrets import hide
from .signals import Stop
from .zendesk.auth import OAuthSignIn, access_token_sign_in, api_token_sign_in
from .zendesk.client import ZendeskClient
from .zendesk.errors import ConnectorError, Failure
from .zendesk.rate_limiter import RateLimiter
from .zendesk.timeouts import Clocks
from .zendesk.token_requests import OAuthClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from .config.config import Config, Marketplace
    from .protocol.messages import Message
    from .zendesk.auth import SignIn
    from .zendesk.timeouts import Patience
    from .zendesk.tokens import Tokens


def _now() -> datetime:
    return datetime.now(UTC)


REAL_TIME = Clocks(monotonic=time.monotonic, now=_now, sleep=time.sleep)
_MARKETPLACE_HEADER = "X-Zendesk-Marketplace-"


def open_client(
    raw: Mapping[str, Any],
    settings: Config,
    *,
    publish: Callable[[Message], None],
    log: Callable[[str], None],
    patience: Patience,
    clocks: Clocks,
    stop: Stop | None = None,
) -> ZendeskClient:
    """Return a client that signs in as `settings` say.

    `publish` returns only after the message, which holds the user's JSON with rotated tokens, was
    printed: the tokens are used next. `stop` waits for that, once an exchange has begun.
    """
    headers = _headers(settings.marketplace)

    def keep(tokens: Tokens) -> None:
        hide(tokens.access_token)
        if isinstance(settings.credentials, RefreshTokenCredentials):
            hide(tokens.refresh_token)
            publish(control_message(with_new_tokens(raw, tokens)))

    return ZendeskClient(
        settings.base_url,
        _sign_in(settings, headers, keep, clocks, stop or Stop()),
        rate_limits=RateLimiter(
            share_percent=settings.api_usage_percent, cap_per_minute=settings.requests_per_minute
        ),
        requests_in_flight=settings.num_workers,
        patience=patience,
        clocks=clocks,
        log=log,
        headers=headers,
    )


def _sign_in(
    settings: Config,
    headers: Mapping[str, str],
    keep: Callable[[Tokens], None],
    clocks: Clocks,
    stop: Stop,
) -> SignIn:
    credentials = settings.credentials
    if isinstance(credentials, ApiTokenCredentials):
        sign_in = api_token_sign_in(credentials.email, credentials.api_token)
        # The header is the token in another spelling: it must not be printed either.
        hide(sign_in.header.removeprefix("Basic "))
        return sign_in
    if isinstance(credentials, AccessTokenCredentials):
        return access_token_sign_in(credentials.access_token)
    client = OAuthClient(
        settings.base_url, credentials.client_id, credentials.client_secret, headers
    )
    tokens = refresh_token = None
    whole: Callable[[], AbstractContextManager[None]] = nullcontext
    if isinstance(credentials, RefreshTokenCredentials):
        tokens, refresh_token = credentials.tokens, credentials.refresh_token
        whole = partial(_whole_exchange, stop)
    return OAuthSignIn(
        client,
        tokens=tokens,
        refresh_token=refresh_token,
        publish=keep,
        whole=whole,
        now=clocks.now,
        monotonic=clocks.monotonic,
    )


@contextmanager
def _whole_exchange(stop: Stop) -> Iterator[None]:
    """Hold up the end of the process: the refresh token that was sent is dead, its heir not kept.

    Raises ConnectorError (transient) when the process is about to end.
    """
    if not stop.begin_exchange():
        raise ConnectorError(
            f"The command was stopped ({stop.signal}) before it had an access token.",
            about="the process",
            remedy="Run it again.",
            failure=Failure.TRANSIENT,
        )
    try:
        yield
    finally:
        stop.end_exchange()


def _headers(app: Marketplace) -> dict[str, str]:
    named = {"Name": app.name, "Organization-Id": app.organization_id, "App-Id": app.app_id}
    return {f"{_MARKETPLACE_HEADER}{name}": value for name, value in named.items() if value}
