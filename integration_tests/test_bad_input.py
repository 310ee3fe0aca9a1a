"""Whatever is wrong, one clear error of the right class, exit code 1, and no secret anywhere."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from connector import CREDENTIALS, Connector, InProcess, Output

from source_zendesk_support.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "wrong-but-not-to-be-shown"
SPEC = json.loads(resources.files("source_zendesk_support").joinpath("spec.json").read_bytes())
FIELDS = SPEC["connectionSpecification"]["properties"]
WAYS = {way["properties"]["credentials"]["const"]: way for way in FIELDS["credentials"]["oneOf"]}
ABSENT = object()
# Of how many cases one is also run as a process: each costs seconds, and differs in nothing else.
PROCESS_EVERY = 20


def row(name: str, mode: str = "full_refresh", **stream: Any) -> dict[str, Any]:
    return {
        "stream": {
            "name": name,
            "json_schema": {},
            "supported_sync_modes": ["full_refresh"],
            **stream,
        },
        "sync_mode": mode,
        "destination_sync_mode": "overwrite",
    }


CATALOG = {"streams": [row("tags")]}


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
    assert "Traceback" not in "".join(error["message"] for error in output.errors)
    assert SECRET not in "".join(output.lines)
    return whole[0]


def expect_failed_check(output: Output, about: str) -> None:
    assert output.status["status"] == "FAILED"
    assert about in output.status["message"]
    assert "Traceback" not in output.status["message"]
    assert output.code == 0
    assert output.stderr == ""
    assert SECRET not in "".join(output.lines)


# --- configurations


def credentials_of(way: str, **changes: Any) -> dict[str, Any]:
    """A sign-in with a secret in every field but those that are changed."""
    filled = {**dict.fromkeys(WAYS[way]["required"], SECRET), "credentials": way, **changes}
    return {name: value for name, value in filled.items() if value is not ABSENT}


def config_cases() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a name, what is changed in a configuration that works, and what the error is about."""
    for name in ("subdomain", "credentials"):
        yield f"{name} missing", {name: ABSENT}, name
        yield f"{name} null", {name: None}, name
    for way, schema in WAYS.items():
        for field in sorted(set(schema["required"]) - {"credentials"}):
            for label, value in (("missing", ABSENT), ("number", 5), ("blank", " "), ("list", [])):
                changed = {"credentials": credentials_of(way, **{field: value})}
                yield f"{way}.{field} {label}", changed, field
    for value in (SECRET, [SECRET], 5, True):
        yield f"credentials {type(value).__name__}", {"credentials": value}, "credentials"
    for value in (ABSENT, None, "password", 5, [], {}):
        changed = {"credentials": credentials_of("api_token", credentials=value, password=SECRET)}
        yield f"sign-in {value!r:.20}", changed, "credentials"
    for letter in (" ", "\n", "é", "\x00"):
        changed = {"credentials": credentials_of("oauth2.0", access_token=SECRET + letter + "x")}
        yield f"access token with {letter!r}", changed, "access_token"
    old = {"auth_method": "api_token", "email": " ", "api_token": SECRET}
    yield "old layout", {"credentials": ABSENT, "auth_method": old}, "auth_method.email"
    for value in (
        *("not a subdomain", "ac", "a" * 64, "1acme", "-acme", "acme_b", "acmé", "", "   "),
        *("acme.evil.com", "https://evil.com/acme", "acme.zendesk.com@evil.com", 5, [], {}, True),
    ):
        yield f"subdomain {value!r:.30}", {"subdomain": value}, "subdomain"
    for value in (
        *("yesterday", "2024-13-01T00:00:00Z", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z"),
        *("01.02.2024", "2024", 20240101, 1.5, True, [], {}),
    ):
        yield f"start_date {value!r}", {"start_date": value}, "start_date"
    for name, field in FIELDS.items():
        wrong = {
            "integer": (field.get("minimum", 0) - 1, field.get("maximum", 0) + 1, "5", 1.5, True),
            "boolean": ("true", 1, []),
        }.get(field["type"], ())
        for value in (*wrong, {}) if wrong else ():
            yield f"{name} {value!r}", {name: value}, name
    for value in (SECRET, 5, []):
        yield f"marketplace {type(value).__name__}", {"marketplace": value}, "marketplace"
    for value in (5, "a\nb", "é" * 3, "x" * 500):
        yield f"app {value!r:.10}", {"marketplace": {"name": value}}, "marketplace.name"
    for value in ("https://example.com", "http://127.0.0.1.example.com", "ftp://localhost", 5):
        yield f"base_url {value!r}", {"base_url": value}, "base_url"


CONFIG_CASES = list(config_cases())


def test_the_table_is_long_enough() -> None:
    assert len(CONFIG_CASES) >= 80
    assert len({name for name, _, _ in CONFIG_CASES}) == len(CONFIG_CASES)


def changed(connector: Connector, changes: dict[str, Any]) -> Connector:
    whole = {**connector.config, **changes}
    connector.config = {name: value for name, value in whole.items() if value is not ABSENT}
    return connector


@pytest.mark.parametrize(
    ("changes", "about"),
    [case[1:] for case in CONFIG_CASES],
    ids=[case[0] for case in CONFIG_CASES],
)
def test_configurations_that_cannot_be_used(
    tmp_path: Path, emulator: Emulator, changes: dict[str, Any], about: str
) -> None:
    connector = changed(InProcess(tmp_path, emulator.base_url), changes)
    emulator.site.log.reset()
    read = connector.run(*connector.read_arguments(CATALOG), "--debug")
    for output in (read, connector.discover()):
        assert about in expect_one_error(output, "config_error")["message"]
    expect_failed_check(connector.check(), about)
    assert emulator.requests["total"] == 0


@pytest.mark.parametrize(
    ("changes", "about"),
    [case[1:] for case in CONFIG_CASES[::PROCESS_EVERY]],
    ids=[case[0] for case in CONFIG_CASES[::PROCESS_EVERY]],
)
def test_the_same_as_processes(
    tmp_path: Path, emulator: Emulator, changes: dict[str, Any], about: str
) -> None:
    connector = changed(Connector(tmp_path, emulator.base_url), changes)
    assert about in expect_one_error(connector.read(CATALOG), "config_error")["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"num_workers": 1},
        {"page_size": 1},
        {"requests_per_minute": 100_000, "api_usage_percent": 1},
        {"marketplace": {}},
        {"marketplace": {"name": None, "organization_id": ""}},
        {"unknown": {"deep": [1]}, "ignore_pagination": True, "subscription_tier": "x"},
        {"credentials": {**CREDENTIALS, "odd": 1}},
        {"start_date": ""},
        {"subdomain": " https://Emulator.zendesk.com/agent "},
    ],
    ids=str,
)
def test_configurations_that_are_forgiven(
    tmp_path: Path, emulator: Emulator, changes: dict[str, Any]
) -> None:
    connector = changed(InProcess(tmp_path, emulator.base_url), changes)
    assert connector.check().status["status"] == "SUCCEEDED"
    output = connector.read({"streams": [row("brands"), row("groups")]})
    assert output.code == 0, output.errors
    assert output.counts()["groups"] == len(emulator.truth("groups").must)


