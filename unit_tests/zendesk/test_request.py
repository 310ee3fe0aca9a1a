"""The size of a page: halved after a 504, grown again with time, and what was really asked for."""

from itertools import pairwise
from typing import Any

import pytest
import requests_mock as mocking
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.request import GROW_AFTER_PAGES, PageSize
from test_support.client.connection import EXPORT, TICKETS, Connection


def test_an_export_that_is_too_large_is_halved_down_to_one(wire: mocking.Mocker) -> None:
    """Each 504 comes after a minute, and ten of them stand between a thousand records and one."""
    connection = Connection()
    sizes: list[int] = []

    def answer(request: Any, context: Any) -> dict[str, Any]:
        connection.time.passed_s += 60.0
        sizes.append(int(request.qs["per_page"][0]))
        context.status_code = 200 if sizes[-1] == 1 and sizes.count(1) == 3 else 504
        return {"tickets": []}

    wire.get(EXPORT, json=answer)
    size = PageSize("per_page", 1000)
    connection.client.get(TICKETS, {}, expects="tickets", size=size)
    assert sizes == [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1]
    assert size.value == 1, "what worked is remembered for the run"


def test_a_504_at_one_record_is_given_up_in_time(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, status_code=504, text="upstream request timeout")
    connection = Connection()
    with pytest.raises(ConnectorError) as caught:
        connection.client.get(TICKETS, {}, expects="tickets", size=PageSize("per_page", 4))
    assert caught.value.failure is Failure.TRANSIENT
    assert connection.time.passed_s < 800


@pytest.mark.parametrize("status", [500, 502, 503, 409])
def test_only_a_504_makes_the_page_smaller(status: int, wire: mocking.Mocker) -> None:
    wire.get(EXPORT, [{"status_code": status}, {"json": {"tickets": []}}])
    size = PageSize("per_page", 1000)
    Connection().client.get(TICKETS, {}, expects="tickets", size=size)
    assert size.value == 1000


@given(st.integers(1, 1000), st.lists(st.booleans(), max_size=200))
def test_a_page_size_stays_between_one_and_what_was_asked(largest: int, good: list[bool]) -> None:
    size = PageSize("per_page", largest)
    for served in good:
        size.grow_if_due()
        assert 1 <= size.value <= largest
        if served:
            size.served()
        else:
            before = size.value
            size.shrink()
            assert size.value == max(1, before // 2)


def test_a_page_size_grows_again_and_tries_the_fatal_one_ever_more_rarely() -> None:
    """A server that can give 500 and not 1000: each try above costs a minute of it."""
    size = PageSize("per_page", 1000)
    asked = []
    for _ in range(400):
        size.grow_if_due()
        asked.append(size.value)
        if size.value > 500:
            size.shrink()
        else:
            size.served()
    too_large = [number for number, value in enumerate(asked) if value > 500]
    assert len(too_large) < 8
    gaps = [later - first for first, later in pairwise(too_large)]
    assert gaps == sorted(gaps)


def test_a_page_size_recovers_whole() -> None:
    size = PageSize("per_page", 1000)
    for _ in range(9):
        size.shrink()
    assert size.value == 1
    for _ in range(20 * GROW_AFTER_PAGES):
        size.grow_if_due()
        size.served()
    assert size.value == 1000


def test_the_size_is_what_the_page_was_asked_with(wire: mocking.Mocker) -> None:
    """A time export knows a full page by it, so it may not grow unknown to the walk."""
    wire.get(EXPORT, json={"tickets": []})
    connection, size = Connection(), PageSize("per_page", 8)
    size.shrink()
    for _ in range(40):
        connection.client.get(TICKETS, {}, expects="tickets", size=size)
        assert wire.last_request.qs["per_page"] == [str(size.value)]
    assert size.value == 8
