"""Without an access token: who waits, how long, and that a refresh is never repeated."""

from datetime import datetime, timedelta
from email.utils import formatdate
from typing import Any

import pytest
import requests
import requests_mock as mocking

from source_zendesk_support.zendesk.auth import OAuthSignIn, TokenDelayed
from source_zendesk_support.zendesk.errors import ConnectorError, Failure, Unreachable
from source_zendesk_support.zendesk.rate_limiter import RateLimiter
from source_zendesk_support.zendesk.timeouts import (
    BACKOFF_LONGEST_S,
    DEFAULT_RETRY_AFTER_S,
    LONGEST_NAP_S,
    MAX_RETRY_AFTER_S,
    Patience,
)
from test_support.client.connection import GROUPS, NOW, NOW_S, PAGE, Connection
from test_support.client.sign_in import CLIENT, URL, Clock, sign_in_with, stored

TOKEN = {"json": {"access_token": "fake-access-1", "refresh_token": "fake-refresh-1"}}
LIMITED: dict[str, Any] = {"status_code": 429, "headers": {"Retry-After": "40"}}
FAULTS: dict[str, dict[str, Any]] = {
    **{str(status): {"status_code": status, "text": "x"} for status in (408, 409, 500, 503, 504)},
    "connect timeout": {"exc": requests.exceptions.ConnectTimeout},
    "read timeout": {"exc": requests.exceptions.ReadTimeout},
    "reset": {"exc": requests.exceptions.ConnectionError},
    "cut off": {"exc": requests.exceptions.ChunkedEncodingError},
    "a page of something else": {"status_code": 200, "text": "<html></html>"},
}
GRANTS = pytest.mark.parametrize("refresh_token", [None, "fake-refresh-0"])


def connected(refresh_token: str | None = None, **how: Any) -> Connection:
    """A client that signs in by the same clock that it waits by."""
    connection = Connection(**how)
    clocks = connection.time.clocks()
    connection.client._sender.sign_in = OAuthSignIn(
        CLIENT,
        tokens=None,
        refresh_token=refresh_token,
        publish=lambda _: None,
        now=clocks.now,
        monotonic=clocks.monotonic,
    )
    return connection


@GRANTS
def test_a_429_is_waited_for_as_it_says(refresh_token: str | None, wire: mocking.Mocker) -> None:
    tokens = wire.post(URL, [LIMITED, TOKEN])
    pages = wire.get(GROUPS, **PAGE)
    connection = connected(refresh_token)
    notices: list[datetime | None] = []
    client = connection.client.on_behalf_of("groups", notices.append)
    client.get("groups", {}, expects="groups")
    assert (tokens.call_count, pages.call_count) == (2, 1)
    assert sum(connection.time.waits) == 40.0
    assert max(connection.time.waits) <= LONGEST_NAP_S, "no minute of silence"
    assert notices[0] == NOW + timedelta(seconds=40)
    assert connection.log[0] == "groups (GET groups) waits 40 s for the bucket oauth/tokens."
    assert connection.client.accounting.waited_s == {"oauth/tokens": 40}
    client.get("groups", {}, expects="groups")
    assert notices[-1] is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": formatdate(NOW_S + 33, usegmt=True)}, 33.0),
        # Zendesk's own clock counts, not ours.
        (
            {
                "Date": formatdate(NOW_S + 3600, usegmt=True),
                "Retry-After": formatdate(NOW_S + 3609, usegmt=True),
            },
            9.0,
        ),
        ({}, DEFAULT_RETRY_AFTER_S),
        ({"Retry-After": "0"}, 1.0),
        ({"Retry-After": "99999999"}, MAX_RETRY_AFTER_S),
    ],
)
def test_how_long_a_429_is_waited_for(
    headers: dict[str, str], seconds: float, wire: mocking.Mocker
) -> None:
    wire.post(URL, [{"status_code": 429, "headers": headers}, TOKEN])
    wire.get(GROUPS, **PAGE)
    connection = connected()
    connection.groups()
    assert sum(connection.time.waits) == pytest.approx(seconds)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_client_asks_again_after_a_fault(fault: str, wire: mocking.Mocker) -> None:
    tokens = wire.post(URL, [FAULTS[fault], FAULTS[fault], TOKEN])
    wire.get(GROUPS, **PAGE)
    connection = connected()
    connection.groups()
    assert tokens.call_count == 3
    assert len(connection.time.waits) == 2
    assert "POST oauth/tokens" in connection.log[0]
    assert "GET groups" in connection.log[0]


