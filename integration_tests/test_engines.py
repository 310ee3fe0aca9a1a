"""The engines: an account is read alike with exports, with lists, and switched in the middle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.walks import ticket_list
from test_support.connector.engines import STREAMS, deleted_tickets, differences, known
from test_support.connector.process import Connector, Destination, InProcess
from zendesk_emulator import Emulator
from zendesk_emulator.server.closing import plan_of

if TYPE_CHECKING:
    from pathlib import Path

    from test_support.connector.process import Output

CLOCK = datetime(2026, 6, 1, tzinfo=UTC)
HOUR_S = 3600


@pytest.fixture
def one_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each recheck ask for all closed tickets, so that one round shows every silent change."""
    monkeypatch.setattr(ticket_list, "SHARES", 1)


class Account:
    """An emulated account, the connector in front of it, and the destination behind."""

    def __init__(self, folder: Path, emulator: Emulator, *names: str, **config: Any) -> None:
        self.emulator = emulator
        self.connector = InProcess(
            folder, emulator.base_url, recheck_hours=0, archived_ticket_events=True, **config
        )
        self.catalog = self.connector.catalog(*(names or STREAMS))
        self.destination = Destination(self.catalog)
        self.gone: set[int] = set()

    def sync(self) -> Output:
        output = self.connector.read(self.catalog, self.destination.states())
        assert output.code == 0, [error["message"] for error in output.errors]
        self.destination.take(output)
        self.gone |= deleted_tickets(self.emulator)
        return output

    def close(self, answer: str = "403-object", **how: Any) -> None:
        self.emulator.site.closing.set(plan_of("closed", answer, **how))

    def open(self) -> None:
        self.emulator.site.closing.set(plan_of("open"))

    def differences(self, *, by_exports: bool = False) -> list[str]:
        return [
            difference
            for stream in self.destination.keys
            for difference in differences(
                self.emulator, self.destination, stream, self.gone, by_exports=by_exports
            )
        ]

    def change(self, seed: int) -> None:
        self.emulator.change("mix", count=60, seed=seed)
        self.emulator.clock.advance(HOUR_S)


@pytest.mark.usefixtures("one_share")
@pytest.mark.parametrize(
    ("seed", "answer"), [(1, "403-object"), (2, "404-coded"), (3, "403-described")]
)
def test_a_closed_account_is_read_whole_and_followed_for_three_rounds(
    tmp_path: Path, seed: int, answer: str
) -> None:
    with Emulator(
        size="tiny", seed=seed, clock_at=CLOCK, limits=False,
        exports="closed", exports_answer=answer,
    ) as emulator:  # fmt: skip
        account = Account(tmp_path, emulator, page_size=20)
        for round_ in range(4):
            account.sync()
            assert account.differences() == [], f"after round {round_}"
            account.change(100 * seed + round_)


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


@pytest.mark.usefixtures("one_share")
@pytest.mark.parametrize("seed", [1, 2, 3])
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


@pytest.mark.parametrize("lines", [30, 90, 150, 260, 420])
def test_a_sync_that_is_killed_reads_at_most_a_page_a_stream_again(
    tmp_path: Path, lines: int
) -> None:
    """A page of the list; in the archive, one of the search, which is as large."""
    page = 10
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        connector = Connector(
            tmp_path, emulator.base_url, page_size=page, archived_ticket_events=True, num_workers=1
        )
        names = ("tickets", "ticket_metrics", "users", "organizations", "ticket_events")
        catalog = connector.catalog(*names)
        whole = Destination(catalog)
        undisturbed = connector.read(catalog)
        whole.take(undisturbed)
        destination = Destination(catalog)
        first = connector.read_and_kill(catalog, [], after_lines=lines)
        destination.take(first)
        second = connector.read(catalog, destination.states())
        destination.take(second)
        for name in names:
            assert destination.tables[name].keys() == whole.tables[name].keys()
            again = first.counts()[name] + second.counts()[name] - undisturbed.counts()[name]
            assert again <= page + 1, name


def test_a_silent_change_arrives_within_the_recheck(tmp_path: Path) -> None:
    """The bound that the documentation states: no later than the first sync after the hours."""
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets")
        account.connector.config["recheck_hours"] = 24
        account.sync()
        open_ticket = next(
            it["id"] for it in emulator.truth("tickets").must if it["status"] == "open"
        )
        emulator.change("silent_update_ticket", row_id=open_ticket, seed=1)
        for _ in range(23):
            emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["tickets"] == 0, "a recheck a day is what it costs"
        emulator.clock.advance(2 * HOUR_S)
        account.sync()
        assert account.differences() == []
        held = account.destination.tables["tickets"]
        assert any(ticket["id"] == open_ticket for ticket in held.values())
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["tickets"] == 0


def test_closed_tickets_are_rechecked_in_shares(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets")
        account.sync()
        closed = [it["id"] for it in emulator.truth("tickets").must if it["status"] == "closed"]
        assert closed
        for ticket_id in closed:
            emulator.change("silent_update_ticket", row_id=ticket_id, seed=ticket_id)
        emulator.clock.advance(HOUR_S)
        for _ in range(30):
            account.sync()
        assert account.differences() == []
