"""An emulated site without sockets, and one way to ask it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from zendesk_emulator.api.exchange import Answer, request_of
from zendesk_emulator.data.clock import Clock, epoch_s
from zendesk_emulator.data.sizes import size_of
from zendesk_emulator.seed.build import build_account
from zendesk_emulator.server import callers
from zendesk_emulator.server.limits import Limits
from zendesk_emulator.server.sign_in import SignIn
from zendesk_emulator.server.site import Site

START = "2026-06-01T00:00:00Z"
BASE = "https://emulator.zendesk.com"


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


ADMIN = basic(f"{callers.ADMIN_EMAIL}/token", callers.API_TOKEN)


@dataclass
class Asker:
    """Asks the site as the admin does, and reads JSON."""

    site: Site

    def raw(
        self,
        target: str,
        *,
        method: str = "GET",
        auth: str | None = ADMIN,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"host": "emulator.zendesk.com", **(headers or {})}
        if auth is not None:
            sent["authorization"] = auth
        target = target.removeprefix(BASE).removeprefix(":443")  # as links of webhooks have it
        request = request_of(method, target, sent, body, peer="127.0.0.1", scheme="https")
        return self.site.serve(request).answer

    def __call__(self, target: str, **how: Any) -> Any:
        answer = self.raw(target, **how)
        assert answer.status == 200, (answer.status, answer.body)
        return orjson.loads(answer.body)

    def refused(self, target: str, **how: Any) -> tuple[int, Any]:
        answer = self.raw(target, **how)
        return answer.status, orjson.loads(answer.body)


def build(size: str = "tiny", *, limits: bool = False, **overrides: int) -> Asker:
    clock = Clock(epoch_s(START), frozen=True)
    account = build_account(clock, size_of(size, **overrides), seed=7, subdomain="emulator")
    return Asker(Site(account, Limits(clock, enabled=limits), SignIn(clock)))


@pytest.fixture
def ask() -> Asker:
    """A tiny account of one's own."""
    return build()


@pytest.fixture(scope="session")
def ask_with() -> Callable[..., Asker]:
    return build


@pytest.fixture(scope="session")
def reading() -> Asker:
    """An account that does not change; its clusters are large beside its pages."""
    return build(tickets=130, users=90, organizations=60, cluster=40)
