"""spec, check and discover through the entrypoint, against prepared answers."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from source_zendesk_support.run import spec_line
from source_zendesk_support.streams.catalog.availability import GATES
from source_zendesk_support.streams.catalog.export_access import SAMPLE
from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.inputs.commands import API, BASIC, CONFIG, of, refreshing


def test_spec_is_the_same_with_and_without_the_cdk(run) -> None:
    code, messages = run("spec")
    assert code == 0
    assert of(messages, "SPEC") == [json.loads(spec_line())]


@pytest.fixture
def admin(requests_mock, monkeypatch) -> None:
    """An account whose lists are all open to an admin."""
    monkeypatch.setattr("source_zendesk_support.discovery.ASKING_PATIENCE_S", 0.0)
    requests_mock.get(f"{API}/oauth/tokens/current", json={"token": {"scopes": ["read"]}})
    requests_mock.get(f"{API}/users/me", json={"user": {"id": 1, "role": "admin"}})
    requests_mock.get(f"{API}/{SAMPLE}", json={"tickets": []})
    for gate in GATES:
        if gate.probe:
            path, key = gate.probe
            requests_mock.get(f"{API}/{path}", json={key: []})


@pytest.mark.usefixtures("admin")
def test_check_asks_for_something_that_needs_credentials(run, requests_mock) -> None:
    requests_mock.get(f"{API}/account/settings", json={"settings": {}})
    code, messages = run("check", config=CONFIG)
    assert code == 0
    assert of(messages, "CONNECTION_STATUS")[0]["connectionStatus"]["status"] == "SUCCEEDED"
    first = requests_mock.request_history[0]
    assert first.path == "/api/v2/account/settings"
    assert first.headers["Authorization"] == f"Basic {BASIC}"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"status_code": 401, "json": {"error": "Couldn't authenticate you"}}, "401"),
        (
            {"status_code": 404, "json": {"error": {"title": "No help desk", "message": "x"}}},
            "subdomain",
        ),
        ({"status_code": 403, "json": {"error": {"title": "Forbidden", "message": "x"}}}, "403"),
        ({"status_code": 301, "headers": {"Location": "https://elsewhere.example/"}}, "301"),
        ({"text": "<html>Sign in</html>"}, "could not be read"),
        ({"json": []}, "could not be read"),
        ({"json": {"settings": None}}, "could not be read"),
        ({"status_code": 503}, "could not be read"),
    ],
    ids=str,
)
def test_a_failed_check_says_why(run, requests_mock, monkeypatch, answer, word) -> None:
    monkeypatch.setattr("source_zendesk_support.discovery.ASKING_PATIENCE_S", 0.0)
    requests_mock.get(f"{API}/account/settings", **answer)
    code, messages = run("check", config=CONFIG)
    assert code == 0
    [status] = of(messages, "CONNECTION_STATUS")
    assert status["connectionStatus"]["status"] == "FAILED"
    assert word in status["connectionStatus"]["message"]
    assert not [request for request in requests_mock.request_history if "elsewhere" in request.url]


@pytest.mark.usefixtures("admin")
def test_a_refreshed_token_is_handed_over_before_the_check_ends(run, requests_mock) -> None:
    config = refreshing(requests_mock)
    requests_mock.get(f"{API}/account/settings", json={"settings": {}})
    code, messages = run("check", config=config)
    assert code == 0
    [control] = of(messages, "CONTROL")
    credentials = control["control"]["connectorConfig"]["config"]["credentials"]
    assert credentials["access_token"] == "not-an-access-token-2"
    assert credentials["refresh_token"] == "not-a-refresh-token-2"
    assert datetime.fromisoformat(credentials["token_expiry_date"]) > datetime.now(UTC) + timedelta(
        days=1
    )
    assert of(messages, "CONNECTION_STATUS")[0]["connectionStatus"]["status"] == "SUCCEEDED"


def test_discover_describes_every_stream(run, requests_mock) -> None:
    """Also when the account refuses to say what it can read."""
    requests_mock.get(re.compile(API), status_code=403, json={})
    code, messages = run("discover", config=CONFIG)
    assert code == 0
    rows = {row["name"]: row for row in of(messages, "CATALOG")[0]["catalog"]["streams"]}
    assert set(rows) == set(STREAMS)
    for name, stream in STREAMS.items():
        row = rows[name]
        key = [[stream.primary_key]] if stream.primary_key else None
        assert row.get("source_defined_primary_key") == key
        assert bool(row.get("is_file_based")) is bool(stream.file)
        assert row["json_schema"]["properties"]
        assert row["is_resumable"] is True
        if stream.cursor_field:
            assert row["supported_sync_modes"] == ["full_refresh", "incremental"]
            assert row["source_defined_cursor"] is True
            assert row["default_cursor_field"] == [stream.cursor_field]
        else:
            assert row["supported_sync_modes"] == ["full_refresh"]
            assert not row.get("source_defined_cursor")
            assert not row.get("default_cursor_field")
