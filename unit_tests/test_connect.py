"""One signed-in client: what the configuration says reaches it, and tokens are kept before use."""

from datetime import UTC, datetime
from typing import Any

import pytest

from source_zendesk_support import connect as session
from source_zendesk_support.config.config import parse_config
from source_zendesk_support.protocol.secrets import hide_only, without_secrets
from source_zendesk_support.zendesk.client import ZendeskClient
from source_zendesk_support.zendesk.timeouts import Patience

BASE = "https://acme.zendesk.com"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
REFRESH = {
    "credentials": "oauth2_refresh",
    "client_id": "fake-client-id",
    "client_secret": "fake-client-secret",
    "refresh_token": "fake-refresh-0",
}
CLIENT = {**REFRESH, "credentials": "oauth2_client_credentials"}
SETTINGS = {"settings": {}}


@pytest.fixture(autouse=True)
def _no_secrets() -> None:
    hide_only(())


def opened(published: list[Any], **config: Any) -> ZendeskClient:
    raw = {"subdomain": "acme", "credentials": REFRESH, **config}
    return session.open_client(
        raw,
        parse_config(raw, now=NOW),
        publish=published.append,
        log=lambda _: None,
        patience=Patience(),
        clocks=session.REAL_TIME,
    )


def ask(client: ZendeskClient) -> None:
    client.get("account/settings", {}, expects="settings", expected_type=dict)


def serve(requests_mock: Any) -> None:
    requests_mock.post(
        f"{BASE}/oauth/tokens",
        json={
            "access_token": "fake-access-1",
            "refresh_token": "fake-refresh-1",
            "expires_in": 172_800,
        },
    )
    requests_mock.get(f"{BASE}/api/v2/account/settings", json=SETTINGS)


def test_rotated_tokens_are_published_as_the_whole_configuration(requests_mock) -> None:
    serve(requests_mock)
    published: list[Any] = []
    ask(opened(published, start_date="2024-01-01T00:00:00Z", odd=[1]))
    (message,) = published
    config = message["control"]["connectorConfig"]["config"]
    assert config["credentials"]["refresh_token"] == "fake-refresh-1"
    assert config["credentials"]["client_secret"] == "fake-client-secret"
    assert config["odd"] == [1]
    assert "fake-" not in without_secrets("fake-access-1 fake-refresh-1")


def test_a_client_has_nothing_to_publish(requests_mock) -> None:
    serve(requests_mock)
    published: list[Any] = []
    ask(opened(published, credentials=CLIENT))
    assert published == []
    assert without_secrets("fake-access-1") == "****"


def test_the_header_of_an_api_token_is_a_secret_too() -> None:
    token = {"credentials": "api_token", "email": "a@example.com", "api_token": "fake-api-token"}
    opened([], credentials=token)
    assert without_secrets("Basic YUBleGFtcGxlLmNvbS90b2tlbjpmYWtlLWFwaS10b2tlbg==") == "Basic ****"


def test_the_limits_of_the_user_reach_the_budget(monkeypatch) -> None:
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(session, "RateLimiter", lambda **limits: given.append(limits))
    opened([], requests_per_minute=200, api_usage_percent=40)
    opened([])
    assert given == [
        {"share_percent": 40, "cap_per_minute": 200},
        {"share_percent": 90, "cap_per_minute": None},
    ]


def test_a_marketplace_app_is_named_in_every_request(requests_mock) -> None:
    serve(requests_mock)
    ask(opened([], marketplace={"name": "Acme Sync", "app_id": "99999"}))
    for request in requests_mock.request_history:
        assert request.headers["X-Zendesk-Marketplace-Name"] == "Acme Sync"
        assert request.headers["X-Zendesk-Marketplace-App-Id"] == "99999"
        assert "X-Zendesk-Marketplace-Organization-Id" not in request.headers
    assert len(requests_mock.request_history) == 2
