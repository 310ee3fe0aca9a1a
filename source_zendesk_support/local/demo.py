"""`zendesk-local demo`: an emulated account, two syncs, three questions in SQL, a report.

Runs this package's own commands as a user would, and talks to nothing but the emulator that it
started. Leaves a database to look at, and the files it came from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .demo_queries import QUESTIONS
from .models import has_dbt
from .report import WIDTH, console, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

# Scripts do not always lie beside the interpreter. -P: nothing of the folder that the user is in.
MODULE = (sys.executable, "-P", "-m")
# The help desk itself: its tables answer the questions, and what they cost fits a screen.
STREAMS = (
    "tickets",
    "ticket_metrics",
    "ticket_comments",
    "ticket_metric_events",
    "ticket_field_history",
    "ticket_schedule_history",
    "ticket_sla_policy_history",
    "schedules",
    "schedule_holidays",
    "brands",
    "users",
    "organizations",
    "groups",
    "group_memberships",
    "ticket_fields",
    "tags",
    "satisfaction_ratings",
)
MARKER = ".zendesk-demo"  # what lies in a folder beside it is the demo's, to be written anew
CLOCK_BEHIND = timedelta(days=7)  # so that the account's clock can be moved on without waiting
HISTORY = timedelta(days=1000)  # all of the account: no ticket begins before the start
CHANGES = 60
PAUSE_S = 3600  # between the syncs; more than the minute that Zendesk's exports hold back
CHANGE_SEED = 7


@dataclass(frozen=True, slots=True)
class Emulated:
    """A running emulator: where it answers, and the credentials it takes."""

    url: str
    credentials: dict[str, str]

    def ask(self, path: str, **body: object) -> Any:
        """Use its control interface, which no real account has."""
        request = Request(  # noqa: S310 - loopback
            f"{self.url}/_emulator/{path}", data=json.dumps(body).encode(), method="POST"
        )
        # Past any proxy that the environment names: it does not know this machine's loopback.
        with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)


def demo(folder: Path) -> int:
    """Run the demo, whose files go into `folder`, and return 0. Raises ConnectorError."""
    _claim(folder)
    out = console()
    database = folder / "zendesk.duckdb"
    for old in (database, database.with_name(f"{database.name}.wal")):
        old.unlink(missing_ok=True)
    clock_at = datetime.now(UTC).replace(microsecond=0) - CLOCK_BEHIND
    with _emulator(out, clock_at) as zendesk:
        config = _write_config(folder / "config.json", zendesk, clock_at - HISTORY)
        _sync(out, config, database)
        changed = zendesk.ask("change", kind="mix", count=CHANGES, seed=CHANGE_SEED)["changed"]
        zendesk.ask("clock", advance_s=PAUSE_S)
        kinds = sorted({it["kind"].replace("_", " ") for it in changed})
        _say(out, f"\nThe account changes {CHANGES} times, and an hour passes on its clock:")
        words = ", ".join(kinds)
        _say(out, textwrap.fill(words, WIDTH, initial_indent="  ", subsequent_indent="  "))
        _sync(out, config, database)
    for question in QUESTIONS:
        _answer(out, database, question.text, question.sql)
    _report(out, database)
    _say(out, f"\nThe database is {database}. To look at it:")
    # The connection has a name: one without is closed before its table is shown.
    look = f"db = duckdb.connect('{database}'); db.table('tickets').project('id, status, subject')"
    _say(out, f'  {sys.executable} -c "import duckdb; {look}.show()"')
    return 0


def _claim(folder: Path) -> None:
    """Make the folder; one with files that are not the demo's is refused, and stays as it is."""
    taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if taken and not (folder / MARKER).is_file():
        raise ConnectorError(
            "The folder holds files that are not the demo's, which would overwrite them.",
            about=f"option --folder, {folder}",
            remedy="Give a folder that is empty or does not exist yet.",
            failure=Failure.CONFIG,
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


@contextmanager
def _emulator(out: Console, clock_at: datetime) -> Iterator[Emulated]:
    """Start the emulator, wait for the line that says where it is, and end it afterwards."""
    clock = clock_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    command = ["zendesk-emulator", "--port", "0", "--no-limits", "--clock", clock]
    _say(out, f"$ {' '.join(command)}")
    process = subprocess.Popen(
        [*MODULE, "zendesk_emulator.server.command", *command[1:]],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        greeting = process.stdout.readline().split()
        if not greeting:
            raise _failed("zendesk-emulator", process.wait())
        url, *credentials = greeting
        _say(out, f"  A Zendesk account on {url}; its clock stands at {clock}.")
        _say(out, "  Zendesk's limit of 10 export requests a minute is off here.")
        yield Emulated(url, dict(part.split("=", 1) for part in credentials))
    finally:
        process.terminate()
        process.wait()


def _write_config(path: Path, zendesk: Emulated, start_at: datetime) -> Path:
    config = {
        "subdomain": "emulator",
        "base_url": zendesk.url,
        "start_date": start_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "credentials": {
            "credentials": "oauth2_client_credentials",
            "client_id": zendesk.credentials["client_id"],
            "client_secret": zendesk.credentials["client_secret"],
        },
    }
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        json.dump(config, file, indent=2)
    return path


def _sync(out: Console, config: Path, database: Path) -> None:
    options = ["--config", str(config), "--into", str(database), "--streams", ",".join(STREAMS)]
    _run(out, "sync", options)


def _report(out: Console, database: Path) -> None:
    """Draw the answers as a page, where the extra for it is installed."""
    if not has_dbt("duckdb"):
        _say(out, "\nThe extra [models] draws a page: `zendesk-local models`, then `report`.")
        return
    _run(out, "models", ["--into", str(database)])
    page = database.with_name("report.html")
    _run(out, "report", ["--into", str(database), "--output", str(page)])


def _run(out: Console, name: str, options: list[str]) -> None:
    """Run the command that a user would; its progress and its table go where ours go."""
    line = f"$ zendesk-local {name} {' '.join(options)}".replace(",", ", ")
    shown = textwrap.wrap(line, WIDTH - 2, subsequent_indent="    ", break_on_hyphens=False)
    _say(out, "\n" + " \\\n".join(shown).replace(", ", ",").replace(", \\", ",\\"))
    sys.stdout.flush()
    command = [*MODULE, "source_zendesk_support.local.command", name, *options]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise _failed(f"zendesk-local {name}", done.returncode)


def _answer(out: Console, database: Path, text: str, sql: str) -> None:
    """Ask the database, and print question, SQL and answer."""
    import duckdb  # noqa: PLC0415 - of the extra

    _say(out, f"\n{text}")
    _say(out, textwrap.indent(sql, "  "))
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(sql)
        head = tuple(column[0] for column in found.description or ())
        rows = [tuple(map(str, row)) for row in found.fetchall()]
    out.print()
    print_table(out, None, head, rows, text=1)


def _say(out: Console, line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)


def _failed(command: str, code: int) -> ConnectorError:
    return ConnectorError(
        f"It ended with exit code {code}; what it said stands above.",
        about=command,
        remedy="Put that right and run the demo again.",
        failure=Failure.SYSTEM,
    )
