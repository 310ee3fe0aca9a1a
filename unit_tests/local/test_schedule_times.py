"""The three rules of a schedule: from creation, on the hour, at midnight of UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.local.schedule_times import next_run, parse_cadence
from source_zendesk_support.zendesk.errors import ConnectorError

MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)
# Between 1970 and 2100, in seconds: a schedule is made at any moment.
moments = st.integers(0, 4_102_444_800).map(lambda at_s: datetime.fromtimestamp(at_s, UTC))
waits = st.timedeltas(timedelta(), timedelta(days=800))


def times(every: str, offset: str | None, created: str, number: int) -> list[str]:
    created_at = datetime.fromisoformat(created).replace(tzinfo=UTC)
    cadence, at, found = parse_cadence(every, offset), created_at, []
    for _ in range(number):
        at = next_run(cadence, created_at=created_at, after=at)
        found.append(at.strftime("%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("every", "offset", "created", "expected"),
    [
        ("10m", None, "2026-06-01T10:03", ["01 10:13", "01 10:23", "01 10:33"]),
        ("1h", None, "2026-06-01T10:03", ["01 11:00", "01 12:00", "01 13:00"]),
        ("3h", "30m", "2026-06-01T10:03", ["01 12:30", "01 15:30", "01 18:30"]),
        ("3h", "1h", "2026-06-01T10:03", ["01 13:00", "01 16:00", "01 19:00"]),
        ("1h", "29m", "1970-01-01T00:00", ["01 00:29", "01 01:29", "01 02:29"]),
        ("1d", None, "2026-06-01T00:00", ["02 00:00", "03 00:00", "04 00:00"]),
        ("1d", "30m", "2026-06-01T00:03", ["01 00:30", "02 00:30", "03 00:30"]),
        ("1d", "2h", "2026-06-01T10:03", ["02 02:00", "03 02:00", "04 02:00"]),
    ],
)
def test_the_times_after_creation(
    every: str, offset: str | None, created: str, expected: list[str]
) -> None:
    assert times(every, offset, created, 3) == expected


@given(minutes=st.integers(1, 2000), created_at=moments, wait=waits)
def test_minutes_count_from_creation(minutes: int, created_at: datetime, wait: timedelta) -> None:
    after = created_at + wait
    at = next_run(parse_cadence(f"{minutes}m", None), created_at=created_at, after=after)
    every = timedelta(minutes=minutes)
    assert (at - created_at) % every == timedelta()
    assert after < at <= after + every


@given(
    number=st.integers(1, 48),
    unit=st.sampled_from(["h", "d"]),
    share=st.floats(0, 1, exclude_max=True),
    created_at=moments,
    wait=waits,
)
def test_hours_and_days_lie_on_the_grid_of_utc_plus_the_offset(
    number: int, unit: str, share: float, created_at: datetime, wait: timedelta
) -> None:
    every = timedelta(hours=number) if unit == "h" else timedelta(days=number)
    minutes = int(share * (every / timedelta(minutes=1) - 1))
    cadence = parse_cadence(f"{number}{unit}", f"{minutes}m" if minutes else None)
    after = created_at + wait
    at = next_run(cadence, created_at=created_at, after=after)
    assert (at - MIDNIGHT) % every == timedelta(minutes=minutes)
    assert after < at <= after + every
    if every == timedelta(days=1):
        assert (at.hour, at.minute) == divmod(minutes, 60)
    elif unit == "h":
        assert at.minute == minutes % 60
    # A restart keeps the times.
    assert at == next_run(cadence, created_at=after, after=after)


@given(created_at=moments, wait=waits)
def test_nothing_is_due_between_two_times(created_at: datetime, wait: timedelta) -> None:
    for every in ("7m", "5h", "2d"):
        cadence = parse_cadence(every, None)
        at = next_run(cadence, created_at=created_at, after=created_at + wait)
        just_before = at - timedelta(microseconds=1)
        assert next_run(cadence, created_at=created_at, after=just_before) == at


@pytest.mark.parametrize("text", ["", "15", "m", "0m", "-1h", "1.5h", "1w", "15 m", "999999m"])
def test_an_error_names_a_text_that_is_not_a_span(text: str) -> None:
    with pytest.raises(ConnectorError, match="15m, 3h or 1d"):
        parse_cadence(text, None)


@pytest.mark.parametrize(("every", "offset"), [("15m", "5m"), ("1h", "1h"), ("1d", "24h")])
def test_an_offset_that_means_nothing_is_said(every: str, offset: str) -> None:
    with pytest.raises(ConnectorError, match="--offset"):
        parse_cadence(every, offset)
