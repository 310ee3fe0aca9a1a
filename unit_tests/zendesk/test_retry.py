"""The waits of a walk: as Zendesk asks, in its own bucket, never too long, and never silent."""

from datetime import datetime, timedelta
from email.utils import formatdate

import pytest
import requests_mock as mocking

from source_zendesk_support.zendesk.bucket import OUR_WINDOW_S
from source_zendesk_support.zendesk.errors import Failure
from source_zendesk_support.zendesk.rate_limiter import RateLimiter
from source_zendesk_support.zendesk.timeouts import (
    DEFAULT_RETRY_AFTER_S,
    LONGEST_NAP_S,
    MAX_RETRY_AFTER_S,
    Patience,
)
from test_support.client.connection import (
    BASE,
    EXPORT,
    GROUPS,
    NOW,
    NOW_S,
    PAGE,
    TICKETS,
    Connection,
)


def test_a_503_says_how_long(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [{"status_code": 503, "headers": {"Retry-After": "17"}}, PAGE])
    connection = Connection()
    connection.groups()
    assert connection.time.waits == [17.0]


def test_a_503_cannot_ask_without_end(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=503, headers={"Retry-After": "999999999"})
    connection = Connection()
    assert connection.failure().failure is Failure.TRANSIENT
    assert max(connection.time.waits) <= MAX_RETRY_AFTER_S


RETRY_AFTERS = [
    ({"Retry-After": "7"}, 7.0),
    ({"retry-after": "7"}, 7.0),
    ({"Retry-After": "2.5"}, 2.5),
    ({"Retry-After": formatdate(NOW_S + 33, usegmt=True)}, 33.0),
    # Zendesk's own clock counts, not ours, which is an hour behind here.
    (
        {
            "Date": formatdate(NOW_S + 3600, usegmt=True),
            "Retry-After": formatdate(NOW_S + 3609, usegmt=True),
        },
        9.0,
    ),
    ({}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": ""}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": "soon"}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": "nan"}, DEFAULT_RETRY_AFTER_S),
    ({"Retry-After": "99999999"}, MAX_RETRY_AFTER_S),
]


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTERS)
def test_a_429_is_waited_for_as_it_says(
    headers: dict[str, str], seconds: float, wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, [{"status_code": 429, "headers": headers, "text": "slow"}, PAGE])
    connection = Connection()
    connection.groups()
    assert sum(connection.time.waits) == pytest.approx(seconds)
    assert max(connection.time.waits) <= LONGEST_NAP_S, "no minute of silence"
    assert connection.client.accounting.waited_s["account"] == pytest.approx(seconds, abs=1)


@pytest.mark.parametrize("retry_after", ["0", "-5", "0.0", formatdate(NOW_S - 500, usegmt=True)])
def test_a_429_that_asks_for_no_wait_is_not_hammered(
    retry_after: str, wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, status_code=429, headers={"Retry-After": retry_after})
    connection = Connection(patience=Patience(rate_limits_s=30))
    assert connection.failure().failure is Failure.TRANSIENT
    assert wire.call_count <= 33


def test_a_429_pauses_all_of_its_bucket_and_no_other(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, [{"status_code": 429, "headers": {"Retry-After": "40"}}, {"json": {"t": []}}])
    wire.get(f"{BASE}/api/v2/incremental/organizations", json={"organizations": []})
    wire.get(GROUPS, **PAGE)
    limits = RateLimiter()
    connection = Connection(rate_limits=limits)

    def look() -> None:
        assert limits.reserve("groups", now=connection.time.passed_s) is None
        wait = limits.reserve("incremental/organizations", now=connection.time.passed_s)
        assert wait
        assert wait.seconds == 40.0 - connection.time.passed_s

    connection.time.meanwhile = look
    connection.client.get(TICKETS, {}, expects="t")
    assert sum(connection.time.waits) == 40.0


def test_a_wait_is_logged_with_its_walk_and_its_bucket(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, [{"status_code": 429, "headers": {"Retry-After": "40"}}, {"json": {"t": []}}])
    connection = Connection()
    connection.client.get(TICKETS, {}, expects="t")
    assert any(
        TICKETS in line and "40 s" in line and "incremental-exports" in line
        for line in connection.log
    )


def test_documented_pace_is_kept_before_any_429(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, json={"tickets": []})
    connection = Connection()
    for _ in range(21):
        connection.client.get(TICKETS, {}, expects="tickets")
    assert connection.time.passed_s == pytest.approx(2 * OUR_WINDOW_S)


def test_the_pace_follows_the_answers(wire: mocking.Mocker) -> None:
    headers = {"zendesk-ratelimit-incremental-exports": "total=30; remaining=29; resets=60"}
    wire.get(EXPORT, json={"tickets": []}, headers=headers)
    connection = Connection()
    for _ in range(30):
        connection.client.get(TICKETS, {}, expects="tickets")
    assert connection.time.passed_s < 60.0


def test_an_absurd_wait_is_cut_and_logged(wire: mocking.Mocker) -> None:
    throttled = {"status_code": 429, "headers": {"Retry-After": "14400"}}
    wire.get(GROUPS, [throttled, PAGE])
    connection = Connection()
    connection.groups()
    assert any("14400 s" in line and "too long" in line for line in connection.log)
    assert connection.time.passed_s == MAX_RETRY_AFTER_S


def test_a_503_that_asks_for_no_wait_is_not_hammered(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=503, headers={"Retry-After": "0"})
    connection = Connection(patience=Patience(faults_s=30))
    assert connection.failure().failure is Failure.TRANSIENT
    assert wire.call_count <= 32


def test_a_walk_hears_when_it_waits_and_when_it_continues(wire: mocking.Mocker) -> None:
    throttled = {"status_code": 429, "headers": {"Retry-After": "40"}}
    wire.get(EXPORT, [throttled, {"json": {"tickets": []}}])
    wire.get(GROUPS, **PAGE)
    connection = Connection()
    notices: list[datetime | None] = []
    client = connection.client.on_behalf_of("tickets, ticket_metrics", notices.append)
    client.get(TICKETS, {}, expects="tickets")
    assert notices == [NOW + timedelta(seconds=40), NOW + timedelta(seconds=40)]
    client.get("groups", {}, expects="groups")
    assert notices[2:] == [None]
    client.get("groups", {}, expects="groups")
    assert len(notices) == 3
    assert any(
        line == f"tickets, ticket_metrics (GET {TICKETS}) waits 40 s for the bucket "
        "incremental-exports."
        for line in connection.log
    )
    assert connection.client.accounting.requests == {"tickets, ticket_metrics": 4}
    assert connection.client.accounting.waited_by == {"tickets, ticket_metrics": 40}


def test_a_wait_of_a_moment_is_not_logged(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [{"status_code": 429, "headers": {"Retry-After": "2"}}, PAGE])
    connection = Connection()
    notices: list[datetime | None] = []
    connection.client.on_behalf_of("groups", notices.append).get("groups", {}, expects="groups")
    assert notices == []
