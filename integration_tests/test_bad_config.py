"""Configurations that cannot be used: the field is named, and Zendesk is not asked for anything."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from test_support.connector.process import CREDENTIALS, Connector, InProcess
from test_support.inputs.refusals import CATALOG, SECRET, expect_failed_check, expect_one_error, row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zendesk_emulator import Emulator

SPEC = json.loads(resources.files("source_zendesk_support").joinpath("spec.json").read_bytes())
FIELDS = SPEC["connectionSpecification"]["properties"]
WAYS = {way["properties"]["credentials"]["const"]: way for way in FIELDS["credentials"]["oneOf"]}
ABSENT = object()
# Of how many cases one is also run as a process: each costs seconds, and differs in nothing else.
PROCESS_EVERY = 20


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
