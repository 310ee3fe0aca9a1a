"""No bucket ever gets more than its limit, and no wait is longer than it must be."""

import contextlib
import threading
from collections import defaultdict, deque
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.zendesk.bucket import OUR_WINDOW_S
from source_zendesk_support.zendesk.endpoints import (
    ACCOUNT,
    ENDPOINT_LIMITS,
    HELP_CENTER,
    buckets_of,
)
from source_zendesk_support.zendesk.rate_limiter import LEAST_LIMIT, UNTOLD_LIMIT, RateLimiter
from test_support.client.rate_limits import (
    EXPORTS,
    TICKETS,
    USER_EXPORTS,
    USERS,
    room,
    sent_too_much,
    times,
)

PATHS = st.sampled_from(
    [
        TICKETS,
        USERS,
        "incremental/custom_objects/car/cursor",
        "channels/voice/stats/incremental/calls",
        "groups",
        "webhooks",
        "search/export",
        "deleted_tickets",
        "community/posts",
    ]
)
STEPS = st.lists(
    st.tuples(PATHS, st.sampled_from([0.0, 0.01, 0.5, 3.0, 31.0]) | st.floats(0, 70)),
    min_size=1,
    max_size=120,
)


@settings(deadline=None)
@given(STEPS, st.integers(1, 30))
def test_no_bucket_gets_more_than_its_limit_in_any_window(
    steps: list[tuple[str, float]], cap: int
) -> None:
    limits = RateLimiter(cap_per_minute=cap)
    allowed = {**ENDPOINT_LIMITS, ACCOUNT: cap, HELP_CENTER: cap}
    sent: dict[str, list[float]] = defaultdict(list)
    now = 1000.0
    for path, passed in steps:
        now += passed
        wait = limits.reserve(path, now=now)
        if wait is None:
            for bucket in buckets_of(path):
                sent[bucket].append(now)
        else:
            assert wait.seconds > 0
            assert wait.bucket in buckets_of(path)
    for bucket, when in sent.items():
        assert sent_too_much(when, allowed[bucket]) == [], bucket


@settings(deadline=None)
@given(STEPS, st.integers(1, 30))
def test_the_wait_is_exact(steps: list[tuple[str, float]], cap: int) -> None:
    """A bucket has room at its end and not shortly before: nothing is lost or rushed."""
    limits = RateLimiter(cap_per_minute=cap)
    now = 1000.0
    for path, passed in steps:
        now += passed
        wait = limits.reserve(path, now=now)
        if wait is None:
            continue
        assert wait.seconds <= OUR_WINDOW_S
        if wait.seconds > 0.001:
            assert limits.reserve(path, now=now + wait.seconds - 0.001) is not None
        now += wait.seconds
        again = limits.reserve(path, now=now)
        assert again is None or again.seconds < 1e-6  # what the sum of two floats is short of
        if again:
            now += 1e-6
            assert limits.reserve(path, now=now) is None


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9))
def test_reserving_takes_all_or_nothing(blocked: int, free: int) -> None:
    """A request that waits for the exports uses up nothing of the account's counter."""
    limits = RateLimiter(cap_per_minute=free)
    limits.block(TICKETS, 30, now=0.0)
    for _ in range(blocked):
        assert limits.reserve(TICKETS, now=0.0) is not None
    assert room(limits, "groups", now=0.0) == free


def test_documented_limits_hold_before_any_answer() -> None:
    assert room(RateLimiter(), TICKETS, now=0.0) == 10
    assert room(RateLimiter(), USERS, now=0.0) == 20
    assert room(RateLimiter(), "deleted_tickets", now=0.0) == 10
    assert room(RateLimiter(), "search/export", now=0.0) == 100


def test_the_binding_bucket_is_named() -> None:
    limits = RateLimiter(cap_per_minute=15)
    assert room(limits, TICKETS, now=0.0) == 10
    wait = limits.reserve(TICKETS, now=59.0)
    assert wait
    assert (wait.bucket, round(wait.seconds, 6)) == (EXPORTS, OUR_WINDOW_S - 59.0)
    assert len(times(limits, USERS, now=59.0, seconds=2)) == 5  # what the account has left
    wait = limits.reserve(USERS, now=60.0)
    assert wait
    assert wait.bucket == ACCOUNT


def test_help_center_counts_apart() -> None:
    limits = RateLimiter(cap_per_minute=3)
    assert room(limits, "groups", now=0.0) == 3
    assert room(limits, "help_center/articles", now=0.0) == 3
    limits.block("help_center/articles", 100, now=61.0)
    assert limits.reserve("community/posts", now=61.0)
    assert limits.reserve("groups", now=61.0) is None


