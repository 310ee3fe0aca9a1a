"""No bucket ever gets more than its limit, and no wait is longer than it must be."""

import contextlib
import itertools
import math
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from requests.structures import CaseInsensitiveDict

from source_zendesk_support.zendesk.pacing import OUR_WINDOW_S, WINDOW_S
from source_zendesk_support.zendesk.rate_limits import (
    ACCOUNT,
    ENDPOINT_LIMITS,
    HELP_CENTER,
    RateLimits,
    buckets_of,
)

TICKETS = "incremental/tickets/cursor"
USERS = "incremental/users/cursor"
EXPORTS, USER_EXPORTS = "incremental-exports", "incremental-exports-cursor"


@pytest.mark.parametrize(
    ("path", "buckets"),
    [
        (TICKETS, (ACCOUNT, EXPORTS)),
        (f"{TICKETS}.json", (ACCOUNT, EXPORTS)),
        ("incremental/tickets", (ACCOUNT, EXPORTS)),
        ("incremental/ticket_events.json", (ACCOUNT, EXPORTS)),
        ("incremental/organizations", (ACCOUNT, EXPORTS)),
        ("incremental/users", (ACCOUNT, EXPORTS)),
        ("incremental/routing/attributes", (ACCOUNT, EXPORTS)),
        (USERS, (ACCOUNT, USER_EXPORTS)),
        (f"{USERS}.json", (ACCOUNT, USER_EXPORTS)),
        ("incremental/ticket_metric_events", (ACCOUNT,)),
        ("channels/voice/stats/incremental/calls", (ACCOUNT, EXPORTS)),
        ("search/export", (ACCOUNT, "search-export")),
        ("search/export.json", (ACCOUNT, "search-export")),
        ("search", (ACCOUNT,)),
        ("deleted_tickets", (ACCOUNT, "deleted-tickets")),
        ("deleted_tickets.json", (ACCOUNT, "deleted-tickets")),
        ("groups", (ACCOUNT,)),
        ("ticket_audits", (ACCOUNT,)),
        ("help_center/articles", (HELP_CENTER,)),
        ("help_center/incremental/articles", (HELP_CENTER,)),
        ("community/posts", (HELP_CENTER,)),
        ("guide/permission_groups", (HELP_CENTER,)),
    ],
)
def test_buckets_of_a_path(path: str, buckets: tuple[str, ...]) -> None:
    assert buckets_of(path) == buckets


PATHS = st.sampled_from(
    [TICKETS, USERS, "groups", "search/export", "deleted_tickets", "community/posts"]
)
STEPS = st.lists(
    st.tuples(PATHS, st.sampled_from([0.0, 0.01, 0.5, 3.0, 31.0]) | st.floats(0, 70)),
    min_size=1,
    max_size=120,
)


def sent_too_much(sent: list[float], limit: int) -> list[tuple[float, float]]:
    """The pairs of requests that lie limit apart in order but not a window apart in time."""
    # Times are sums of decimal fractions: a millionth of a second is no breach.
    return [
        (first, last)
        for first, last in zip(sent, sent[limit:], strict=False)
        if last - first < WINDOW_S - 1e-6
    ]


@given(STEPS, st.integers(1, 30))
def test_no_bucket_gets_more_than_its_limit_in_any_window(
    steps: list[tuple[str, float]], cap: int
) -> None:
    limits = RateLimits(cap_per_minute=cap)
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
    for bucket, times in sent.items():
        assert sent_too_much(times, allowed[bucket]) == [], bucket


@given(STEPS, st.integers(1, 30))
def test_the_wait_is_exact(steps: list[tuple[str, float]], cap: int) -> None:
    """Shortly before its end there is no room, at its end there is: nothing is lost or rushed."""
    limits = RateLimits(cap_per_minute=cap)
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


@given(st.integers(1, 9), st.integers(1, 9))
def test_reserving_takes_all_or_nothing(blocked: int, free: int) -> None:
    """A request that waits for the exports uses up nothing of the account's counter."""
    limits = RateLimits(cap_per_minute=free)
    limits.block(TICKETS, 30, now=0.0)
    for _ in range(blocked):
        assert limits.reserve(TICKETS, now=0.0) is not None
    assert room(limits, "groups", now=0.0) == free


