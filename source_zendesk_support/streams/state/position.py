"""Where a stream stands: one versioned type for each kind of walk, and its JSON.

Pure. A position is the value that a run begins from and ends with. `migrate` turns the JSON of
older versions and of older connectors into that of today; `from_json` reads today's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .digests import Digests
from .known_keys import KNOWN, KnownKeys
from .legacy import read_until, read_until_by_parent
from .lists_place import LISTS, ListsPlace
from .times import MILLISECONDS_FROM, SMALLEST_EPOCH_S, format_time
from .values import (
    marks_in,
    object_in,
    optional_time_in,
    pair_in,
    text_in,
    texts_in,
    time_in,
    unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys

AFTER_CURSOR = "after_cursor"
SEEN = "seen"
PAGE = "page"
DIGESTS = "digests"
OLDER_DIGESTS = "versions"  # of 6.0.0, in a longer form
SWEPT = "swept_at"
FLOORS = "read_until"  # by parent
PLACES = "exports"  # by parent
LISTED = "listed"  # of a parent
REFUSED = "refused"  # keys of parents
WITHIN = "within"  # a page
WATCHED = "watched"  # by parent
# More records than this in one second are not remembered: they are delivered again instead, which
# upserting by key absorbs, while a state of this many marks is still below 50 KB.
MOST_SEEN = 2000


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that was not read to its end: the page to resume after, and what was met so far."""

    after_cursor: str
    started_s: int
    newest_s: int | None
    seen: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds under `page`."""
        page: dict[str, Any] = {
            AFTER_CURSOR: self.after_cursor,
            "started_at": format_time(self.started_s),
        }
        if self.newest_s is not None:
            page["newest_at"] = format_time(self.newest_s)
        return page | _marks(self.seen)

    @classmethod
    def from_json(cls, stream: StateKeys, page: Any) -> Self | None:
        """Return what a state holds under `page`; None without it."""
        if page is None:
            return None
        page = object_in(stream, PAGE, page)
        cursor = text_in(stream, f"{PAGE}.{AFTER_CURSOR}", page.get(AFTER_CURSOR))
        if cursor is None:
            raise unreadable(stream, f"{PAGE}.{AFTER_CURSOR}", "it is missing")
        return cls(
            cursor,
            time_in(stream, f"{PAGE}.started_at", page.get("started_at")),
            optional_time_in(stream, f"{PAGE}.newest_at", page.get("newest_at")),
            marks_in(stream, f"{PAGE}.{SEEN}", page.get(SEEN)),
        )


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
class Newest:
    """The newest children of a parent: their second, and the marks of those that were delivered."""

    at_s: int
    seen: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds of the parent."""
        return {"at": format_time(self.at_s)} | _marks(self.seen)

    @classmethod
    def from_json(cls, stream: StateKeys, value: Any) -> Self:
        """Return what a state holds of a parent."""
        inner = object_in(stream, WATCHED, value)
        at_s = time_in(stream, f"{WATCHED}.at", inner.get("at"))
        return cls(at_s, marks_in(stream, f"{WATCHED}.{SEEN}", inner.get(SEEN)))


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream stands. `at_s`: epoch seconds up to which everything was read."""

    VERSION: ClassVar[int] = 1
    OWN_KEYS: ClassVar[tuple[str, ...]] = ()  # beside the published key

    at_s: int | None = None

    @property
    def is_start(self) -> bool:
        """Whether nothing was read yet."""
        return self == type(self)()

    @property
    def is_time_alone(self) -> bool:
        """Whether a user may have written it: a time, and nothing that only a sync knows."""
        return self == type(self)(self.at_s)

    @property
    def resume_cursor(self) -> str | None:
        """The cursor of Zendesk's after which reading resumes, if it stopped at one."""
        return None

    def without_time(self) -> Self:
        """Return what is left of the position when its time cannot be right."""
        return replace(self, at_s=None)

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the published key with its value, and what else is to be kept."""
        if not stream.cursor_field or self.at_s is None:
            return {}
        # Other numbers would be read as milliseconds, or as an epoch that lacks digits.
        is_epoch = stream.state_is_epoch and SMALLEST_EPOCH_S <= self.at_s < MILLISECONDS_FROM
        return {stream.cursor_field: str(self.at_s) if is_epoch else format_time(self.at_s)}

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state of this version stands for."""
        return cls(_published(stream, state))

    @classmethod
    def migrate(cls, stream: StateKeys, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state of an older version or connector in the form of this version.

        What 6.0.0 wrote had this form already, without the version.
        """
        at_s = read_until(stream, state)
        return cls._migrated(stream, state, at_s)

    @classmethod
    def _migrated(
        cls, stream: StateKeys, state: Mapping[str, Any], at_s: int | None
    ) -> dict[str, Any]:
        own = {key: state[key] for key in cls.OWN_KEYS if state.get(key) is not None}
        says_something = any(value not in ({}, []) for key, value in own.items() if key != SEEN)
        if at_s is None and not says_something:
            known = [stream.cursor_field, *stream.older_keys] if stream.cursor_field else [PAGE]
            raise unreadable(stream, ", ".join(state), f"none of the keys {known} is in it")
        return Position(at_s).to_json(stream) | own


def _published(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    if not stream.cursor_field:
        return None
    at_s = optional_time_in(stream, stream.cursor_field, state.get(stream.cursor_field))
    # A failed first sync of the published connector left "0" behind
    # (docs/facts/published-connector.md#6.1).
    return at_s or None


def _marks(seen: frozenset[str]) -> dict[str, Any]:
    return {SEEN: sorted(seen)} if 0 < len(seen) <= MOST_SEEN else {}


@dataclass(frozen=True, slots=True)
class ExportPosition(Position):
    """In a cursor export, or in the lists that replace it.

    Attributes:
        after_cursor: Zendesk's own place in the export.
        lists: The place in the lists. An export that takes over begins at `at_s`.
        refused: Keys of parents that Zendesk refused, to be asked again.
        within: Time and id of the last parent whose children were read, on the page that follows.
        watched: Keys of parents to be asked again, and the newest children of each.

    """

    OWN_KEYS: ClassVar[tuple[str, ...]] = (AFTER_CURSOR, LISTS, REFUSED, WITHIN, WATCHED)

    after_cursor: str | None = None
    lists: ListsPlace | None = None
    refused: tuple[str, ...] = ()
    within: tuple[int, int] | None = None
    watched: tuple[tuple[str, Newest], ...] = ()

    @property
    def resume_cursor(self) -> str | None:
        """Zendesk's own place in the export."""
        return self.after_cursor

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the published key, the cursor, the lists, and what is known of parents."""
        cursor = {AFTER_CURSOR: self.after_cursor} if self.after_cursor else {}
        own: dict[str, Any] = {REFUSED: list(self.refused)} if self.refused else {}
        if self.within:
            own[WITHIN] = list(self.within)
        if self.watched:
            own[WATCHED] = {parent: newest.to_json() for parent, newest in self.watched}
        return Position.to_json(self, stream) | cursor | _lists(self.lists) | own

    def without_time(self) -> Self:
        """Return what is left of the position when its time cannot be right."""
        return replace(self, at_s=None, within=None)

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        cursor = text_in(stream, AFTER_CURSOR, state.get(AFTER_CURSOR))
        lists = ListsPlace.from_json(stream, state.get(LISTS))
        refused = texts_in(stream, REFUSED, state.get(REFUSED))
        within = pair_in(stream, WITHIN, state.get(WITHIN))
        watched = tuple(
            (parent, Newest.from_json(stream, newest))
            for parent, newest in sorted(object_in(stream, WATCHED, state.get(WATCHED)).items())
        )
        return cls(_published(stream, state), cursor, lists, tuple(refused), within, watched)


@dataclass(frozen=True, slots=True)
class TimePosition(Position):
    """In a time export, or in the lists that replace it.

    Attributes:
        seen: Marks of the records of the export's last second that were delivered.
        lists: The place in the lists. An export that takes over begins at `at_s`.

    """

    OWN_KEYS: ClassVar[tuple[str, ...]] = (SEEN, LISTS)

    seen: frozenset[str] = frozenset()
    lists: ListsPlace | None = None

    def without_time(self) -> Self:
        """Return the start: marks mean nothing without their second."""
        return type(self)()

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the published key, the marks, and the place in the lists."""
        return Position.to_json(self, stream) | _marks(self.seen) | _lists(self.lists)

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        seen = marks_in(stream, SEEN, state.get(SEEN))
        lists = ListsPlace.from_json(stream, state.get(LISTS))
        return cls(_published(stream, state), seen, lists)


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
        return Position.to_json(self, stream) | _marks(self.seen) | page | _known(self.known)

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        seen = marks_in(stream, SEEN, state.get(SEEN))
        open_list = OpenList.from_json(stream, state.get(PAGE))
        known = KnownKeys.from_json(stream, state.get(KNOWN))
        return cls(_published(stream, state), seen, open_list, known)


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
            _published(stream, state),
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


def _lists(place: ListsPlace | None) -> dict[str, Any]:
    return {LISTS: place.to_json()} if place else {}


def in_lists(old: Position, at_s: int | None, place: ListsPlace) -> ExportPosition | TimePosition:
    """Return a position in the lists; an export that takes over begins at `at_s`.

    Where that is where the export stood, it resumes exactly: behind the last record that it gave.
    """
    is_unmoved = at_s == old.at_s
    if isinstance(old, TimePosition):
        return TimePosition(at_s, old.seen if is_unmoved else frozenset(), place)
    return ExportPosition(at_s, old.resume_cursor if is_unmoved else None, place)


def beside_lists(position: Position, place: ListsPlace) -> Position:
    """Return a position of an export, with the place of lists that it has not yet reached."""
    assert isinstance(position, ExportPosition | TimePosition)
    has_passed = position.at_s is not None and position.at_s >= place.at_s
    return position if has_passed else replace(position, lists=place)


def lists_of(position: Position) -> ListsPlace | None:
    """Return the place in the lists; None where an export has written the position."""
    return position.lists if isinstance(position, ExportPosition | TimePosition) else None
