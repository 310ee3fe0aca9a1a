"""The engines: an account is read alike with exports, with lists, and switched in the middle."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.walks import first_engine, ticket_list
from test_support.connector.account_time import Account as LimitedAccount
from test_support.connector.engines import STREAMS, deleted_tickets, differences, known
from test_support.connector.process import Connector, Destination, InProcess, Output
from zendesk_emulator import Emulator
from zendesk_emulator.api import audits, lists
from zendesk_emulator.server.closing import plan_of

if TYPE_CHECKING:
    from pathlib import Path

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

    def states(self) -> list[dict[str, Any]]:
        return self.destination.states()

    def repeats(self) -> Counter[str]:
        """Sync; return how many records came again as they were.

        But for those of the last hour before the newest of their stream, the events of tickets
        that are deleted, and the identities of users that changed.
        """
        held = {name: dict(rows) for name, rows in self.destination.tables.items()}
        newest_s = {name: max(map(time_in, rows.values())) for name, rows in held.items() if rows}
        found: Counter[str] = Counter()
        for record in self.sync().records:
            name, data = record["stream"], record["data"]
            if name == "user_identities" or data.get("ticket_id") in self.gone:
                continue
            before = held.get(name, {}).get(self.destination.key_of(name, data))
            is_same = before is not None and known(name, before) == known(name, data)
            found[name] += is_same and time_in(data) < newest_s[name] - HOUR_S
        return +found

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


def time_in(record: dict[str, Any]) -> float:
    """Return when a record was changed, or when its event happened."""
    found = next(
        record[it] for it in ("timestamp", "time", "updated_at", "created_at") if record.get(it)
    )
    return found if isinstance(found, int) else datetime.fromisoformat(found).timestamp()


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


@pytest.mark.parametrize("engine", ["auto", "lists"])
def test_a_ticket_that_is_closed_silently_after_the_last_export_arrives(
    tmp_path: Path, engine: str
) -> None:
    """No list knows which tickets the export has shown as not closed."""
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, "tickets", "ticket_metric_events")
        solved = next(it["id"] for it in emulator.truth("tickets").must if it["status"] == "solved")
        emulator.change("tag", row_id=solved, seed=1)
        emulator.clock.advance(HOUR_S)
        account.sync()
        emulator.clock.advance(4 * 24 * HOUR_S)
        emulator.change("tag", seed=1)  # the export is not old
        account.sync()
        (closed, *_) = emulator.change("close_by_automation", row_id=solved, seed=1)
        emulator.clock.advance(HOUR_S)
        account.connector.config["engine"] = engine
        account.close()
        account.sync()
        held = {it["id"]: it for it in account.destination.tables["tickets"].values()}
        assert held[closed.id]["status"] == "closed"


@pytest.mark.parametrize(
    ("is_seen_later", "is_newest_first"), [(True, True), (False, True), (True, False)]
)
def test_an_audit_that_the_list_skips_comes_with_the_recheck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_seen_later: bool, is_newest_first: bool
) -> None:
    """By a second look, and where the list never shows it, by the audits of its ticket.

    The second look asks for pages of 1000, newest first, and copes with another order.
    """
    wants_cursors = lists.wants_cursors
    if not is_newest_first:
        monkeypatch.setattr(
            lists,
            "wants_cursors",
            lambda asked: asked.path.endswith("/ticket_audits") or wants_cursors(asked),
        )
    skipped: set[int] = set()
    shown = audits.in_feed
    monkeypatch.setattr(
        audits, "in_feed", lambda account, row: row.id not in skipped and shown(account, row)
    )
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "ticket_events")
        account.connector.config["recheck_hours"] = 5
        account.sync()
        written = emulator.change("comment", count=3, seed=1)
        skipped |= {it.id for it in written if it.stream == "ticket_events"}
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["ticket_events"] == 0
        if is_seen_later:
            skipped.clear()
            emulator.change("new_user", seed=1)  # the account is looked at anew
        emulator.clock.advance(5 * HOUR_S)
        assert account.sync().counts()["ticket_events"] == 3
        asked = [it["query"] for it in emulator.requests["log"] if "_audits" in it["path"]]
        assert [query for query in asked if "limit=1000" in query]
        assert account.differences() == []
        emulator.clock.advance(6 * HOUR_S)
        assert account.sync().counts()["ticket_events"] == 0, "what was delivered is known"


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


# What a recheck asks for again without comparing, once after an export has stood still.
OF_OPEN_TICKETS = {
    *("tickets", "ticket_metrics", "ticket_metric_events", "ticket_sla_policy_history"),
    "side_conversations",
}
PAGE = 10
# A ticket that is deleted and purged between two rechecks leaves nothing behind: not among these.
SWITCH_CHANGES = (
    *("new_ticket", "update_ticket", "silent_update_ticket", "comment", "tag", "delete_ticket"),
    *("metric_event", "new_user", "update_user", "deactivate_user", "new_organization"),
    *("update_organization", "delete_organization", "new_object_record", "update_object_record"),
    "delete_object_record",
)


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


def test_a_deleted_organization_comes_without_an_audit_log_too(tmp_path: Path) -> None:
    """By what was there before; one that the list alone leaves out is not taken for deleted."""
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        emulator.site.refusals.add("/api/v2/audit_logs", "plan")
        account = Account(tmp_path, emulator, "organizations")
        account.sync()
        changed = emulator.change("delete_organization", count=2, seed=1)
        gone = {each.id for each in changed if each.stream == "organizations"}
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["organizations"] == 2
        held = {it["id"]: it for it in account.destination.tables["organizations"].values()}
        assert {key for key, it in held.items() if it.get("deleted_at")} == gone
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["organizations"] == 0, "it is delivered once"
        there = [key for key in held if key not in gone]
        emulator.change("delete_organization", count=len(there) - 5, seed=2)
        emulator.clock.advance(HOUR_S)
        output = account.sync()
        assert output.counts()["organizations"] == 0
        assert "more than a third of all: none is taken for deleted" in output.logs


def test_silent_changes_of_closed_tickets_arrive_within_a_round_of_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of tickets that were created and closed during the round."""
    monkeypatch.setattr(ticket_list, "SHARES", 3)
    with Emulator(size="tiny", seed=4, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, page_size=20)
        account.sync()
        for round_ in range(3):
            account.change(40 + round_)
            for _ in range(3):
                account.sync()
                emulator.clock.advance(HOUR_S)
            assert account.differences() == [], f"after round {round_}"


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
