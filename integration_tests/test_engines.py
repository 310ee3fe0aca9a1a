"""The engines: an account is read alike with exports and with lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from test_support.clock import CLOCK
from test_support.connector.account_time import Account as LimitedAccount
from test_support.connector.engine_account import Account
from test_support.connector.engines import STREAMS, known
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("one_share")
def test_a_closed_account_is_read_whole_and_followed_for_three_rounds(tmp_path: Path) -> None:
    """By the command; unit_tests/streams/walks/test_engine_answers.py has all answers."""
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, page_size=20)
        for round_ in range(4):
            account.sync()
            assert account.differences() == [], f"after round {round_}"
            account.change(300 + round_)


def test_the_engine_is_logged_once_a_family(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        output = Account(tmp_path, emulator).sync()
    lines = [line for line in output.logs.splitlines() if "Lists are read instead of" in line]
    assert len(lines) == len(set(lines)) == 6
    assert all("Zendesk refuses the export with status 403" in line for line in lines)


def test_lists_are_read_where_the_user_says_so_without_a_request_to_an_export(
    tmp_path: Path,
) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, engine="lists")
        emulator.site.log.reset()
        account.sync()
        assert account.differences() == []
        assert not [path for path in emulator.site.log.by_path if "/incremental/" in path]
    rows = {row["stream"]["name"]: row["stream"] for row in account.catalog["streams"]}
    # The published connector has no records of custom objects; their state is by object.
    for name in account.destination.state.keys() - {"custom_object_records"}:
        state = account.destination.state[name]
        (key,) = rows[name]["default_cursor_field"]
        assert state[key], f"{name} has a published key, from which exports lose nothing"


def test_exports_alone_fail_where_they_are_closed(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets", engine="exports")
        output = account.connector.read(account.catalog, [])
        assert output.code == 1
        assert not [path for path in emulator.site.log.by_path if path == "/api/v2/tickets"]


def test_calls_end_with_the_true_reason_and_the_others_continue(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "calls", "call_legs", "tickets")
        output = account.connector.read(account.catalog, [])
    assert output.code == 1
    assert output.statuses("tickets")[-1] == "COMPLETE"
    for name in ("calls", "call_legs"):
        assert output.statuses(name)[-1] == "INCOMPLETE"
        (error,) = [
            e for e in output.errors if (e.get("stream_descriptor") or {}).get("name") == name
        ]
        assert error["failure_type"] == "config_error"
        assert "an export that Zendesk does not close to third parties" in error["message"]


@pytest.mark.parametrize("engine", ["auto", "lists"])
def test_the_same_account_gives_the_same_records_with_exports_and_with_lists(
    tmp_path: Path, engine: str
) -> None:
    """Record for record, but for what the documentation lists."""
    with Emulator(size="tiny", seed=5, clock_at=CLOCK, limits=False) as emulator:
        folders = [tmp_path / name for name in ("exports", "lists")]
        for folder in folders:
            folder.mkdir()
        by_exports = Account(folders[0], emulator, engine="exports")
        by_exports.sync()
        by_lists = Account(folders[1], emulator, engine=engine)
        if engine == "auto":
            by_lists.close()
        by_lists.sync()
        for stream in STREAMS:
            theirs = by_exports.destination.tables[stream]
            ours = by_lists.destination.tables[stream]
            assert ours.keys() <= theirs.keys()
            for key, record in ours.items():
                assert known(stream, record) == known(stream, theirs[key]), stream


def test_lists_begin_no_later_than_exports(tmp_path: Path) -> None:
    """An export begins with what was archived or touched silently since the start, too."""
    with Emulator(size="tiny", seed=5, clock_at=CLOCK, limits=False) as emulator:
        held = {}
        for engine in ("exports", "lists"):
            folder = tmp_path / engine
            folder.mkdir()
            account = Account(
                folder, emulator, "tickets", engine=engine, start_date="2026-05-01T00:00:00Z"
            )
            account.sync()
            held[engine] = account.destination.tables["tickets"]
    by_exports, by_lists = held["exports"], held["lists"]
    old = [it for it in by_exports.values() if it["updated_at"] < "2026-05"]
    assert old, "archived since"
    assert by_exports.keys() <= by_lists.keys()


@pytest.mark.parametrize("limit", [40, 200])
def test_lists_meet_no_429_of_our_own_making(limit: int) -> None:
    with LimitedAccount("tiny", account_limit=limit, exports="closed") as account:
        catalog = account.catalog(*STREAMS)
        output = account.read(catalog, page_size=5, archived_ticket_events=True)
        assert output.code == 0, output.error
        assert account.statuses()["429"] == 0
        log = account.sent()
        busiest = max(
            sum(1 for it in log if begin <= it.at_s < begin + 60) for begin in (e.at_s for e in log)
        )
        assert busiest <= 0.9 * limit, "the rest is left to people and other integrations"


def test_where_lists_are_refused_too_the_error_names_the_export(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets")
        emulator.site.refusals.add("/api/v2/tickets", "role")
        output = account.connector.read(account.catalog, [])
    assert output.code == 1
    (error,) = [it for it in output.errors if it.get("stream_descriptor")]
    assert "incremental/tickets/cursor" in error["message"]
