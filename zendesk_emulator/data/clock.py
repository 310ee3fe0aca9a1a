"""The emulator's clock: the only source of time inside the emulator.

It runs with real time from a chosen instant or stands still, and tests can move it. So they watch
hold-back, rate limit windows, token expiry and scrubbing without waiting.
"""

import threading
import time
from datetime import UTC, datetime


def iso(at_s: float) -> str:
    """Epoch seconds as Zendesk writes a time: `2026-06-01T00:00:00Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))


def epoch_s(text: str) -> int:
    """An ISO 8601 time as epoch seconds; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


class Clock:
    """Virtual time in epoch seconds; safe to read and move from several threads."""

    def __init__(self, at_s: float | None = None, *, frozen: bool = False) -> None:
        self._lock = threading.Lock()
        self._frozen = frozen
        self._set_at = time.monotonic()
        self._at_s = time.time() if at_s is None else float(at_s)

    def now(self) -> float:
        with self._lock:
            return self._now()

    def now_s(self) -> int:
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move forward (or, with a negative number, back)."""
        with self._lock:
            self._at_s = self._now() + seconds
            self._set_at = time.monotonic()

    def set(self, at_s: float) -> None:
        with self._lock:
            self._at_s = float(at_s)
            self._set_at = time.monotonic()

    def _now(self) -> float:
        return self._at_s if self._frozen else self._at_s + time.monotonic() - self._set_at
