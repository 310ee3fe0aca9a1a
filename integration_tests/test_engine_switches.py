"""Switches of the engine: between syncs, in the middle of one, and after a first one by lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.streams.walks import first_engine
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.engine_account import Account
from test_support.connector.engines import OF_OPEN_TICKETS
from test_support.connector.process import Output
from zendesk_emulator import Emulator
from zendesk_emulator.server.closing import plan_of

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 10
# A ticket that is deleted and purged between two rechecks leaves nothing behind: not among these.
SWITCH_CHANGES = (
    *("new_ticket", "update_ticket", "silent_update_ticket", "comment", "tag", "delete_ticket"),
    *("metric_event", "new_user", "update_user", "deactivate_user", "new_organization"),
    *("update_organization", "delete_organization", "new_object_record", "update_object_record"),
    "delete_object_record",
)


@pytest.mark.usefixtures("one_share")
@pytest.mark.parametrize("seed", [2, 3])
def test_exports_to_lists_to_exports_loses_nothing(tmp_path: Path, seed: int) -> None:
    with Emulator(size="tiny", seed=seed, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, page_size=20)
        for round_, is_closed in enumerate([False, True, True, False, False, True, False]):
            if is_closed:
                account.close()
            else:
                account.open()
            account.sync()
            found = account.differences(by_exports=not is_closed)
            assert found == [], f"after round {round_}"
            account.change(1000 * seed + round_)


@pytest.mark.usefixtures("one_share")
@pytest.mark.parametrize("after", [1, 2, 4, 7, 11])
def test_a_closing_in_the_middle_of_a_sync_switches_at_the_next_page(
    tmp_path: Path, after: int
) -> None:
    with Emulator(size="tiny", seed=4, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, page_size=10)
        emulator.site.closing.set(plan_of("open", after=after))
        account.sync()
        assert account.differences() == []
        account.change(7)
        account.sync()
        assert account.differences() == []


@pytest.mark.parametrize("seed", [6, 7])
def test_a_switch_repeats_at_most_a_page_and_the_last_hour(tmp_path: Path, seed: int) -> None:
    """In both directions, with deletions, silent changes and an account that changes meanwhile."""
    with Emulator(size="tiny", seed=seed, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, page_size=PAGE)
        account.connector.config["recheck_hours"] = 5
        account.sync()
        plan = ["closed", "closed", "closed", "open", "open", "closed", "open"]
        for number, (before, now) in enumerate(zip(["open", *plan], plan, strict=False)):
            for kind in SWITCH_CHANGES:
                emulator.change(kind, count=3, seed=100 * seed + number)
            emulator.clock.advance(3 * HOUR_S)
            account.close() if now == "closed" else account.open()
            again = account.repeats()
            if now == "closed":  # a recheck asks for open tickets without comparing
                again = {name: n for name, n in again.items() if name not in OF_OPEN_TICKETS}
            assert all(count <= PAGE for count in again.values()), (number, before, now, again)
            if now == "open":
                assert account.differences(by_exports=True) == [], number


def test_a_killed_switch_back_repeats_no_more(tmp_path: Path) -> None:
    """The place of the lists stays in the state until the export has passed it."""
    with Emulator(size="tiny", seed=6, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, "ticket_events", "ticket_metric_events", page_size=1)
        account.connector.config["recheck_hours"] = 400
        account.sync()
        account.close()
        for number in range(3):
            emulator.change("comment", count=5, seed=number)
            emulator.clock.advance(3 * HOUR_S)
            account.sync()
        account.open()
        emulator.site.closing.set(plan_of("open", after=3))  # it fails within the export
        account.connector.config["engine"] = "exports"
        account.destination.take(account.connector.read(account.catalog, account.states()))
        account.open()
        assert sum(account.repeats().values()) == 0
        assert account.differences(by_exports=True) == []


@pytest.fixture
def every_minute_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a first sync begin with lists where they are sooner by any time, as on a tiny account."""
    monkeypatch.setattr(first_engine, "WORTH_MIN", 0.0)


@pytest.mark.usefixtures("every_minute_counts", "one_share")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_first_sync_by_lists_is_followed_by_exports(tmp_path: Path, seed: int) -> None:
    with Emulator(size="tiny", seed=seed, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, page_size=20)
        output = account.sync()
        assert "incremental/tickets/cursor in this first sync: it takes about" in output.logs
        assert not [path for path in emulator.site.log.by_path if path.endswith("tickets/cursor")]
        assert account.differences() == []
        for round_ in range(3):
            account.change(10 * seed + round_)
            account.sync()
            assert account.differences(by_exports=True) == [], f"after round {round_}"
        assert [path for path in emulator.site.log.by_path if path.endswith("tickets/cursor")]


@pytest.mark.usefixtures("every_minute_counts")
def test_a_first_sync_whose_lists_are_refused_reads_the_export(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, "tickets", "ticket_metrics")
        emulator.site.refusals.add("/api/v2/search/export", "role")  # the archive
        output = account.sync()
        assert "incremental/tickets/cursor is read, since its lists cannot be" in output.logs
        assert account.differences(by_exports=True) == []


@pytest.mark.usefixtures("every_minute_counts")
def test_a_first_sync_by_lists_that_stops_resumes_by_lists(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, "tickets", page_size=5)
        whole = account.connector.read(account.catalog, [])
        first = Output([*whole.lines[: len(whole.lines) // 2]], 1)
        account.destination.take(first)
        emulator.site.log.reset()
        account.sync()
        assert not [path for path in emulator.site.log.by_path if path.endswith("tickets/cursor")]
        assert account.differences(by_exports=True) == []
