"""Rate limits: what fits, what is refused, and what the headers say.

See docs/facts/zendesk-api.md#1.
"""

from typing import Any

import orjson
import pytest

from zendesk_emulator.data.clock import Clock
from zendesk_emulator.server.limits import Limits

EXPORT = "/api/v2/incremental/tickets/cursor"
USERS = "/api/v2/incremental/users/cursor"
INCREMENTAL_TEXT = "Number of allowed incremental export API requests per minute exceeded"
ACCOUNT_TEXT = "Number of allowed API requests per minute exceeded"


def limits(**how: Any) -> tuple[Clock, Limits]:
    clock = Clock(1_000_000, frozen=True)
    return clock, Limits(clock, **how)


def spent(counter: Limits, path: str, most: int = 5000) -> int:
    """How many requests pass before the first is refused."""
    for passed in range(most):
        if counter.spend(path)[1] is not None:
            return passed
    return most


@pytest.mark.parametrize(
    ("path", "how", "passed"),
    [
        (EXPORT, {}, 10),
        (EXPORT, {"high_volume": True}, 30),
        ("/api/v2/incremental/organizations", {}, 10),
        ("/api/v2/incremental/users/sample", {}, 10),
        ("/api/v2/incremental/users/sample", {"high_volume": True}, 10),
        (USERS, {}, 20),
        (USERS, {"high_volume": True}, 60),
        ("/api/v2/incremental/ticket_metric_events", {"account_per_minute": 50}, 50),
        ("/api/v2/deleted_tickets", {}, 10),
        ("/api/v2/search/export", {}, 100),
        ("/api/v2/tickets/side_conversations/events", {"account_per_minute": 5000}, 600),
        ("/api/v2/tags", {}, 100),
        ("/api/v2/incremental/custom_objects/car/cursor", {}, 10),
        ("/api/v2/incremental/custom_objects/car/cursor", {"high_volume": True}, 10),
        ("/api/v2/channels/voice/stats/incremental/calls", {}, 10),
        ("/api/v2/channels/voice/stats/incremental/calls", {"high_volume": True}, 10),
        ("/api/v2/webhooks", {}, 100),
        ("/api/v2/webhooks", {"high_volume": True}, 100),
        ("/api/v2/webhooks", {"enabled": False}, 5000),
        ("/api/v2/groups", {}, 700),
        ("/api/v2/groups", {"high_volume": True}, 2500),
        ("/api/v2/groups", {"enabled": False}, 5000),
        (EXPORT, {"enabled": False}, 5000),
    ],
)
def test_how_many_pass_in_a_minute(path: str, how: dict[str, Any], passed: int) -> None:
    _, counter = limits(**how)
    assert spent(counter, path) == passed


def test_samples_have_a_bucket_of_their_own_that_lasts_twenty_minutes() -> None:
    clock, counter = limits()
    assert spent(counter, "/api/v2/incremental/tickets/sample") == 10
    assert spent(counter, "/api/v2/incremental/organizations/sample") == 0
    assert spent(counter, EXPORT) == 10
    clock.advance(60)
    headers, answer = counter.spend("/api/v2/incremental/tickets/sample")
    assert answer is not None
    assert dict(answer.headers)["Retry-After"] == str(19 * 60)
    assert dict(headers)["ratelimit-reset"] == "60"
    clock.advance(19 * 60)
    assert spent(counter, "/api/v2/incremental/tickets/sample") == 10


def test_exports_share_their_bucket_and_users_have_their_own() -> None:
    _, counter = limits()
    assert spent(counter, EXPORT) == 10
    assert spent(counter, "/api/v2/incremental/ticket_events") == 0
    assert spent(counter, USERS) == 20


def test_help_center_counts_apart() -> None:
    _, counter = limits(account_per_minute=5)
    assert spent(counter, "/api/v2/groups") == 5
    assert spent(counter, "/api/v2/help_center/articles") == 5


