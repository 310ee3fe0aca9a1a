"""A client against prepared answers, with a clock that only its own waiting moves."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.zendesk.auth import SignIn, access_token_sign_in
from source_zendesk_support.zendesk.client import ZendeskClient
from source_zendesk_support.zendesk.errors import ConnectorError
from source_zendesk_support.zendesk.rate_limiter import RateLimiter
from source_zendesk_support.zendesk.timeouts import Clocks, Patience

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "https://acme.zendesk.com"
GROUPS = f"{BASE}/api/v2/groups"
TICKETS = "incremental/tickets/cursor"
EXPORT = f"{BASE}/api/v2/{TICKETS}"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
PAGE = {"json": {"groups": [{"id": 1}], "meta": {"has_more": False}}}


class Time:
    """A clock that only sleeping moves; `waits` is what was slept, `meanwhile` happens in it."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.waits: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "sleeping for no time is a busy loop"
        self.waits.append(seconds)
        self.meanwhile()
        self.passed_s += seconds

    def clocks(self) -> Clocks:
        return Clocks(
            monotonic=lambda: self.passed_s,
            now=lambda: NOW + timedelta(seconds=self.passed_s),
            sleep=self.sleep,
        )


class Connection:
    """A client with a clock of its own, and what it wrote to the log."""

    def __init__(
        self,
        base_url: str = BASE,
        sign_in: SignIn | None = None,
        *,
        patience: Patience | None = None,
        requests_in_flight: int = 3,
        rate_limits: RateLimiter | None = None,
    ) -> None:
        self.time = Time()
        self.log: list[str] = []
        self.client = ZendeskClient(
            base_url,
            sign_in or access_token_sign_in("not-a-secret"),
            rate_limits=rate_limits or RateLimiter(),
            requests_in_flight=requests_in_flight,
            patience=patience or Patience(),
            clocks=self.time.clocks(),
            log=self.log.append,
        )

    def groups(self, **params: str) -> dict[str, Any]:
        return self.client.get("groups", params, expects="groups").body

    def failure(self, path: str = "groups", **params: str) -> ConnectorError:
        with pytest.raises(ConnectorError) as caught:
            self.client.get(path, params, expects="groups")
        return caught.value
