"""Survey responses get the times that they lack, from their id and from their answers."""

from typing import Any

import pytest
from hypothesis import given

from source_zendesk_support.streams.catalog.surveys import created_in, dated
from test_support.client.odd_json import ANY_JSON

# 2025-03-17T10:52:28.658Z in ten characters, then sixteen of chance (https://github.com/ulid/spec).
KEY = "01JPHVQK3JY2RQCPWGBVCN6Y11"
CREATED_S = 1_742_208_748


def test_the_time_in_a_ulid_is_its_creation() -> None:
    assert created_in(KEY) == CREATED_S


@pytest.mark.parametrize(
    "key",
    ["0000000000Y2RQCPWGBVCN6Y11", "7ZZZZZZZZZY2RQCPWGBVCN6Y11", "12345", KEY.lower(), 7, None],
)
def test_another_key_has_no_time(key: Any) -> None:
    assert created_in(key) is None
    assert dated([{"id": key, "answers": []}], {}) == [{"id": key, "answers": []}]


def test_a_change_is_that_of_the_latest_answer() -> None:
    answers = [
        {"created_at": "2025-03-18T08:00:00.000Z", "updated_at": "2025-03-20T08:00:00.500Z"},
        {"created_at": "2025-03-19T08:00:00.000Z", "updated_at": None},
        None,
        {"updated_at": "soon"},
    ]
    (found,) = dated([{"id": KEY, "answers": answers}], {})
    assert found["created_at"] == "2025-03-17T10:52:28Z"
    assert found["updated_at"] == "2025-03-20T08:00:00Z"
    (offered,) = dated([{"id": KEY, "answers": []}], {})
    assert offered["updated_at"] == offered["created_at"]


def test_a_time_of_zendesks_own_stays() -> None:
    own = {"id": KEY, "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-02T00:00:00Z"}
    assert dated([own], {}) == [own]


@given(odd=ANY_JSON)
def test_an_odd_response_costs_nothing_else(odd: Any) -> None:
    found = dated([{"id": odd, "answers": odd, "created_at": odd}, {"id": KEY}], {})
    assert found[1]["created_at"] == "2025-03-17T10:52:28Z"
