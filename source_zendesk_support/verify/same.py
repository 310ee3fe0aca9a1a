"""Whether a value that Zendesk gives is the value that a destination holds.

Pure. A destination has types of its own: times are compared as instants, numbers to nine decimals,
and what a column keeps as JSON text is read first. Independent of the code that loads.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from source_zendesk_support.zendesk.json_text import loads

_NINE_DECIMALS = Decimal("1e-9")  # what a number's column keeps


def same(fresh: Any, held: Any) -> bool:
    """Return whether a value of a record is the value of its column."""
    if fresh is None or held is None:
        return fresh is None and held is None
    if isinstance(held, datetime | date):
        return _instant(fresh) == _instant(held)
    if isinstance(fresh, bool) or isinstance(held, bool):
        return fresh is held
    if isinstance(fresh, int | float | Decimal) and isinstance(held, int | float | Decimal):
        return _near(fresh, held)
    if isinstance(fresh, str):
        return fresh.replace("\x00", "") == held or _same_text(fresh, held)
    if isinstance(held, str):  # a column of JSON, or of several types
        try:
            return same(fresh, loads(held.encode()).value)
        except ValueError:
            return False
    return _same_inside(fresh, held)


def _same_inside(fresh: Any, held: Any) -> bool:
    if isinstance(fresh, dict) and isinstance(held, dict):
        return fresh.keys() == held.keys() and all(same(it, held[key]) for key, it in fresh.items())
    if isinstance(fresh, list) and isinstance(held, list):
        return len(fresh) == len(held) and all(map(same, fresh, held))
    return False


def _same_text(fresh: str, held: Any) -> bool:
    """Return whether a text stands as it is, or as its JSON, as in a column of several types."""
    if not isinstance(held, str):
        return False
    if held.startswith('"'):
        try:
            return bool(loads(held.encode()).value == fresh)
        except ValueError:
            return False
    return fresh == held


def _near(fresh: float | Decimal, held: float | Decimal) -> bool:
    if fresh == held:
        return True
    return abs(Decimal(repr(fresh)) - Decimal(str(held))) < _NINE_DECIMALS


def _instant(value: Any) -> datetime | None:
    """Return a time in UTC to the microsecond; None for what is not one."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None
