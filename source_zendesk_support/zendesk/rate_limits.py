"""The API budget of one account: which buckets a request draws on, and when it may go out.

Owns the numbers: starts from the documented limits and follows the answers. Pure but for a lock:
never sleeps and never sends; the client waits for what `reserve` returns.
Rests on https://developer.zendesk.com/api-reference/introduction/rate-limits/ (zendesk/api.md 1).
"""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOW_S = 60.0  # every documented limit is per minute
# Documented limits per minute of the endpoints' own buckets (zendesk/api.md 1.2). The two account
# counters have no entry: an account's number depends on its plan and is learned from its answers.
ENDPOINT_LIMITS = {
    "incremental-exports": 10,
    "incremental-exports-cursor": 20,
    "search-export": 100,
    "deleted-tickets": 10,
}
ACCOUNT = "account"
HELP_CENTER = "help-center"
_BUCKET_HEADER = re.compile(
    r"^(?:zendesk-ratelimit|zendesk-rate-limit)-(?P<name>.+)$", re.IGNORECASE
)
_BUCKET_VALUE = re.compile(r"\b(total|remaining|resets)\s*=\s*(\d+)")


def buckets_of(path: str) -> tuple[str, ...]:
    """Return the names of all buckets that a GET of this path (below /api/v2/) draws on."""
    path = path.removesuffix(".json")
    if path.startswith(("help_center/", "community/", "guide/")):
        return (HELP_CENTER,)
    if path == "incremental/users/cursor":
        return (ACCOUNT, "incremental-exports-cursor")
    if path == "incremental/ticket_metric_events":
        return (ACCOUNT,)  # recorded answers carry no bucket of the exports (api.md 1.2)
    if path.startswith(("incremental/", "channels/voice/stats/incremental/")):
        return (ACCOUNT, "incremental-exports")
    if path == "search/export":
        return (ACCOUNT, "search-export")
    if path == "deleted_tickets":
        return (ACCOUNT, "deleted-tickets")
    return (ACCOUNT,)


@dataclass(slots=True)
class Bucket:
    """One counter of Zendesk as we know it. Times are seconds of the clock that was passed in."""

    name: str
    limit: int | None = None  # requests per minute that we may send; None: not known yet
    sent: deque[float] = field(default_factory=deque)  # of the last minute
    blocked_until: float = 0.0

    def ready_at(self, now: float) -> float:
        """Return when the next request fits: `now`, or a time to come."""
        while self.sent and self.sent[0] <= now - WINDOW_S:
            self.sent.popleft()
        ready = max(now, self.blocked_until)
        if self.limit is not None and len(self.sent) >= self.limit:
            ready = max(ready, self.sent[len(self.sent) - self.limit] + WINDOW_S)
        return ready

    def learn(
        self, *, total: int, remaining: int | None, resets_s: float | None, now: float
    ) -> None:
        """Follow an answer: a new total, and a pause when the server's own window is used up."""
        self.limit = max(1, total)
        if remaining == 0 and resets_s is not None:
            # Never for longer than a window: a number beyond it is not what we think it is.
            self.blocked_until = max(self.blocked_until, now + min(resets_s, WINDOW_S))


@dataclass(frozen=True, slots=True)
class Wait:
    """A request has no room yet: `bucket` is the one that binds, for `seconds`."""

    bucket: str
    seconds: float


class RateLimits:
    """The budget shared by all threads of the process.

    `share_percent` of the account's counters is ours, `cap_per_minute` at most; the endpoints' own
    small buckets are spent whole.
    """

    def __init__(self, *, share_percent: int = 100, cap_per_minute: int | None = None) -> None:
        self._lock = threading.Lock()
        self._share = share_percent / 100
        self._cap = cap_per_minute
        self._buckets = {name: Bucket(name, limit) for name, limit in ENDPOINT_LIMITS.items()}
        for name in (ACCOUNT, HELP_CENTER):
            self._buckets[name] = Bucket(name, cap_per_minute)

    def reserve(self, path: str, *, now: float) -> Wait | None:
        """Take room for one request in every bucket it belongs to, or say how long there is none.

        Takes all or nothing, so that a request which waits for one bucket never uses up another.
        """
        with self._lock:
            buckets = [self._buckets[name] for name in buckets_of(path)]
            binding = max(buckets, key=lambda bucket: bucket.ready_at(now))
            ready = binding.ready_at(now)
            if ready > now:
                return Wait(binding.name, ready - now)
            for bucket in buckets:
                bucket.sent.append(now)
            return None

    def block(self, path: str, seconds: float, *, now: float) -> str:
        """Pause the narrowest bucket that a 429 can belong to, and return its name."""
        with self._lock:
            bucket = self._buckets[buckets_of(path)[-1]]
            bucket.blocked_until = max(bucket.blocked_until, now + seconds)
            return bucket.name

    def learn(self, path: str, headers: Mapping[str, str], *, now: float) -> None:
        """Follow the numbers of an answer: the account's counter and every named bucket of ours."""
        names = buckets_of(path)
        with self._lock:
            total = _number(headers, "x-rate-limit", "ratelimit-limit", "rate-limit")
            if total is not None:
                share = max(1, int(total * self._share))
                self._buckets[names[0]].learn(
                    total=min(share, self._cap) if self._cap else share,
                    remaining=_number(
                        headers,
                        "x-rate-limit-remaining",
                        "ratelimit-remaining",
                        "rate-limit-remaining",
                    ),
                    resets_s=_number(headers, "ratelimit-reset", "rate-limit-reset"),
                    now=now,
                )
            for header, value in headers.items():
                match = _BUCKET_HEADER.match(header)
                if match is None or match["name"].lower() not in names:
                    continue
                parts = {key: int(number) for key, number in _BUCKET_VALUE.findall(value)}
                if "total" in parts:
                    self._buckets[match["name"].lower()].learn(
                        total=parts["total"],
                        remaining=parts.get("remaining"),
                        resets_s=parts.get("resets"),
                        now=now,
                    )


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        value = headers.get(name, "")
        if value.isdecimal():
            return int(value)
    return None
