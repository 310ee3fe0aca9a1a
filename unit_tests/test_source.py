"""spec, check, discover and read through the entrypoint, against prepared answers."""

import base64
import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.logger import AirbyteLogFormatter
from airbyte_cdk.utils import airbyte_secrets_utils

from source_zendesk_support.input_files import states_by_stream
from source_zendesk_support.launch import Entrypoint, launch
from source_zendesk_support.run import spec_line
from source_zendesk_support.source import SourceZendeskSupport
from source_zendesk_support.streams.availability import GROUPS
from source_zendesk_support.streams.table import STREAMS

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


@pytest.fixture(autouse=True)
def _nobody_counts(requests_mock) -> None:
    """An account that refuses to count: an estimate is a courtesy and fails nothing."""
    requests_mock.get(re.compile(f"{API}/.*/count$"), status_code=403, json={})


@pytest.fixture
def run(tmp_path, capfdbinary, monkeypatch) -> Run:
    """Run a command with files made of the given contents; return exit code and messages."""
    monkeypatch.setattr(airbyte_secrets_utils, "__SECRETS_FROM_CONFIG", [])
    # What a test made must stay collectable. The tuning itself is proved in test_launch.py.
    for tuning in ("collect", "freeze", "set_threshold"):
        monkeypatch.setattr(f"gc.{tuning}", lambda *_: None)

    def run_command(command: str, *more: str, **files: Any) -> tuple[int, list[dict[str, Any]]]:
        arguments = [command, *more]
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            if isinstance(content, Path):
                path = content
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        capfdbinary.readouterr()
        with monkeypatch.context() as patch:
            # The process has the CDK's handler alone; those of pytest are not for stdout.
            handler = logging.StreamHandler()
            handler.setFormatter(AirbyteLogFormatter())
            patch.setattr(logging.getLogger(), "handlers", [handler])
            code = launch(arguments)
        out, err = capfdbinary.readouterr()
        for secret in (TOKEN, BASIC):
            assert secret.encode() not in out + err
        assert b"Traceback" not in err
        assert out.endswith(b"\n")
        return code, [json.loads(line) for line in out.splitlines()]

    return run_command


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


def state_of(name: str, state: Any) -> dict[str, Any]:
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": name}, "stream_state": state},
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


# --- spec


def test_spec_is_the_same_with_and_without_the_cdk(run) -> None:
    code, messages = run("spec")
    assert code == 0
    assert of(messages, "SPEC") == [json.loads(spec_line())]


# --- check


@pytest.fixture
def admin(requests_mock, monkeypatch) -> None:
    """An account whose lists are all open to an admin."""
    monkeypatch.setattr("source_zendesk_support.discovery.ASKING_PATIENCE_S", 0.0)
    requests_mock.get(f"{API}/oauth/tokens/current", json={"token": {"scopes": ["read"]}})
    requests_mock.get(f"{API}/users/me", json={"user": {"id": 1, "role": "admin"}})
    for group in GROUPS:
        if group.probe:
            path, key = group.probe
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


# --- discover


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
        assert bool(row.get("is_file_based")) is bool(stream.file_url)
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


# --- files that cannot be used

BAD_CONFIGS = [
    Path("/nowhere/config.json"),
    b"",
    b"{",
    b"\xff\xfe",
    f'{{"api_token": "{TOKEN}"'.encode(),
    [],
    "text",
    None,
    {},
    {"subdomain": "acme"},
    {"subdomain": "acme", "credentials": TOKEN},
    {"subdomain": "acme", "credentials": [TOKEN]},
    {"subdomain": "acme", "credentials": {"credentials": "unknown", "api_token": TOKEN}},
    {"subdomain": 5, "credentials": {}},
    {**CONFIG, "start_date": "yesterday"},
    {**CONFIG, "num_workers": "many"},
    {**CONFIG, "base_url": "https://elsewhere.example"},
    # The layout before 4.4: its secrets are in no field of the spec.
    {"subdomain": "acme", "auth_method": {"auth_method": "api_token", "api_token": TOKEN}},
]


@pytest.mark.parametrize("config", BAD_CONFIGS, ids=str)
@pytest.mark.parametrize("command", ["check", "discover", "read"])
def test_a_config_that_cannot_be_used_is_one_clear_error(run, command, config) -> None:
    files = {"config": config} | ({"catalog": catalog("groups")} if command == "read" else {})
    code, messages = run(command, **files)
    if command == "check":
        assert code == 0
        [status] = of(messages, "CONNECTION_STATUS")
        assert status["connectionStatus"]["status"] == "FAILED"
        assert status["connectionStatus"]["message"]
        return
    assert code == 1
    [error] = errors(messages)
    assert error["failure_type"] == "config_error"
    assert {message["type"] for message in messages} <= {"TRACE", "LOG"}


