"""The time in a ULID, the id of 26 characters that several of Zendesk's newer records have.

Pure. Another text has no time. Rests on docs/facts/zendesk-api.md#5.4 and, for the form, on
https://github.com/ulid/spec.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_DIGITS = {digit: value for value, digit in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
_LENGTH, _TIME = 26, 10  # characters, and those of them that are milliseconds


def time_of_ulid(value: Any) -> str | None:
    """Return the time of a ULID in ISO 8601, without its milliseconds; None for anything else."""
    if not isinstance(value, str) or len(value) != _LENGTH or not set(value) <= _DIGITS.keys():
        return None
    in_ms = 0
    for digit in value[:_TIME]:
        in_ms = in_ms * len(_DIGITS) + _DIGITS[digit]
    try:
        at = datetime.fromtimestamp(in_ms // 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None  # beyond the year 9999
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
