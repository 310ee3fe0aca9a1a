"""Where the stream of engagements stands: in a list, and when all of it was last read.

Pure. Owns the JSON of this one kind of position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .list_position import SWEPT, ListPosition
from .times import format_time
from .values import optional_time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys


@dataclass(frozen=True, slots=True)
class EngagementPosition(ListPosition):
    """In the feed of engagements.

    Attributes:
        swept_s: When all engagements that Zendesk still had were last read.

    """

    OWN_KEYS: ClassVar[tuple[str, ...]] = (*ListPosition.OWN_KEYS, SWEPT)

    swept_s: int | None = None

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return what a list has, and when all was last read."""
        swept = {} if self.swept_s is None else {SWEPT: format_time(self.swept_s)}
        return ListPosition.to_json(self, stream) | swept

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        place = ListPosition.from_json(stream, state)
        swept_s = optional_time_in(stream, SWEPT, state.get(SWEPT))
        return cls(place.at_s, place.seen, place.open_list, place.known, swept_s)