@pytest.mark.parametrize(
    "content",
    [
        Path("/nowhere/catalog.json"),
        b"",
        b"not json",
        [],
        {},
        {"streams": {}},
        {"streams": [1]},
        {"streams": [{"stream": {}}]},
        {"streams": [{"sync_mode": "incremental"}]},
        {"streams": None},
    ],
    ids=str,
)
def test_a_catalog_that_cannot_be_used_is_one_clear_error(run, content) -> None:
    code, messages = run("read", config=CONFIG, catalog=content)
    assert code == 1
    [error] = errors(messages)
    assert error["failure_type"] == "config_error"
    assert "catalog" in error["message"]


@pytest.mark.parametrize(
    "content",
    [
        Path("/nowhere/state.json"),
        b"",
        b"not json",
        "text",
        5,
        [1],
        [[]],
        [{"type": "STREAM"}],
        [{"type": "STREAM", "stream": 1}],
        [{"type": "STREAM", "stream": {"stream_state": {}}}],
        [{"type": "STATE", "state": 5}],
        [{"type": "STATE"}],
        [{"type": "RECORD", "record": {}}],
        {"type": "STREAM"},
        {"type": "LEGACY", "data": [1]},
    ],
    ids=str,
)
def test_a_state_that_cannot_be_used_is_one_clear_error(run, content) -> None:
    code, messages = run("read", config=CONFIG, catalog=catalog("groups"), state=content)
    assert code == 1
    [error] = errors(messages)
    assert error["failure_type"] == "config_error"
    assert "state" in error["message"]


STATE = {"updated_at": "2024-05-01T00:00:00Z"}
STATE_FILES: dict[str, Any] = {
    "a list of stream states": [state_of("tags", {}), state_of("groups", STATE)],
    "without their type": [{"stream": state_of("groups", STATE)["stream"]}],
    "printed lines": [{"type": "STATE", "state": state_of("groups", STATE)}],
    "one printed line": {"type": "STATE", "state": state_of("groups", STATE)},
    "one stream state": state_of("groups", STATE),
    "one old object": {"groups": STATE, "tags": {}},
    "legacy": [{"type": "LEGACY", "data": {"groups": STATE}}],
    "legacy without its type": [{"data": {"groups": STATE}}],
    "global": [
        {
            "type": "GLOBAL",
            "global": {
                "shared_state": {},
                "stream_states": [{"stream_descriptor": {"name": "groups"}, "stream_state": STATE}],
            },
        }
    ],
    "the last counts": [
        state_of("groups", {"updated_at": "2020-01-01T00:00:00Z"}),
        state_of("groups", STATE),
    ],
}


@pytest.mark.parametrize("form", STATE_FILES)
def test_every_form_of_a_state_file_is_read(tmp_path, form) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(STATE_FILES[form]))
    assert states_by_stream(SourceZendeskSupport.read_state(str(path)))["groups"] == STATE


@pytest.mark.parametrize("content", [[], {}, [state_of("groups", None)], [state_of("groups", {})]])
def test_an_empty_state_is_a_first_read(tmp_path, content) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(content))
    assert not states_by_stream(SourceZendeskSupport.read_state(str(path))).get("groups")
    assert SourceZendeskSupport.read_state(None) == []


# --- read


def test_a_read_delivers_records_and_states_with_their_counts(run, requests_mock) -> None:
    requests_mock.get(
        f"{API}/groups",
        json=groups_page(
            {
                "id": 1,
                "name": None,
                "description": "x",
                "nested": {"kept": None},
                "updated_at": "2024-02-01T00:00:00Z",
            },
            {},
            {"id": 2, "updated_at": "2024-02-01T00:00:00Z"},
        ),
    )
    code, messages = run("read", config=CONFIG, catalog=catalog("groups"))
    assert code == 0
    records = [message["record"]["data"] for message in of(messages, "RECORD")]
    # Nulls at the top are dropped by the protocol's serialiser, nested ones are kept, and an empty
    # record is nothing that could be delivered.
    assert records == [
        {
            "id": 1,
            "description": "x",
            "nested": {"kept": None},
            "updated_at": "2024-02-01T00:00:00Z",
        },
        {"id": 2, "updated_at": "2024-02-01T00:00:00Z"},
    ]
    [state] = of(messages, "STATE")
    assert state["state"]["sourceStats"]["recordCount"] == 2.0
    assert state["state"]["stream"]["stream_state"]["updated_at"] == "2024-02-01T00:00:00Z"
    assert statuses(messages, "groups") == ["STARTED", "RUNNING", "COMPLETE"]
    assert messages.index(state) < max(
        number for number, message in enumerate(messages) if message["type"] == "TRACE"
    )
    assert not errors(messages)


def test_a_read_goes_on_from_the_state_it_printed(run, requests_mock) -> None:
    row = {"id": 1, "updated_at": "2024-02-01T00:00:00Z"}
    requests_mock.get(f"{API}/groups", json=groups_page(row))
    _, first = run("read", config=CONFIG, catalog=catalog("groups"))
    assert len(of(first, "RECORD")) == 1
    code, second = run("read", config=CONFIG, catalog=catalog("groups"), state=of(first, "STATE"))
    assert code == 0
    assert not of(second, "RECORD")
    last, before = of(second, "STATE")[-1], of(first, "STATE")[-1]
    assert last["state"]["stream"] == before["state"]["stream"]
    assert statuses(second, "groups") == ["STARTED", "COMPLETE"]


