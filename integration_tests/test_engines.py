"""The engines: an account is read alike with exports, with lists, and switched in the middle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.walks import ticket_list
from test_support.connector.account_time import Account as LimitedAccount
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


@pytest.mark.parametrize("lines", [40, 150, 300])
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


@pytest.mark.parametrize("kind", ["close_by_automation", "merge_ticket", "silent_update_ticket"])
def test_a_ticket_that_is_closed_silently_arrives_with_the_next_recheck(
    tmp_path: Path, kind: str
) -> None:
    """It is among those that are not closed no longer, whose search does not find it."""
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets", "ticket_metrics")
        account.sync()
        for seed in range(1 if kind == "close_by_automation" else 3):  # few are solved
            emulator.clock.advance(HOUR_S)
            tickets = {it["id"]: it["status"] for it in emulator.truth("tickets").must}
            alive = {key for key, status in tickets.items() if status != "closed"}
            changed = {each.id for each in emulator.change(kind, seed=seed)} & alive
            assert changed or kind == "silent_update_ticket"
            emulator.clock.advance(HOUR_S)
            account.sync()
            found = [it for it in account.differences() if int(it.split()[1][:-1]) in alive]
            assert found == []


def test_a_breach_comes_when_it_is_due_though_no_ticket_moves(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "ticket_metric_events")
        account.connector.config["recheck_hours"] = 400  # later than all of this test
        account.sync()
        emulator.change("apply_sla", seed=1)
        events = emulator.site.account.table("ticket_metric_events").rows.values()
        (breach,) = [row for row in events if row.at_s > emulator.clock.now_s()]
        emulator.change("comment", row_id=breach.parent, seed=1)
        emulator.clock.advance(120)
        account.sync()
        held = account.destination.tables["ticket_metric_events"]
        assert all(event["id"] != breach.id for event in held.values()), "it has not happened"
        emulator.clock.advance(breach.at_s - emulator.clock.now_s() + 120)
        account.sync()
        assert any(event["id"] == breach.id for event in held.values())
        assert account.differences() == []
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["ticket_metric_events"] == 0, "it is asked for once"


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


def test_a_switch_delivers_again_no_more_than_the_last_hour(tmp_path: Path) -> None:
    """To lists and back; the first recheck asks for all tickets that are not closed, once."""
    with Emulator(size="tiny", seed=6, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, "tickets", "users")
        account.connector.config["recheck_hours"] = 24
        account.sync()
        emulator.clock.advance(3 * HOUR_S)
        for number, change in enumerate((account.close, account.open, account.close)):
            stood_s = {it: newest(account.destination, it) for it in ("tickets", "users")}
            emulator.change("new_ticket", count=3, seed=number)
            emulator.change("new_user", count=2, seed=number)
            emulator.clock.advance(2 * HOUR_S)
            change()
            output = account.sync()
            assert account.differences() == []
            for name in ("users",) if change == account.close else ("tickets", "users"):
                moved = [moved_s(name, it["data"]) for it in output.records if it["stream"] == name]
                assert min(moved) >= stood_s[name] - HOUR_S, name


def moved_s(stream: str, record: dict[str, Any]) -> int:
    """Return the time by which lists are ordered."""
    assert stream in {"tickets", "users"}
    return int(datetime.fromisoformat(record["updated_at"]).timestamp())


def newest(destination: Destination, stream: str) -> int:
    return max(moved_s(stream, record) for record in destination.tables[stream].values())


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


def test_deleted_tickets_come_with_lists_too_where_they_are_wanted(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets", include_deleted_tickets=True)
        account.sync()
        (gone,) = {each.id for each in emulator.change("delete_ticket", seed=1)} & {
            ticket["id"] for ticket in account.destination.tables["tickets"].values()
        }
        emulator.clock.advance(HOUR_S)
        account.sync()
        held = {it["id"]: it for it in account.destination.tables["tickets"].values()}
        assert held[gone]["status"] == "deleted"
        named = {it["id"] for it in emulator.truth("deleted_tickets").must}
        assert named <= {key for key, it in held.items() if it["status"] == "deleted"}


def test_a_refusal_of_lists_too_is_told_of_the_export(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets")
        emulator.site.refusals.add("/api/v2/tickets", "role")
        output = account.connector.read(account.catalog, [])
    assert output.code == 1
    (error,) = [it for it in output.errors if it.get("stream_descriptor")]
    assert "incremental/tickets/cursor" in error["message"]
