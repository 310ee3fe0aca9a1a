"""The memory of the loader while its database grows: one sync's lines loaded time after time.

The connector is read once, into a file. `replay.py` then loads that file in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from loading import LEFT_OUT
from tables import table

from test_support.connector.process import BEFORE_ALL
from test_support.connector.published import ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from run import Bench

Figures = dict[str, Any]
REPLAY = Path(__file__).with_name("replay.py")


def growth(bench: Bench, tickets: int, times: int) -> Figures:
    """Return what the loader held after each time, and the rows that it has written in all."""
    us = ours(bench.folder, bench.host, start_date=BEFORE_ALL)
    lines, database = bench.folder / "lines.jsonl", bench.folder / "growth.duckdb"
    with bench.account("--size", "small", "--tickets", str(tickets), "--frozen", "--warm"):
        catalog = us.catalog()
        rows = catalog["streams"]
        catalog["streams"] = [it for it in rows if it["stream"]["name"] != LEFT_OUT]
        command = us.command(*us.read_arguments(catalog))
        with lines.open("wb") as output:
            subprocess.run(command, env=bench.host.environment, stdout=output, check=True)
    replay = [sys.executable, str(REPLAY), str(lines), str(database), str(times)]
    done = subprocess.run(replay, stdout=subprocess.PIPE, check=True)
    lines.unlink()
    return {"times": [orjson.loads(line) for line in done.stdout.splitlines()]}


def growth_lines(found: Figures) -> Iterator[str]:
    *times, closed = found["times"]
    rows = [
        (name, *(f"{row[key]:,.0f}" for key in ("peak_mb", "held_mb", "file_mb", "cpu_s")))
        for name, row in (*((str(n), it) for n, it in enumerate(times, 1)), ("closed", closed))
    ]
    heads = ("peak MB", "held MB", "file MB", "CPU s so far")
    yield from table(f"growth (the loader alone; {closed['rows']:,} rows in all)", heads, rows)
