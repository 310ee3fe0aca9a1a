"""The time in a ULID."""

from typing import Any

import pytest

from source_zendesk_support.records.ulid import time_of_ulid


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("01HPZM6206BF4G63783E5349AD", "2024-02-19T02:47:37Z"),  # of Zendesk's documents
        ("00000000000000000000000000", "1970-01-01T00:00:00Z"),
        ("ZZZZZZZZZZZZZZZZZZZZZZZZZZ", None),  # beyond any date
        ("01HPZM6206BF4G63783E5349AI", None),  # a letter that none has
        ("01hpzm6206bf4g63783e5349ad", None),
        ("01HPZM6206", None),
        ("", None),
        (123, None),
        (None, None),
    ],
)
def test_the_time_of_a_ulid_is_read_and_nothing_else_has_one(value: Any, time: str | None) -> None:
    assert time_of_ulid(value) == time
