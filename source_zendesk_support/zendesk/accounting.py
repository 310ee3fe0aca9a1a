"""What one run asked of Zendesk: requests, tries again, seconds waited and bytes.

Counts only; who is counted is a name that the caller gives (the streams of a walk, or a path).
"""

from __future__ import annotations

import threading
from collections import Counter


class Accounting:
    """Counters by who asked, and seconds waited by reason too. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.waited_by: Counter[str] = Counter()  # seconds, by who waited
        self.waited_s: Counter[str] = Counter()  # seconds, by what was waited for

    @property
    def bytes_read(self) -> int:
        """All bytes of all answers."""
        return self.bytes.total()

    def add(self, who: str, *, requests: int = 0, retries: int = 0, bytes_read: int = 0) -> None:
        """Count for one who asked."""
        with self._lock:
            self.requests[who] += requests
            self.retries[who] += retries
            self.bytes[who] += bytes_read

    def add_wait(self, who: str, reason: str, seconds: float) -> None:
        """Count seconds waited for a bucket or for a fault to pass."""
        with self._lock:
            self.waited_by[who] += round(seconds)
            self.waited_s[reason] += round(seconds)
