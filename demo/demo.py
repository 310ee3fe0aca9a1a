"""The connector's main job, watched from outside: an emulated Zendesk account, read twice.

Runs the package's own commands as processes, fills tables with what they deliver, and compares
these with what the emulator says the account holds. Leaves everything it made in `.demo/`.
Talks to nothing but the emulator it started, on this machine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import textwrap
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from destination import Table
from report import Sync, print_ending, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from destination import Record

ROOT = Path(__file__).parents[1]
FILES = ROOT / ".demo"
COMMANDS = Path(sys.executable).parent

CLOCK_BEHIND = timedelta(days=7)  # so that the account's clock can be moved on without waiting
HISTORY = timedelta(days=730)  # what a new connection reads unless told otherwise
CHANGES = 60
# What lies between two syncs; more than the minute that Zendesk's exports hold back.
PAUSE_S = 3600


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator: where it answers, and the credentials it takes."""

    url: str
    credentials: dict[str, str]

    def ask(self, method: str, path: str, body: Record | None = None, **query: object) -> Any:
        """Use its control interface, which no real account has. Raises DemoError."""
        address = f"{self.url}/_emulator/{path}?{urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        # Past any proxy that the environment names: it does not know this machine's loopback.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(Request(address, data=data, method=method), timeout=60) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise DemoError(f"{method} {address}: {error.read().decode()}") from error


