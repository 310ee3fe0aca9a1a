"""Whether a verification finds what differs, names nothing that does not, and asks what it said."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.clock import CLOCK, HOUR_S
from test_support.local.planted import (
    PLANTED,
    Planted,
    not_found,
)
from test_support.local.synced import Synced
from test_support.local.verdicts import planted_file, verdicts
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path


def test_a_clean_account_has_no_difference_and_costs_what_was_said(
    synced: Synced, capsys: pytest.CaptureFixture[str]
) -> None:
    before = synced.emulator.requests["total"]
    code = synced.verify("--json", "--sample", "200")
    asked = synced.emulator.requests["total"] - before
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert [it for it in found["streams"] if it["is_faulty"]] == []
    assert [it["stream"] for it in found["streams"]] == list(STREAMS)
    assert (code, found["exit_code"], found["requests"]) == (0, 0, asked)
    assert asked <= found["most_requests"]
    most = f"{found['most_requests']:,}"
    assert told.err.startswith(
        f"Comparing {len(STREAMS)} streams with Zendesk takes at most {most} requests."
    )
    assert synced.verify("--streams", "groups") == 0
    told = capsys.readouterr()
    assert told.out == (
        "groups: complete. 12 rows; Zendesk counts 11; all compared; "
        "the count leaves out deleted groups.\n"
    )


@pytest.mark.parametrize("days", [30, 700])
def test_records_from_before_the_start_date_are_not_owed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days: int
) -> None:
    start_date = f"{CLOCK - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        synced = Synced(tmp_path, emulator, start_date=start_date)
        synced.verify("--json")
    assert [it for it in verdicts(capsys)["streams"] if it["is_faulty"]] == []


@pytest.mark.parametrize("it", PLANTED, ids=str)
def test_each_planted_difference_is_found_in_a_file(
    synced: Synced, it: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, key = planted_file(synced, it, tmp_path)
    code = synced.verify("--json", "--sample", "900", "--streams", it.stream, file=file)
    (found,) = verdicts(capsys)["streams"]
    assert not_found({it: key}, [found]) == []
    assert len(found["missing"]) + len(found["stale"]) + len(found["extra"]) == 1
    assert code == 1


def test_a_change_after_the_sync_is_late_and_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False) as emulator:
        synced = Synced(tmp_path, emulator, "groups", "tickets")
        emulator.clock.advance(HOUR_S)
        emulator.change("update_group", count=1, seed=1)
        emulator.change("new_ticket", count=2, seed=1)
        emulator.clock.advance(HOUR_S)
        assert synced.verify() == 0
        told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("tickets: late, 2 changed since the last sync, less its last minute.")
    assert told[1].startswith("groups: late, 1 changed since the last sync, less its last minute.")


def test_rows_that_went_with_a_deleted_ticket_are_not_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False) as emulator:
        tickets = emulator.account.table("tickets").rows
        ratings = emulator.account.table("satisfaction_ratings").rows.values()
        rated = next(it for it in ratings if not tickets[it.parent].archived
                     and tickets[it.parent].status != "deleted")  # fmt: skip
        emulator.change("delete_ticket", row_id=rated.parent)
        emulator.clock.advance(HOUR_S)
        names = ("tickets", "satisfaction_ratings")
        synced = Synced(tmp_path, emulator, "groups", deletions="tombstones")
        lines = synced.connector.read(synced.connector.catalog(*names)).lines
        gone = [line for line in lines if "_ab_cdc_deleted_at" in line]
        said = [line for line in lines if '"RECORD"' not in line]
        assert any(f'"id":{rated.id},' in line for line in gone), said
        file = tmp_path / "gone.jsonl"
        file.write_text("\n".join(lines))
        assert synced.verify("--streams", "satisfaction_ratings", file=file) == 0
    assert capsys.readouterr().out.startswith("satisfaction_ratings: complete.")


def test_rows_that_tombstones_mark_are_not_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("tickets", "ticket_comments", "attachments", "ticket_metric_events", "users",
             "organizations", "groups", "brands")  # fmt: skip
    with Emulator(size="tiny", seed=5, clock_at=CLOCK, limits=False) as emulator:
        emulator.clock.advance(HOUR_S)
        synced = Synced(tmp_path, emulator, "groups", deletions="tombstones")
        lines = synced.connector.read(synced.connector.catalog(*names)).lines
        marked = {json.loads(it)["record"]["stream"] for it in lines if "_ab_cdc_deleted_at" in it
                  and '"RECORD"' in it}  # fmt: skip
        assert marked >= {"tickets", "users", "organizations", "groups", "brands"}
        file = tmp_path / "marked.jsonl"
        file.write_text("\n".join(lines))
        code = synced.verify("--json", file=file)
        assert [it for it in verdicts(capsys)["streams"] if it["is_faulty"]] == []
        assert code == 0
        # A comment of a ticket that is there is still missed.
        ticket = next(it for it in emulator.truth("tickets").must if it["status"] == "open")
        lost = ('"RECORD"', '"stream":"ticket_comments"', f'"ticket_id":{ticket["id"]},')
        lines = [it for it in lines if not all(part in it for part in lost)]
        file.write_text("\n".join(lines))
        assert synced.verify("--streams", "ticket_comments", file=file) == 1


def test_a_refused_stream_is_not_a_fault_and_an_unreachable_one_is(
    synced: Synced, capsys: pytest.CaptureFixture[str]
) -> None:
    synced.emulator.fault(path="/api/v2/macros", status=403)
    synced.emulator.fault(path="/api/v2/views", status=400)
    try:
        assert synced.verify("--streams", "macros") == 0
        assert synced.verify("--streams", "views") == 1
    finally:
        synced.emulator.site.faults.clear()
    macros, views = capsys.readouterr().out.splitlines()
    assert macros.startswith("macros: cannot be counted: ")
    assert views.startswith("views: cannot be counted: ")


def test_a_stream_that_is_not_there_is_an_error(
    synced: Synced, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text("")
    assert synced.verify(file=file) == 1
    assert "holds nothing of any stream" in capsys.readouterr().err
    assert synced.verify(file=tmp_path / "missing.jsonl") == 1
    assert "cannot be read (FileNotFoundError)" in capsys.readouterr().err


def test_lines_that_are_not_messages_are_counted(
    synced: Synced, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = ["a library says so", "[]", "7", '{"type":"RECORD"}', '{"type":"RECORD","record":{"stre']
    odd += ['{"type":"RECORD","record":{"stream":"groups","data":null}}', '{"type":"TRACE"}']
    odd += ['{"type":"LOG","log":{"message":"{\\"summary\\":7}"}}', "\x00"]
    file = tmp_path / "odd.jsonl"
    file.write_text("\n".join([*odd, *synced.output.lines]))
    assert synced.verify("--streams", "groups", file=file) == 0
    assert capsys.readouterr().err.startswith(f"{len(odd)} lines are not messages")
