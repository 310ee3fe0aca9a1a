"""Positions in lists, compared or not, and below their records.

Pure. Owns their JSON, and reads that of older versions and connectors.
Rests on docs/facts/zendesk-api.md#2.1 and #2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .digests import Digests
from .known_keys import KNOWN, KnownKeys
from .legacy import read_until_by_parent
from .position import AFTER_CURSOR, PAGE, SEEN, OpenList, Position, marks_to_json, published_time
from .times import format_time
from .values import (
    marks_in,
    object_in,
    optional_time_in,
    text_in,
    time_in,
    unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys

DIGESTS = "digests"
OLDER_DIGESTS = "versions"  # of 6.0.0, in a longer form
SWEPT = "swept_at"
FLOORS = "read_until"  # by parent
PLACES = "exports"  # by parent
LISTED = "listed"  # of a parent


@dataclass(frozen=True, slots=True)
class Place:
    """Where the records of one parent stand.

    Attributes:
        at_s: The time of the last record of the export.
        after_cursor: Zendesk's own place in the export.
        listed: The cursor of the list that replaces the export, until the export has passed it.

    """

    at_s: int
    after_cursor: str | None
    listed: str | None = None


@dataclass(frozen=True, slots=True)
class ListPosition(Position):
    """In a list.

    Attributes:
        seen: Marks of the records of the last second, or later, that were delivered.
        open_list: The list itself, while it is not read to its end.
        known: The keys that the destination holds; None where they are not remembered.

    """

    OWN_KEYS: ClassVar[tuple[str, ...]] = (SEEN, PAGE, KNOWN)

    seen: frozenset[str] = frozenset()
    open_list: OpenList | None = None
    known: KnownKeys | None = None

    @property
    def resume_cursor(self) -> str | None:
        """The page to resume after."""
        return self.open_list.after_cursor if self.open_list else None

    def without_time(self) -> Self:
        """Return the start: marks mean nothing without their second."""
        return type(self)()

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the published key, the marks, the open page, and the keys."""
        page = {PAGE: self.open_list.to_json()} if self.open_list else {}
        return Position.to_json(self, stream) | marks_to_json(self.seen) | page | _known(self.known)

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        seen = marks_in(stream, SEEN, state.get(SEEN))
        open_list = OpenList.from_json(stream, state.get(PAGE))
        known = KnownKeys.from_json(stream, state.get(KNOWN))
        return cls(published_time(stream, state), seen, open_list, known)


@dataclass(frozen=True, slots=True)
class ComparedPosition(Position):
    """In a compared list, or below its records.

    Attributes:
        digests: What was delivered (digests.py), as text.
        swept_s: When all parents were last asked for their children.
        floors: Of parents that an older connector read, how far.
        places: Of parents with an export of their own, where it stands.
        open_list: The list itself, while it is not read to its end.
        known: The keys that the destination holds; None where they are not remembered.

    """

    OWN_KEYS: ClassVar[tuple[str, ...]] = (
        DIGESTS,
        OLDER_DIGESTS,
        SWEPT,
        FLOORS,
        PLACES,
        PAGE,
        KNOWN,
    )

    digests: str = ""
    swept_s: int | None = None
    floors: tuple[tuple[str, int], ...] = ()
    places: tuple[tuple[str, Place], ...] = ()
    open_list: OpenList | None = None
    known: KnownKeys | None = None

    @property
    def resume_cursor(self) -> str | None:
        """The page to resume after."""
        return self.open_list.after_cursor if self.open_list else None

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the published key, and all that is kept to compare with."""
        state = Position.to_json(self, stream)
        if self.digests:
            state[DIGESTS] = self.digests
        if self.swept_s is not None:
            state[SWEPT] = format_time(self.swept_s)
        if self.floors:
            state[FLOORS] = {parent: format_time(at_s) for parent, at_s in self.floors}
        if self.places:
            state[PLACES] = {
                parent: {"at": format_time(place.at_s)}
                | ({AFTER_CURSOR: place.after_cursor} if place.after_cursor else {})
                | ({LISTED: place.listed} if place.listed else {})
                for parent, place in self.places
            }
        page = {PAGE: self.open_list.to_json()} if self.open_list else {}
        return state | page | _known(self.known)

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        return cls(
            published_time(stream, state),
            _digests(stream, state),
            optional_time_in(stream, SWEPT, state.get(SWEPT)),
            _floors(stream, state.get(FLOORS)),
            _places(stream, state.get(PLACES)),
            OpenList.from_json(stream, state.get(PAGE)),
            KnownKeys.from_json(stream, state.get(KNOWN)),
        )

    @classmethod
    def migrate(cls, stream: StateKeys, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state of an older version or connector; one by parent gives their floors."""
        at_s, floors = read_until_by_parent(stream, state)
        if floors:
            state = {**state, FLOORS: {parent: format_time(it) for parent, it in floors}}
        return cls._migrated(stream, state, at_s)


def _digests(stream: StateKeys, state: Mapping[str, Any]) -> str:
    key = DIGESTS if state.get(DIGESTS) else OLDER_DIGESTS
    text = text_in(stream, key, state.get(key)) or ""
    try:
        return (Digests(text) if key == DIGESTS else Digests.of_6_0_0(text)).text
    except ValueError:
        raise unreadable(stream, key, "its value was not written by this connector") from None


def _floors(stream: StateKeys, value: Any) -> tuple[tuple[str, int], ...]:
    floors = object_in(stream, FLOORS, value)
    return tuple(sorted((key, time_in(stream, FLOORS, at)) for key, at in floors.items()))


def _places(stream: StateKeys, value: Any) -> tuple[tuple[str, Place], ...]:
    places = []
    for parent, place in sorted(object_in(stream, PLACES, value).items()):
        inner = object_in(stream, PLACES, place)
        at_s = time_in(stream, f"{PLACES}.at", inner.get("at"))
        cursor = text_in(stream, f"{PLACES}.{AFTER_CURSOR}", inner.get(AFTER_CURSOR))
        listed = text_in(stream, f"{PLACES}.{LISTED}", inner.get(LISTED))
        places.append((parent, Place(at_s, cursor, listed)))
    return tuple(places)


def _known(keys: KnownKeys | None) -> dict[str, Any]:
    return {KNOWN: keys.to_json()} if keys else {}
