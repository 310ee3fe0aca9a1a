"""Time as Zendesk and the states of connectors write it, and as whole epoch seconds.

Pure. Everything that is compared is compared as time, never as text.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/ (ISO 8601, UTC).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

# An epoch beyond this is in milliseconds: in seconds it would be the year 5138.
MILLISECONDS_FROM = 100_000_000_000
# 2001-09-09. A smaller number is a cut-off one: no account of Zendesk's is older than 2007.
SMALLEST_EPOCH_S = 1_000_000_000
# Seconds that can be written as a date again: the years 1 to 9999.
_DATES = (-62_135_596_800, 253_402_300_799)


def parse_time(value: Any) -> int:
    """Return epoch seconds of an epoch (int, float, text; seconds or milliseconds) or ISO 8601.

    Raises ValueError for anything else.
    """
    if isinstance(value, bool):
        raise ValueError("a boolean is not a time")  # noqa: TRY004 - one error for every wrong value
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text)
        except ValueError:
            at = datetime.fromisoformat(text)
            value = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
            return int(_in_range(value))
    if not isinstance(value, int | float):
        raise ValueError("no time")  # noqa: TRY004
    in_ms = abs(value) >= MILLISECONDS_FROM
    return int(_in_range(value // 1000 if in_ms else value))


def _in_range(seconds: float) -> float:
    """Refuse numbers that are not dates, infinity and NaN included."""
    if not _DATES[0] <= seconds <= _DATES[1]:
        raise ValueError("no time")
    return seconds


def format_time(epoch_s: int) -> str:
    """Return epoch seconds as Zendesk and the published states write them: 2024-03-02T10:00:00Z."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat().replace("+00:00", "Z")
