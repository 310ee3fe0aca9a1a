"""Runs on time: APScheduler with a clock of the test's own, without waiting."""

import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from source_zendesk_support.local.accounts import Account
from source_zendesk_support.local.schedule import Runs, prepare
from source_zendesk_support.local.schedule_times import parse_cadence

CREATED = datetime(2026, 6, 1, 10, 3, tzinfo=UTC)
WITHIN_S = 30  # of a thread that has nothing to wait for


class Clock:
    """The time that APScheduler sees."""

    def __init__(self) -> None:
        self.at = CREATED

    def now(self, zone: tzinfo | None = None) -> datetime:
        return self.at.astimezone(zone)


class Gate(Runs):
    """Runs that begin and end when the test says so."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        super().__init__(lambda _account: [], self.lines.append)
        self.begun: list[str] = []
        self.going: set[str] = set()
        self.change = threading.Condition()

    def run(self, account: Account) -> None:
        with self.change:
            assert account.name not in self.going, "two runs of one account overlap"
            self.begun.append(account.name)
            self.going.add(account.name)
            self.change.notify_all()
            assert self.change.wait_for(lambda: account.name not in self.going, WITHIN_S)

    def expect(self, *begun: str) -> None:
        with self.change:
            assert self.change.wait_for(lambda: self.begun == list(begun), WITHIN_S), self.begun

    def end(self, name: str) -> None:
        with self.change:
            self.going.remove(name)
            self.change.notify_all()


class Board:
    """A scheduler that looks at its jobs only when `at` is called."""

    def __init__(self, clock: Clock, runs: Runs, *names: str, every: str, in_turn: bool) -> None:
        self.clock = clock
        self.scheduler = BackgroundScheduler(timezone=UTC)
        self.scheduler._event = threading.Event()
        accounts = [Account(name, Path(f"{name}.json")) for name in names]
        cadence = parse_cadence(every, None)
        prepare(self.scheduler, accounts, cadence, CREATED, runs=runs, in_turn=in_turn)
        self.scheduler._main_loop = lambda: None  # only `at` wakes it
        self.scheduler.start()

    def at(self, minutes: int) -> None:
        self.clock.at = CREATED + timedelta(minutes=minutes)
        self.scheduler._process_jobs()


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Board]]:
    clock = Clock()
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", clock)
    made: list[Board] = []

    def make(runs: Runs, *names: str, every: str = "10m", in_turn: bool = False) -> Board:
        made.append(Board(clock, runs, *names, every=every, in_turn=in_turn))
        return made[-1]

    yield make
    for each in made:
        each.scheduler.shutdown(wait=True)


def test_the_first_run_is_at_once_and_the_next_ones_on_time(board: Any) -> None:
    gate = Gate()
    times = board(gate, "acme")
    times.at(0)
    gate.expect("acme")
    gate.end("acme")
    times.at(9)
    gate.expect("acme")
    times.at(10)
    gate.expect("acme", "acme")
    gate.end("acme")


def test_runs_never_overlap_and_the_missed_ones_are_made_up_once(board: Any) -> None:
    gate = Gate()
    times = board(gate, "acme")
    times.at(0)
    gate.expect("acme")
    for minutes in (10, 20, 30):  # all missed, by a run of 35 minutes
        times.at(minutes)
    gate.expect("acme")
    assert any("catch-up run" in line for line in gate.lines)
    gate.end("acme")
    gate.expect("acme", "acme")
    gate.end("acme")
    times.at(39)
    gate.expect("acme", "acme")
    times.at(40)
    gate.expect("acme", "acme", "acme")
    gate.end("acme")


def test_runs_that_were_missed_asleep_are_made_up_once(board: Any) -> None:
    gate = Gate()
    times = board(gate, "acme")
    times.at(0)
    gate.expect("acme")
    gate.end("acme")
    times.at(60 * 24 * 3 + 5)
    gate.expect("acme", "acme")
    gate.end("acme")
    times.at(60 * 24 * 3 + 9)
    gate.expect("acme", "acme")
    times.at(60 * 24 * 3 + 10)
    gate.expect("acme", "acme", "acme")
    gate.end("acme")


def test_accounts_do_not_wait_for_each_other(board: Any) -> None:
    gate = Gate()
    times = board(gate, "acme", "other")
    times.at(0)
    with gate.change:
        assert gate.change.wait_for(lambda: gate.going == {"acme", "other"}, WITHIN_S)
    for name in ("acme", "other"):
        gate.end(name)


def test_accounts_take_turns_where_one_file_is_written(board: Any) -> None:
    gate = Gate()
    times = board(gate, "acme", "other", in_turn=True)
    times.at(0)
    gate.expect("acme")
    gate.end("acme")
    gate.expect("acme", "other")
    gate.end("other")


def runs_of(*program: str) -> tuple[Runs, list[str]]:
    lines: list[str] = []
    return Runs(lambda _account: list(program), lines.append), lines


ACCOUNT = Account("acme", Path("acme.json"))


def test_a_failure_is_logged_and_the_next_run_starts() -> None:
    runs, lines = runs_of("false")
    for _ in range(2):
        runs.run(ACCOUNT)
    assert [line for line in lines if "exit code 1" in line] == [lines[1], lines[3]]


def test_a_stop_ends_the_running_process_and_begins_none() -> None:
    lines: list[str] = []
    begun = threading.Event()

    def say(line: str) -> None:
        lines.append(line)

    def command(_account: Account) -> list[str]:
        begun.set()
        return ["tail", "-f", "/dev/null"]

    runs = Runs(command, say)
    thread = threading.Thread(target=runs.run, args=[ACCOUNT])
    thread.start()
    assert begun.wait(WITHIN_S)
    runs.stop()
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert "exit code -15" in lines[-1]
    runs.run(ACCOUNT)
    assert len(lines) == 2


def test_a_run_has_the_environment_of_its_account_and_no_terminal(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = 'import os, sys; open(sys.argv[1], "w").write(os.environ["S"] + sys.stdin.read())'
    command = [sys.executable, "-c", program, str(seen)]
    runs = Runs(lambda _account: command, print, {"acme": {"S": "one"}, "other": {"S": "two"}})
    for name, environment in (("acme", "one"), ("other", "two")):
        runs.run(Account(name, Path(f"{name}.json")))
        assert seen.read_text() == environment


ECHO = "import sys; sys.stdout.write('{\"exit_code\": 1}'); sys.exit({code})"


@pytest.mark.parametrize(("code", "said"), [(0, ""), (1, '{"exit_code": 1}')])
def test_a_failed_sync_runs_a_command_of_the_user(tmp_path: Path, code: int, said: str) -> None:
    lines: list[str] = []
    told = tmp_path / "told.json"
    told.write_text("")
    hook = f"{sys.executable} -c \"import sys; open('{told}', 'w').write(sys.stdin.read())\""
    runs = Runs(
        lambda _: [sys.executable, "-c", ECHO.replace("{code}", str(code))],
        lines.append,
        on_failure=hook,
    )
    runs.run(Account("acme", tmp_path / "acme.json"))
    assert told.read_text() == said
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("/nowhere/at/all", "did not run (FileNotFoundError)"),
        ("false", "failed (exit code 1)"),
        ("an 'open quote", "did not run (ValueError)"),
    ],
)
def test_a_command_that_fails_is_one_line(tmp_path: Path, hook: str, said: str) -> None:
    lines: list[str] = []
    runs = Runs(lambda _: ["false"], lines.append, on_failure=hook)
    runs.run(Account("acme", tmp_path / "acme.json"))
    assert lines[-1] == f"acme: --on-failure {said}."


def test_a_sync_knows_when_the_next_one_is_due(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    program = f"import os; open('{kept}', 'w').write(os.environ['ZENDESK_LOCAL_NEXT_RUN'])"
    runs = Runs(lambda _: [sys.executable, "-c", program], lambda _: None, next_at=lambda: CREATED)
    runs.run(Account("acme", tmp_path / "acme.json"))
    assert datetime.fromisoformat(kept.read_text()) == CREATED
