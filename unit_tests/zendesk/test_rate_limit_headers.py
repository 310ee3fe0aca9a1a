"""The client learns its budget from the headers of answers, of any kind, and from nothing else."""

import pytest
from hypothesis import given, settings, strategies as st
from requests.structures import CaseInsensitiveDict

from source_zendesk_support.zendesk.bucket import OUR_WINDOW_S, WINDOW_S
from source_zendesk_support.zendesk.endpoints import ACCOUNT
from source_zendesk_support.zendesk.rate_limiter import UNTOLD_LIMIT, RateLimiter
from test_support.client.rate_limits import EXPORTS, TICKETS, USERS, room

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
    limits = RateLimiter()
    limits.learn(path, CaseInsensitiveDict(headers), now=0.0)
    assert room(limits, path, now=0.0) == 700
    other = "groups" if path == "community/posts" else "community/posts"
    assert room(limits, other, now=0.0) == UNTOLD_LIMIT  # of the other product nothing is known yet


@pytest.mark.parametrize("spelling", ["zendesk-ratelimit", "zendesk-rate-limit"])
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
@pytest.mark.parametrize("value", ["total=30; remaining=29; resets=2", "total=30;remaining=29"])
def test_learns_the_bucket_of_the_endpoint(spelling: str, case: object, value: str) -> None:
    assert callable(case)
    limits = RateLimiter()
    headers = CaseInsensitiveDict({case(f"{spelling}-incremental-exports"): value})
    limits.learn(TICKETS, headers, now=0.0)
    assert room(limits, TICKETS, now=0.0) == 30
    assert room(limits, USERS, now=0.0) == 20


def test_a_smaller_limit_counts_what_was_already_sent() -> None:
    limits = RateLimiter()
    assert room(limits, "groups", now=0.0, at_most=8) == 8
    limits.learn("groups", {"x-rate-limit": "5"}, now=1.0)
    wait = limits.reserve("groups", now=1.0)
    assert wait
    assert wait.seconds == OUR_WINDOW_S - 1.0
    assert room(limits, "groups", now=OUR_WINDOW_S) == 5


def test_the_bucket_of_another_endpoint_is_not_ours() -> None:
    limits = RateLimiter()
    other = {"zendesk-ratelimit-tickets-index": "total=1; remaining=0; resets=60"}
    limits.learn("groups", other, now=0.0)
    limits.learn("groups", {"zendesk-ratelimit-incremental-exports": "total=1"}, now=0.0)
    assert room(limits, TICKETS, now=0.0) == 10
    assert room(limits, "groups", now=0.0) == UNTOLD_LIMIT - 10


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
    limits = RateLimiter()
    limits.learn(path, CaseInsensitiveDict({**headers, reset: "12"}), now=100.0)
    wait = limits.reserve(path, now=100.0)
    assert wait
    assert (wait.bucket, wait.seconds) == (bucket, 12.0)
    assert limits.reserve(path, now=112.0) is None


def test_a_used_up_endpoint_pauses_until_its_reset_and_alone() -> None:
    limits = RateLimiter()
    used_up = {"zendesk-ratelimit-incremental-exports": "total=10; remaining=0; resets=41"}
    limits.learn(TICKETS, {**MODERN, **used_up}, now=0.0)
    wait = limits.reserve("incremental/organizations", now=1.0)
    assert wait
    assert (wait.bucket, wait.seconds) == (EXPORTS, 40.0)
    assert limits.reserve("groups", now=1.0) is None
    assert limits.reserve(USERS, now=1.0) is None


def test_a_reset_that_is_a_date_does_not_pause_for_decades() -> None:
    limits = RateLimiter()
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
    limits = RateLimiter()
    limits.learn(TICKETS, headers, now=0.0)
    assert room(limits, TICKETS, now=0.0) == 10
    assert room(limits, "groups", now=0.0) == UNTOLD_LIMIT - 10


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([*MODERN, "zendesk-ratelimit-x", "q"]), st.text(), max_size=4)
)
def test_any_header_can_be_learned_from(headers: dict[str, str]) -> None:
    RateLimiter().learn(TICKETS, CaseInsensitiveDict(headers), now=0.0)


def test_a_limit_of_zero_still_lets_a_request_through_in_time() -> None:
    limits = RateLimiter()
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
    limits = RateLimiter(share_percent=share, cap_per_minute=cap)
    limits.learn(path, {"x-rate-limit": str(total)}, now=0.0)
    assert room(limits, path, now=0.0) == expected


def test_the_small_buckets_are_spent_whole() -> None:
    limits = RateLimiter(share_percent=10)
    bucket = {"zendesk-ratelimit-incremental-exports": "total=30; remaining=29; resets=60"}
    limits.learn(TICKETS, {**MODERN, **bucket}, now=0.0)
    assert room(limits, TICKETS, now=0.0) == 30
