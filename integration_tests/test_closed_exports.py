"""check and discover where Zendesk refuses the exports: the true cause, and the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from source_zendesk_support import discovery
from source_zendesk_support.streams.catalog.export_access import probe_exports
from source_zendesk_support.zendesk.errors import Refusal, StreamRefused
from test_support.connector.process import InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = ["403-object", "403-described", "404-coded", "403-empty", "410-details", "410-html"]
CLIENT = {
    "credentials": "oauth2_client_credentials",
    "client_id": "emulator-client",
    "client_secret": "emulator-client-secret",
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "ASKING_PATIENCE_S", 0.0)


def closed(tmp_path: Path, answer: str, **config: Any) -> tuple[dict[str, Any], str]:
    with Emulator(
        size="tiny", seed=1, limits=False, exports="closed", exports_answer=answer
    ) as emulator:
        output = InProcess(tmp_path, emulator.base_url, **config).check()
        assert output.code == 0
        paths = [entry["path"] for entry in emulator.requests["log"]]
    assert [path for path in paths if "/incremental/" in path] == [
        "/api/v2/incremental/tickets/sample"
    ]
    return output.status, output.logs


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_true_cause_is_one_sentence(tmp_path: Path, answer: str) -> None:
    status, logs = closed(tmp_path, answer)
    assert status == {"status": "SUCCEEDED"}
    (line,) = [line for line in logs.splitlines() if "refuses the incremental exports" in line]
    for word in (
        "this admin", answer[:3], "third party", "December 2026", "OAuth client of the account",
        "without `marketplace`", "the engine `lists` reads all streams but calls, call_legs and ",
    ):  # fmt: skip
        assert word in line
    assert line.count(". ") == 0


def test_exports_alone_are_an_error_with_the_same_sentence(tmp_path: Path) -> None:
    status, _ = closed(tmp_path, "403-object", engine="exports")
    assert status["status"] == "FAILED"
    for word in ("third party", "December 2026", "set `engine` to auto"):
        assert word in status["message"]


def test_marketplace_is_part_of_the_cure_where_it_is_set(tmp_path: Path) -> None:
    _, logs = closed(tmp_path, "403-object", marketplace={"name": "Acme Sync"})
    assert "and remove `marketplace`" in logs


def test_discover_says_it_and_lists_every_stream(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, limits=False, exports="closed") as emulator:
        output = InProcess(tmp_path, emulator.base_url).discover()
    assert "for a third party" in output.logs
    for name in ("calls", "skill_assignments"):
        assert "no list replaces it" in output.streams[name]["json_schema"]["description"]
    assert "cannot read it" not in output.streams["tickets"]["json_schema"]["description"]


@pytest.mark.parametrize("command", ["check", "discover"])
def test_marketplace_beside_open_exports_is_warned_of_once(tmp_path: Path, command: str) -> None:
    with Emulator(size="tiny", seed=1, limits=False) as emulator:
        connector = InProcess(tmp_path, emulator.base_url, marketplace={"name": "Acme Sync"})
        output = getattr(connector, command)()
    assert output.logs.count("`marketplace` is set") == 1


def test_a_closed_export_that_answers_as_a_missing_scope_differs_from_one(tmp_path: Path) -> None:
    """The granted scopes decide: the client of the emulator has `read`."""
    _, logs = closed(tmp_path, "403-described", credentials=CLIENT)
    assert "third party" in logs


def test_a_missing_scope_is_not_taken_for_the_closing() -> None:
    error = StreamRefused(
        "no", about="GET x", remedy="y", status=403, reason=Refusal.SCOPE, code="Forbidden"
    )
    client = Mock(**{"zendesk_s.return_value": 1_780_000_000, "get.side_effect": error})
    for scopes in (None, frozenset({"hc:read"})):
        assert probe_exports(client, scopes, print) is None