def test_objects_and_talk_count_apart_from_the_other_exports() -> None:
    _, counter = limits()
    assert spent(counter, "/api/v2/incremental/custom_objects/car/cursor") == 10
    assert spent(counter, "/api/v2/incremental/custom_objects/boat/cursor") == 0
    assert spent(counter, "/api/v2/channels/voice/stats/incremental/calls") == 10
    assert spent(counter, "/api/v2/channels/voice/stats/incremental/legs") == 0
    assert spent(counter, EXPORT) == 10


def test_webhooks_count_apart_and_tell_their_own_counter() -> None:
    _, counter = limits(account_per_minute=5)
    assert spent(counter, "/api/v2/groups") == 5
    headers, refused = counter.spend("/api/v2/webhooks")
    assert refused is None
    assert headers == (("x-rate-limit", "100"), ("x-rate-limit-remaining", "99"))
    assert spent(counter, "/api/v2/webhooks/01H/invocations") == 99
    headers, refused = counter.spend("/api/v2/webhooks")
    assert refused is not None
    assert dict(headers)["x-rate-limit-remaining"] == "0"


def test_tags_are_refused_by_a_bucket_that_their_answers_name() -> None:
    _, counter = limits()
    assert spent(counter, "/api/v2/tags") == 100
    headers, _ = counter.spend("/api/v2/tags")
    assert dict(headers)["zendesk-ratelimit-tags-index"] == "total=100; remaining=0; resets=60"
    assert dict(headers)["x-rate-limit-remaining"] == "600"


def test_a_minute_after_its_first_request_a_window_is_new() -> None:
    clock, counter = limits()
    counter.spend(EXPORT)
    clock.advance(18.5)
    assert spent(counter, EXPORT) == 9
    headers, refused = counter.spend(EXPORT)
    assert refused is not None
    assert ("Retry-After", "42") in refused.headers
    assert orjson.loads(refused.body) == {
        "error": "APIRateLimitExceeded", "description": INCREMENTAL_TEXT,
    }  # fmt: skip
    assert dict(headers)["ratelimit-remaining"] == "690"  # refused requests do not count
    clock.advance(41.5)
    assert spent(counter, EXPORT) == 10


def test_the_account_explains_itself() -> None:
    _, counter = limits(account_per_minute=1)
    counter.spend("/api/v2/groups")
    refused = counter.spend("/api/v2/groups")[1]
    assert refused is not None
    assert refused.status == 429
    assert orjson.loads(refused.body)["description"] == ACCOUNT_TEXT


def test_the_headers_of_an_export() -> None:
    _, counter = limits()
    headers, _ = counter.spend(EXPORT)
    assert headers == (
        ("x-rate-limit", "700"), ("x-rate-limit-remaining", "699"), ("ratelimit-limit", "700"),
        ("ratelimit-remaining", "699"), ("ratelimit-reset", "60"),
        ("zendesk-ratelimit-incremental-exports", "total=10; remaining=9; resets=60"),
    )  # fmt: skip


def test_a_bucket_speaks_only_on_its_own_endpoint() -> None:
    _, counter = limits()
    assert not any("zendesk-ratelimit" in name for name, _ in counter.spend("/api/v2/groups")[0])
    metric_events, _ = counter.spend("/api/v2/incremental/ticket_metric_events")
    assert not any("zendesk-ratelimit" in name for name, _ in metric_events)


def test_help_center_answers_carry_two_headers() -> None:
    _, counter = limits()
    headers, _ = counter.spend("/api/v2/help_center/articles")
    assert [name for name, _ in headers] == ["x-rate-limit", "x-rate-limit-remaining"]


def test_without_limits_the_headers_leave_room() -> None:
    _, counter = limits(enabled=False)
    for _ in range(30):
        headers, refused = counter.spend(EXPORT)
        assert refused is None
    named = dict(headers)
    assert named["ratelimit-remaining"] == "100000"
    assert named["zendesk-ratelimit-incremental-exports"].startswith("total=100000;")
