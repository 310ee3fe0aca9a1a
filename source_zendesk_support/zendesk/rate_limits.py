"""The API budget: how many requests each of Zendesk's counters still allows, and when.

Owns which request draws on what, and what the answers say of it; the pace of one bucket is in
pacing.py. Pure but for a lock: never sleeps, never sends; the client waits as `reserve` says.
Rests on https://developer.zendesk.com/api-reference/introduction/rate-limits/ (zendesk/api.md 1).
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .pacing import WINDOW_S, Bucket, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(frozen=True, slots=True)
class Wait:
    """A request has no room yet: `bucket` is the one that binds, for `seconds`."""

    bucket: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a bucket was spent: `share` of what we might, from first to last request."""

    bucket: str
    requests: int
    limit: int | None
    share: float | None


class RateLimits:
    """The budget shared by all threads of the process.

    `share_percent` of the account's counters is ours, `cap_per_minute` at most; the endpoints' own
    small buckets are spent whole.
    """

    def __init__(self, *, share_percent: int = 100, cap_per_minute: int | None = None) -> None:
        self._lock = threading.Lock()
        self._share_percent = share_percent
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
            ready, binding = max(
                ((bucket.ready_at(now), bucket.name) for bucket in buckets),
                key=lambda pair: pair[0],
            )
            if ready > now:
                return Wait(binding, ready - now)
            for bucket in buckets:
                bucket.take(now)
            return None

    def settle(
        self, path: str, headers: Mapping[str, str] | None, *, sent_at: float, now: float
    ) -> None:
        """A reserved request has its answer, or (None) has none and will have none."""
        with self._lock:
            readings = {} if headers is None else _readings(path, headers)
            for name in buckets_of(path):
                self._buckets[name].settle(counted=name in readings)
            self._learn(readings, sent_at=sent_at, now=now)

    def block(
        self, path: str, seconds: float, *, now: float, headers: Mapping[str, str] | None = None
    ) -> str:
        """Pause the buckets that a 429 speaks of, and return their names.

        Those whose counters stand at zero; when there is room in all of them, or nothing is said,
        the narrowest (zendesk/api.md 1.4: "conditional" limits refuse while `remaining` is high).
        """
        readings = {} if headers is None else _readings(path, headers)
        empty = [name for name, reading in readings.items() if reading.remaining == 0]
        names = empty or [buckets_of(path)[-1]]
        with self._lock:
            for name in names:
                self._buckets[name].block(now + seconds)
        return ", ".join(names)

    def learn(self, path: str, headers: Mapping[str, str], *, now: float) -> None:
        """Follow the numbers of an answer: the account's counter and every named bucket of ours."""
        with self._lock:
            self._learn(_readings(path, headers), sent_at=now, now=now)

    def _learn(self, readings: Mapping[str, Reading], *, sent_at: float, now: float) -> None:
        for name, reading in readings.items():
            bucket = self._buckets[name]
            if name in (ACCOUNT, HELP_CENTER):
                share = max(1, reading.total * self._share_percent // 100)
                # A tenth is left to the others whatever they take; the rest of their share only
                # when they do not use it, or somebody busy would shut us out for good.
                bucket.kept_free = min(reading.total - share, reading.total // 10)
                bucket.limit = min(share, self._cap) if self._cap else share
            else:
                bucket.limit = max(1, reading.total)
            bucket.learn(reading, sent_at=sent_at, now=now)

    def uses(self) -> list[Use]:
        """Return what was spent of every bucket that was used."""
        with self._lock:
            return [_use(bucket) for bucket in self._buckets.values() if bucket.requests]


def _use(bucket: Bucket) -> Use:
    if not bucket.limit or bucket.first_at is None or bucket.last_at is None:
        return Use(bucket.name, bucket.requests, bucket.limit, None)
    minutes = max(1.0, (bucket.last_at - bucket.first_at) / WINDOW_S)
    return Use(
        bucket.name,
        bucket.requests,
        bucket.limit,
        min(1.0, bucket.requests / (bucket.limit * minutes)),
    )


def _readings(path: str, headers: Mapping[str, str]) -> dict[str, Reading]:
    """Return what the headers of an answer say of the buckets of its path."""
    names = buckets_of(path)
    found = {}
    total = _number(headers, "x-rate-limit", "ratelimit-limit", "rate-limit")
    if total is not None:
        found[names[0]] = Reading(
            total,
            _number(
                headers, "x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining"
            ),
            _number(headers, "ratelimit-reset", "rate-limit-reset"),
        )
    for header, value in headers.items():
        match = _BUCKET_HEADER.match(header)
        if match is None or match["name"].lower() not in names:
            continue
        parts = {key: int(number) for key, number in _BUCKET_VALUE.findall(value)}
        if "total" in parts:
            found[match["name"].lower()] = Reading(
                parts["total"], parts.get("remaining"), parts.get("resets")
            )
    return found


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        value = headers.get(name, "")
        if value.isdecimal():
            return int(value)
    return None
