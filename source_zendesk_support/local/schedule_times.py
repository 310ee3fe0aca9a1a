"""When a scheduled sync runs: the three rules, and nothing that waits or looks at a clock.

Minutes count from the schedule's creation. Hours and days lie on a grid of UTC that begins with
1970-01-01, plus an offset. So a restart keeps their times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(?P<number>[1-9][0-9]{0,4})(?P<unit>[mhd])\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cadence:
    """A run each `every`. On the grid, `offset` after its lines; else counted from creation."""

    every: timedelta
    offset: timedelta
    on_grid: bool


def parse_cadence(every: str, offset: str | None) -> Cadence:
    """Return the cadence of `15m`, `3h` or `1d`. Raises ConnectorError (config)."""
    span, unit = _span(every, "--every")
    if offset is None:
        return Cadence(span, timedelta(), on_grid=unit != "m")
    if unit == "m":
        raise _wrong(
            "Minutes are counted from the moment the schedule is created, so they have no offset.",
            "--offset",
            "Leave it out, or give --every in hours or days.",
        )
    shift, _ = _span(offset, "--offset")
    if shift >= span:
        raise _wrong(
            "The offset is not shorter than the time between two runs.",
            "--offset",
            f"Give less than {every}.",
        )
    return Cadence(span, shift, on_grid=True)


def next_run(cadence: Cadence, *, created_at: datetime, after: datetime) -> datetime:
    """Return the first time of the schedule that is later than `after`."""
    anchor = _EPOCH + cadence.offset if cadence.on_grid else created_at
    return anchor + ((after - anchor) // cadence.every + 1) * cadence.every


def _span(text: str, option: str) -> tuple[timedelta, str]:
    match = _SPAN.match(text)
    if match is None:
        raise _wrong("This is not a span of time.", option, "Write it as 15m, 3h or 1d.")
    return timedelta(seconds=int(match["number"]) * _SECONDS[match["unit"]]), match["unit"]


def _wrong(what: str, option: str, remedy: str) -> ConnectorError:
    return ConnectorError(what, about=f"option {option}", remedy=remedy, failure=Failure.CONFIG)
