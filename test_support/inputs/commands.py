"""Commands of the connector: the account and files that they get, and parts of what they print."""

import base64
from collections.abc import Callable
from typing import Any

API = "https://acme.zendesk.com/api/v2"
TOKEN = "plainly-not-a-token"
CONFIG: dict[str, Any] = {
    "subdomain": "acme",
    "start_date": "2024-01-01T00:00:00Z",
    "retry_patience_seconds": 0,
    "credentials": {"credentials": "api_token", "email": "a@example.com", "api_token": TOKEN},
}
BASIC = base64.b64encode(f"a@example.com/token:{TOKEN}".encode()).decode()

Run = Callable[..., tuple[int, list[dict[str, Any]]]]


def catalog(*names: str, mode: str = "incremental") -> dict[str, Any]:
    return {
        "streams": [
            {
                "stream": {
                    "name": name,
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": "full_refresh" if name in ("tags", "brands") else mode,
                "destination_sync_mode": "append_dedup",
            }
            for name in names
        ]
    }


def groups_page(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "groups": list(rows),
        "meta": {"has_more": False, "after_cursor": "c"},
        "links": {"next": "https://elsewhere.example/"},
    }


def of(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [message for message in messages if message["type"] == kind]


def statuses(messages: list[dict[str, Any]], name: str) -> list[str]:
    return [
        message["trace"]["stream_status"]["status"]
        for message in of(messages, "TRACE")
        if message["trace"]["type"] == "STREAM_STATUS"
        and message["trace"]["stream_status"]["stream_descriptor"]["name"] == name
    ]


def errors(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        message["trace"]["error"]
        for message in of(messages, "TRACE")
        if message["trace"]["type"] == "ERROR"
    ]


def refreshing(requests_mock) -> dict[str, Any]:
    """Return a configuration whose access token must be refreshed first."""
    requests_mock.post(
        "https://acme.zendesk.com/oauth/tokens",
        json={
            "access_token": "not-an-access-token-2",
            "refresh_token": "not-a-refresh-token-2",
            "expires_in": 172_800,
        },
    )
    credentials = {
        "credentials": "oauth2_refresh",
        "client_id": "the-client",
        "client_secret": "not-a-client-secret",
        "refresh_token": "not-a-refresh-token-1",
    }
    return CONFIG | {"credentials": credentials}
