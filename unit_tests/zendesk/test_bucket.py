"""A bucket is spent evenly, whole, and without a 429.

The minute is Zendesk's, counted by a server that begins it with the first request.
"""

import itertools
import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.zendesk.bucket import OUR_WINDOW_S, WINDOW_S
from source_zendesk_support.zendesk.endpoints import ACCOUNT
from source_zendesk_support.zendesk.rate_limiter import RateLimiter
from test_support.client.rate_limits import EXPORTS, TICKETS, room, sent_too_much, times


class Server:
    """A counter of Zendesk: a minute begins with its first request; refused ones do not count."""

    def __init__(self, total: int, *, begins_at: float | None = None, used: int = 0) -> None:
        self.total = total
        self.ends_at = -1.0 if begins_at is None else begins_at + WINDOW_S
        self.used = used
        self.refused = 0
        self.in_window: list[int] = []

    def spend(self, at: float, bucket: str | None) -> dict[str, str]:
        if at >= self.ends_at:
            self.in_window.append(self.used)
            self.ends_at, self.used = at + WINDOW_S, 0
        if self.used >= self.total:
            self.refused += 1
        else:
            self.used += 1
        left, resets = self.total - self.used, math.ceil(self.ends_at - at)
        if bucket:
            value = f"total={self.total}; remaining={left}; resets={resets}"
            return {f"zendesk-ratelimit-{bucket}": value}
        return {
            "x-rate-limit": str(self.total),
            "x-rate-limit-remaining": str(left),
            "ratelimit-reset": str(resets),
        }


def run(
    limits: RateLimiter,
    server: Server,
    path: str,
    latencies: Iterator[float],
    *,
    count: int,
    bucket: str | None,
    now: float = 0.0,
) -> list[float]:
    """One walk that always has a next request: when each went out."""
    sent: list[float] = []
    while len(sent) < count:
        wait = limits.reserve(path, now=now)
        if wait:
            now += max(wait.seconds, 1e-6)
            continue
        sent.append(now)
        way = next(latencies)
        headers = server.spend(now + way / 2, bucket)
        limits.settle(path, headers, sent_at=now, now=now + way)
        now += way
    return sent


LATENCIES = st.lists(st.floats(0.001, 2.0), min_size=1, max_size=20).map(itertools.cycle)


@settings(deadline=None)
@given(LATENCIES, st.sampled_from([10, 20, 30]))
def test_a_lone_client_meets_no_429_and_spends_the_bucket(
    latencies: Iterator[float], total: int
) -> None:
    limits, server = RateLimiter(), Server(total)
    sent = run(limits, server, TICKETS, latencies, count=10 * total, bucket=EXPORTS)
    assert server.refused == 0
    # Ten minutes' worth in ten minutes' time and what the margins cost.
    assert (len(sent) - 1) / total >= 0.95 * sent[-1] / WINDOW_S
    (spent,) = (use for use in limits.uses() if use.bucket == EXPORTS)
    assert spent.share is not None
    assert spent.share >= 0.95


@settings(deadline=None)
@given(LATENCIES, st.integers(50, 100))
def test_the_share_of_the_account_is_spent_and_not_more(
    latencies: Iterator[float], percent: int
) -> None:
    quick = (latency / 100 for latency in latencies)
    limits, server = RateLimiter(share_percent=percent), Server(100)
    sent = run(limits, server, "groups", quick, count=5 * percent, bucket=None)
    assert server.refused == 0
    assert max(server.in_window) <= percent
    assert (len(sent) - 1) / percent >= 0.95 * sent[-1] / WINDOW_S
    assert sent_too_much(sent, percent) == []


def test_the_rest_of_the_budget_is_spread_evenly() -> None:
    limits = RateLimiter()
    sent = times(limits, TICKETS, now=0.0, seconds=10 * OUR_WINDOW_S)
    assert sent[:5] == [0.0] * 5, "a short sync need not wait"
    gaps = [later - first for first, later in pairwise(sent[4:])]
    assert max(gaps) < 11
    steady = gaps[6:]
    assert max(steady) - min(steady) < 0.001, "no bursts, no standstill"
    assert steady[0] == pytest.approx(OUR_WINDOW_S / 10)


def test_after_a_rest_the_first_half_goes_at_once_again() -> None:
    limits = RateLimiter()
    times(limits, TICKETS, now=0.0, seconds=OUR_WINDOW_S)
    assert times(limits, TICKETS, now=200.0, seconds=1) == [200.0] * 5


