"""When streams of a compared list print their states on the way.

A state holds all that its stream has to compare with, and replaces the one before. Printed with
each page, the states of a sync would grow with the square of the list. Owns the bound on their
bytes, and so on what comes again after a crash. Knows no position and prints nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.resource import LIST_PAGE
from source_zendesk_support.zendesk.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

# Bytes of STATE that a delivered record or an answer with children allows: less than it has itself.
# A state has 20 bytes a key at most (digests.py, known_keys.py). So a crash repeats a tenth of the
# records of the streams. Those with fewer than 1,000 keys print one with a full page.
ALLOWED_BYTES = 200
# Bytes that a full page of a list allows.
SMALL_BYTES = LIST_PAGE * ALLOWED_BYTES
# After this time states are printed whatever their size. A platform waits three hours for a sign of
# life (metadata.yaml). A crash is to cost an hour at most.
LONGEST_S = 3600


class Checkpoints:
    """The states of streams that print them together, so that they resume together.

    They are printed when the reading since the last time allows the bytes that were printed then.
    So the bytes of all states of a run have a bound. It is ALLOWED_BYTES for each record and
    answer, the states of two times, and those of one time an hour.
    """

    def __init__(self, states: Iterable[tuple[str, Mapping[str, Any]]], now_s: int) -> None:
        """`states`: where the streams begin. They count as printed."""
        self._sizes: dict[str, int] = {}
        self.printed(states, now_s)

    def printed(self, states: Iterable[tuple[str, Mapping[str, Any]]], now_s: int) -> None:
        """Begin anew after these states."""
        self._sizes |= {name: len(dumps(state)) for name, state in states}
        self._printed_s = now_s
        self._since = 0

    def note(self, count: int) -> None:
        """Count delivered records, or answers with children, that no printed state covers."""
        self._since += count

    @property
    def are_behind(self) -> bool:
        """Whether something was read that no printed state covers."""
        return self._since > 0

    def are_due(self, now_s: int) -> bool:
        """Return whether the states are to be printed. Without news there is nothing to print."""
        is_allowed = self._since * ALLOWED_BYTES >= sum(self._sizes.values())
        return self.are_behind and (is_allowed or now_s - self._printed_s >= LONGEST_S)

    def are_due_or_small(self, now_s: int) -> bool:
        """Return whether the states are to be printed, as small ones are with each page."""
        return self.are_due(now_s) or sum(self._sizes.values()) <= SMALL_BYTES