def test_a_503_says_how_long(wire: mocking.Mocker) -> None:
    wire.post(URL, [{"status_code": 503, "headers": {"Retry-After": "17"}}, TOKEN])
    wire.get(GROUPS, **PAGE)
    connection = connected()
    connection.groups()
    assert connection.time.waits == [17.0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_refresh_is_never_repeated_after_a_lost_answer(fault: str, wire: mocking.Mocker) -> None:
    """It may have used up the refresh token, and the keeper of the tokens must know."""
    tokens = wire.post(URL, [LIMITED, FAULTS[fault], TOKEN])
    error = connected("fake-refresh-0").failure()
    assert type(error) is Unreachable
    assert error.failure is Failure.TRANSIENT
    assert error.about == "POST oauth/tokens"
    assert tokens.call_count == 2


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_is_given_up_after_ten_minutes(fault: str, wire: mocking.Mocker) -> None:
    tokens = wire.post(URL, **FAULTS[fault])
    connection = connected()
    error = connection.failure()
    assert (type(error), error.failure) == (Unreachable, Failure.TRANSIENT)
    assert error.about == "POST oauth/tokens"
    assert "600 s" in error.what
    assert 600 <= connection.time.passed_s <= 600 + BACKOFF_LONGEST_S
    assert 10 <= tokens.call_count <= 40


@GRANTS
def test_a_429_that_stays_is_given_up_when_patience_ends(
    refresh_token: str | None, wire: mocking.Mocker
) -> None:
    tokens = wire.post(URL, **LIMITED)
    connection = connected(refresh_token, patience=Patience(rate_limits_s=100))
    error = connection.failure()
    assert error.failure is Failure.TRANSIENT
    assert "oauth/tokens" in error.what
    assert 60 <= connection.time.passed_s <= 100
    assert tokens.call_count <= 3


def test_waiting_for_a_token_leaves_patience_for_the_request(wire: mocking.Mocker) -> None:
    times_out = {"status_code": 503, "headers": {"Retry-After": "500"}}
    wire.post(URL, [times_out, TOKEN])
    wire.get(GROUPS, [times_out, PAGE])
    connection = connected()
    connection.groups()
    assert connection.time.passed_s == 1000.0


def test_a_wait_for_a_token_holds_no_room_and_no_turn(wire: mocking.Mocker) -> None:
    limits = RateLimiter(cap_per_minute=1)
    wire.post(URL, [LIMITED, TOKEN])
    wire.get(GROUPS, **PAGE)
    connection = connected(requests_in_flight=1, rate_limits=limits)
    turns = connection.client._sender.in_flight

    def look() -> None:
        assert turns.acquire(blocking=False)
        turns.release()
        assert limits.uses() == []

    connection.time.meanwhile = look
    connection.groups()
    assert connection.time.passed_s == 40.0
    assert [use.requests for use in limits.uses()] == [1]
    assert connection.client.accounting.requests == {"groups": 1}


@GRANTS
def test_no_thread_asks_before_the_time_has_come(
    refresh_token: str | None, requests_mock: mocking.Mocker
) -> None:
    """Forty walks that begin at once are forty requests otherwise."""
    tokens = requests_mock.post(URL, [LIMITED, TOKEN])
    clock = Clock()
    sign_in = sign_in_with(clock, refresh_token=refresh_token)
    for passed in (0, 0, 10, 39.5):
        clock.at = NOW + timedelta(seconds=passed)
        with pytest.raises(TokenDelayed) as caught:
            sign_in.authorization()
        assert caught.value.seconds == 40 - passed
        assert caught.value.is_rate_limited
    assert tokens.call_count == 1
    clock.at = NOW + timedelta(seconds=40)
    assert sign_in.authorization() == "Bearer fake-access-1"


def test_a_token_that_lives_still_does_meanwhile(requests_mock: mocking.Mocker) -> None:
    tokens = requests_mock.post(URL, [LIMITED, TOKEN])
    clock = Clock()
    sign_in = sign_in_with(clock, tokens=stored(timedelta(seconds=60)))
    clock.at = NOW + timedelta(seconds=35)
    assert sign_in.authorization() == "Bearer fake-access-0"
    assert tokens.call_count == 1
    clock.at = NOW + timedelta(seconds=60)
    with pytest.raises(TokenDelayed):
        sign_in.authorization()
    clock.at = NOW + timedelta(seconds=75)
    assert sign_in.authorization() == "Bearer fake-access-1"


def test_a_refused_token_does_not(requests_mock: mocking.Mocker) -> None:
    requests_mock.post(URL, **LIMITED)
    sign_in = sign_in_with(Clock(), tokens=stored(None))
    assert sign_in.renew(sign_in.authorization()) is True
    with pytest.raises(TokenDelayed):
        sign_in.authorization()


def test_after_a_401_the_new_token_is_waited_for(wire: mocking.Mocker) -> None:
    tokens = wire.post(URL, [TOKEN, LIMITED, {"json": {"access_token": "fake-access-2"}}])
    pages = wire.get(GROUPS, [{"status_code": 401}, PAGE])
    connection = connected()
    connection.groups()
    assert connection.time.passed_s == 40.0
    assert tokens.call_count == 3
    assert pages.last_request.headers["Authorization"] == "Bearer fake-access-2"


class Ends:
    """A token that ends between the turn of a request and its sending, once."""

    is_oauth = True

    def __init__(self) -> None:
        self.asked = 0

    def authorization(self) -> str:
        self.asked += 1
        if self.asked == 2:
            raise TokenDelayed("status 503", 5.0, is_rate_limited=False)
        return "Bearer not-a-secret"

    def renew(self, refused: str) -> bool:
        raise AssertionError(refused)

    def accepted(self, header: str) -> None:
        """It makes no difference."""


def test_a_token_that_ends_at_the_last_moment_is_a_passing_fault(wire: mocking.Mocker) -> None:
    pages = wire.get(GROUPS, **PAGE)
    connection = Connection(sign_in=Ends())
    assert connection.groups() == PAGE["json"]
    assert pages.call_count == 1
    assert len(connection.time.waits) == 1


def test_a_count_does_not_wait_for_a_token(wire: mocking.Mocker) -> None:
    wire.post(URL, **LIMITED)
    connection = connected()
    assert connection.client.count("users/count") is None
    assert connection.time.waits == []


def test_no_delay_shows_a_secret(wire: mocking.Mocker) -> None:
    wire.post(URL, [{"exc": requests.exceptions.ReadTimeout("fake-client-secret")}] * 2 + [LIMITED])
    connection = connected(patience=Patience(rate_limits_s=1))
    with pytest.raises(ConnectorError) as caught:
        connection.groups()
    assert "fake-" not in f"{caught.value!r}{caught.value}{connection.log}"
