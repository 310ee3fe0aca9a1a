"""Business hours: schedules, their holidays, and the open time between two moments.

Pure and the same for every account: what a schedule is follows from its number. Times are epoch
seconds; a schedule's minutes count from Sunday 00:00 of its zone (docs/facts/zendesk-api.md#5.3).
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from zendesk_emulator.data import words
from zendesk_emulator.data.sizes import DAY_S

OPENS_MIN, CLOSES_MIN = 9 * 60, 17 * 60
WORKDAYS = (1, 2, 3, 4, 5)
HOLIDAYS = 3  # of each schedule but the last, which has none
# The calendars cover every moment that an emulated clock shows: 2022 to 2034.
_FIRST, _LAST = date(2022, 1, 1), date(2034, 1, 1)
_FIRST_HOLIDAY = date(2026, 5, 28)
# An agent's day in UTC, where nothing but a plausible hour is needed.
_FROM_S, _TO_S = 8 * 3600, 17 * 3600
_SATURDAY, _SUNDAY = 6, 0


def zone_of(number: int) -> tuple[str, str]:
    """The zone of a schedule as Zendesk names it, and as the world does."""
    return words.TIME_ZONES[number % len(words.TIME_ZONES)]


def holiday_of(number: int, n: int) -> date:
    """The first day of a holiday, which lasts two days; a third are in the past."""
    return _FIRST_HOLIDAY + timedelta(days=97 * (n - 1) + 7 * number)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The open spans of one schedule, in order, and how much was open before each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]

    def open_until(self, at_s: int) -> int:
        """The open seconds from the first span to a moment."""
        n = bisect_right(self.starts, at_s) - 1
        if n < 0:
            return 0
        return self.before[n] + min(at_s, self.ends[n]) - self.starts[n]

    def between(self, from_s: int, to_s: int) -> int:
        return self.open_until(to_s) - self.open_until(from_s)

    def after(self, from_s: int, open_s: int) -> int:
        """The moment at which so much open time has passed."""
        wanted = self.open_until(from_s) + open_s
        n = bisect_right(self.before, wanted - 1) - 1
        return self.starts[n] + wanted - self.before[n]


@cache
def calendar(number: int, *, has_holidays: bool) -> Calendar:
    zone = ZoneInfo(zone_of(number)[1])
    closed = set()
    if has_holidays:
        for n in range(HOLIDAYS):
            first = holiday_of(number, n)
            closed |= {first, first + timedelta(days=1)}
    spans = []
    day = _FIRST
    while day < _LAST:
        if day.isoweekday() in WORKDAYS and day not in closed:
            opens, closes = (
                int(datetime.combine(day, time(minute // 60), zone).astimezone(UTC).timestamp())
                for minute in (OPENS_MIN, CLOSES_MIN)
            )
            spans.append((opens, closes))
        day += timedelta(days=1)
    lengths = [closes - opens for opens, closes in spans]
    return Calendar(
        tuple(opens for opens, _ in spans),
        tuple(closes for _, closes in spans),
        tuple(accumulate(lengths[:-1], initial=0)),
    )


def at_work(at_s: int) -> int:
    """The moment itself by day, else one in the first hour of the next working day."""
    day, second = divmod(at_s, DAY_S)
    if second >= _TO_S:
        day, second = day + 1, at_s % 3600 + _FROM_S
    elif second < _FROM_S:
        second = at_s % 3600 + _FROM_S
    weekday = (day + 4) % 7  # 1970-01-01 was a Thursday
    if weekday in (_SATURDAY, _SUNDAY):
        day += 2 if weekday == _SATURDAY else 1
    return day * DAY_S + second
