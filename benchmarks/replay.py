"""The loader alone: the lines of one sync time after time, with new keys, into one DuckDB file.

Prints a line of JSON after each time. Runs in a process of its own, since it measures itself.
Streams that come whole are written once: they replace their tables.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from process_tree import proportional_kib

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from source_zendesk_support.config.deletions import Deletions  # noqa: E402 - found by the path
from source_zendesk_support.local.destination import parse_destination  # noqa: E402
from source_zendesk_support.local.opening import open_store  # noqa: E402
from source_zendesk_support.local.pieces import Pieces  # noqa: E402
from source_zendesk_support.local.store import Writer  # noqa: E402
from source_zendesk_support.local.tables import schema_of, table_of  # noqa: E402
from source_zendesk_support.records.schema import load_schema  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.local.tables import Table

LOOK_S = 0.02  # a checkpoint of a small file takes some tenths of a second
_STREAM = re.compile(rb'\{"type":"RECORD","record":\{"stream":"(\w+)"')


class Memory:
    """The memory that this process holds, looked at by a thread. `peak_mb` is the most of it."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._done = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    @staticmethod
    def held_mb() -> float:
        return proportional_kib(os.getpid()) / 1024

    def _look(self) -> None:
        while not self._done.wait(LOOK_S):
            self.peak_mb = max(self.peak_mb, self.held_mb())


def main(lines: Path, database: Path, times: int) -> None:
    gc.set_threshold(50_000, 20, 50)  # as the command has it
    names = {found[1].decode() for line in lines.open("rb") if (found := _STREAM.match(line))}
    tables = {name: _table(name) for name in sorted(names)}
    store: Any = open_store(parse_destination(str(database)), "main", "replay", {}, _warn)
    memory = Memory()
    store.prepare(tables.values())

    def replayed() -> Iterator[bytes]:
        for number in range(times):
            yield from _lines(lines, tables, number)
            _print(memory, database)

    whole = frozenset(name for name, table in tables.items() if table.is_whole)
    writer = Writer(store, tables, lambda: datetime.now(UTC), _warn)
    for piece in Pieces(replayed(), whole, _heard, time.monotonic):
        writer.write(piece)
    count = "SELECT count(*) FROM "
    rows = sum(store.connection.execute(f'{count}"{name}"').fetchone()[0] for name in tables)
    store.close()
    _print(memory, database, rows=rows)


def _print(memory: Memory, database: Path, **more: int) -> None:
    """Print what was held since the last time, and begin a new peak."""
    row = {"held_mb": memory.held_mb(), "peak_mb": memory.peak_mb}
    row |= {"file_mb": database.stat().st_size / 1e6, "cpu_s": time.process_time()}
    print(json.dumps(row | more), flush=True)
    memory.peak_mb = 0.0


def _table(name: str) -> Table:
    return table_of(name, schema_of(name, load_schema(name), Deletions.VANISHED))


def _lines(path: Path, tables: dict[str, Table], number: int) -> Iterator[bytes]:
    """Yield the lines; from the second time on, each key has the number of the time before it."""
    prefix = str(number).encode()
    keys = {
        name.encode(): re.compile(rb'("' + table.key.encode() + rb'":"?)')
        for name, table in tables.items()
        if table.key and not table.is_whole
    }
    with path.open("rb") as lines:
        for line in lines:
            found = _STREAM.match(line)
            if number == 0 or (not found and b'"type":"STATE"' in line[:20]):
                yield line
            elif found and found[1] in keys:
                yield keys[found[1]].sub(rb"\g<1>" + prefix, line, count=1)


def _heard(line: bytes) -> dict[str, Any] | None:
    """Return a message if it concerns the tables."""
    message: dict[str, Any] = orjson.loads(line)
    is_estimate = message["type"] == "TRACE" and "stream_status" not in message["trace"]
    return None if is_estimate else message


def _warn(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
