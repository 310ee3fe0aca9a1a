"""After a 429: what is refused waits, as long as it must, and nothing else does."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.zendesk.endpoints import ACCOUNT, HELP_CENTER, WEBHOOKS
from source_zendesk_support.zendesk.rate_limiter import RateLimiter
from test_support.client.rate_limits import EXPORTS, TICKETS, USERS, room, times

METRIC_EVENTS = "incremental/ticket_metric_events"
OBJECT_EXPORT = "incremental/custom_objects/car/cursor"
CALLS = "channels/voice/stats/incremental/calls"
ROOM = {"x-rate-limit": "700", "x-rate-limit-remaining": "650"}


def block_ends(limits: RateLimiter, path: str, *, now: float) -> float:
    """When the first request goes out."""
    return times(limits, path, now=now, seconds=1000, at_most=1)[0]


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
        # "Conditional" limits refuse while the counters have room (docs/facts/zendesk-api.md#1.4).
        ({"x-rate-limit": "900", "x-rate-limit-remaining": "500"}, [TICKETS], ["groups"]),
        ({}, [TICKETS], ["groups"]),
    ],
)
def test_a_429_pauses_the_bucket_that_is_empty(
    headers: dict[str, str], blocked: list[str], free: list[str]
) -> None:
    limits = RateLimiter()
    limits.block(TICKETS, 37.0, now=0.0, headers=headers)
    for path in blocked:
        assert block_ends(limits, path, now=0.0) == 37.0
    for path in free:
        assert limits.reserve(path, now=0.0) is None


def named(bucket: str, remaining: int = 0) -> dict[str, str]:
    return {**ROOM, f"zendesk-ratelimit-{bucket}": f"total=100; remaining={remaining}; resets=50"}


def refused(limits: RateLimiter, path: str, headers: Mapping[str, str]) -> str:
    """Send at once, and get a Retry-After of 50 seconds; return the requests that wait."""
    assert limits.reserve(path, now=0.0) is None
    limits.settle(path, headers, sent_at=0.0, now=0.0)
    return limits.block(path, 50.0, now=0.0, headers=headers)


@pytest.mark.parametrize(
    ("path", "headers", "bucket", "waits", "free"),
    [
        ("tags", named("tags-index"), "tags-index", ["tags"], ["groups", TICKETS]),
        ("tags", ROOM, "tags-index", ["tags"], ["groups", TICKETS]),
        # The account has room and the endpoint no bucket of its own: it waits alone.
        (METRIC_EVENTS, ROOM, METRIC_EVENTS, [METRIC_EVENTS], ["groups", TICKETS, "tags"]),
        ("community/posts", ROOM, "community/posts", ["community/posts"], ["community/topics"]),
        (
            "tickets/1/side_conversations",
            ROOM,
            "tickets/*/side_conversations",
            ["tickets/2/side_conversations"],
            ["groups", TICKETS],
        ),
        # The answer names the bucket that refuses, documented for this endpoint or not.
        (METRIC_EVENTS, named(EXPORTS), EXPORTS, [METRIC_EVENTS, TICKETS], ["groups", USERS]),
        ("groups", named("groups-index"), "groups-index", ["groups"], ["brands", TICKETS]),
        ("groups", named("groups-index", 7), "groups", ["groups"], ["brands", TICKETS]),
        (OBJECT_EXPORT, ROOM, "custom-object-exports", [OBJECT_EXPORT], [TICKETS, CALLS]),
        (OBJECT_EXPORT, named(EXPORTS), EXPORTS, [OBJECT_EXPORT, TICKETS], [CALLS, "groups"]),
        (CALLS, ROOM, "talk-exports", [CALLS], [TICKETS, OBJECT_EXPORT, "groups"]),
        ("webhooks", ROOM, WEBHOOKS, ["webhooks"], ["groups", TICKETS]),
        (
            "webhooks",
            {"x-rate-limit": "100", "x-rate-limit-remaining": "0"},
            WEBHOOKS,
            ["webhooks"],
            ["groups", TICKETS],
        ),
        # Nothing shows room: the whole account may be refused.
        ("groups", {}, ACCOUNT, ["groups", "brands", TICKETS], ["community/posts"]),
        ("groups", {"x-rate-limit": "700"}, ACCOUNT, ["groups", TICKETS], ["community/posts"]),
        ("community/posts", {}, HELP_CENTER, ["community/topics"], ["groups"]),
    ],
)
def test_a_refused_bucket_waits_and_no_other(
    path: str, headers: dict[str, str], bucket: str, waits: list[str], free: list[str]
) -> None:
    limits = RateLimiter()
    assert refused(limits, path, headers) == bucket
    for each in (path, *waits):
        wait = limits.reserve(each, now=1.0)
        assert wait
        assert wait.bucket == bucket
        assert block_ends(limits, each, now=1.0) >= 50.0
    for each in free:
        assert limits.reserve(each, now=1.0) is None


def test_a_bucket_that_a_429_named_is_paced_from_then_on() -> None:
    limits = RateLimiter()
    refused(limits, "groups", named("groups-index"))
    assert len(times(limits, "groups", now=60.0, seconds=60)) <= 100
    assert room(limits, "brands", now=121.0) >= 650


def test_the_counter_of_webhooks_is_not_the_accounts() -> None:
    limits = RateLimiter(share_percent=90)
    limits.learn("groups", {"x-rate-limit": "700", "x-rate-limit-remaining": "699"}, now=0.0)
    limits.learn("webhooks", {"x-rate-limit": "40", "x-rate-limit-remaining": "39"}, now=0.0)
    assert len(times(limits, "webhooks", now=0.0, seconds=59)) == 39
    assert len(times(limits, "groups", now=59.5, seconds=58)) > 500


ENDPOINTS = st.sampled_from([METRIC_EVENTS, "groups", "tags", TICKETS, "tickets/5/audits"])
ANSWERS = st.sampled_from([None, ROOM, named(EXPORTS), named("odd"), named("odd", 9), {}])


@settings(deadline=None)
@given(st.lists(st.tuples(ENDPOINTS, st.none() | ANSWERS, st.integers(0, 4)), max_size=40))
def test_requests_under_way_are_counted_on_whichever_bucket_they_draw(
    steps: list[tuple[str, Mapping[str, str] | None, int]],
) -> None:
    """Answers come in any order, and a 429 may add a bucket while others are under way."""
    limits = RateLimiter()
    under_way: list[str] = []
    now = 0.0
    for path, headers, which in steps:
        now += 100.0
        if limits.reserve(path, now=now) is None:
            under_way.append(path)
        if under_way and which:
            done = under_way.pop(which % len(under_way))
            limits.settle(done, headers, sent_at=now, now=now)
            if headers is not None:
                limits.block(done, 30.0, now=now, headers=headers)
        assert limits._buckets[ACCOUNT].under_way == len(under_way)
        assert min(bucket.under_way for bucket in limits._buckets.values()) >= 0
    for path in under_way:
        limits.settle(path, None, sent_at=now, now=now)
    assert {bucket.under_way for bucket in limits._buckets.values()} == {0}
