"""Where the engine `lists` stands in a stream whose other engine is an export.

Pure. A state holds both: the published key says from where an export loses nothing, and `lists`
where the lists stand. A state that an export has written has no `lists`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from .id_set import ids_of_text
from .times import format_time
from .values import object_in, optional_time_in, text_in, time_in, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys

LISTS = "lists"
# The time of a record in a list may lie so far behind that of an export.
HOUR_S = 3600
# Rechecks with deletions that a state keeps apart. Those before are taken together.
MOST_GONE = 100
# Events delivered since the last recheck, at five bytes an id. Beyond that a switch repeats them.
MOST_SHOWN = 20_000
# Tickets whose SLA comes due soonest. A recheck finds what is beyond them; so many are 40 KB.
MOST_DUE = 2000


@dataclass(frozen=True, slots=True)
class Sweep:
    """A look at records by the time of their creation, newest first, that is under way.

    Attributes:
        kind: What is looked for.
        started_s: When it began, by Zendesk's clock.
        from_s: The oldest creation that is looked at.
        until_s: Everything created from here on was looked at.
        seen: What was looked at of the second before that (id_set.py).

    """

    kind: str
    started_s: int
    from_s: int
    until_s: int
    seen: str = ""

    @property
    def ended(self) -> Self:
        """The sweep with nothing left to look at."""
        return replace(self, until_s=self.from_s, seen="")

    def over(self, kind: str, from_s: int, until_s: int) -> Self:
        """Return a sweep over other creations that began at the same time."""
        return replace(self, kind=kind, from_s=from_s, until_s=until_s, seen="")

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds under `lists.sweep`."""
        state = {
            "kind": self.kind,
            "started_at": format_time(self.started_s),
            "from": format_time(self.from_s),
            "until": format_time(self.until_s),
        }
        return state | {"seen": self.seen} if self.seen else state


@dataclass(frozen=True, slots=True)
class ListsPlace:
    """Where the lists of a stream stand.

    Attributes:
        at_s: The time of the last record that was read.
        record_id: Its id. Records behind the pair were not read.
        is_whole: Whether nothing older than the pair is left, the archive included.
        checked_s: When the last complete recheck began.
        shares: How many shares of the closed tickets were rechecked in this round.
        round_s: When this round of shares began.
        closed_s: When the last complete round began: silent changes of closed tickets are known up
            to then.
        sweep: A sweep that is under way.
        due: Tickets to ask again when their SLA comes due: the time and the id.
        alive: The tickets that were not closed, or the organizations that were there, when they
            were read last (id_set.py).
        shown: The events that were delivered since an hour before the last recheck.
        gone: Tickets that were deleted while lists were read, in pairs of a time and of ids
            (id_set.py): an export may have something of them after it. None: not all are known.
        deleted: The tickets that were deleted when that was read last (id_set.py). None: never.

    """

    at_s: int
    record_id: int | str = 0
    is_whole: bool = True
    checked_s: int | None = None
    shares: int = 0
    sweep: Sweep | None = None
    due: tuple[tuple[int, int], ...] = ()
    alive: str = ""
    shown: str = ""
    gone: tuple[tuple[int, str], ...] | None = ()
    round_s: int | None = None
    closed_s: int | None = None
    deleted: str | None = None

    def moved(self, **changes: Any) -> Self:
        """Return the place with some of its parts changed."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds under `lists`."""
        state: dict[str, Any] = {"at": format_time(self.at_s), "id": self.record_id}
        if not self.is_whole:
            state["archive"] = False
        if self.checked_s is not None:
            state["checked_at"] = format_time(self.checked_s)
        if self.shares:
            state["shares"] = self.shares
        for key, at_s in (("round_at", self.round_s), ("closed_at", self.closed_s)):
            if at_s is not None:
                state[key] = format_time(at_s)
        if self.sweep:
            state["sweep"] = self.sweep.to_json()
        if self.due:
            state["due"] = [[at_s, ticket_id] for at_s, ticket_id in self.due[:MOST_DUE]]
        if self.alive:
            state["alive"] = self.alive
        if self.shown:
            state["shown"] = self.shown
        if self.gone is None:
            state["gone"] = False
        elif self.gone:
            state["gone"] = [[format_time(since_s), ids] for since_s, ids in self.gone]
        if self.deleted is not None:
            state["deleted"] = self.deleted
        return state

    @classmethod
    def from_json(cls, stream: StateKeys, state: Any) -> Self | None:
        """Return what a state holds under `lists`; None without it."""
        if state is None:
            return None
        found = object_in(stream, LISTS, state)
        record_id = found.get("id")
        if isinstance(record_id, bool) or not isinstance(record_id, int | str):
            raise unreadable(stream, f"{LISTS}.id", "it is neither a number nor a text")
        return cls(
            at_s=time_in(stream, f"{LISTS}.at", found.get("at")),
            record_id=record_id,
            is_whole=found.get("archive") is not False,
            checked_s=optional_time_in(stream, f"{LISTS}.checked_at", found.get("checked_at")),
            shares=_count(stream, found.get("shares")),
            sweep=_sweep(stream, found.get("sweep")),
            due=_due(stream, found.get("due")),
            alive=_ids(stream, "alive", found.get("alive")),
            shown=_ids(stream, "shown", found.get("shown")),
            gone=_gone(stream, found.get("gone")),
            round_s=optional_time_in(stream, f"{LISTS}.round_at", found.get("round_at")),
            closed_s=optional_time_in(stream, f"{LISTS}.closed_at", found.get("closed_at")),
            deleted=_ids(stream, "deleted", found["deleted"]) if "deleted" in found else None,
        )


