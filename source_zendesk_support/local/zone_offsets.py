"""How far the time zones of schedules are from UTC, from Python's own data.

Owns the rows of the tables `time_zone` and `daylight_time` in Fivetran's schema. Names are those of
Zendesk; the seed time_zones.csv says which zone of the tz database each one means.
Rests on https://docs.python.org/3/library/zoneinfo.html.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMES = Path(__file__).parent / "answers" / "seeds" / "time_zones.csv"
FIRST_YEAR = 2007  # Zendesk's own first
YEARS_AHEAD = 5  # of targets that end in the future


def zone_offsets(names: Iterable[str], *, until_year: int) -> dict[str, list[list[Any]]]:
    """Return the standard offsets of zones, and each span in which a zone was ahead of its own.

    The standard offset is the smaller one of the last year. A name that Zendesk's pages do not
    have gets no row.
    """
    with NAMES.open(newline="", encoding="utf-8") as file:
        known = {row["name"]: row["zone"] for row in csv.DictReader(file)}
    standard: list[list[Any]] = []
    daylight: list[list[Any]] = []
    for name in names:
        if name not in known:
            continue
        zone = ZoneInfo(known[name])
        least = min(_offset(zone, datetime(until_year, month, 1, tzinfo=UTC)) for month in (1, 7))
        minutes = int(least.total_seconds() // 60)
        sign, size = "-" if minutes < 0 else "+", abs(minutes)
        standard.append([name, f"{sign}{size // 60:02}:{size % 60:02}", minutes])
        daylight += [
            [name, since.year, since.isoformat(" ")[:19], until.isoformat(" ")[:19], ahead]
            for since, until, ahead in _spans(zone, least, until_year)
        ]
    return {"standard": standard, "daylight": daylight}


def _spans(
    zone: ZoneInfo, least: timedelta, until_year: int
) -> Iterator[tuple[datetime, datetime, float]]:
    """Yield when a zone was ahead of its standard offset, and by how many hours."""
    since = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    end = datetime(until_year + 1, 1, 1, tzinfo=UTC)
    moment = since
    while moment < end:
        following = min(moment + timedelta(days=1), end)
        if _offset(zone, following) != _offset(zone, moment) or following == end:
            changed = _change(zone, moment, following)
            ahead = _offset(zone, since) - least
            if ahead > timedelta(0):
                yield since, changed, ahead.total_seconds() / 3600
            since = changed
        moment = following


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the minute in which the offset changes to that of `after`; `after` without one."""
    if _offset(zone, before) == _offset(zone, after):
        return after
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)
