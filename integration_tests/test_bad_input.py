"""Whatever is wrong, one clear error of the right class, exit code 1, and no secret anywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from connector import CREDENTIALS, Connector, Output

from source_zendesk_support.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "wrong-but-not-to-be-shown"
CATALOG = {
    "streams": [
        {
            "stream": {
                "name": "tags",
                "json_schema": {},
                "supported_sync_modes": ["full_refresh"],
            },
            "sync_mode": "full_refresh",
            "destination_sync_mode": "overwrite",
        }
    ]
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running


def expect_one_error(output: Output, failure_type: str) -> dict[str, Any]:
    """Nothing but messages on stdout, nothing on stderr, one error of the whole run."""
    assert output.code == 1
    assert output.stderr == ""
    whole = [error for error in output.errors if not error.get("stream_descriptor")]
    assert len(whole) == 1, output.errors
    assert whole[0]["failure_type"] == failure_type
    assert SECRET not in "".join(output.lines)
    return whole[0]


@pytest.mark.parametrize("option", ["config", "catalog", "state"])
@pytest.mark.parametrize(
    "content", [None, b"", b"not json", b"{", b"3", b'"text"', b"\xff\xfe", b"null"]
)
def test_files_that_cannot_be_used(
    tmp_path: Path, emulator: Emulator, option: str, content: bytes | None
) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    arguments = connector.read_arguments(CATALOG, [])
    path = tmp_path / f"{option}.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    error = expect_one_error(connector.run(*arguments), "config_error")
    assert f"--{option}" in error["message"]


@pytest.mark.parametrize(
    "state",
    [
        [{"type": "STREAM"}],
        [{"stream": {"stream_descriptor": {}}}],
        [3],
        ["tickets"],
        {"type": "STREAM"},
    ],
)
def test_states_of_the_wrong_shape(tmp_path: Path, emulator: Emulator, state: Any) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    expect_one_error(connector.read(CATALOG, state), "config_error")


@pytest.mark.parametrize("catalog", [{}, {"streams": 3}, {"streams": [{}]}, []])
def test_catalogs_of_the_wrong_shape(tmp_path: Path, emulator: Emulator, catalog: Any) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    expect_one_error(connector.read(catalog), "config_error")


def test_an_unreadable_state_fails_its_stream_by_name(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog("tickets", "tags")
    state = [
        {
            "type": "STREAM",
            "stream": {
                "stream_descriptor": {"name": "tickets"},
                "stream_state": {"generated_timestamp": "soon"},
            },
        }
    ]
    output = connector.read(catalog, state)
    expect_one_error(output, "config_error")
    (error,) = [e for e in output.errors if e.get("stream_descriptor")]
    assert "tickets" in error["message"]
    assert "generated_timestamp" in error["message"]
    assert output.statuses("tags")[-1] == "COMPLETE"
    assert output.counts()["tickets"] == 0


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"subdomain": None}, "subdomain"),
        ({"subdomain": "not a subdomain"}, "subdomain"),
        ({"credentials": None}, "credentials"),
        ({"credentials": {"credentials": "password", "password": SECRET}}, "credentials"),
        ({"credentials": {"credentials": "api_token", "api_token": SECRET}}, "email"),
        ({"credentials": {"credentials": "oauth2.0"}}, "access_token"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"num_workers": 400}, "num_workers"),
        ({"base_url": "https://example.com"}, "base_url"),
        ({"base_url": "http://127.0.0.1.example.com"}, "base_url"),
    ],
)
def test_configurations_that_cannot_be_used(
    tmp_path: Path, emulator: Emulator, change: dict[str, Any], about: str
) -> None:
    connector = Connector(tmp_path, **{"base_url": emulator.base_url, **change})
    for output in (connector.read(CATALOG), connector.discover()):
        assert about in expect_one_error(output, "config_error")["message"]
    _expect_failed_check(connector.check(), about)


def _expect_failed_check(output: Output, about: str) -> None:
    (status,) = output.of("CONNECTION_STATUS")
    assert status["status"] == "FAILED"
    assert about in status["message"]
    assert output.code == 0
    assert output.stderr == ""
    assert SECRET not in "".join(output.lines)


@pytest.mark.parametrize(
    "credentials",
    [
        {**CREDENTIALS, "api_token": SECRET},
        {"credentials": "oauth2.0", "access_token": SECRET},
        {
            "credentials": "oauth2_refresh",
            "client_id": "emulator-client",
            "client_secret": "emulator-client-secret",
            "refresh_token": SECRET,
        },
    ],
)
def test_wrong_credentials(tmp_path: Path, emulator: Emulator, credentials: dict[str, str]) -> None:
    connector = Connector(tmp_path, emulator.base_url, credentials=credentials)
    emulator.site.log.reset()
    output = connector.read(CATALOG)
    assert sum(emulator.site.log.by_path.values()) == 1, "a refusal is final: one request"
    expect_one_error(output, "config_error")
    assert output.statuses("tags")[-1] == "INCOMPLETE"
    _expect_failed_check(connector.check(), "")


def test_debug_shows_no_secret(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    output = connector.run(*connector.read_arguments(CATALOG), "--debug")
    assert output.code == 0
    text = "".join(output.lines) + output.stderr
    assert CREDENTIALS["api_token"] not in text
    assert "Basic " not in text


def test_no_network(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1) as gone:
        base_url = gone.base_url
    connector = Connector(tmp_path, base_url, retry_patience_seconds=0)
    output = connector.read(CATALOG)
    expect_one_error(output, "transient_error")
    _expect_failed_check(connector.check(), "")


def test_a_closed_stdout_ends_the_process(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url, page_size=10)
    output = connector.read_and_close(connector.catalog(), after_lines=3, timeout_s=30)
    assert output.code == 1
    assert "Traceback" not in output.stderr


def test_an_empty_catalog_returns_at_once(tmp_path: Path, emulator: Emulator) -> None:
    output = Connector(tmp_path, emulator.base_url).read({"streams": []})
    assert output.code == 0
    assert output.records == []


def test_messages_are_json_lines_of_the_protocol(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    for output in (connector.check(), connector.discover(), connector.read(connector.catalog())):
        assert output.stderr == ""
        kinds = {json.loads(line)["type"] for line in output.lines}
        assert kinds <= {"RECORD", "STATE", "LOG", "TRACE", "CATALOG", "CONNECTION_STATUS"}