def times(
    limits: RateLimits, path: str, *, now: float, seconds: float = WINDOW_S, at_most: int = 1000
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


def room(limits: RateLimits, path: str, *, now: float, at_most: int = 1000) -> int:
    """How many requests go out within a minute."""
    return len(times(limits, path, now=now, seconds=OUR_WINDOW_S, at_most=at_most))


def block_ends(limits: RateLimits, path: str, *, now: float) -> float:
    """When the first request goes out."""
    return times(limits, path, now=now, seconds=1000, at_most=1)[0]


def test_documented_limits_hold_before_any_answer() -> None:
    assert room(RateLimits(), TICKETS, now=0.0) == 10
    assert room(RateLimits(), USERS, now=0.0) == 20
    assert room(RateLimits(), "deleted_tickets", now=0.0) == 10
    assert room(RateLimits(), "search/export", now=0.0) == 100


def test_the_binding_bucket_is_named() -> None:
    limits = RateLimits(cap_per_minute=15)
    assert room(limits, TICKETS, now=0.0) == 10
    wait = limits.reserve(TICKETS, now=59.0)
    assert wait
    assert (wait.bucket, round(wait.seconds, 6)) == (EXPORTS, OUR_WINDOW_S - 59.0)
    assert len(times(limits, USERS, now=59.0, seconds=2)) == 5  # what the account has left
    wait = limits.reserve(USERS, now=60.0)
    assert wait
    assert wait.bucket == ACCOUNT


def test_help_center_counts_apart() -> None:
    limits = RateLimits(cap_per_minute=3)
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
    limits = RateLimits()
    assert limits.block(path, 37.5, now=100.0) == bucket
    wait = limits.reserve(path, now=100.0)
    assert wait
    assert (wait.bucket, wait.seconds) == (bucket, 37.5)
    for other in still_free:
        assert limits.reserve(other, now=100.0) is None
    assert limits.reserve(path, now=137.5) is None


def test_a_block_of_the_account_pauses_all_of_support() -> None:
    limits = RateLimits()
    assert limits.block("groups", 10, now=0.0) == ACCOUNT
    for path in ("groups", TICKETS, USERS):
        wait = limits.reserve(path, now=0.0)
        assert wait
        assert wait.bucket == ACCOUNT


def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    limits = RateLimits()
    limits.block(TICKETS, 50, now=0.0)
    limits.block(TICKETS, 5, now=1.0)
    wait = limits.reserve(TICKETS, now=10.0)
    assert wait
    assert wait.seconds == 40.0


MODERN = {
    "x-rate-limit": "700",
    "x-rate-limit-remaining": "699",
    "ratelimit-limit": "700",
    "ratelimit-remaining": "699",
    "ratelimit-reset": "12",
}


@pytest.mark.parametrize(
    "headers",
    [
        MODERN,
        {"ratelimit-limit": "700", "ratelimit-remaining": "5", "ratelimit-reset": "12"},
        {"rate-limit": "700", "rate-limit-remaining": "5", "rate-limit-reset": "12"},
        {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "5"},
        {name.upper(): value for name, value in MODERN.items()},
    ],
)
@pytest.mark.parametrize("path", ["groups", "community/posts"])
def test_learns_the_counter_of_the_product(path: str, headers: dict[str, str]) -> None:
    limits = RateLimits()
    limits.learn(path, CaseInsensitiveDict(headers), now=0.0)
    assert room(limits, path, now=0.0) == 700
    other = "groups" if path == "community/posts" else "community/posts"
    assert room(limits, other, now=0.0) == 1000  # of the other product nothing is known yet


@pytest.mark.parametrize("spelling", ["zendesk-ratelimit", "zendesk-rate-limit"])
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
@pytest.mark.parametrize("value", ["total=30; remaining=29; resets=2", "total=30;remaining=29"])
def test_learns_the_bucket_of_the_endpoint(spelling: str, case: object, value: str) -> None:
    assert callable(case)
    limits = RateLimits()
    headers = CaseInsensitiveDict({case(f"{spelling}-incremental-exports"): value})
    limits.learn(TICKETS, headers, now=0.0)
    assert room(limits, TICKETS, now=0.0) == 30
    assert room(limits, USERS, now=0.0) == 20


def test_a_smaller_limit_counts_what_was_already_sent() -> None:
    limits = RateLimits()
    assert room(limits, "groups", now=0.0, at_most=8) == 8
    limits.learn("groups", {"x-rate-limit": "5"}, now=1.0)
    wait = limits.reserve("groups", now=1.0)
    assert wait
    assert wait.seconds == OUR_WINDOW_S - 1.0
    assert room(limits, "groups", now=OUR_WINDOW_S) == 5


def test_the_bucket_of_another_endpoint_is_not_ours() -> None:
    limits = RateLimits()
    other = {"zendesk-ratelimit-tickets-index": "total=1; remaining=0; resets=60"}
    limits.learn("groups", other, now=0.0)
    limits.learn("groups", {"zendesk-ratelimit-incremental-exports": "total=1"}, now=0.0)
    assert room(limits, "groups", now=0.0) == 1000
    assert room(limits, TICKETS, now=0.0) == 10


@pytest.mark.parametrize(
    ("path", "headers", "bucket"),
    [
        ("groups", {"x-rate-limit": "9", "x-rate-limit-remaining": "0"}, ACCOUNT),
        ("groups", {"ratelimit-limit": "9", "ratelimit-remaining": "0"}, ACCOUNT),
        (TICKETS, {"rate-limit": "9", "rate-limit-remaining": "0"}, ACCOUNT),
    ],
)
@pytest.mark.parametrize("reset", ["ratelimit-reset", "rate-limit-reset"])
def test_a_used_up_counter_pauses_until_its_reset(
    path: str, headers: dict[str, str], bucket: str, reset: str
) -> None:
    limits = RateLimits()
    limits.learn(path, CaseInsensitiveDict({**headers, reset: "12"}), now=100.0)
    wait = limits.reserve(path, now=100.0)
    assert wait
    assert (wait.bucket, wait.seconds) == (bucket, 12.0)
    assert limits.reserve(path, now=112.0) is None


def test_a_used_up_endpoint_pauses_until_its_reset_and_alone() -> None:
    limits = RateLimits()
    used_up = {"zendesk-ratelimit-incremental-exports": "total=10; remaining=0; resets=41"}
    limits.learn(TICKETS, {**MODERN, **used_up}, now=0.0)
    wait = limits.reserve("incremental/organizations", now=1.0)
    assert wait
    assert (wait.bucket, wait.seconds) == (EXPORTS, 40.0)
    assert limits.reserve("groups", now=1.0) is None
    assert limits.reserve(USERS, now=1.0) is None


def test_a_reset_that_is_a_date_does_not_pause_for_decades() -> None:
    limits = RateLimits()
    epoch = {"ratelimit-limit": "9", "ratelimit-remaining": "0", "ratelimit-reset": "1790000000"}
    limits.learn("groups", epoch, now=0.0)
    wait = limits.reserve("groups", now=0.0)
    assert wait
    assert wait.seconds <= WINDOW_S


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit": value, "zendesk-ratelimit-incremental-exports": value}
        for value in ("", "many", "-5", "7.5", "\N{SUPERSCRIPT TWO}", "total=", "total=x; resets=")
    ],
)
def test_numbers_that_are_none_change_nothing(headers: dict[str, str]) -> None:
    limits = RateLimits()
    limits.learn(TICKETS, headers, now=0.0)
    assert room(limits, TICKETS, now=0.0) == 10
    assert room(limits, "groups", now=0.0) == 1000


