"""Requests that go out as soon as a budget lets them: how many there are, and when."""

from source_zendesk_support.zendesk.bucket import OUR_WINDOW_S, WINDOW_S
from source_zendesk_support.zendesk.rate_limiter import RateLimiter

TICKETS = "incremental/tickets/cursor"
USERS = "incremental/users/cursor"
EXPORTS, USER_EXPORTS = "incremental-exports", "incremental-exports-cursor"


def sent_too_much(sent: list[float], limit: int) -> list[tuple[float, float]]:
    """The pairs of requests that lie limit apart in order but not a window apart in time."""
    # Times are sums of decimal fractions: a millionth of a second does not count.
    return [
        (first, last)
        for first, last in zip(sent, sent[limit:], strict=False)
        if last - first < WINDOW_S - 1e-6
    ]


def times(
    limits: RateLimiter, path: str, *, now: float, seconds: float = WINDOW_S, at_most: int = 1000
) -> list[float]:
    """When requests go out within so many seconds, each as soon as it may and answered at once."""
    found: list[float] = []
    end = now + seconds
    while len(found) < at_most:
        wait = limits.reserve(path, now=now)
        if wait is None:
            found.append(now)
            limits.settle(path, None, sent_at=now, now=now)
        elif now + wait.seconds >= end:
            break
        else:
            now += max(wait.seconds, 1e-6)  # what the sum of two floats may be short of
    return found


def room(limits: RateLimiter, path: str, *, now: float, at_most: int = 1000) -> int:
    """How many requests go out within a minute."""
    return len(times(limits, path, now=now, seconds=OUR_WINDOW_S, at_most=at_most))
