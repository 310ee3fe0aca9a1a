"""Lists that are newest first and go far back: read until a page has nothing new.

The order is read off the pages themselves, as no recorded answer of Zendesk shows it for certain.
Rests on https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.marks import time_of

from .lists import ListProgress, ListWalk, new_since_start

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.list_position import ListPosition


class _Falling(ListProgress):
    """A list whose times fall, as far as its pages have shown."""

    def __init__(self, run: WalkRun, *place: Any) -> None:
        super().__init__(run, *place)
        self._time_field = run.resource.item_time
        self._last_s: int | None = None
        self._falls = True

    def is_over(self, items: list[Record], news: list[Record]) -> bool:
        """Return whether all that follows is older still.

        A list that is oldest first must be read to its end. A list in another order may fall for a
        while by accident: such a list must not be walked this way.
        """
        times = [it for item in items if (it := time_of(item, self._time_field)) is not None]
        before = [] if self._last_s is None else [self._last_s]
        self._falls = self._falls and all(a >= b for a, b in pairwise(before + times))
        self._last_s = times[-1] if times else None
        if news or len(times) < 2:
            return False
        return self._falls and times[0] > times[-1]


@dataclass(frozen=True)
class NewestFirst(ListWalk):
    """Reads a list from its newest record to the first page that is wholly old."""

    label: ClassVar[str] = "list, newest first"
    progress: ClassVar[type[ListProgress]] = _Falling

    def since(self, run: WalkRun) -> ListPosition:
        """Return the position; without one, the start date leaves out what is older."""
        return new_since_start(run)