def _count(stream: StateKeys, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise unreadable(stream, f"{LISTS}.shares", "it is not a count")
    return value


def _sweep(stream: StateKeys, value: Any) -> Sweep | None:
    if value is None:
        return None
    name = f"{LISTS}.sweep"
    found = object_in(stream, name, value)
    kind = found.get("kind")
    if not isinstance(kind, str):
        raise unreadable(stream, f"{name}.kind", "it is not a text")
    return Sweep(
        kind,
        time_in(stream, f"{name}.started_at", found.get("started_at")),
        time_in(stream, f"{name}.from", found.get("from")),
        time_in(stream, f"{name}.until", found.get("until")),
        _ids(stream, "sweep.seen", found.get("seen")),
    )


def _ids(stream: StateKeys, key: str, value: Any) -> str:
    name = f"{LISTS}.{key}"
    text = "" if value == "" else text_in(stream, name, value) or ""
    try:
        ids_of_text(text)
    except ValueError:
        raise unreadable(stream, name, "it was not written by this connector") from None
    return text


def _gone(stream: StateKeys, value: Any) -> tuple[tuple[int, str], ...] | None:
    name = f"{LISTS}.gone"
    if value is False:
        return None
    pairs = [] if value is None else value
    if not isinstance(pairs, list) or not all(
        isinstance(it, list) and len(it) == 2 for it in pairs
    ):
        raise unreadable(stream, name, "it is not a list of pairs")
    return tuple((time_in(stream, name, at), _ids(stream, "gone", ids)) for at, ids in pairs)


def _due(stream: StateKeys, value: Any) -> tuple[tuple[int, int], ...]:
    pairs = value or []
    is_right = isinstance(pairs, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(type(part) is int for part in pair)
        for pair in pairs
    )
    if not is_right:
        raise unreadable(stream, f"{LISTS}.due", "it is not a list of pairs of numbers")
    return tuple((at_s, ticket_id) for at_s, ticket_id in pairs)


def with_due(place: ListsPlace, times: Mapping[int, int | None]) -> ListsPlace:
    """Return the place that knows when tickets are to be asked again; None: not at all."""
    pairs = [pair for pair in place.due if pair[1] not in times]
    pairs += [(at_s, ticket_id) for ticket_id, at_s in times.items() if at_s is not None]
    return replace(place, due=tuple(sorted(pairs)[:MOST_DUE]))
