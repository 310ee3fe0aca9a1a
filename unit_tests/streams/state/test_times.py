"""Time is read as it is written, in every spelling, and other text is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.state.times import format_time, parse_time


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_times_are_read_as_they_are_written(at) -> None:
    at_s = int(at.replace(tzinfo=UTC).timestamp())
    assert parse_time(format_time(at_s)) == parse_time(str(at_s)) == parse_time(at_s) == at_s


@pytest.mark.parametrize("value", [None, "", "x", "nan", "inf", "-inf", True, [], {}, 10**30])
def test_other_texts_than_times_are_refused(value) -> None:
    with pytest.raises(ValueError):
        parse_time(value)
