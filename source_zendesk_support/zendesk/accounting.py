"""What one run asked of Zendesk: requests, tries again, seconds waited, bytes and odd values.

Counts only; who is counted is a name that the caller gives (the streams of a walk, or a path).
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Accounting:
    """Counters by who asked, and seconds waited by reason too. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.waited_by: Counter[str] = Counter()  # seconds, by who waited
        self.waited_s: Counter[str] = Counter()  # seconds, by what was waited for
        self._oddities: Counter[tuple[str, str]] = Counter()  # by who asked, and kind with field

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

    def add_oddities(self, who: str, found: Mapping[tuple[str, str], int]) -> list[str]:
        """Count what was odd on a page, by kind and field; return the kinds that are new to `who`.

        The caller logs those: every page may have the same again.
        """
        new = []
        with self._lock:
            for (kind, field), count in found.items():
                what = f"{kind}, in `{field}`" if field else kind
                if (who, what) not in self._oddities:
                    new.append(what)
                self._oddities[who, what] += count
        return new

    def oddities(self) -> list[str]:
        """Return a line for each kind of odd value, with how often it was met."""
        with self._lock:
            found = sorted(self._oddities.items())
        return [f"{who}: {count} {what}" for (who, what), count in found]
