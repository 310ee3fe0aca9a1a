"""One bucket of requests: how much of it is left, and how fast it may be spent.

Tracks two one-minute windows: ours (a hard limit) and Zendesk's (from the headers of its answers;
it includes other clients). Pure: no clock, no lock.
Rests on https://developer.zendesk.com/api-reference/introduction/rate-limits/
(docs/facts/zendesk-api.md#1.3).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

WINDOW_S = 60.0  # every documented limit is per minute
# Ours is a second longer. A first request may take longer to arrive than the last one. Both must
# not fall into one minute of Zendesk's. The extra second costs 1.6 % of a bucket.
OUR_WINDOW_S = WINDOW_S + 1.0
ASK_AGAIN_S = 0.5  # about as long as an answer takes


@dataclass(frozen=True, slots=True)
class BucketReading:
    """One answer's numbers for a bucket: requests a minute, how many are left, seconds to reset."""

    total: int
    remaining: int | None = None
    resets_s: float | None = None


@dataclass(slots=True)
class ServerWindow:
    """Zendesk's own minute, from its answers: at least so many requests are left in it.

    It ends at `ends_at` at the latest. `sent_at` is when the request with that answer was sent.
    """

    left: int
    ends_at: float
    sent_at: float


@dataclass(slots=True)
class Bucket:
    """One counter of Zendesk as we know it. Times are seconds of the clock that was passed in."""

    name: str
    limit: int | None = None  # requests per minute that we may send; None: as many as fit elsewhere
    is_assumed: bool = False  # no answer has named the limit yet
    kept_free: int = (
        0  # requests that we leave in Zendesk's minute, whichever client spent the rest
    )
    blocked_until: float = 0.0
    under_way: int = 0  # sent and not yet answered
    server: ServerWindow | None = None
    # Our own minute: when it began, what was sent in it, and whether it may begin with a burst.
    opened_at: float | None = None
    spent: int = 0
    rested: bool = True
    sent: deque[float] = field(default_factory=deque)  # of the last minute
    # For the report.
    first_at: float | None = None
    last_at: float | None = None
    requests: int = 0

    def ready_at(self, now: float) -> float:
        """Return when the next request fits: `now`, or a time to come."""
        while self.sent and self.sent[0] <= now - OUR_WINDOW_S:
            self.sent.popleft()
        ready = max(now, self.blocked_until)
        if self.limit is None:
            return ready
        if len(self.sent) >= self.limit:
            ready = max(ready, self.sent[-self.limit] + OUR_WINDOW_S)
        return max(ready, self._paced_at(now, self.limit))

    def _paced_at(self, now: float, limit: int) -> float:
        """Spread what is left over what is left of the minute.

        After a rest, the first half of a bucket may go at once: a short sync need not wait.
        """
        opened, spent, rested = self._minute(now, limit)
        left, ends_at = max(0, limit - spent), opened + OUR_WINDOW_S
        # The first of a minute that follows a busy one keeps an even step from the last before it.
        last_at = now - OUR_WINDOW_S if self.last_at is None else self.last_at
        step_at = last_at + OUR_WINDOW_S / limit
        if spent == 0:
            ends_at = step_at + OUR_WINDOW_S
        elif left == 0:
            ends_at = max(ends_at, step_at)
        server = self.server
        if server is not None and now < server.ends_at:
            theirs = max(0, server.left - self.under_way - self.kept_free)
            if theirs < left:
                left, ends_at = theirs, server.ends_at
            if theirs == 0 and server.left > self.kept_free:
                # Requests under way may be counted already: the next answer says.
                ends_at = min(ends_at, max(step_at, now + ASK_AGAIN_S))
        if left == 0:
            return ends_at
        if rested and left > limit - limit // 2:
            return now
        return last_at + (ends_at - last_at) / (left + 1)

    def _minute(self, now: float, limit: int) -> tuple[float, int, bool]:
        """Return our minute at `now`: its beginning, what was sent in it, and if it may burst."""
        if self.opened_at is not None and now < self.opened_at + OUR_WINDOW_S:
            return self.opened_at, self.spent, self.rested
        is_next = self.opened_at is not None and now < self.opened_at + 2 * OUR_WINDOW_S
        return now, 0, not (is_next and self.spent > limit // 2)

    def take(self, now: float) -> None:
        """Count one request that goes out now."""
        limit = self.limit if self.limit is not None else 0
        self.opened_at, self.spent, self.rested = self._minute(now, limit)
        self.spent += 1
        self.sent.append(now)
        self.under_way += 1
        self.requests += 1
        self.first_at = now if self.first_at is None else self.first_at
        self.last_at = now

    def settle(self, *, counted: bool) -> None:
        """Settle a request that has ended; it counts even without counters in its answer."""
        self.under_way -= 1
        if self.server is not None and not counted:
            self.server.left -= 1

    def block(self, until: float) -> None:
        """Block the bucket until `until`, then pace the queued requests so they do not burst."""
        self.blocked_until = max(self.blocked_until, until)
        self.server = None
        self.rested = False

    def learn(self, reading: BucketReading, *, sent_at: float, now: float) -> None:
        """Follow an answer, which may come later than that of a younger request."""
        if reading.remaining is None:
            return
        # At most a window: a larger number cannot mean seconds to the reset.
        resets_s = WINDOW_S if reading.resets_s is None else min(reading.resets_s, WINDOW_S)
        window = ServerWindow(reading.remaining, now + resets_s, sent_at)
        known = self.server
        if known is None or known.ends_at <= sent_at:
            self.server = window
        elif self._is_new(reading, known, sent_at):
            self.server = window if sent_at >= known.sent_at else known
        elif sent_at >= known.sent_at or window.ends_at >= known.ends_at - 1:
            # Both ends are late at worst: a page takes its time after it was counted.
            known.left = min(known.left, window.left)
            known.ends_at = min(known.ends_at, window.ends_at)
            known.sent_at = max(known.sent_at, sent_at)

    def _is_new(self, reading: BucketReading, known: ServerWindow, sent_at: float) -> bool:
        """Return whether an answer speaks of another minute than the one we know."""
        if reading.resets_s is None:
            # Help Center says no reset (docs/facts/zendesk-api.md#1.3): only a new minute has more
            # left.
            return (reading.remaining or 0) > known.left + self.under_way
        # Seconds are rounded up, so the end lies at most a second before the time in the answer.
        return sent_at + min(reading.resets_s, WINDOW_S) - 1 > known.ends_at + 1
