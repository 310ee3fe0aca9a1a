"""After a 401: a token is renewed once for each page, and never because of a fault."""

from typing import Any

import pytest
import requests_mock as mocking

from source_zendesk_support.zendesk.auth import FixedSignIn, OAuthSignIn, api_token_sign_in
from source_zendesk_support.zendesk.errors import Failure, TokenRefused
from source_zendesk_support.zendesk.token_requests import OAuthClient
from test_support.client.connection import BASE, GROUPS, NOW, PAGE, Connection


def refresh_sign_in() -> OAuthSignIn:
    return OAuthSignIn(
        OAuthClient(BASE, "fake-client", "fake-client-secret"),
        tokens=None,
        refresh_token="fake-refresh-0",
        publish=lambda _: None,
        now=lambda: NOW,
        monotonic=lambda: 0.0,
    )


def serve_tokens(wire: mocking.Mocker) -> Any:
    def answer(_request: Any, _context: Any) -> dict[str, Any]:
        number = endpoint.call_count
        return {"access_token": f"fake-{number}", "refresh_token": f"r{number}", "expires_in": 1800}

    endpoint = wire.post(f"{BASE}/oauth/tokens", json=answer)
    return endpoint


def test_a_401_renews_once_and_continues(wire: mocking.Mocker) -> None:
    tokens = serve_tokens(wire)
    pages = wire.get(GROUPS, [{"status_code": 401}, PAGE])
    connection = Connection(sign_in=refresh_sign_in())
    assert connection.groups() == PAGE["json"]
    assert tokens.call_count == 2
    first, second = (r.headers["Authorization"] for r in pages.request_history)
    assert (first, second) == ("Bearer fake-1", "Bearer fake-2")
    assert connection.time.waits == []


def test_a_401_that_stays_is_refused_after_one_renewal(wire: mocking.Mocker) -> None:
    tokens = serve_tokens(wire)
    pages = wire.get(GROUPS, status_code=401, json={"error": "invalid_token"})
    error = Connection(sign_in=refresh_sign_in()).failure()
    assert type(error) is TokenRefused
    assert error.failure is Failure.CONFIG
    assert (pages.call_count, tokens.call_count) == (2, 2)


def test_each_page_may_renew_once(wire: mocking.Mocker) -> None:
    """A token may die many times in a long run."""
    serve_tokens(wire)
    wire.get(GROUPS, [{"status_code": 401}, PAGE, PAGE, {"status_code": 401}, PAGE])
    connection = Connection(sign_in=refresh_sign_in())
    for _ in range(3):
        assert connection.groups() == PAGE["json"]


@pytest.mark.parametrize(
    "sign_in", [api_token_sign_in("ann@example.com", "not-a-secret"), FixedSignIn("Bearer x")]
)
def test_a_401_of_a_fixed_token_is_asked_once(sign_in: FixedSignIn, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=401, json={"error": "Couldn't authenticate you"})
    connection = Connection(sign_in=sign_in)
    assert type(connection.failure()) is TokenRefused
    assert wire.call_count == 1
    assert connection.time.waits == []


def test_a_token_is_accepted_by_an_answer_and_not_by_a_fault(wire: mocking.Mocker) -> None:
    tokens = serve_tokens(wire)
    wire.get(GROUPS, [{"status_code": 401}, {"status_code": 503}, {"status_code": 401}])
    connection = Connection(sign_in=refresh_sign_in())
    assert type(connection.failure()) is TokenRefused
    assert tokens.call_count == 2
    assert type(connection.failure()) is TokenRefused
    assert tokens.call_count == 2, "the renewed token never worked: another will not either"