@pytest.mark.parametrize(
    ("path", "bucket", "still_free"),
    [
        (TICKETS, EXPORTS, ["groups", USERS, "search/export", "community/posts"]),
        (USERS, USER_EXPORTS, ["groups", TICKETS, "incremental/organizations"]),
        ("deleted_tickets", "deleted-tickets", ["groups", TICKETS]),
        ("help_center/articles", HELP_CENTER, ["groups", TICKETS]),
    ],
)
def test_a_block_pauses_only_the_narrowest_bucket(
    path: str, bucket: str, still_free: list[str]
) -> None:
    limits = RateLimiter()
    assert limits.block(path, 37.5, now=100.0) == bucket
    wait = limits.reserve(path, now=100.0)
    assert wait
    assert (wait.bucket, wait.seconds) == (bucket, 37.5)
    for other in still_free:
        assert limits.reserve(other, now=100.0) is None
    assert limits.reserve(path, now=137.5) is None


def test_a_block_of_the_account_pauses_all_of_support() -> None:
    limits = RateLimiter()
    assert limits.block("groups", 10, now=0.0) == ACCOUNT
    for path in ("groups", TICKETS, USERS):
        wait = limits.reserve(path, now=0.0)
        assert wait
        assert wait.bucket == ACCOUNT


def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    limits = RateLimiter()
    limits.block(TICKETS, 50, now=0.0)
    limits.block(TICKETS, 5, now=1.0)
    wait = limits.reserve(TICKETS, now=10.0)
    assert wait
    assert wait.seconds == 40.0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 20), st.booleans(), st.floats(1, 120)), max_size=40),
)
def test_nothing_goes_out_before_a_block_has_passed(
    steps: list[tuple[float, bool, float]],
) -> None:
    limits, now, until = RateLimiter(), 0.0, 0.0
    for passed, refused, seconds in steps:
        now += passed
        if limits.reserve(TICKETS, now=now) is None:
            assert now >= until
            limits.settle(TICKETS, None, sent_at=now, now=now)
            if refused:
                limits.block(TICKETS, seconds, now=now)
                until = max(until, now + seconds)


def test_threads_together_keep_the_limit() -> None:
    """Ten threads at a fake clock that each of them moves: what went out, and when, is kept."""
    cap = 50
    limits = RateLimiter(cap_per_minute=cap)
    clock_lock, clock = threading.Lock(), [0.0]
    sent: list[float] = []
    start = threading.Barrier(10)

    def work() -> None:
        start.wait()
        done = 0
        while done < 60:
            with clock_lock:
                now = clock[0]
                # Reserved and noted as one, so that the list below is in the order of the clock.
                wait = limits.reserve("groups", now=now)
                if wait is None:
                    sent.append(now)
                else:
                    clock[0] = max(clock[0], now + wait.seconds)
            done += wait is None

    run_all(work, 10)
    assert len(sent) == 600
    assert all(first <= second for first, second in pairwise(sent))
    assert sent_too_much(sent, cap) == []
    assert sent[-1] <= 600 / cap * OUR_WINDOW_S  # and no time was wasted either


class Meeting(deque[float]):
    """The requests of a bucket; who takes room gives a second thread a while to do so too."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = threading.Barrier(2)
        self.met = False

    def append(self, at: float) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            self.barrier.wait(timeout=0.2)
            self.met = True
        super().append(at)


def test_threads_at_one_moment_share_one_bucket() -> None:
    limits = RateLimiter(cap_per_minute=1)
    meeting = limits._buckets[ACCOUNT].sent = Meeting()
    start = threading.Barrier(8)
    taken: list[bool] = []

    def work() -> None:
        start.wait()
        taken.append(limits.reserve("groups", now=5.0) is None)

    run_all(work, 8)
    assert sum(taken) == 1
    assert not meeting.met, "two threads were taking the same room"


def run_all(work: object, count: int) -> None:
    assert callable(work)
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("path", ["groups", "help_center/articles"])
def test_a_pace_exists_before_any_answer(path: str) -> None:
    limits = RateLimiter()
    now, sent = 0.0, []
    while now < 3 * OUR_WINDOW_S:
        wait = limits.reserve(path, now=now)
        if wait is not None:
            now += wait.seconds
            continue
        sent.append(now)
        limits.settle(path, {}, sent_at=now, now=now)
    assert max(sum(at < it <= at + 60 for it in sent) for at in sent) <= UNTOLD_LIMIT
    assert len(sent) > 2 * UNTOLD_LIMIT, "and it is spent"


def test_the_users_share_counts_before_any_answer() -> None:
    limits = RateLimiter(share_percent=10)
    assert len(times(limits, "groups", now=0.0, seconds=60)) <= UNTOLD_LIMIT // 10


def test_a_refusal_without_numbers_halves_what_was_assumed() -> None:
    """Down to the oldest plan; a limit from an answer or the user is never halved."""
    limits = RateLimiter()
    for _ in range(9):
        limits.block("groups", 1.0, now=0.0)
    assert len(times(limits, "groups", now=10.0, seconds=60)) <= LEAST_LIMIT
    limits = RateLimiter(cap_per_minute=100)
    limits.block("groups", 1.0, now=0.0)
    assert 80 < len(times(limits, "groups", now=2.0, seconds=OUR_WINDOW_S)) <= 101