@settings(deadline=None)
@given(st.integers(0, 9), st.floats(0, 59), LATENCIES)
def test_it_starts_from_what_others_have_left(
    used: int, passed_s: float, latencies: Iterator[float]
) -> None:
    limits = RateLimiter()
    server = Server(10, begins_at=-passed_s, used=used)
    sent = run(limits, server, TICKETS, latencies, count=30, bucket=EXPORTS)
    assert server.refused == 0
    in_their_minute = [at for at in sent if at < WINDOW_S - passed_s]
    assert len(in_their_minute) <= 10 - used


def test_the_budget_that_others_left_is_spread_over_the_rest_of_their_minute() -> None:
    limits = RateLimiter()
    assert limits.reserve(TICKETS, now=0.0) is None
    headers = {f"zendesk-ratelimit-{EXPORTS}": "total=10; remaining=3; resets=40"}
    limits.settle(TICKETS, headers, sent_at=0.0, now=0.0)
    assert times(limits, TICKETS, now=0.0, seconds=39) == [10.0, 20.0, 30.0]


def test_a_tenth_of_the_account_is_left_to_others() -> None:
    """The last tenth is never ours, whichever client took the rest."""
    limits = RateLimiter(share_percent=90)
    headers = {"x-rate-limit": "100", "x-rate-limit-remaining": "15", "ratelimit-reset": "30"}
    limits.learn("groups", headers, now=0.0)
    assert len(times(limits, "groups", now=0.0, seconds=29.9)) == 5


def test_a_small_share_is_not_shut_out_by_others() -> None:
    """They use what is not ours: five of a hundred are, and the minute has more than a tenth."""
    limits = RateLimiter(share_percent=5)
    headers = {"x-rate-limit": "100", "x-rate-limit-remaining": "40", "ratelimit-reset": "60"}
    limits.learn("groups", headers, now=0.0)
    assert room(limits, "groups", now=0.0) == 5


def test_answers_in_any_order_tell_the_same() -> None:
    """Requests under way count as spent, and the lowest number of one minute is the true one."""
    for order in itertools.permutations(range(3)):
        limits = RateLimiter()
        for _ in range(3):
            assert limits.reserve(TICKETS, now=0.0) is None
        for number in order:
            value = f"total=10; remaining={5 - number}; resets=60"
            headers = {f"zendesk-ratelimit-{EXPORTS}": value}
            limits.settle(TICKETS, headers, sent_at=0.0, now=1.0 + number)
        assert len(times(limits, TICKETS, now=4.0, seconds=55)) == 3


def test_an_answer_of_an_earlier_minute_that_comes_late_changes_nothing() -> None:
    limits = RateLimiter()
    early = {f"zendesk-ratelimit-{EXPORTS}": "total=10; remaining=0; resets=10"}
    late = {f"zendesk-ratelimit-{EXPORTS}": "total=10; remaining=9; resets=60"}
    for _ in range(2):
        assert limits.reserve(TICKETS, now=50.0) is None
    limits.settle(TICKETS, late, sent_at=61.0, now=61.0)
    limits.settle(TICKETS, early, sent_at=50.0, now=62.0)
    assert limits.reserve(TICKETS, now=66.0) is None


def test_help_center_says_no_reset_and_is_followed_all_the_same() -> None:
    limits = RateLimiter()
    path = "help_center/articles"
    assert limits.reserve(path, now=0.0) is None
    headers = {"x-rate-limit": "100", "x-rate-limit-remaining": "3"}
    limits.settle(path, headers, sent_at=0.0, now=0.0)
    assert len(times(limits, path, now=0.0, seconds=59)) == 3
    fresh = {"x-rate-limit": "100", "x-rate-limit-remaining": "99"}
    limits.learn(path, fresh, now=60.0)
    assert len(times(limits, path, now=60.0, seconds=60)) > 80


def test_after_a_429_all_who_waited_go_one_by_one() -> None:
    limits = RateLimiter()
    times(limits, TICKETS, now=0.0, seconds=1)
    limits.block(TICKETS, 30.0, now=1.0)
    sent = times(limits, TICKETS, now=1.0, seconds=90)
    assert sent[0] == 31.0
    assert min(later - first for first, later in pairwise(sent)) > 1


def test_the_report_says_what_was_spent() -> None:
    limits = RateLimiter()
    times(limits, TICKETS, now=0.0, seconds=10 * OUR_WINDOW_S)
    exports, account = limits.uses()
    assert (account.bucket, account.requests, account.share) == (ACCOUNT, 100, None)
    assert (exports.bucket, exports.requests, exports.limit) == (EXPORTS, 100, 10)
    assert exports.share is not None
    assert 0.95 < exports.share <= 1.0
