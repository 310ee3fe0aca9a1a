"""How long to wait for Zendesk, and how long to retry: the numbers, and the clocks.

Pure values. Every number has its reason here, so that pages, files and tokens are waited for alike.
Rests on https://developer.zendesk.com/api-reference/introduction/rate-limits/
(docs/facts/zendesk-api.md#1.4).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# Connecting takes a moment or never. Zendesk was seen to work a minute on a full export page of a
# busy account. Then Zendesk itself gives up with 504, so twice that time is a dead connection.
TIMEOUTS_S = (10, 120)
# A whole answer, to its last byte: a full page at 100 kB a second takes less than two minutes.
ANSWER_S = 300.0
# A user's patience bounds it further, but an honest answer gets so long.
SHORTEST_ANSWER_S = 10.0
# A count is a courtesy: its caller does not wait long.
COUNT_TIMEOUTS_S = (10, 10)
# 429 without Retry-After: Zendesk's own client waits 10 s (docs/facts/zendesk-api.md#1.4).
DEFAULT_RETRY_AFTER_S = 10.0
MIN_RETRY_AFTER_S = 1.0  # Zendesk rounds to seconds: 0 means less than one, not now
# no bucket of Zendesk is longer than ten minutes (docs/facts/zendesk-api.md#1.2)
MAX_RETRY_AFTER_S = 600.0
BACKOFF_FIRST_S = 1.0
BACKOFF_LONGEST_S = 30.0
# A wait this long is worth a line in the log and a status of its stream.
NOTICE_WAIT_S = 5.0
# No wait is silent for longer: platforms end a sync that says nothing for a minute or more.
LONGEST_NAP_S = 30.0
# Least sleep: prevents a busy loop when rounding makes the wait 0.
SHORTEST_NAP_S = 0.001


def within_bounds_s(asked_s: float) -> float:
    """Return how long a `Retry-After` is waited for."""
    return min(max(asked_s, MIN_RETRY_AFTER_S), MAX_RETRY_AFTER_S)


def backoff_s(faults: int) -> float:
    """Return how long to wait after so many faults, when the answer does not say."""
    longest: float = min(BACKOFF_LONGEST_S, BACKOFF_FIRST_S * 2**faults)
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to retry one request, in seconds."""

    faults_s: float = 600.0  # ten minutes: a restart or a deployment at Zendesk is over by then
    rate_limits_s: float = 7200.0  # two hours: another integration's nightly run is over by then

    @property
    def answer_s(self) -> float:
        """How long a whole answer may take."""
        return min(ANSWER_S, max(self.faults_s, SHORTEST_ANSWER_S))


# For a question that the sync can do without: nothing else waits for its answer.
ONE_TRY = Patience(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time as the client needs it: `monotonic` for intervals, `now` for dates, and waiting."""

    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
