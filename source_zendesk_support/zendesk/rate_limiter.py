"""The API budget: how many requests each of Zendesk's counters still allows, and when.

Owns the counting for all threads; which request draws on what is in endpoints.py, the pace of one
bucket in bucket.py. Pure but for a lock: never sleeps, never sends; the client waits as `reserve`
says. Rests on https://developer.zendesk.com/api-reference/introduction/rate-limits/
(docs/facts/zendesk-api.md#1).
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .bucket import WINDOW_S, Bucket
from .endpoints import (
    ACCOUNT_COUNTERS,
    ENDPOINT_LIMITS,
    bucket_readings,
    buckets_of,
    counter_reading,
    endpoint_of,
    used_up,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .bucket import BucketReading


# Requests a minute of an account until an answer shows more: the least of today's plans. A refusal
# without numbers halves it, down to that of the oldest plan (docs/facts/zendesk-api.md#1.1).
UNTOLD_LIMIT = 200
LEAST_LIMIT = 10


@dataclass(frozen=True, slots=True)
class BucketWait:
    """How long a request has to wait, and for which bucket."""

    bucket: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a bucket was spent: `share` of what we might, from first to last request."""

    bucket: str
    requests: int
    limit: int | None
    share: float | None


class RateLimiter:
    """The budget shared by all threads of the process.

    `share_percent` of the account's counters is ours, `cap_per_minute` at most; the endpoints' own
    small buckets are spent whole.
    """

    def __init__(self, *, share_percent: int = 100, cap_per_minute: int | None = None) -> None:
        self._lock = threading.Lock()
        self._share_percent = share_percent
        self._cap = cap_per_minute
        self._buckets = {name: Bucket(name, limit) for name, limit in ENDPOINT_LIMITS.items()}
        for name in ACCOUNT_COUNTERS:
            limit = cap_per_minute or max(1, UNTOLD_LIMIT * share_percent // 100)
            self._buckets[name] = Bucket(name, limit, is_assumed=not cap_per_minute)
        # Learned from 429s of an endpoint: the buckets it draws on beside the documented ones.
        self._also: dict[str, tuple[str, ...]] = {}
        self._under_way: Counter[str] = Counter()  # requests sent and not yet answered, by endpoint

    def reserve(self, path: str, *, now: float) -> BucketWait | None:
        """Take room for one request in every bucket it belongs to, or say how long there is none.

        Takes all or nothing, so that a request which waits for one bucket never uses up another.
        """
        with self._lock:
            buckets = [self._buckets[name] for name in self._names(path)]
            ready, binding = max(
                ((bucket.ready_at(now), bucket.name) for bucket in buckets),
                key=lambda pair: pair[0],
            )
            if ready > now:
                return BucketWait(binding, ready - now)
            for bucket in buckets:
                bucket.take(now)
            self._under_way[endpoint_of(path)] += 1
            return None

    def settle(
        self, path: str, headers: Mapping[str, str] | None, *, sent_at: float, now: float
    ) -> None:
        """A reserved request has its answer, or (None) has none and will have none."""
        with self._lock:
            readings = self._readings(path, headers or {})
            for name in self._names(path):
                self._buckets[name].settle(counted=name in readings)
            self._under_way[endpoint_of(path)] -= 1
            self._learn(readings, sent_at=sent_at, now=now)

    def block(
        self, path: str, seconds: float, *, now: float, headers: Mapping[str, str] | None = None
    ) -> str:
        """Pause the buckets that a 429 speaks of, and return their names.

        Those whose counters stand at zero. When nothing is said, or there is room in all of them,
        the narrowest (docs/facts/zendesk-api.md#1.4: "conditional" limits refuse while `remaining`
        is high); an endpoint that has none of its own, while the account has room, is given one.
        """
        with self._lock:
            names = self._refused(path, headers or {})
            for name in names:
                bucket = self._buckets[name]
                bucket.block(now + seconds)
                if bucket.is_assumed and bucket.limit is not None:
                    bucket.limit = min(bucket.limit, max(LEAST_LIMIT, bucket.limit // 2))
        return ", ".join(names)

    def _refused(self, path: str, headers: Mapping[str, str]) -> list[str]:
        named = bucket_readings(headers)
        for name in used_up(named):
            self._join(path, name, max(1, named[name].total))
        names, readings = self._names(path), self._readings(path, headers)
        if empty := used_up(readings):
            return empty
        account = readings.get(names[-1])
        if names[-1] in ACCOUNT_COUNTERS and account and account.remaining:
            self._join(path, endpoint_of(path), None)
        return [self._names(path)[-1]]

    def _join(self, path: str, name: str, limit: int | None) -> None:
        """An endpoint draws on one more bucket than is documented."""
        names, endpoint = self._names(path), endpoint_of(path)
        if name in names:
            return
        self._also[endpoint] = (*names, name)[len(buckets_of(path)) :]
        # Requests under way draw on it too, and will be settled with it.
        bucket = self._buckets.setdefault(name, Bucket(name, limit))
        bucket.under_way += self._under_way[endpoint]

    def _names(self, path: str) -> tuple[str, ...]:
        """Return the names of all buckets that a request draws on, the narrowest last."""
        return (*buckets_of(path), *self._also.get(endpoint_of(path), ()))

    def _readings(self, path: str, headers: Mapping[str, str]) -> dict[str, BucketReading]:
        """Return what the headers of an answer say of the buckets of its path."""
        names = self._names(path)
        named = {name: it for name, it in bucket_readings(headers).items() if name in names}
        return counter_reading(names, headers) | named

    def learn(self, path: str, headers: Mapping[str, str], *, now: float) -> None:
        """Follow the numbers of an answer: the account's counter and every named bucket of ours."""
        with self._lock:
            self._learn(self._readings(path, headers), sent_at=now, now=now)

    def _learn(self, readings: Mapping[str, BucketReading], *, sent_at: float, now: float) -> None:
        for name, reading in readings.items():
            bucket = self._buckets[name]
            bucket.is_assumed = False
            if name in ACCOUNT_COUNTERS:
                share = max(1, reading.total * self._share_percent // 100)
                # A tenth stays free for the others, whatever they take. The rest of their share
                # stays free only while they do not use it. Else a busy client would shut us out for
                # good.
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
    limit = None if bucket.is_assumed else bucket.limit  # a report names no number of ours
    if not limit or bucket.first_at is None or bucket.last_at is None:
        return Use(bucket.name, bucket.requests, limit, None)
    minutes = max(1.0, (bucket.last_at - bucket.first_at) / WINDOW_S)
    return Use(
        bucket.name,
        bucket.requests,
        limit,
        min(1.0, bucket.requests / (limit * minutes)),
    )
