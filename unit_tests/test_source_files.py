"""Files of a platform through the entrypoint: one clear error, or every form that is read."""

import json
from pathlib import Path
from typing import Any

import pytest

from source_zendesk_support.protocol.input_files import read_state_file, states_by_stream
from test_support.inputs.commands import CONFIG, TOKEN, catalog, errors, of
from test_support.inputs.saved_states import state_of

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
    assert states_by_stream(read_state_file(str(path)))["groups"] == STATE


@pytest.mark.parametrize("content", [[], {}, [state_of("groups", None)], [state_of("groups", {})]])
def test_an_empty_state_is_a_first_read(tmp_path, content) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(content))
    assert not states_by_stream(read_state_file(str(path))).get("groups")
    assert read_state_file(None) == []