@contextmanager
def emulator(size: str, start_at: datetime, *, limits: bool) -> Iterator[Emulator]:
    """Start the emulator, wait for the line that says where it is, and end it afterwards."""
    clock = start_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    command = ["zendesk-emulator", "--port", "0", "--size", size, "--seed", "1", "--clock", clock]
    command += [] if limits else ["--no-limits"]
    print(f"$ {' '.join(command)}")
    process = subprocess.Popen(
        [COMMANDS / command[0], *command[1:]], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        greeting = process.stdout.readline().split()
        if not greeting:
            raise DemoError(f"The emulator did not start: exit code {process.wait()}.")
        url, *credentials = greeting
        print(f"  A Zendesk account on {url}. Its clock stands at {clock}.")
        if not limits:
            print("  Zendesk's limit of 10 export requests a minute is off: --limits keeps it.")
        yield Emulator(url, dict(part.split("=", 1) for part in credentials))
    finally:
        process.terminate()
        process.wait()


def run(command: str, *options: Path | str, log: str) -> list[Record]:
    """Run the connector as a platform does; return its messages, which stay in the file `log`."""
    shown = [it.relative_to(ROOT) if isinstance(it, Path) else it for it in options]
    line = f"$ source-zendesk-support {command} {' '.join(map(str, shown))}"
    print("\n" + " \\\n    ".join(textwrap.wrap(line, 94, break_on_hyphens=False)), flush=True)
    path = FILES / log
    with path.open("wb") as out:
        process = [COMMANDS / "source-zendesk-support", command, *options]
        code = subprocess.run(process, stdout=out, check=False).returncode
    messages = [json.loads(line) for line in path.read_bytes().splitlines()]
    if code:
        errors = [it["trace"]["error"] for it in messages if "error" in it.get("trace", {})]
        told = [error["message"] for error in errors] or ["It said nothing about it."]
        raise DemoError("\n".join([f"It ended with exit code {code}.", *told]))
    return messages


def write_json(name: str, content: Any) -> Path:
    path = FILES / name
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path


def check(config: Path) -> None:
    messages = run("check", "--config", config, log="check.jsonl")
    (status,) = (it["connectionStatus"] for it in messages if it["type"] == "CONNECTION_STATUS")
    if status["status"] != "SUCCEEDED":
        raise DemoError(status["message"])
    print("  The account lets us in.")


# The help desk itself: every way of reading Zendesk is among them, and the table fits a screen.
SHOWN = (
    "tickets",
    "ticket_metrics",
    "ticket_events",
    "ticket_comments",
    "ticket_metric_events",
    "deleted_tickets",
    "users",
    "user_identities",
    "organizations",
    "groups",
    "group_memberships",
    "organization_memberships",
    "ticket_fields",
    "tags",
    "brands",
    "satisfaction_ratings",
)


def discover(config: Path) -> list[Record]:
    """Return a configured catalog of the streams shown, incrementally where they can."""
    messages = run("discover", "--config", config, log="discover.jsonl")
    (catalog,) = (it["catalog"] for it in messages if it["type"] == "CATALOG")
    configured = []
    for stream in catalog["streams"]:
        if stream["name"] not in SHOWN:
            continue
        incremental = "incremental" in stream["supported_sync_modes"]
        configured.append(
            {
                "stream": stream,
                "sync_mode": "incremental" if incremental else "full_refresh",
                "destination_sync_mode": "append_dedup" if incremental else "overwrite",
                "cursor_field": stream.get("default_cursor_field"),
                "primary_key": stream.get("source_defined_primary_key"),
            }
        )
    print(f"  {len(catalog['streams'])} streams; this demo reads {len(configured)} of them.")
    return configured


def read(
    zendesk: Emulator, tables: dict[str, Table], *options: Path | str, log: str
) -> tuple[Sync, list[Record]]:
    """Run one sync into the tables; return what it cost, and the states for the next one."""
    zendesk.ask("DELETE", "requests")
    started_at = time.monotonic()
    messages = run("read", *options, log=log)
    seconds = time.monotonic() - started_at
    requests = Counter(zendesk.ask("GET", "requests")["by_path"])
    records: dict[str, list[Record]] = {name: [] for name in tables}
    states, stream_seconds = {}, dict.fromkeys(tables, 0.0)
    for message in messages:
        if message["type"] == "RECORD":
            records[message["record"]["stream"]].append(message["record"]["data"])
        elif message["type"] == "STATE":
            states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
        elif message.get("trace", {}).get("type") == "STREAM_STATUS":
            status = message["trace"]["stream_status"]
            # From STARTED to COMPLETE; RUNNING lies between.
            sign = {"STARTED": -1, "COMPLETE": 1}.get(status["status"], 0)
            name = status["stream_descriptor"]["name"]
            stream_seconds[name] += sign * message["trace"]["emitted_at"] / 1000
    sync = Sync(
        seconds=seconds,
        sent=Counter({name: len(found) for name, found in records.items()}),
        new=Counter({name: tables[name].take(found) for name, found in records.items()}),
        requests=requests,
        stream_seconds=stream_seconds,
    )
    print(
        f"  {sync.sent.total():,} records, {requests.total():,} requests, {seconds:.1f} s with the "
        f"start of the process; {len(states)} states to go on from."
    )
    return sync, list(states.values())


def change(zendesk: Emulator) -> None:
    """Let people work in the account for a while."""
    answer = zendesk.ask("POST", "change", {"kind": "mix", "count": CHANGES, "seed": 7})
    zendesk.ask("POST", "clock", {"advance_s": PAUSE_S})
    kinds = sorted({changed["kind"].replace("_", " ") for changed in answer["changed"]})
    print(f"\nThe account changes {CHANGES} times, and an hour passes on its clock:")
    print(textwrap.fill(", ".join(kinds), 98, initial_indent="  ", subsequent_indent="  "))


def sync_twice(zendesk: Emulator, start_at: datetime) -> dict[str, list[str]]:
    """Do what a platform does with a new connection; return the differences left, by stream."""
    credentials = {
        "credentials": "api_token",
        "email": zendesk.credentials["email"],
        "api_token": zendesk.credentials["api_token"],
    }
    config = write_json(
        "config.json",
        {
            "subdomain": "emulator",
            "base_url": zendesk.url,
            "credentials": credentials,
            "start_date": start_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            # The account changes ratings of any age; real ones are hardly changed after weeks.
            "satisfaction_ratings_lookback_days": HISTORY.days,
        },
    )
    check(config)
    configured = discover(config)
    catalog = write_json("catalog.json", {"streams": configured})
    tables = {
        it["stream"]["name"]: Table(
            stream=it["stream"]["name"],
            key=tuple(part for (part,) in it["primary_key"]),
            merged=it["destination_sync_mode"] == "append_dedup",
        )
        for it in configured
    }
    options: list[Path | str] = ["--config", config, "--catalog", catalog]
    first, states = read(zendesk, tables, *options, log="first.jsonl")
    change(zendesk)
    state = write_json("state.json", states)
    second, states = read(zendesk, tables, *options, "--state", state, log="second.jsonl")
    write_json("state.json", states)
    verdicts = {}
    for name, table in tables.items():
        table.save(FILES / "tables" / f"{name}.jsonl")
        truth = zendesk.ask("GET", "truth", stream=name, start_s=int(start_at.timestamp()))
        verdicts[name] = table.differences(truth)
    print_table(first, second, verdicts)
    return verdicts


def main() -> int:
    """Return 0 when the destination equals the account after both reads, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="small", help="of the account: tiny to large")
    parser.add_argument("--limits", action="store_true", help="with Zendesk's limits: minutes")
    options = parser.parse_args()
    shutil.rmtree(FILES, ignore_errors=True)
    (FILES / "tables").mkdir(parents=True)
    clock_at = datetime.now(UTC).replace(microsecond=0) - CLOCK_BEHIND
    try:
        with emulator(options.size, clock_at, limits=options.limits) as zendesk:
            verdicts = sync_twice(zendesk, clock_at - HISTORY)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    print_ending(verdicts)
    return int(any(verdicts.values()))


if __name__ == "__main__":
    sys.exit(main())
