"""The memory of a process and of all that it has started, as Linux tells it.

Pages that processes share are counted once: the kernel's proportional set size (`man 5 proc`).
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

LOOK_S = 0.05  # a piece of records is loaded in a few tenths of a second


class PeakOfTree:
    """Looks at the memory of a tree of processes until it is left; `peak_mb` is the largest."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(LOOK_S):
            kib = sum(proportional_kib(pid) for pid in tree(self._pid))
            self.peak_mb = max(self.peak_mb, kib / 1024)


def tree(pid: int) -> list[int]:
    """Return a process and its descendants; fewer when some end meanwhile."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            found += tree(int(child))
    return found


def proportional_kib(pid: int) -> int:
    """Return the proportional set size of a process; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
