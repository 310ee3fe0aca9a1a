"""How many records a sample of `verify` has: the default, and the bound of the option."""

from __future__ import annotations

DEFAULT_SAMPLE = 25
MOST_SAMPLE = 1000  # each may cost a request


def sample_size(text: str) -> int:
    """Return the number of an option. Raises ValueError for none, or for too many requests."""
    number = int(text)
    if not 1 <= number <= MOST_SAMPLE:
        raise ValueError
    return number