@given(
    st.dictionaries(st.sampled_from([*MODERN, "zendesk-ratelimit-x", "q"]), st.text(), max_size=4)
)
def test_any_header_can_be_learned_from(headers: dict[str, str]) -> None:
    RateLimits().learn(TICKETS, CaseInsensitiveDict(headers), now=0.0)


def test_a_limit_of_zero_still_lets_a_request_through_in_time() -> None:
    limits = RateLimits()
    limits.learn("groups", {"x-rate-limit": "0"}, now=0.0)
    assert room(limits, "groups", now=0.0) == 1


@pytest.mark.parametrize(
    ("share", "cap", "total", "expected"),
    [(100, None, 700, 700), (50, None, 700, 350), (50, 100, 700, 100), (1, None, 10, 1)],
)
@pytest.mark.parametrize("path", ["groups", "community/posts"])
def test_the_share_and_the_cap_of_the_account(
    share: int, cap: int | None, total: int, expected: int, path: str
) -> None:
    limits = RateLimits(share_percent=share, cap_per_minute=cap)
    limits.learn(path, {"x-rate-limit": str(total)}, now=0.0)
    assert room(limits, path, now=0.0) == expected


def test_the_small_buckets_are_spent_whole() -> None:
    limits = RateLimits(share_percent=10)
    bucket = {"zendesk-ratelimit-incremental-exports": "total=30; remaining=29; resets=60"}
    limits.learn(TICKETS, {**MODERN, **bucket}, now=0.0)
    assert room(limits, TICKETS, now=0.0) == 30


