"""`zendesk-local schedule`: syncs on time, each in a process of its own.

APScheduler decides what is due and runs it; schedule_times.py says when. A run that is due while
the last one runs waits for its end; after several missed runs one catch-up run follows. Accounts
that share a DuckDB file take turns, since one process at a time can write to it; others do not wait
for each other. A process ends with its sync, so between runs the file is free for everybody. Rests
on https://apscheduler.readthedocs.io/en/3.x/userguide.html (misfires, coalescing, instances).
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from .schedule_times import next_run
from .syncs import NEXT_RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from apscheduler.schedulers.base import BaseScheduler

    from .accounts import Account
    from .schedule_times import Cadence

# A sync has 8 seconds after a signal to stop reading, then it writes its last batch.
ENDING_S = 30.0
# A command that tells of a failure, such as one that posts to a chat.
NOTIFYING_S = 60.0
# The run under way, and one catch-up run that waits for its end.
GOING_AND_NEXT = 2


class OnTime(BaseTrigger):
    """APScheduler's question when a job is due next, answered by the cadence."""

    def __init__(self, cadence: Cadence, created_at: datetime) -> None:
        self._cadence = cadence
        self._created_at = created_at

    def get_next_fire_time(
        self,
        previous: datetime | None,
        now: datetime,  # noqa: ARG002 - missed times count too
    ) -> datetime:
        """Return the first run at once, and then the times of the cadence, missed ones included."""
        if previous is None:
            return self._created_at
        return next_run(self._cadence, created_at=self._created_at, after=previous)


@dataclass(slots=True)
class Runs:
    """The processes of the syncs. `say` prints a line.

    `environments` has that of each account, by its name; another one gets this process's own.
    `next_at` returns when the next sync is due, for `status`. `on_failure` is a command that gets
    the summary of a failed sync.
    """

    command: Callable[[Account], list[str]]
    say: Callable[[str], None]
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    next_at: Callable[[], datetime] | None = None
    on_failure: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _going: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _stopped: bool = False

    def run(self, account: Account) -> None:
        """Sync one account; report a failure, and keep the next run."""
        with self._lock:
            if self._stopped:
                return
            self.say(f"{shown(account)}: the sync begins.")
            # In a session of its own: a terminal's Ctrl-C is for `stop` to pass on.
            process = subprocess.Popen(
                self.command(account),
                env=self._environment(account),
                stdin=subprocess.DEVNULL,  # never prompt, even on a terminal
                stdout=subprocess.PIPE if self.on_failure else None,
                start_new_session=True,
            )
            self._going[account.name] = process
        summary, _ = process.communicate()
        code = process.returncode
        with self._lock:
            del self._going[account.name]
        self.say(
            f"{shown(account)}: the sync is done."
            if code == 0
            else f"{shown(account)}: the sync failed (exit code {code}); its error stands above. "
            "The next one resumes where it was."
        )
        if code and self.on_failure:
            self._notify(account, code, summary)

    def _environment(self, account: Account) -> dict[str, str]:
        """Return the environment of a sync: it keeps when the next one is due."""
        environment = dict(self.environments.get(account.name, os.environ))
        if self.next_at is not None:
            environment[NEXT_RUN] = self.next_at().isoformat()
        return environment

    def _notify(self, account: Account, code: int, summary: bytes) -> None:
        """Run the user's command; its own failure is one line."""
        assert self.on_failure is not None
        if not summary:  # it ended before it had one: a wrong sign-in, a signal
            summary = orjson.dumps({"account": shown(account), "exit_code": code})
        try:
            done = subprocess.run(
                shlex.split(self.on_failure), input=summary, check=False, timeout=NOTIFYING_S
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            self.say(f"{shown(account)}: --on-failure did not run ({type(error).__name__}).")
            return
        if done.returncode:
            self.say(f"{shown(account)}: --on-failure failed (exit code {done.returncode}).")

    def stop(self) -> None:
        """Begin no more runs, and let those under way end in order, within their bound."""
        with self._lock:
            self._stopped = True
            going = list(self._going.values())
            for process in going:
                process.terminate()
        for process in going:
            try:
                process.wait(timeout=ENDING_S)
            except subprocess.TimeoutExpired:
                process.kill()


def shown(account: Account) -> str:
    """Return how lines name an account."""
    return account.name or account.path.name


def prepare(
    scheduler: BaseScheduler,
    accounts: list[Account],
    cadence: Cadence,
    created_at: datetime,
    *,
    runs: Runs,
    in_turn: bool,
) -> None:
    """Give the scheduler a job for each account; `in_turn`: one account at a time."""
    for account in accounts:
        line = "all" if in_turn else account.name
        if line not in scheduler._executors:  # noqa: SLF001 - it tells in no other way
            scheduler.add_executor(ThreadPoolExecutor(max_workers=1), line)
        scheduler.add_job(
            runs.run,
            OnTime(cadence, created_at),
            args=[account],
            id=shown(account),
            name=shown(account),
            executor=line,
            next_run_time=created_at,
            max_instances=GOING_AND_NEXT,
            coalesce=True,  # of several that were missed, asleep or busy, one is made up
            misfire_grace_time=None,  # however late
        )
    scheduler.add_listener(
        lambda event: runs.say(
            f"{event.job_id} is due again while one runs and one waits: "
            "one catch-up run follows. Sync less often, or fewer streams."
        ),
        EVENT_JOB_MAX_INSTANCES,
    )


def schedule(
    accounts: list[Account],
    options: list[str],
    cadence: Cadence,
    environments: Mapping[str, Mapping[str, str]],
    *,
    in_turn: bool,
    on_failure: str | None = None,
) -> int:
    """Run until SIGTERM or SIGINT, and return 0; `options` are those of each sync."""
    if on_failure:
        options = [*options, "--json"]

    def command(account: Account) -> list[str]:
        config = f"{account.name}={account.path}" if account.name else str(account.path)
        module = "source_zendesk_support.local.command"
        return [sys.executable, "-P", "-m", module, "sync", "--config", config, *options]

    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    created_at = datetime.now(UTC)

    def next_at() -> datetime:
        return next_run(cadence, created_at=created_at, after=datetime.now(UTC))

    runs = Runs(command, _say, environments, next_at, on_failure)
    scheduler = BackgroundScheduler(timezone=UTC)
    prepare(scheduler, accounts, cadence, created_at, runs=runs, in_turn=in_turn)
    following = next_run(cadence, created_at=created_at, after=created_at)
    _say(f"Scheduled: now, then at {following:%Y-%m-%dT%H:%M:%SZ} and so on. SIGTERM ends it.")
    scheduler.start()
    told.wait()
    _say("Stopped by a signal: the syncs under way end, and their records are written.")
    scheduler.pause()
    runs.stop()
    scheduler.shutdown(wait=True)
    return 0


def _say(line: str) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    sys.stderr.write(f"{now} {line}{os.linesep}")
    sys.stderr.flush()
