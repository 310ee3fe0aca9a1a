"""The connector alone and `zendesk-local` into each database: CPU and memory, in one run.

Each round reads the account with the connector alone. Then it loads the account into a new DuckDB
file and a new PostgreSQL database. It syncs both again when nothing has changed. The share of the
PostgreSQL server is measured apart: it may run on another machine.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import orjson
from measure import Measured, measure
from process_tree import tree
from tables import table

from test_support.connector.process import BEFORE_ALL
from test_support.connector.published import ours
from test_support.local.databases import COMMAND, POSTGRES_BIN, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from run import Bench

Figures = dict[str, Any]
PASSWORD = "only-for-this-benchmark"
GOAL_CPU_RATIO, GOAL_PEAK_MB, GOAL_IDLE_CPU_S = 2.0, 500, 1.5
# Asks for each ticket: the emulator would be measured, and not a loader.
LEFT_OUT = "side_conversations"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def loading(bench: Bench, tickets: int, rounds: int) -> Figures:
    """Return the medians of each way, by its name."""
    us = ours(bench.folder, bench.host, start_date=BEFORE_ALL)
    runs: dict[str, list[Figures]] = {}
    with ExitStack() as stack:
        stack.enter_context(
            bench.account("--size", "small", "--tickets", str(tickets), "--frozen", "--warm")
        )
        server = None
        if POSTGRES_BIN:
            # A socket's path has room for about a hundred characters.
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pg")))
            folder.chmod(0o755)
            server = stack.enter_context(postgres(folder, PASSWORD))
        catalog = us.catalog()
        names = [row["stream"]["name"] for row in catalog["streams"]]
        catalog = us.catalog(*(name for name in names if name != LEFT_OUT))
        for number in range(rounds):
            alone = bench.read(us, catalog, whole_tree=True)
            runs.setdefault("connector alone", []).append(_row(alone, alone.total))
            idle = bench.read(us, catalog, alone.states, whole_tree=True)
            runs.setdefault("connector alone, unchanged", []).append(_row(idle, idle.total))
            for name, into in _databases(bench.folder, number, server):
                for again in ("", ", unchanged"):
                    found = _sync(bench, us.config, names, into, server if into[0] == "p" else None)
                    runs.setdefault(name + again, []).append(found)
    return {name: _medians(found) for name, found in runs.items()}


def _databases(folder: Path, number: int, server: str | None) -> Iterator[tuple[str, str]]:
    yield "into DuckDB", str(folder / f"round-{number}.duckdb")
    if server:
        _query(server, f"CREATE DATABASE round_{number}", "postgres")
        yield "into PostgreSQL", f"postgresql://zendesk@/round_{number}?host={server}"


def _sync(
    bench: Bench, config: Mapping[str, Any], names: list[str], into: str, server: str | None
) -> Figures:
    path = bench.folder / "config.json"
    path.write_bytes(orjson.dumps(dict(config)))
    path.chmod(0o600)
    command = [str(COMMAND), "sync", "--config", str(path), "--into", into]
    command += ["--streams", ",".join(name for name in names if name != LEFT_OUT)]
    before_s = _server_cpu_s(server)
    environment = {**bench.host.environment, "PGPASSWORD": PASSWORD}
    done = measure(bench.host.command(command), environment, bench.folder, whole_tree=True)
    return {**_row(done, None), "server_cpu_s": _server_cpu_s(server) - before_s}


def _row(done: Measured, records: int | None) -> Figures:
    return {
        "records": records,
        "cpu_s": done.cpu_s,
        "peak_mb": done.peak_of_tree_mb,
        "wall_s": done.wall_s,
        "server_cpu_s": 0.0,
    }


def _medians(found: list[Figures]) -> Figures:
    return {
        key: None if value is None else median(each[key] for each in found)
        for key, value in found[0].items()
    }


def _server_cpu_s(folder: str | None) -> float:
    """Return what a server has used: its processes, and those of connections that have ended."""
    if folder is None:
        return 0.0
    pid = int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for process in tree(pid):
        try:
            said = Path(f"/proc/{process}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended: the server counts it among the children it waited for
        # After the name in brackets: utime, stime, and those of children that were waited for.
        ticks += sum(map(int, said.rpartition(")")[2].split()[11:15]))
    return ticks * TICK_S


def _query(server: str, statement: str, database: str) -> None:
    subprocess.run(
        [POSTGRES_BIN / "psql", "-h", server, "-U", "zendesk", "-d", database, "-c", statement],
        env={**os.environ, "PGPASSWORD": PASSWORD},
        check=True,
        capture_output=True,
    )


def loading_lines(found: Figures) -> Iterator[str]:
    alone = found["connector alone"]
    rows = [
        (
            name,
            f"{row['records']:,}" if row["records"] is not None else "",
            f"{row['cpu_s']:.2f}",
            f"{row['cpu_s'] / alone['cpu_s']:.2f}",
            f"{row['server_cpu_s']:.2f}" if row["server_cpu_s"] else "",
            f"{row['peak_mb']:.0f}",
            f"{row['wall_s']:.1f}",
        )
        for name, row in found.items()
    ]
    heads = ("records", "CPU s", "of alone", "server CPU s", "peak MB", "wall s")
    yield from table("loading (medians)", heads, rows)
    yield (
        f"goals: CPU at most {GOAL_CPU_RATIO} times the connector alone, peak at most "
        f"{GOAL_PEAK_MB} MB, an unchanged sync of a small account at most {GOAL_IDLE_CPU_S} s"
    )