def test_a_read_with_nothing_selected_returns_at_once(run) -> None:
    code, messages = run("read", config=CONFIG, catalog={"streams": []})
    assert code == 0
    assert {message["type"] for message in messages} == {"LOG"}


def test_an_unknown_stream_fails_alone(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    code, messages = run("read", config=CONFIG, catalog=catalog("chats", "groups"))
    assert code == 1
    assert statuses(messages, "groups")[-1] == "COMPLETE"
    assert statuses(messages, "chats") == ["STARTED", "INCOMPLETE"]
    own, whole = errors(messages)
    assert own["stream_descriptor"]["name"] == "chats"
    assert own["failure_type"] == whole["failure_type"] == "config_error"
    assert "chats" in whole["message"]


@pytest.mark.parametrize("state", [{"updated_at": "soon"}, {"unknown": 1}])
def test_a_damaged_state_fails_its_stream_alone(run, requests_mock, state) -> None:
    requests_mock.get(
        f"{API}/tags", json={"tags": [{"name": "vip", "count": 1}], "meta": {"has_more": False}}
    )
    code, messages = run(
        "read", config=CONFIG, catalog=catalog("groups", "tags"), state=[state_of("groups", state)]
    )
    assert code == 1
    assert statuses(messages, "groups") == ["STARTED", "INCOMPLETE"]
    assert statuses(messages, "tags")[-1] == "COMPLETE"
    assert "groups" in errors(messages)[0]["message"]
    assert not [
        message
        for message in of(messages, "STATE")
        if message["state"]["stream"]["stream_descriptor"]["name"] == "groups"
    ]


@pytest.mark.parametrize("state", [{"groups": "2024-01-01"}, {"groups": [1]}, {"groups": 5}])
def test_an_old_object_with_a_strange_value_fails_its_stream_alone(
    run, requests_mock, state
) -> None:
    requests_mock.get(f"{API}/tags", json={"tags": [], "meta": {"has_more": False}})
    code, messages = run("read", config=CONFIG, catalog=catalog("groups", "tags"), state=state)
    assert code == 1
    assert statuses(messages, "groups") == ["STARTED", "INCOMPLETE"]
    assert statuses(messages, "tags")[-1] == "COMPLETE"
    assert errors(messages)[0]["failure_type"] == "config_error"


def test_a_refused_stream_fails_alone_and_keeps_quiet_about_secrets(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    requests_mock.get(
        f"{API}/satisfaction_ratings",
        status_code=403,
        json={"error": {"title": TOKEN, "message": f"Basic {BASIC}"}},
    )
    code, messages = run("read", config=CONFIG, catalog=catalog("groups", "satisfaction_ratings"))
    assert code == 1
    assert statuses(messages, "satisfaction_ratings") == ["STARTED", "INCOMPLETE"]
    assert statuses(messages, "groups")[-1] == "COMPLETE"


def test_a_fault_of_ours_names_the_stream_and_no_secret(run, requests_mock, monkeypatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError(f"sent Authorization: Basic {BASIC} for {TOKEN}")

    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    monkeypatch.setattr("source_zendesk_support.streams.paging.after_list_page", broken)
    code, messages = run("read", "--debug", config=CONFIG, catalog=catalog("groups"))
    assert code == 1
    assert {error["failure_type"] for error in errors(messages)} == {"system_error"}
    assert "groups" in errors(messages)[0]["message"]


def test_debug_lines_hold_no_secret(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    code, _ = run("read", "--debug", config=CONFIG, catalog=catalog("groups"))
    assert code == 0


def test_tokens_refreshed_in_a_read_are_printed_before_the_first_record(run, requests_mock) -> None:
    config = refreshing(requests_mock)
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    code, messages = run("read", config=config, catalog=catalog("groups"))
    assert code == 0
    kinds = [message["type"] for message in messages]
    assert kinds.count("CONTROL") == 1
    assert kinds.index("CONTROL") < kinds.index("RECORD")


def test_the_summary_names_records_and_requests(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page({"id": 1, "updated_at": None}))
    _, messages = run("read", config=CONFIG, catalog=catalog("groups"))
    summary = of(messages, "LOG")[-1]["log"]["message"]
    assert "groups 1 records: 2 requests" in summary
    assert "bucket account: 2 requests" in summary


def test_a_start_in_the_future_is_told(run, requests_mock) -> None:
    requests_mock.get(f"{API}/groups", json=groups_page())
    code, messages = run(
        "read", config=CONFIG | {"start_date": "2199-01-01T00:00:00Z"}, catalog=catalog("groups")
    )
    assert code == 0
    warnings = [it for it in of(messages, "LOG") if it["log"]["level"] == "WARN"]
    assert any("2199" in warning["log"]["message"] for warning in warnings)
    assert not requests_mock.called


def test_the_entrypoint_leaves_the_configuration_to_us() -> None:
    source = SourceZendeskSupport()
    spec = source.spec(source.logger if hasattr(source, "logger") else None)
    assert Entrypoint.validate_connection(spec, {"credentials": TOKEN}) is None
