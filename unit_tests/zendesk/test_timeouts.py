"""How long a request is tried: ten minutes of faults, two hours of 429, each request anew."""

from itertools import pairwise
from typing import Any

import pytest
import requests
import requests_mock as mocking

from source_zendesk_support.zendesk.errors import Failure
from source_zendesk_support.zendesk.timeouts import BACKOFF_LONGEST_S, Patience
from test_support.client.connection import EXPORT, GROUPS, PAGE, TICKETS, Connection

FAULTS: dict[str, dict[str, Any]] = {
    **{str(status): {"status_code": status, "text": "x"} for status in (408, 409, 500, 502, 503)},
    **{str(status): {"status_code": status} for status in (504, 520, 524)},
    "connect timeout": {"exc": requests.exceptions.ConnectTimeout},
    "read timeout": {"exc": requests.exceptions.ReadTimeout},
    "no connection": {"exc": requests.exceptions.ConnectionError},
    "TLS": {"exc": requests.exceptions.SSLError},
    "chunks": {"exc": requests.exceptions.ChunkedEncodingError},
    "compression": {"exc": requests.exceptions.ContentDecodingError},
    "proxy": {"exc": requests.exceptions.ProxyError},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_is_tried_again(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [FAULTS[name], PAGE])
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert len(connection.time.waits) == 1
    assert connection.client.accounting.retries["groups"] == 1
    assert "groups" in connection.log[0]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_stays_is_given_up_after_ten_minutes(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **FAULTS[name])
    connection = Connection()
    error = connection.failure()
    assert error.failure is Failure.TRANSIENT
    assert 600 <= connection.time.passed_s <= 600 + BACKOFF_LONGEST_S
    assert 10 <= wire.call_count <= 40


@pytest.mark.parametrize("patience_s", [0.0, 10.0, 3600.0])
def test_patience_is_as_long_as_was_asked_for(patience_s: float, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=500)
    connection = Connection(patience=Patience(faults_s=patience_s))
    connection.failure()
    assert patience_s <= connection.time.passed_s <= patience_s * 2 + BACKOFF_LONGEST_S
    assert (wire.call_count == 1) is (patience_s == 0.0)


def test_backoff_grows_with_bounded_jitter(
    wire: mocking.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.get(GROUPS, status_code=500)
    waits = []
    for drawn in (0.0, 0.999999):
        monkeypatch.setattr("random.random", lambda drawn=drawn: drawn)
        connection = Connection()
        connection.failure()
        waits.append(connection.time.waits)
        steps = list(pairwise(connection.time.waits))
        assert all(second >= first for first, second in steps)
        assert max(connection.time.waits) <= BACKOFF_LONGEST_S
        assert connection.time.waits[3] > 3 * connection.time.waits[0]
    lowest, highest = waits
    # Apart enough to part a crowd, near enough to keep the order of growth.
    assert all(low < high <= 2.0001 * low for low, high in zip(lowest, highest, strict=False))


def test_each_request_has_its_own_patience(wire: mocking.Mocker) -> None:
    connection = Connection()
    for _ in range(50):
        wire.get(GROUPS, [{"status_code": 500}] * 5 + [PAGE])
        connection.groups()
    assert connection.time.passed_s > 600


def test_a_429_is_not_a_failed_try(wire: mocking.Mocker) -> None:
    """An hour of 429 is not a fault: the patience for faults (ten minutes) has not even begun."""
    throttled = {"status_code": 429, "headers": {"Retry-After": "60"}}
    wire.get(GROUPS, [*[throttled] * 60, {"status_code": 500}, PAGE])
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert sum(connection.time.waits[:-1]) == 60.0 * 60
    assert connection.time.waits[-1] <= 1.0, "the first fault is followed by the first backoff"


def test_a_429_for_hours_is_given_up(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, status_code=429, headers={"Retry-After": "60"})
    connection = Connection()
    error = connection.failure(TICKETS)
    assert error.failure is Failure.TRANSIENT
    assert "incremental-exports" in error.what
    assert 7200 <= connection.time.passed_s <= 7200 + 120


def test_a_wait_that_is_longer_than_our_patience_fails_at_once(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, status_code=429, headers={"Retry-After": "90"})
    connection = Connection(patience=Patience(rate_limits_s=65))
    error = connection.failure()
    assert "account" in error.what
    assert error.failure is Failure.TRANSIENT
    assert connection.time.waits == []
