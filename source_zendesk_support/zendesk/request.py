"""One request: what is asked, in which size of page, and how its tries have gone so far.

Plain values; sends nothing and waits for nothing. Rests on
https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#1.4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    # Query parameters; one with several values is sent as often.
    Params = Mapping[str, str | Sequence[str]]

# A smaller page is tried at twice its size after so many good ones; each time that fails, which
# costs a minute until Zendesk gives up, twice as many are asked for.
GROW_AFTER_PAGES = 5
GROW_AFTER_PAGES_MOST = 320


@dataclass(slots=True)
class PageSize:
    """The size a walk asks for. Shrinks when Zendesk cannot serve it, and grows again with time."""

    param: str  # "per_page" or "page[size]"
    value: int
    largest: int = field(init=False)
    _good: int = field(default=0, init=False)
    _grow_after: int = field(default=GROW_AFTER_PAGES, init=False)
    _has_grown: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.largest = self.value

    def shrink(self) -> None:
        """Halve it, down to one record."""
        if self._has_grown and self._good == 0:
            self._grow_after = min(2 * self._grow_after, GROW_AFTER_PAGES_MOST)
        self.value, self._good, self._has_grown = max(1, self.value // 2), 0, False

    def served(self) -> None:
        """A page of this size has come."""
        self._good += 1

    def grow_if_due(self) -> None:
        """Double it after enough good pages. Before a request: `value` is what was last asked."""
        if self.value < self.largest and self._good >= self._grow_after:
            self.value = min(self.largest, 2 * self.value)
            self._good, self._has_grown = 0, True


@dataclass(slots=True)
class Attempt:
    """The tries of one request so far."""

    path: str
    params: Params
    size: PageSize | None
    header: str = field(default="", repr=False)
    renewed: bool = False
    faults: int = 0
    failing_since: float | None = None
    throttled_since: float | None = None
    was_noticed: bool = False  # its wait was long enough for the log

    def start_patience_again(self) -> None:
        """A smaller page is another request: each 504 takes a minute, and there may be ten."""
        self.faults, self.failing_since = 0, None