# Pacing. The minute is Zendesk's, counted by a server that begins it with the first request.


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
            told = f"total={self.total}; remaining={left}; resets={resets}"
            return {f"zendesk-ratelimit-{bucket}": told}
        return {
            "x-rate-limit": str(self.total),
            "x-rate-limit-remaining": str(left),
            "ratelimit-reset": str(resets),
        }


def run(
    limits: RateLimits,
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


@given(LATENCIES, st.sampled_from([10, 20, 30]))
def test_alone_there_is_no_429_and_the_bucket_is_spent(
    latencies: Iterator[float], total: int
) -> None:
    limits, server = RateLimits(), Server(total)
    sent = run(limits, server, TICKETS, latencies, count=10 * total, bucket=EXPORTS)
    assert server.refused == 0
    # Ten minutes' worth in ten minutes' time and what the margins cost.
    assert (len(sent) - 1) / total >= 0.95 * sent[-1] / WINDOW_S
    (spent,) = (use for use in limits.uses() if use.bucket == EXPORTS)
    assert spent.share is not None
    assert spent.share >= 0.95


@given(LATENCIES, st.integers(50, 100))
def test_the_share_of_the_account_is_spent_and_not_more(
    latencies: Iterator[float], percent: int
) -> None:
    quick = (latency / 100 for latency in latencies)
    limits, server = RateLimits(share_percent=percent), Server(100)
    sent = run(limits, server, "groups", quick, count=5 * percent, bucket=None)
    assert server.refused == 0
    assert max(server.in_window) <= percent
    assert (len(sent) - 1) / percent >= 0.95 * sent[-1] / WINDOW_S
    assert sent_too_much(sent, percent) == []


def test_what_is_left_is_spread_evenly() -> None:
    limits = RateLimits()
    sent = times(limits, TICKETS, now=0.0, seconds=10 * OUR_WINDOW_S)
    assert sent[:5] == [0.0] * 5, "a short sync need not wait"
    gaps = [later - first for first, later in pairwise(sent[4:])]
    assert max(gaps) < 11
    steady = gaps[6:]
    assert max(steady) - min(steady) < 0.001, "no bursts, no standstill"
    assert steady[0] == pytest.approx(OUR_WINDOW_S / 10)


def test_after_a_rest_the_first_half_goes_at_once_again() -> None:
    limits = RateLimits()
    times(limits, TICKETS, now=0.0, seconds=OUR_WINDOW_S)
    assert times(limits, TICKETS, now=200.0, seconds=1) == [200.0] * 5


@given(st.integers(0, 9), st.floats(0, 59), LATENCIES)
def test_it_starts_from_what_others_have_left(
    used: int, passed_s: float, latencies: Iterator[float]
) -> None:
    limits = RateLimits()
    server = Server(10, begins_at=-passed_s, used=used)
    sent = run(limits, server, TICKETS, latencies, count=30, bucket=EXPORTS)
    assert server.refused == 0
    in_their_minute = [at for at in sent if at < WINDOW_S - passed_s]
    assert len(in_their_minute) <= 10 - used


def test_what_others_have_left_is_spread_over_the_rest_of_their_minute() -> None:
    limits = RateLimits()
    assert limits.reserve(TICKETS, now=0.0) is None
    told = {f"zendesk-ratelimit-{EXPORTS}": "total=10; remaining=3; resets=40"}
    limits.settle(TICKETS, told, sent_at=0.0, now=0.0)
    assert times(limits, TICKETS, now=0.0, seconds=39) == [10.0, 20.0, 30.0]


def test_a_tenth_of_the_account_is_left_to_others() -> None:
    """Whoever took the rest: the last tenth is never ours."""
    limits = RateLimits(share_percent=90)
    told = {"x-rate-limit": "100", "x-rate-limit-remaining": "15", "ratelimit-reset": "30"}
    limits.learn("groups", told, now=0.0)
    assert len(times(limits, "groups", now=0.0, seconds=29.9)) == 5


def test_a_small_share_is_not_shut_out_by_others() -> None:
    """They use what is not ours: five of a hundred are, and the minute has more than a tenth."""
    limits = RateLimits(share_percent=5)
    told = {"x-rate-limit": "100", "x-rate-limit-remaining": "40", "ratelimit-reset": "60"}
    limits.learn("groups", told, now=0.0)
    assert room(limits, "groups", now=0.0) == 5


def test_answers_in_any_order_tell_the_same() -> None:
    """What is under way counts as spent, and the lowest number of one minute is the true one."""
    for order in itertools.permutations(range(3)):
        limits = RateLimits()
        for _ in range(3):
            assert limits.reserve(TICKETS, now=0.0) is None
        for number in order:
            told = f"total=10; remaining={5 - number}; resets=60"
            headers = {f"zendesk-ratelimit-{EXPORTS}": told}
            limits.settle(TICKETS, headers, sent_at=0.0, now=1.0 + number)
        assert len(times(limits, TICKETS, now=4.0, seconds=55)) == 3


def test_an_answer_of_an_earlier_minute_that_comes_late_changes_nothing() -> None:
    limits = RateLimits()
    early = {f"zendesk-ratelimit-{EXPORTS}": "total=10; remaining=0; resets=10"}
    late = {f"zendesk-ratelimit-{EXPORTS}": "total=10; remaining=9; resets=60"}
    for _ in range(2):
        assert limits.reserve(TICKETS, now=50.0) is None
    limits.settle(TICKETS, late, sent_at=61.0, now=61.0)
    limits.settle(TICKETS, early, sent_at=50.0, now=62.0)
    assert limits.reserve(TICKETS, now=66.0) is None


def test_help_center_says_no_reset_and_is_followed_all_the_same() -> None:
    limits = RateLimits()
    path = "help_center/articles"
    assert limits.reserve(path, now=0.0) is None
    told = {"x-rate-limit": "100", "x-rate-limit-remaining": "3"}
    limits.settle(path, told, sent_at=0.0, now=0.0)
    assert len(times(limits, path, now=0.0, seconds=59)) == 3
    fresh = {"x-rate-limit": "100", "x-rate-limit-remaining": "99"}
    limits.learn(path, fresh, now=60.0)
    assert len(times(limits, path, now=60.0, seconds=60)) > 80


@pytest.mark.parametrize(
    ("headers", "blocked", "free"),
    [
        ({"x-rate-limit": "9", "x-rate-limit-remaining": "0"}, [TICKETS, "groups"], []),
        (
            {
                "x-rate-limit": "9",
                "x-rate-limit-remaining": "5",
                f"zendesk-ratelimit-{EXPORTS}": "total=10; remaining=0; resets=9",
            },
            [TICKETS],
            ["groups"],
        ),
        # "Conditional" limits refuse while the counters have room (zendesk/api.md 1.4).
        ({"x-rate-limit": "900", "x-rate-limit-remaining": "500"}, [TICKETS], ["groups"]),
        ({}, [TICKETS], ["groups"]),
    ],
)
def test_a_429_pauses_the_bucket_that_is_empty(
    headers: dict[str, str], blocked: list[str], free: list[str]
) -> None:
    limits = RateLimits()
    limits.block(TICKETS, 37.0, now=0.0, headers=headers)
    for path in blocked:
        assert block_ends(limits, path, now=0.0) == 37.0
    for path in free:
        assert limits.reserve(path, now=0.0) is None


def test_after_a_429_all_who_waited_go_one_by_one() -> None:
    limits = RateLimits()
    times(limits, TICKETS, now=0.0, seconds=1)
    limits.block(TICKETS, 30.0, now=1.0)
    sent = times(limits, TICKETS, now=1.0, seconds=90)
    assert sent[0] == 31.0
    assert min(later - first for first, later in pairwise(sent)) > 1


@given(
    st.lists(st.tuples(st.floats(0, 20), st.booleans(), st.floats(1, 120)), max_size=40),
)
def test_nothing_goes_out_before_a_block_has_passed(
    steps: list[tuple[float, bool, float]],
) -> None:
    limits, now, until = RateLimits(), 0.0, 0.0
    for passed, refused, seconds in steps:
        now += passed
        if limits.reserve(TICKETS, now=now) is None:
            assert now >= until
            limits.settle(TICKETS, None, sent_at=now, now=now)
            if refused:
                limits.block(TICKETS, seconds, now=now)
                until = max(until, now + seconds)


def test_the_report_says_what_was_spent() -> None:
    limits = RateLimits()
    times(limits, TICKETS, now=0.0, seconds=10 * OUR_WINDOW_S)
    exports, account = limits.uses()
    assert (account.bucket, account.requests, account.share) == (ACCOUNT, 100, None)
    assert (exports.bucket, exports.requests, exports.limit) == (EXPORTS, 100, 10)
    assert exports.share is not None
    assert 0.95 < exports.share <= 1.0


def test_threads_together_keep_the_limit() -> None:
    """Ten threads at a fake clock that each of them moves: what went out, and when, is kept."""
    cap = 50
    limits = RateLimits(cap_per_minute=cap)
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
    limits = RateLimits(cap_per_minute=1)
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
