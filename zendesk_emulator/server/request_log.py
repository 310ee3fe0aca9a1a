"""The log of requests: totals without end, and the last ten thousand one by one."""

import threading
from collections import Counter, deque
from typing import Any

from zendesk_emulator.api.exchange import Request

KEPT = 10_000  # enough to see a whole test; a benchmark's totals need no list


class RequestLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self.total = 0
            self.by_path: Counter[str] = Counter()
            self.by_status: Counter[str] = Counter()
            self._log: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, at_s: float, request: Request, status: int, fault: str | None) -> None:
        """Status 0 is a connection that was reset."""
        entry = {
            "at_s": at_s, "method": request.method, "path": request.path + request.suffix,
            "query": request.raw_query, "status": status, "fault": fault,
        }  # fmt: skip
        with self._lock:
            self.total += 1
            self.by_path[request.path] += 1
            self.by_status[str(status)] += 1
            self._log.append(entry)

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "total": self.total, "by_path": dict(self.by_path),
                "by_status": dict(self.by_status), "log": list(self._log),
            }  # fmt: skip
