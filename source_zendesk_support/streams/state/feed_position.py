"""Where a stream of the feed of side conversation events stands, and its JSON.

Pure. The published key and the keys of an export keep their meaning: where the export of tickets
resumes, while tickets are still to be asked one by one. `feed` is the place in the feed itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .export_position import ExportPosition
from .position import MOST_SEEN
from .times import format_time
from .values import marks_in, object_in, optional_time_in, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys

FEED = "feed"
_AT, _SEEN, _FIRST, _SHORT = "at", "seen", "first_at", "is_short"


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """A place in the feed.

    Attributes:
        at_s: The second of the last event that was read.
        seen: Marks of the events of that second that were delivered.
        first_s: The time of the first event of all, while the feed is read for the first time.
        is_short: Whether the feed begins later than the history: tickets are to be asked.

    """

    at_s: int
    seen: frozenset[str] = frozenset()
    first_s: int | None = None
    is_short: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds under `feed`."""
        place: dict[str, Any] = {_AT: format_time(self.at_s)}
        if 0 < len(self.seen) <= MOST_SEEN:
            place[_SEEN] = sorted(self.seen)
        if self.first_s is not None:
            place[_FIRST] = format_time(self.first_s)
        return place | ({_SHORT: True} if self.is_short else {})

    @classmethod
    def from_json(cls, stream: StateKeys, value: Any) -> Self | None:
        """Return what a state holds under `feed`; None without it."""
        if value is None:
            return None
        place = object_in(stream, FEED, value)
        return cls(
            time_in(stream, f"{FEED}.{_AT}", place.get(_AT)),
            marks_in(stream, f"{FEED}.{_SEEN}", place.get(_SEEN)),
            optional_time_in(stream, f"{FEED}.{_FIRST}", place.get(_FIRST)),
            place.get(_SHORT) is True,
        )


@dataclass(frozen=True, slots=True)
class FeedPosition(ExportPosition):
    """In the feed, or below the tickets of the export where the feed does not serve.

    Attributes:
        feed: The place in the feed; None while it has not served.

    """

    OWN_KEYS: ClassVar[tuple[str, ...]] = (*ExportPosition.OWN_KEYS, FEED)

    feed: FeedPlace | None = None

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the place in the export, and that in the feed."""
        feed = {FEED: self.feed.to_json()} if self.feed else {}
        return ExportPosition.to_json(self, stream) | feed

    def without_time(self) -> Self:
        """Return what is left of the position when its time cannot be right."""
        return replace(self, at_s=None, within=None, feed=None)

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        place = super(FeedPosition, cls).from_json(stream, state)
        return replace(place, feed=FeedPlace.from_json(stream, state.get(FEED)))
