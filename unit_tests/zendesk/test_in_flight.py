"""Requests under way at the same time: how many, in whose turn, and who waits for what."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
import requests_mock as mocking

from source_zendesk_support.zendesk.errors import ConnectorError, StreamRefused
from source_zendesk_support.zendesk.rate_limiter import RateLimiter
from source_zendesk_support.zendesk.timeouts import Patience
from test_support.client.connection import EXPORT, GROUPS, PAGE, TICKETS, Connection


def in_threads(work: Callable[[], object], count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


class Session(requests.Session):
    """Answers without the lock round every request that the mock has."""

    def __init__(self, answer: Callable[[], None]) -> None:
        super().__init__()
        self.answer = answer

    def get(self, *_args: object, **_more: object) -> requests.Response:  # type: ignore[override]
        self.answer()
        response = requests.Response()
        response.status_code = 200
        response._content = b'{"groups": []}'
        return response


@pytest.mark.parametrize("bound", [1, 2, 5])
def test_requests_in_flight_are_bounded(bound: int) -> None:
    """Each answer waits until as many requests as may be are under way, so the bound is reached."""
    lock, filled = threading.Lock(), threading.Barrier(bound)
    under_way, most = 0, 0

    def answer() -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        filled.wait(timeout=30)
        with lock:
            under_way -= 1

    connection = Connection(requests_in_flight=bound)
    connection.client._sender.session = Session(answer)
    for thread in in_threads(connection.groups, bound * 4):
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert most == bound
    assert connection.client.accounting.requests["groups"] == bound * 4


def test_pages_that_are_asked_for_are_under_way_together() -> None:
    """Each answer waits for the others, so none comes unless all were sent."""
    together = threading.Barrier(3)
    connection = Connection(requests_in_flight=3)
    connection.client._sender.session = Session(lambda: together.wait(timeout=30) and None)
    waiting = [connection.client.ask("groups", {}, expects="groups") for _ in range(3)]
    assert [wait().body for wait in waiting] == [{"groups": []}] * 3
    assert connection.client.accounting.requests["groups"] == 3


def test_a_request_keeps_its_turn_until_it_is_answered() -> None:
    sending, answered = threading.Event(), threading.Event()

    def hold() -> None:
        sending.set()
        assert answered.wait(timeout=30)

    connection = Connection(requests_in_flight=1)
    connection.client._sender.session = Session(hold)
    wait = connection.client.ask("groups", {}, expects="groups")
    assert sending.wait(timeout=30)
    assert not connection.client._sender.in_flight.acquire(blocking=False)
    answered.set()
    wait()
    assert connection.client._sender.in_flight.acquire(timeout=30)


@pytest.mark.parametrize(
    "fault", [{"status_code": 500}, {"status_code": 429}, {"exc": requests.ConnectTimeout}]
)
def test_a_fault_of_a_request_is_retried_by_the_waiting_walk(
    wire: mocking.Mocker, fault: dict[str, Any]
) -> None:
    wire.get(GROUPS, [fault, PAGE])
    connection = Connection()
    wait = connection.client.ask("groups", {}, expects="groups")
    assert connection.time.waits == []
    assert wait().body == PAGE["json"]
    assert connection.time.waits != []
    assert wire.call_count == 2


def test_an_error_of_what_was_asked_for_is_raised_where_it_is_waited_for(
    wire: mocking.Mocker,
) -> None:
    wire.get(GROUPS, status_code=404)
    wait = Connection().client.ask("groups", {}, expects="groups")
    with pytest.raises(StreamRefused):
        wait()
    limits = RateLimiter()
    limits.block("groups", 40, now=0.0)
    impatient = Connection(rate_limits=limits, patience=Patience(rate_limits_s=30.0))
    wait = impatient.client.ask("groups", {}, expects="groups")
    with pytest.raises(ConnectorError, match="has no room"):
        wait()
    assert wire.call_count == 1


class Turnstile(threading.Semaphore):
    """Says when a thread comes to wait for a turn."""

    def __init__(self) -> None:
        super().__init__(1)
        self.arrivals = threading.Semaphore(0)

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        self.arrivals.release()
        return super().acquire(blocking, timeout)


def test_room_is_taken_only_when_the_request_goes_out() -> None:
    """A request that waits for its turn has not been sent, so the budget still has its room."""
    limits = RateLimiter(cap_per_minute=4)  # two of them may go at once
    connection = Connection(requests_in_flight=1, rate_limits=limits)
    sending, answered = threading.Event(), threading.Event()

    def hold() -> None:
        sending.set()
        assert answered.wait(timeout=30)

    connection.client._sender.session = Session(hold)
    turnstile = connection.client._sender.in_flight = Turnstile()
    threads = in_threads(connection.groups, 2)
    assert sending.wait(timeout=30)
    for _ in threads:
        assert turnstile.arrivals.acquire(timeout=30)
    assert limits.reserve("groups", now=0.0) is None
    answered.set()
    for thread in threads:
        thread.join(timeout=30)
    assert connection.time.waits, "only then was there no room left"


def test_asking_waits_for_room_and_holds_no_turn_meanwhile(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **PAGE)
    limits = RateLimiter()
    connection = Connection(requests_in_flight=1, rate_limits=limits)
    limits.block("groups", 40, now=0.0)

    def look() -> None:
        assert wire.call_count == 0
        with connection.client._sender.in_flight:
            pass

    connection.time.meanwhile = look
    connection.client.ask("groups", {}, expects="groups")()
    assert connection.time.passed_s == 40
    assert wire.call_count == 1


def test_a_walk_that_waits_for_room_holds_up_no_other(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, json={"tickets": []})
    wire.get(GROUPS, **PAGE)
    limits = RateLimiter()
    connection = Connection(requests_in_flight=1, rate_limits=limits)
    limits.block(TICKETS, 40, now=0.0)
    read_meanwhile: list[dict[str, Any]] = []

    def read_groups() -> None:
        (other,) = in_threads(lambda: read_meanwhile.append(connection.groups()), 1)
        other.join(timeout=30)

    connection.time.meanwhile = read_groups
    connection.client.get(TICKETS, {}, expects="tickets")
    assert read_meanwhile == [PAGE["json"]] * 2, "in both halves of the wait"
