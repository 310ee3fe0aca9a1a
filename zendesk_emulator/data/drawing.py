"""Numbers drawn from a seed: the same seed and the same record give the same numbers.

A draw mixes the seed with the identity of a record and spends the result digit by digit. This
costs a tenth of seeding `random.Random` once per record.
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
# splitmix64, Steele, Lea and Flood 2014: its increment and its two multipliers
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Draw:
    """A stream of choices, fixed by `seeds`."""

    __slots__ = ("_state",)

    def __init__(self, *seeds: int) -> None:
        self._state = 0
        for seed in seeds:
            self._state = (self._next() ^ seed) & _MASK
        self._next()

    def _next(self) -> int:
        self._state = (self._state + _STEP) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, limit: int) -> int:
        """0 <= n < limit."""
        return self._next() % limit

    def between(self, low: int, high: int) -> int:
        """Low <= n <= high; low when the range is empty."""
        return low + self._next() % (high - low + 1) if high > low else low

    def chance(self, percent: int) -> bool:
        return self._next() % 100 < percent

    def of(self, options: Sequence[T]) -> T:
        return options[self._next() % len(options)]

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """Up to `most` neighbours out of the options, without repetition."""
        first = self._next() % len(options)
        count = self._next() % (min(most, len(options)) + 1)
        return [options[(first + n) % len(options)] for n in range(count)]
