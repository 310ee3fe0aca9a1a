"""The rows that went with deleted tickets, as a state keeps them until no ticket can come back.

Pure. Owns their JSON: by the day of the deletion, the keys below each ticket (known_keys.py).
Zendesk restores a ticket for 30 days (docs/facts/zendesk-api.md#2.3.7).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Self

from .known_keys import MOST_KEYS, groups_of_text, groups_to_text, key_of
from .values import object_in, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .keys import StateKeys
    from .known_keys import Groups, Key

GONE = "gone_with_tickets"


class GoneTickets:
    """The tickets that are deleted and whose rows have gone, with the keys of these rows.

    `is_cut`: there were more keys than are kept, and those of the earliest days were forgotten.
    """

    def __init__(self, days: dict[date, Groups] | None = None) -> None:
        """`days`: the keys by day and ticket."""
        self._days = days or {}
        self._day_of = {ticket: day for day, groups in self._days.items() for ticket in groups}
        self._count = sum(len(keys) for it in self._days.values() for keys in it.values())
        self.is_cut = False

    @classmethod
    def from_json(cls, stream: StateKeys, value: Any) -> Self:
        """Return what a state holds under `gone_with_tickets`."""
        if value is None:
            return cls()
        try:
            found = object_in(stream, GONE, value)
            return cls(
                {date.fromisoformat(day): groups_of_text(keys) for day, keys in found.items()}
            )
        except (TypeError, ValueError):
            why = "its value was not written by this connector"
            raise unreadable(stream, GONE, why) from None

    def to_json(self) -> dict[str, str]:
        """Return what a state holds; an empty object where no ticket is gone."""
        return {
            str(day): groups_to_text(groups) for day, groups in sorted(self._days.items()) if groups
        }

    def __contains__(self, ticket: str) -> bool:
        return ticket in self._day_of

    def tickets(self) -> list[str]:
        """Return the tickets."""
        return list(self._day_of)

    def keys_of(self, ticket: str) -> frozenset[Key]:
        """Return the keys of the rows that went with a ticket."""
        day = self._day_of.get(ticket)
        return frozenset(self._days[day][ticket]) if day else frozenset()

    def add(self, ticket: str, keys: Iterable[Key], deleted_s: int) -> None:
        """Remember the rows of a ticket that was deleted at a time."""
        self.forget(ticket)
        day = self._day_of[ticket] = datetime.fromtimestamp(deleted_s, UTC).date()
        held = self._days.setdefault(day, {})[ticket] = set(keys)
        self._count += len(held)
        self._bound()

    def hold(self, ticket: str, value: Any) -> None:
        """Remember a row that has come of a ticket that is gone."""
        key, day = key_of(value), self._day_of[ticket]
        held = self._days[day][ticket]
        if key is not None and key not in held:
            held.add(key)
            self._count += 1
            self._bound()

    def _bound(self) -> None:
        while self._count > MOST_KEYS:
            self.is_cut = True
            self._forget_day(min(self._days))

    def forget(self, ticket: str) -> None:
        """Forget a ticket, which was restored."""
        day = self._day_of.pop(ticket, None)
        if day is not None:
            self._count -= len(self._days[day].pop(ticket))

    def forget_before(self, at_s: int) -> None:
        """Forget the tickets that were deleted on an earlier day."""
        first = datetime.fromtimestamp(at_s, UTC).date()
        for day in [it for it in self._days if it < first]:
            self._forget_day(day)

    def _forget_day(self, day: date) -> None:
        for ticket, keys in self._days.pop(day).items():
            del self._day_of[ticket]
            self._count -= len(keys)
