"""Positions in exports by cursor and by time, and in the lists that replace them.

Pure. Owns their JSON, and how a position passes from one engine to the other.
Rests on docs/facts/zendesk-api.md#2.3 and docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .lists_place import LISTS, ListsPlace
from .position import AFTER_CURSOR, SEEN, Position, marks_to_json, published_time
from .times import format_time
from .values import (
    marks_in,
    object_in,
    optional_id_in,
    pair_in,
    text_in,
    texts_in,
    time_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys

REFUSED = "refused"  # keys of parents
WITHIN = "within"  # a page
WATCHED = "watched"  # by parent
OLDEST = "oldest_ticket"
SILENT = "silent_tickets"


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest children of a parent: their second, and the marks of those that were delivered."""

    at_s: int
    seen: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds of the parent."""
        return {"at": format_time(self.at_s)} | marks_to_json(self.seen)

    @classmethod
    def from_json(cls, stream: StateKeys, value: Any) -> Self:
        """Return what a state holds of a parent."""
        inner = object_in(stream, WATCHED, value)
        at_s = time_in(stream, f"{WATCHED}.at", inner.get("at"))
        return cls(at_s, marks_in(stream, f"{WATCHED}.{SEEN}", inner.get(SEEN)))


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
        return cls(published_time(stream, state), cursor, lists, tuple(refused), within, watched)


@dataclass(frozen=True, slots=True)
class TimePosition(Position):
    """In a time export, or in the lists that replace it.

    Attributes:
        seen: Marks of the records of the export's last second that were delivered.
        lists: The place in the lists. An export that takes over begins at `at_s`.
        oldest: Of ticket events whose lives are completed: the smallest id of a ticket that was
            created since the start. Two positions that differ in it alone are equal.
        silent: Of these: the cursor up to which the export of tickets was looked through for
            tickets without an event. Empty at the beginning of that export.

    """

    OWN_KEYS: ClassVar[tuple[str, ...]] = (SEEN, LISTS, OLDEST, SILENT)

    seen: frozenset[str] = frozenset()
    lists: ListsPlace | None = None
    oldest: int | None = field(default=None, compare=False)
    silent: str | None = None

    def without_time(self) -> Self:
        """Return the start: marks mean nothing without their second."""
        return type(self)()

    def to_json(self, stream: StateKeys) -> dict[str, Any]:
        """Return the published key, the marks, and the place in the lists."""
        own = marks_to_json(self.seen) | _lists(self.lists)
        if self.oldest is not None:
            own[OLDEST] = self.oldest
        if self.silent is not None:
            own[SILENT] = {AFTER_CURSOR: self.silent} if self.silent else {}
        return Position.to_json(self, stream) | own

    @classmethod
    def from_json(cls, stream: StateKeys, state: Mapping[str, Any]) -> Self:
        """Return the position that a state stands for."""
        seen = marks_in(stream, SEEN, state.get(SEEN))
        lists = ListsPlace.from_json(stream, state.get(LISTS))
        oldest = optional_id_in(stream, OLDEST, state.get(OLDEST))
        return cls(published_time(stream, state), seen, lists, oldest, _silent(stream, state))


def _silent(stream: StateKeys, state: Mapping[str, Any]) -> str | None:
    if state.get(SILENT) is None:
        return None
    held = object_in(stream, SILENT, state[SILENT])
    return text_in(stream, f"{SILENT}.{AFTER_CURSOR}", held.get(AFTER_CURSOR)) or ""


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
