"""Unavailable streams: named by discover, refused once by a sync, skipped when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support import discovery
from test_support.connector.process import InProcess, Output
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = {"credentials": "oauth2.0", "access_token": "emulator-access-token"}
RATINGS = "satisfaction_ratings"
CORE = {
    "tickets": "/api/v2/incremental/tickets",
    "users": "/api/v2/incremental/users",
    "organizations": "/api/v2/incremental/organizations",
}
# The refusals of the emulator, and the words for their reasons.
REASONS = {
    "plan": "plan or the role",
    "plan_newer": "plan or the role",
    "scope": "lacks the OAuth scope",
    "missing": "not switched on",
    "record_missing": "not switched on",
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running


def descriptions(output: Output) -> dict[str, str]:
    return {name: row["json_schema"]["description"] for name, row in output.streams.items()}


def without_descriptions(output: Output) -> dict[str, Any]:
    return {
        name: {**row, "json_schema": {**row["json_schema"], "description": ""}}
        for name, row in output.streams.items()
    }


@pytest.mark.parametrize("kind", REASONS)
def test_discover_always_has_every_stream_and_says_what_is_closed(
    tmp_path: Path, emulator: Emulator, kind: str
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, credentials=TOKEN)
    before = connector.discover()
    assert "cannot read" not in "".join(descriptions(before).values())
    emulator.site.refusals.add(f"/api/v2/{RATINGS}", kind)
    after = connector.discover()
    assert without_descriptions(after) == without_descriptions(before)
    closed = {name for name, text in descriptions(after).items() if "cannot read" in text}
    assert closed == {RATINGS, "satisfaction_reasons"}
    reason = "the account's plan" if kind.startswith("plan") else REASONS[kind]
    assert reason in descriptions(after)[RATINGS]
    assert "customer satisfaction" in descriptions(after)[RATINGS]
    assert f"cannot read the stream {RATINGS}: " in after.logs
    check = connector.check()
    assert f"cannot read the stream {RATINGS}: " in check.logs, "from the same probes"


def test_discover_says_that_an_agent_may_not_export(tmp_path: Path, emulator: Emulator) -> None:
    token = emulator.site.sign_in.issue(frozenset({"read"}), admin=False)
    connector = InProcess(
        tmp_path, emulator.base_url, credentials={**TOKEN, "access_token": token.access}
    )
    found = descriptions(connector.discover())
    assert "role of who signed in is agent" in found["tickets"]
    assert "cannot read" not in found["tags"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "answer", "status": 401},
        {"kind": "answer", "status": 500},
        {"kind": "html"},
        {"kind": "reset"},
        {"kind": "answer", "status": 301},
        {"kind": "answer", "status": 429, "headers": {"Retry-After": "90"}},
    ],
)
def test_no_fault_fails_discover(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr(discovery, "ASKING_PATIENCE_S", 0.0)
    monkeypatch.setattr(discovery, "ASKING_RATE_LIMIT_PATIENCE_S", 0.0)
    connector = InProcess(tmp_path, emulator.base_url, credentials=TOKEN)
    usual = connector.discover()
    emulator.fault(path="^/", **fault)
    output = connector.discover()
    assert output.code == 0
    assert output.streams == usual.streams
    assert "What this account can read is not known" in output.logs


def test_a_probe_that_fails_closes_nothing(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "ASKING_PATIENCE_S", 0.0)
    connector = InProcess(tmp_path, emulator.base_url, credentials=TOKEN)
    emulator.fault(path=f"/{RATINGS}$", kind="answer", status=500)
    output = connector.discover()
    assert "cannot read" not in "".join(descriptions(output).values())
    assert connector.check().status["status"] == "SUCCEEDED"


def test_discover_without_a_network_is_static_too(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "ASKING_PATIENCE_S", 0.0)
    usual = InProcess(tmp_path, emulator.base_url).discover()
    with Emulator(size="tiny", seed=1) as gone:
        base_url = gone.base_url
    output = InProcess(tmp_path, base_url).discover()
    assert output.streams == usual.streams


@pytest.mark.parametrize("kind", [*REASONS, "record_invalid"])
def test_a_refused_stream_fails_alone_after_one_request(
    tmp_path: Path, emulator: Emulator, kind: str
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, credentials=TOKEN)
    catalog = connector.catalog(RATINGS, "groups", "tags")
    emulator.site.refusals.add(f"/api/v2/{RATINGS}", kind)
    emulator.site.log.reset()
    output = connector.read(catalog)
    assert output.code == 1
    asked = [path for path in emulator.site.log.by_path.elements() if RATINGS in path]
    assert asked == [f"/api/v2/{RATINGS}"]
    assert output.statuses(RATINGS) == ["STARTED", "INCOMPLETE"]
    assert output.statuses("groups")[-1] == output.statuses("tags")[-1] == "COMPLETE"
    states = {state["stream"]["stream_descriptor"]["name"] for state in output.states}
    assert states == {"groups", "tags"}
    (error,) = [error for error in output.errors if error.get("stream_descriptor")]
    assert error["stream_descriptor"]["name"] == RATINGS
    if kind == "record_invalid":  # 422: our own fault, not a refusal
        assert error["failure_type"] == "system_error"
        return
    assert error["failure_type"] == "config_error"
    for word in (RATINGS, REASONS[kind], "take the stream out", "skip_unavailable_streams"):
        assert word in error["message"]


def test_an_error_of_an_api_token_does_not_name_scopes(tmp_path: Path, emulator: Emulator) -> None:
    """It has none: the same answer speaks of the plan or the role."""
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("ticket_forms")
    body = {"error": "Forbidden", "description": "You do not have access to this page."}
    emulator.fault(path="/ticket_forms$", kind="answer", status=403, body=body)
    (error,) = [error for error in connector.read(catalog).errors if "stream_descriptor" in error]
    check = connector.check()
    assert check.status["status"] == "SUCCEEDED"
    (logged,) = [line for line in check.logs.splitlines() if "ticket_forms" in line]
    described = descriptions(connector.discover())["ticket_forms"]
    for text in (error["message"], logged, described):
        assert "plan" in text
        assert "scope" not in text
        assert "OAuth" not in text


@pytest.mark.parametrize("body", ["", "<html>Forbidden</html>", "null", "[]", '"x"', '{"a":1}'])
@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_goes_by_its_status_whatever_the_body(
    tmp_path: Path, emulator: Emulator, status: int, body: str
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, skip_unavailable_streams=True)
    catalog = connector.catalog(RATINGS)
    emulator.fault(path=f"/{RATINGS}$", kind="answer", status=status, body=body)
    output = connector.read(catalog)
    assert output.code == 0
    assert output.statuses(RATINGS) == ["STARTED", "COMPLETE"]


@pytest.mark.parametrize("kind", REASONS)
def test_skipping_completes_with_a_warning_and_no_records(
    tmp_path: Path, emulator: Emulator, kind: str
) -> None:
    connector = InProcess(
        tmp_path, emulator.base_url, credentials=TOKEN, skip_unavailable_streams=True
    )
    catalog = connector.catalog(RATINGS, "tags")
    emulator.site.refusals.add(f"/api/v2/{RATINGS}", kind)
    output = connector.read(catalog)
    assert output.code == 0
    assert output.errors == []
    assert output.statuses(RATINGS) == ["STARTED", "COMPLETE"]
    assert output.counts()[RATINGS] == 0
    warnings = [log["message"] for log in output.of("LOG") if log["level"] == "WARN"]
    (warning,) = [text for text in warnings if f"{RATINGS} is skipped" in text]
    assert REASONS[kind] in warning
    states = {state["stream"]["stream_descriptor"]["name"] for state in output.states}
    assert RATINGS not in states, "the state that the platform has stands"


@pytest.mark.parametrize("name", CORE)
def test_a_core_stream_is_never_skipped(tmp_path: Path, emulator: Emulator, name: str) -> None:
    connector = InProcess(
        tmp_path, emulator.base_url, skip_unavailable_streams=True, engine="exports"
    )
    shares = {"tickets": "ticket_metrics", "users": "user_identities"}.get(name, "tags")
    catalog = connector.catalog(name, shares)
    emulator.site.refusals.add(CORE[name], "role")
    output = connector.read(catalog)
    assert output.code == 1
    assert output.statuses(name) == ["STARTED", "INCOMPLETE"]
    assert output.statuses(shares)[-1] == "COMPLETE"
    error = output.errors[0]
    assert error["failure_type"] == "config_error"
    assert name in error["message"]
    assert "to admins only" in error["message"]
    assert "You do not have access to this page" in error["message"], "what Zendesk itself said"
    assert "skip_unavailable_streams" not in error["message"]


def test_a_stream_that_is_refused_after_records_came_is_not_skipped(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url, skip_unavailable_streams=True, page_size=2)
    catalog = connector.catalog("groups")
    emulator.fault(path="/groups$", kind="answer", status=403, skip=1)
    output = connector.read(catalog)
    assert output.code == 1
    assert output.statuses("groups") == ["STARTED", "RUNNING", "INCOMPLETE"]
    assert len(output.states) == 1


def test_a_wrong_address_is_not_a_refusal(tmp_path: Path, emulator: Emulator) -> None:
    """Skipping must not turn a wrong subdomain into an empty sync that succeeds."""
    connector = InProcess(tmp_path, emulator.base_url, skip_unavailable_streams=True)
    catalog = connector.catalog("tags")
    emulator.site.host = "acme.zendesk.com"
    output = connector.read(catalog)
    assert output.code == 1
    assert "subdomain" in output.errors[0]["message"]


@pytest.mark.parametrize("skip", [False, True])
def test_an_account_that_refuses_everything_ends_no_stream_complete(
    tmp_path: Path, emulator: Emulator, skip: bool
) -> None:
    """An IP restriction, or a suspension: skipped streams would have emptied a destination."""
    connector = InProcess(tmp_path, emulator.base_url, skip_unavailable_streams=skip)
    names = ("groups", "brands", "articles", "side_conversations", "custom_object_records")
    catalog = connector.catalog(*names)
    emulator.fault(path="/api/v2/", status=403, body={"error": "Forbidden"})
    try:
        output = connector.read(catalog)
    finally:
        emulator.site.faults.clear()
    assert output.code == 1
    assert output.states == []
    for name in names:
        assert output.statuses(name)[-1] == "INCOMPLETE"
    causes = [error["message"] for error in output.errors if error.get("stream_descriptor")]
    assert len(causes) == len(names)
    assert all("even the account's settings" in cause for cause in causes)
