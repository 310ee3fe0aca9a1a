"""The records that a sync could not read and skipped, counted by stream and reason.

Thread-safe: every walk counts here. Holds no record and no personal data.
"""

from __future__ import annotations

import threading
from collections import Counter


class Skipped:
    """The records that a sync could not read and skipped. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, stream: str, what: str, count: int = 1) -> None:
        """Count: `what` is a noun and a reason, as in "parents refused with status 403"."""
        with self._lock:
            self._counts[stream, what] += count

    def lines(self) -> list[str]:
        """Return a line for each stream and reason."""
        with self._lock:
            counts = sorted(self._counts.items())
        return [f"{stream}: {count} {what}" for (stream, what), count in counts]