def test_a_start_in_the_future_reads_nothing_and_says_so(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, start_date="2199-01-01T00:00:00Z")
    catalog = connector.catalog()
    emulator.site.log.reset()
    output = connector.read(catalog)
    assert output.code == 0
    assert output.records == []
    assert emulator.requests["total"] == 0
    assert "start_date lies in the future" in output.logs
    assert {tuple(output.statuses(row["stream"]["name"])) for row in catalog["streams"]} == {
        ("STARTED", "COMPLETE")
    }


# --- files

CONTENTS: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "blank": b" \n",
    "not JSON": b"not json",
    "cut off": b"{",
    "a number": b"3",
    "a text": b'"text"',
    "null": b"null",
    "true": b"true",
    "not UTF-8": b"\xff\xfe",
    "a secret that is no JSON": f'{{"api_token": "{SECRET}"'.encode(),
    "very deep": b"[" * 100_000,
}


@pytest.mark.parametrize("option", ["config", "catalog", "state"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_files_that_cannot_be_used(
    tmp_path: Path, emulator: Emulator, option: str, content: bytes | None
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    arguments = connector.read_arguments(CATALOG, [])
    path = tmp_path / f"{option}.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    error = expect_one_error(connector.run(*arguments, "--debug"), "config_error")
    assert f"--{option}" in error["message"]


@pytest.mark.parametrize("option", ["config", "catalog", "state"])
def test_a_folder_is_no_file(tmp_path: Path, emulator: Emulator, option: str) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    arguments = connector.read_arguments(CATALOG, [])
    arguments[arguments.index(f"--{option}") + 1] = str(tmp_path)
    error = expect_one_error(connector.run(*arguments), "config_error")
    assert f"--{option}" in error["message"]


def test_a_missing_file_as_a_process(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    arguments = connector.read_arguments(CATALOG, [])
    (tmp_path / "state.json").write_bytes(b"\xff\xfe")
    error = expect_one_error(connector.run(*arguments), "config_error")
    assert "--state" in error["message"]


@pytest.mark.parametrize(
    "config",
    [
        [],
        {},
        {"api_key": SECRET},
        {"account_id": "x", "start_date": "2024-01-01T00:00:00Z"},
        {"type": "CATALOG"},
    ],
    ids=str,
)
def test_configurations_of_another_connector(
    tmp_path: Path, emulator: Emulator, config: Any
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    connector.config = config
    expect_one_error(connector.read(CATALOG), "config_error")
    expect_failed_check(connector.check(), "")


# --- catalogs


@pytest.mark.parametrize(
    "catalog",
    [
        {},
        [],
        {"streams": 3},
        {"streams": None},
        {"streams": [{}]},
        {"streams": ["tags"]},
        {"streams": [{"stream": {"name": "tags"}}]},
        {"streams": [row("tags", mode="INVALID")]},
        {"streams": [row("tags", supported_sync_modes=5)]},
        {"type": "CATALOG"},
        {"type": "CATALOG", "catalog": {"streams": [{}]}},
    ],
    ids=str,
)
def test_catalogs_of_the_wrong_shape(tmp_path: Path, emulator: Emulator, catalog: Any) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    expect_one_error(connector.read(catalog), "config_error")


@pytest.mark.parametrize("stream", ["chat_sessions", "", "Tickets", "tickets ", "../tickets"])
def test_an_unknown_stream_fails_by_name_and_the_others_go_on(
    tmp_path: Path, emulator: Emulator, stream: str
) -> None:
    output = InProcess(tmp_path, emulator.base_url).read({"streams": [row(stream), row("tags")]})
    expect_one_error(output, "config_error")
    (error,) = [e for e in output.errors if e.get("stream_descriptor")]
    assert error["stream_descriptor"]["name"] == stream
    assert "no such stream" in error["message"]
    assert output.statuses("tags")[-1] == "COMPLETE"


def test_a_stream_without_a_cursor_is_read_whole_whatever_is_asked_for(
    tmp_path: Path, emulator: Emulator
) -> None:
    """PyAirbyte asks for every stream incrementally."""
    catalog = {"streams": [row("tags", mode="incremental"), row("groups", mode="incremental")]}
    connector = InProcess(tmp_path, emulator.base_url)
    first = connector.read(catalog)
    assert (first.code, first.errors) == (0, [])
    assert "Read whole, as there is no cursor: tags." in first.logs
    again = connector.read(catalog, first.states)
    assert again.counts() == {"tags": first.counts()["tags"]}


def test_an_empty_catalog_returns_at_once_and_says_so(tmp_path: Path, emulator: Emulator) -> None:
    emulator.site.log.reset()
    output = InProcess(tmp_path, emulator.base_url).read({"streams": []})
    assert output.code == 0
    assert output.records == []
    assert "selects no stream" in output.logs
    assert emulator.requests["total"] == 0


def test_an_empty_catalog_as_a_process(tmp_path: Path, emulator: Emulator) -> None:
    output = Connector(tmp_path, emulator.base_url).read({"streams": []})
    assert output.code == 0
    assert "MemoryMonitor" not in output.logs, "the CDK's greeting is of use to nobody"
    assert output.stderr == ""


# --- states


def state_of(name: str, state: Any) -> dict[str, Any]:
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": name}, "stream_state": state},
    }


@pytest.mark.parametrize(
    "state",
    [
        [{"type": "STREAM"}],
        [{"stream": {"stream_descriptor": {}}}],
        [3],
        ["tickets"],
        {"type": "STREAM"},
        [state_of("tickets", 5)],
        [state_of("tickets", "soon")],
        [state_of("tickets", [])],
        [{"type": "GLOBAL", "global": 3}],
    ],
    ids=str,
)
def test_states_of_the_wrong_shape(tmp_path: Path, emulator: Emulator, state: Any) -> None:
    catalog = {"streams": [row("tickets", mode="incremental")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, state)
    expect_one_error(output, "config_error")
    assert output.records == []


DAMAGED: list[tuple[str, dict[str, Any], str]] = [
    ("tickets", {"generated_timestamp": "soon"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": []}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": True}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "1e999"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "1709373602", "after_cursor": 5}, "after_cursor"),
    ("tickets", {"generated_timestamp": "1709373602", "seen": "x"}, "seen"),
    ("tickets", {"charge_id": "ch_1", "created": 1709373602}, "charge_id"),
    ("ticket_metrics", {"use_global_cursor": False, "states": 5}, "states"),
    ("ticket_metrics", {"state_type": "date-range", "slices": 5}, "slices"),
    ("users", {"updated_at": "2024-99-01T00:00:00Z"}, "updated_at"),
    ("organizations", {"updated_at": {"a": 1}}, "updated_at"),
    ("groups", {"updated_at": "never"}, "updated_at"),
    ("groups", {"updated_at": "2024-01-01T00:00:00Z", "page": 3}, "page"),
    ("groups", {"updated_at": "2024-01-01T00:00:00Z", "page": {}}, "page"),
    ("groups", {"page": {"after_cursor": "c", "started_at": "x"}}, "started_at"),
    ("satisfaction_ratings", {"updated_at": [1]}, "updated_at"),
    ("ticket_events", {"timestamp": "?"}, "timestamp"),
]


@pytest.mark.parametrize(("stream", "state", "key"), DAMAGED, ids=str)
def test_a_damaged_state_is_refused_by_name(
    tmp_path: Path, emulator: Emulator, stream: str, state: dict[str, Any], key: str
) -> None:
    catalog = {"streams": [row(stream, mode="incremental"), row("tags")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, [state_of(stream, state)])
    expect_one_error(output, "config_error")
    (error,) = [e for e in output.errors if e.get("stream_descriptor")]
    assert stream in error["message"]
    assert key in error["message"]
    assert output.statuses(stream) == ["STARTED", "INCOMPLETE"]
    assert output.statuses("tags")[-1] == "COMPLETE"
    assert output.counts()[stream] == 0


# What each version of the published connector left behind, and where its stream goes on.
EPOCH, TEXT = 1_709_373_602, "2024-03-02T10:00:02Z"
FLOOR = 1_772_323_200  # from where a state of the search-based tickets is read again
PARTITIONS = {
    "use_global_cursor": False,
    "states": [{"partition": {"ticket_id": 1}, "cursor": {"_ab_updated_at": str(EPOCH + 9)}}],
    "state": {"_ab_updated_at": str(EPOCH + 99)},
    "lookback_window": 1,
    "parent_state": {"tickets": {"generated_timestamp": EPOCH}},
}
TAKEN_OVER: list[tuple[str, str, dict[str, Any], int | None]] = [
    ("0.x", "tickets", {"updated_at": TEXT}, EPOCH),
    ("1.0", "tickets", {"generated_timestamp": EPOCH}, EPOCH),
    ("python era", "users", {"updated_at": TEXT, "_last_end_time": EPOCH + 1}, EPOCH),
    ("python era", "ticket_metrics", {"generated_timestamp": EPOCH}, EPOCH),
    ("2.x", "ticket_metrics", {"updated_at": TEXT}, EPOCH),
    ("3.x", "ticket_metrics", {"_ab_updated_at": EPOCH}, EPOCH),
    ("4.9", "ticket_metrics", PARTITIONS, EPOCH),
    ("4.9", "tickets", {"generated_timestamp": str(EPOCH)}, EPOCH),
    ("4.9", "users", {"updated_at": str(EPOCH)}, EPOCH),
    ("4.9", "user_identities", {"updated_at": str(EPOCH)}, EPOCH),
    ("4.9", "organizations", {"updated_at": str(EPOCH)}, EPOCH),
    ("4.9", "ticket_comments", {"created_at": str(EPOCH)}, EPOCH),
    ("tests of 4.9", "ticket_comments", {"timestamp": str(EPOCH)}, EPOCH),
    ("4.9", "ticket_metric_events", {"time": str(EPOCH)}, EPOCH),
    ("4.9", "groups", {"updated_at": TEXT}, None),
    ("4.9", "tags", {"__ab_no_cursor_state_message": True}, None),
    ("4.10", "brands", {"__ab_full_refresh_sync_complete": True}, None),
    ("5.2", "tickets", {"updated_at": str(FLOOR + 5_000_000)}, FLOOR),
    ("5.4", "ticket_events", {"timestamp": EPOCH}, EPOCH),
    ("5.6", "tickets", {"generated_timestamp": str(EPOCH)}, EPOCH),
    (
        "concurrent",
        "users",
        {"state_type": "date-range", "slices": [{"start": "0", "end": str(EPOCH)}]},
        EPOCH,
    ),
]


@pytest.mark.parametrize(
    ("stream", "state", "start_s"),
    [case[1:] for case in TAKEN_OVER],
    ids=[f"{version} {stream}" for version, stream, _, _ in TAKEN_OVER],
)
def test_states_of_every_published_version_are_taken_over(
    tmp_path: Path, emulator: Emulator, stream: str, state: dict[str, Any], start_s: int | None
) -> None:
    mode = "full_refresh" if stream in ("tags", "brands") else "incremental"
    emulator.site.log.reset()
    output = InProcess(tmp_path, emulator.base_url).read(
        {"streams": [row(stream, mode=mode)]}, [state_of(stream, state)]
    )
    assert output.code == 0, output.errors
    assert output.statuses(stream)[-1] == "COMPLETE"
    first = emulator.requests["log"][0]["query"]
    if start_s is not None:
        assert f"start_time={start_s}" in first.split("&")


PASTED = [{"streamDescriptor": {"name": "tickets"}, "streamState": TAKEN_OVER[1][2]}]


@pytest.mark.parametrize(
    "state",
    [
        PASTED,
        {"stateType": "stream", "connectionId": "c", "streamState": PASTED},
        {"state_type": "STREAM", "state": [state_of("tickets", TAKEN_OVER[1][2])]},
        {"data": {"tickets": TAKEN_OVER[1][2]}},
    ],
    ids=["a connection's page", "the API", "the database", "legacy"],
)
def test_a_state_that_a_platform_shows_is_gone_on_from(
    tmp_path: Path, emulator: Emulator, state: Any
) -> None:
    emulator.site.log.reset()
    catalog = {"streams": [row("tickets", mode="incremental")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, state)
    assert output.code == 0, output.errors
    assert f"start_time={EPOCH}" in emulator.requests["log"][0]["query"].split("&")


@pytest.mark.parametrize(
    "state", [{"ticket": TAKEN_OVER[1][2]}, {"streams": {"tickets": TAKEN_OVER[1][2]}}], ids=str
)
def test_a_state_that_names_no_stream_begins_nothing_anew(
    tmp_path: Path, emulator: Emulator, state: Any
) -> None:
    emulator.site.log.reset()
    catalog = {"streams": [row("tickets", mode="incremental")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, state)
    error = expect_one_error(output, "config_error")
    (key,) = state
    assert f"`{key}`" in error["message"]
    assert emulator.requests["total"] == 0


FUTURE = {
    "tickets": {"generated_timestamp": "7952342400"},
    "ticket_metrics": {"_ab_updated_at": "7952342400"},
    "users": {"updated_at": "7952342400"},
    "organizations": {"updated_at": "7952342400"},
    "ticket_comments": {"created_at": "7952342400"},
    "ticket_metric_events": {"time": "7952342400"},
    "groups": {"updated_at": "2222-01-01T00:00:00Z"},
    "group_memberships": {"updated_at": "2222-01-01T00:00:00Z"},
    "ticket_fields": {"updated_at": "2222-01-01T00:00:00Z"},
    "deleted_tickets": {"deleted_at": "2222-01-01T00:00:00Z"},
    "satisfaction_ratings": {"updated_at": "7952342400"},
}


def test_a_cursor_in_the_future_asks_nothing_and_keeps_the_state(
    tmp_path: Path, emulator: Emulator
) -> None:
    catalog = {"streams": [row(name, mode="incremental") for name in FUTURE]}
    emulator.site.log.reset()
    output = InProcess(tmp_path, emulator.base_url).read(
        catalog, [state_of(name, state) for name, state in FUTURE.items()]
    )
    assert output.code == 0
    assert emulator.requests["total"] == 0
    assert output.records == []
    kept = {
        state["stream"]["stream_descriptor"]["name"]: state["stream"]["stream_state"]
        for state in output.states
    }
    assert kept == FUTURE
    for name in FUTURE:
        assert output.statuses(name) == ["STARTED", "COMPLETE"]


def test_states_of_streams_that_are_not_selected_are_left_alone(
    tmp_path: Path, emulator: Emulator
) -> None:
    state = [state_of("charges", {"created": 5}), state_of("tickets", {"foreign": 1})]
    output = InProcess(tmp_path, emulator.base_url).read(CATALOG, state)
    assert output.code == 0


# --- secrets

SIGN_INS: list[dict[str, str]] = [
    {**CREDENTIALS, "api_token": SECRET},
    {"credentials": "oauth2.0", "access_token": SECRET},
    {
        "credentials": "oauth2_refresh",
        "client_id": "emulator-client",
        "client_secret": "emulator-client-secret",
        "refresh_token": SECRET,
    },
    {
        "credentials": "oauth2_client_credentials",
        "client_id": "emulator-client",
        "client_secret": SECRET,
    },
]


@pytest.mark.parametrize("credentials", SIGN_INS)
def test_wrong_credentials(tmp_path: Path, emulator: Emulator, credentials: dict[str, str]) -> None:
    connector = InProcess(tmp_path, emulator.base_url, credentials=credentials)
    emulator.site.log.reset()
    output = connector.run(*connector.read_arguments(CATALOG), "--debug")
    assert sum(emulator.site.log.by_path.values()) == 1, "a refusal is final: one request"
    expect_one_error(output, "config_error")
    assert output.statuses("tags")[-1] == "INCOMPLETE"
    expect_failed_check(connector.check(), "")


OUR_SECRETS = (
    *("emulator-api-token", "emulator-client-secret", "emulator-access-token"),
    *("emulator-refresh-token-1", "Basic "),
)


@pytest.mark.parametrize(
    "layout",
    [
        {"credentials": CREDENTIALS},
        {"credentials": {"credentials": "oauth2.0", "access_token": "emulator-access-token"}},
        {
            "credentials": {
                "credentials": "oauth2_client_credentials",
                "client_id": "emulator-client",
                "client_secret": "emulator-client-secret",
            }
        },
        {"auth_method": {**CREDENTIALS, "auth_method": "api_token"}},
        {
            "credentials": {
                "credentials": "oauth2_refresh",
                "client_id": "emulator-client",
                "client_secret": "emulator-client-secret",
                "refresh_token": "emulator-refresh-token-1",
            }
        },
    ],
    ids=["api token", "access token", "client", "old layout", "refresh token"],
)
def test_debug_shows_no_secret(tmp_path: Path, emulator: Emulator, layout: dict[str, Any]) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    del connector.config["credentials"]
    connector.config |= layout
    for command in ("check", "discover", "read"):
        config = ["--config", connector.file("config.json", connector.config)]
        more = ["--catalog", connector.file("catalog.json", CATALOG)] if command == "read" else []
        output = connector.run(command, *config, *more, "--debug")
        assert output.code == 0
        connector.config = output.new_config or connector.config
        told = [line for line in output.lines if not line.startswith('{"type":"CONTROL"')]
        text = "".join(told) + output.stderr
        assert [secret for secret in OUR_SECRETS if secret in text] == []


def test_debug_shows_no_secret_of_a_process(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    output = connector.run(*connector.read_arguments(CATALOG), "--debug")
    assert output.code == 0
    text = "".join(output.lines) + output.stderr
    assert [secret for secret in OUR_SECRETS if secret in text] == []


# --- the world outside


def test_no_network(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1) as gone:
        base_url = gone.base_url
    connector = InProcess(tmp_path, base_url, retry_patience_seconds=0)
    expect_one_error(connector.read(CATALOG), "transient_error")


def test_a_closed_stdout_ends_the_process(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url, page_size=10)
    output = connector.read_and_close(connector.catalog(), after_lines=3, timeout_s=30)
    assert output.code == 1
    assert "Traceback" not in output.stderr


def test_messages_are_json_lines_of_the_protocol(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    for output in (connector.check(), connector.discover(), connector.read(connector.catalog())):
        assert output.stderr == ""
        kinds = {json.loads(line)["type"] for line in output.lines}
        assert kinds <= {"RECORD", "STATE", "LOG", "TRACE", "CATALOG", "CONNECTION_STATUS"}
