"""One whole process, measured: seconds, CPU, peak memory, and what it printed.

The process writes into a file. The file is counted after the process has ended, so that only the
emulator works beside it. Figures are the kernel's own (wait4, `man 2 getrusage`).
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from process_tree import PeakOfTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_RECORD = re.compile(rb'"type":"RECORD".{0,40}?"stream":"(\w+)"')
_HEAD = 200  # bytes of a line in which its type and stream stand


@dataclass(frozen=True)
class Measured:
    """The cost of a process, its children included.

    `peak_mb` is the largest resident set of one process. `peak_of_tree_mb` is the most that all of
    them held at one time (0 if not measured). `states` are the last ones of what was printed.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    records: Counter[str]
    states: list[dict[str, Any]]
    peak_of_tree_mb: float = 0.0

    @property
    def total(self) -> int:
        return self.records.total()

    @property
    def records_per_s(self) -> float:
        return self.total / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU for each record, start included."""
        return 1e6 * self.cpu_s / self.total


def measure(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    whole_tree: bool = False,
) -> Measured:
    """Run a command to its end. Raises ChildProcessError when it fails.

    With `whole_tree` the memory of all its processes is looked at meanwhile.

    Linux counts the starting process into the peak of the one it starts: stay small here.
    """
    output, errors = folder / "output.jsonl", folder / "stderr.txt"
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
        with PeakOfTree(process.pid) if whole_tree else nullcontext() as tree:
            _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    if process.returncode:
        told = output.read_bytes()[-2000:] + errors.read_bytes()[-2000:]
        raise ChildProcessError(f"exit code {process.returncode}: {told.decode(errors='replace')}")
    records, states = _printed(output)
    output.unlink()
    return Measured(
        wall_s,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,  # Linux tells it in KiB
        records,
        states,
        tree.peak_mb if tree else 0.0,
    )


def _printed(output: Path) -> tuple[Counter[str], list[dict[str, Any]]]:
    records, states = Counter[str](), {}
    with output.open("rb") as lines:
        for line in lines:
            found = _RECORD.search(line[:_HEAD])
            if found:
                records[found[1].decode()] += 1
            elif b'"type":"STATE"' in line[:_HEAD]:
                state = orjson.loads(line)["state"]
                states[state["stream"]["stream_descriptor"]["name"]] = state
    return records, list(states.values())
