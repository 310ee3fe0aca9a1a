"""Zendesk's counters: which request draws on which, and how an answer's headers are read.

Owns the documented limits and the reading of headers. Keeps nothing: who counts is rate_limiter.py.
Rests on https://developer.zendesk.com/api-reference/introduction/rate-limits/
(docs/facts/zendesk-api.md#1.2, #1.3).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from .bucket import BucketReading

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT = "account"
HELP_CENTER = "help-center"
WEBHOOKS = "webhooks"
# The counters of a whole account or product. They have no documented number here: it depends on the
# plan and is learned from the answers.
ACCOUNT_COUNTERS = (ACCOUNT, HELP_CENTER)
# Documented limits per minute of the endpoints' own buckets (docs/facts/zendesk-api.md#1.2). Where
# Zendesk names a bucket in its headers it has that name here, else one of ours.
ENDPOINT_LIMITS = {
    "incremental-exports": 10,
    "incremental-exports-cursor": 20,
    "custom-object-exports": 10,
    "talk-exports": 10,
    "incremental-samples": 10,  # in 20 minutes; a command asks for one
    "side-conversation-events": 60,  # 600 in ten minutes
    "search-export": 100,
    "deleted-tickets": 10,
    "tags-index": 100,
    WEBHOOKS: 100,
}
# Which path draws on what, the narrowest last. The first that matches counts.
_ENDPOINTS = tuple(
    (re.compile(pattern), names)
    for pattern, names in (
        (r"(help_center|community|guide)/", (HELP_CENTER,)),
        (r"incremental/[a-z_]+/sample$", (ACCOUNT, "incremental-samples")),
        (r"incremental/users/cursor$", (ACCOUNT, "incremental-exports-cursor")),
        # Recorded answers carry no bucket of the exports (docs/facts/zendesk-api.md#1.2).
        (r"incremental/ticket_metric_events$", (ACCOUNT,)),
        # Whether they count among the global exports too is unverified of Zendesk: they leave them
        # room as if they did.
        (
            r"incremental/custom_objects/",
            (ACCOUNT, "incremental-exports", "custom-object-exports"),
        ),
        (r"incremental/", (ACCOUNT, "incremental-exports")),
        (r"channels/voice/stats/incremental/", (ACCOUNT, "talk-exports")),
        (r"tickets/side_conversations/events$", (ACCOUNT, "side-conversation-events")),
        (r"search/export$", (ACCOUNT, "search-export")),
        (r"deleted_tickets$", (ACCOUNT, "deleted-tickets")),
        (r"tags$", (ACCOUNT, "tags-index")),
        # A counter of its own, which its answers name in the account's place. Whether the account
        # counts them too is unverified of Zendesk: it is left room as if it did.
        (r"webhooks(/|$)", (ACCOUNT, WEBHOOKS)),
    )
)
# Counters that `x-rate-limit` shows in place of the account's or the product's.
_OWN_COUNTER = frozenset({WEBHOOKS})
_BUCKET_HEADER = re.compile(
    r"^(?:zendesk-ratelimit|zendesk-rate-limit)-(?P<name>.+)$", re.IGNORECASE
)
_BUCKET_VALUE = re.compile(r"\b(total|remaining|resets)\s*=\s*([0-9]{1,9})\b")
# No counter of Zendesk has more digits; a longer number is odd, and Python converts no 5,000.
_NUMBER = re.compile(r"[0-9]{1,9}")
_PATHS_KEPT = 1024  # a path is looked up some ten times for each request
_ID = re.compile(r"[^/]*\d[^/]*")


@lru_cache(_PATHS_KEPT)
def buckets_of(path: str) -> tuple[str, ...]:
    """Return the names of all buckets that a GET of this path (below /api/v2/) draws on."""
    path = path.removesuffix(".json")
    return next((names for pattern, names in _ENDPOINTS if pattern.match(path)), (ACCOUNT,))


@lru_cache(_PATHS_KEPT)
def endpoint_of(path: str) -> str:
    """Return a name for the path that all records of a resource share: `tickets/*/comments`."""
    return _ID.sub("*", path.removesuffix(".json"))


def counter_reading(names: tuple[str, ...], headers: Mapping[str, str]) -> dict[str, BucketReading]:
    """Return an answer's reading of the account's counter, or of the one in its place.

    `names` are the buckets that its request draws on.
    """
    total = _number(headers, "x-rate-limit", "ratelimit-limit", "rate-limit")
    if total is None:
        return {}
    whose = next((name for name in names if name in _OWN_COUNTER), names[0])
    remaining = _number(
        headers, "x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining"
    )
    resets_s = _number(headers, "ratelimit-reset", "rate-limit-reset")
    return {whose: BucketReading(total, remaining, resets_s)}


def bucket_readings(headers: Mapping[str, str]) -> dict[str, BucketReading]:
    """Return an answer's readings of the endpoints' buckets that it names."""
    found = {}
    for header, value in headers.items():
        match = _BUCKET_HEADER.match(header)
        parts = {key: int(number) for key, number in _BUCKET_VALUE.findall(value)}
        if match and "total" in parts:
            name = match["name"].lower()
            found[name] = BucketReading(parts["total"], parts.get("remaining"), parts.get("resets"))
    return found


def used_up(readings: Mapping[str, BucketReading]) -> list[str]:
    """Return the buckets that have nothing left."""
    return [name for name, reading in readings.items() if reading.remaining == 0]


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        value = headers.get(name, "").strip()
        if _NUMBER.fullmatch(value):
            return int(value)
    return None
