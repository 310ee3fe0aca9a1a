"""One run of the engine `lists`: where it stands, and what each of its pages delivers.

Owns the place while it moves, and from where an export that takes over would lose nothing. That
time never passes what was not read, nor the last recheck: a silent change after it is unknown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.export_position import (
    TimePosition,
    in_lists,
    lists_of,
)
from source_zendesk_support.streams.state.id_set import ids_of_text, ids_to_text
from source_zendesk_support.streams.state.lists_place import HOUR_S, ListsPlace, Sweep

from .children import ChildReader
from .creation_sweep import whole_window
from .delivery import deliver
from .event_memory import ShownEvents
from .stream_read import reads_of
from .ticket_lives import TicketLives, oldest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.export_position import ExportPosition

    from .list_source import ListSource


class ListReading:
    """Where a run stands in the lists of a source."""

    def __init__(self, context: WalkContext, run: WalkRun, source: ListSource) -> None:
        self.context = context
        self.run = run
        self.children = ChildReader(context, run, reads_of(run))
        self._source = source
        self._old = run.position
        context.client.ask_time()
        self.place = lists_of(self._old) or self._begin()
        self.shown = ShownEvents(self.place.shown)
        self.alive = ids_of_text(self.place.alive)
        self._is_noted = True
        self.lives = None
        if run.resource.has_lives and isinstance(self._old, TimePosition):
            self.lives = TicketLives(context, run, self._old.oldest)

    def _begin(self) -> ListsPlace:
        """Return the place where the lists take over from an export, or where all begins.

        An export is in the order of another time, which may lie behind that of the list.
        """
        at_s, now_s = self._old.at_s, self.context.client.zendesk_s()
        recent_s = self._source.recent_s
        if at_s is None:
            checked_s = now_s if self._source.first_is_check else None
            return ListsPlace(
                self.run.start.sent_s,
                is_whole=recent_s is None,
                checked_s=checked_s,
                closed_s=checked_s,
            )
        is_whole = recent_s is None or at_s >= now_s - recent_s
        return ListsPlace(max(0, at_s - HOUR_S), is_whole=is_whole)

    def move(self, **changes: Any) -> None:
        """Move the place."""
        self.place = self.place.moved(**changes)

    def note_alive(self, record_id: int, *, is_alive: bool) -> None:
        """Note whether a ticket is not closed, or an organization is there."""
        if is_alive != (record_id in self.alive):
            self._is_noted = False
            (self.alive.add if is_alive else self.alive.discard)(record_id)

    @property
    def exported_s(self) -> int | None:
        """Where the export stood, until the first recheck after it; else None."""
        return self._old.at_s if self.place.checked_s is None else None

    def begin_sweep(self, kind: str) -> Sweep:
        """Return the sweep of this kind that is under way, or a new one over all creations."""
        sweep = self.place.sweep
        if sweep is None or sweep.kind != kind:
            now_s = self.context.client.zendesk_s()
            whole = whole_window(now_s + 1)
            sweep = Sweep(kind, now_s, whole.from_s, whole.until_s)
            self.move(sweep=sweep)
        return sweep

    @property
    def is_check_due(self) -> bool:
        """Whether a recheck is under way, or the last one is too long ago."""
        if self.place.sweep is not None or self.place.checked_s is None:
            return True
        now_s = self.context.client.zendesk_s()
        return now_s - self.place.checked_s >= self.context.recheck_s

    @property
    def deleted_since_s(self) -> int:
        """From when on deletions are to be delivered.

        A deletion that an export has delivered is not repeated: it had all fields, a list has few.
        """
        if self.place.checked_s is not None:
            return self.place.checked_s - HOUR_S
        at_s = self._old.at_s
        return self.run.start.sent_s if at_s is None else at_s + 1

    @property
    def sure_s(self) -> int:
        """Up to when everything was delivered: an hour before the last recheck."""
        if self.place.checked_s is not None:
            return max(0, self.place.checked_s - HOUR_S)
        at_s = self._old.at_s
        return self.run.start.sent_s if at_s is None else max(0, at_s - HOUR_S)

    def position(self) -> ExportPosition | TimePosition:
        """Return the position for the state."""
        self.place = self.place.moved(shown=self.shown.text)
        if not self._is_noted:
            self.place = self.place.moved(alive=ids_to_text(self.alive))
            self._is_noted = True
        position = in_lists(self._old, self._safe_s(), self.place)
        if isinstance(position, TimePosition) and isinstance(self._old, TimePosition):
            oldest = oldest_of(self.context, self.lives)
            return replace(position, oldest=oldest, silent=self._old.silent)
        return position

    def _safe_s(self) -> int:
        """Return from where an export loses nothing: where the last one stood, or a recheck.

        It is the published key too, from which the published connector goes back to exports.
        """
        place = self.place
        before_s = self.run.start.sent_s if self._old.at_s is None else self._old.at_s
        is_known = place.is_whole and self._source.is_complete and place.gone is not None
        checked_s = place.closed_s if self._source.rounds_count else place.checked_s
        if not is_known or checked_s is None:
            return before_s
        missing_s = [since_s for since_s, _ in place.gone or ()]
        return min(place.at_s, checked_s, *missing_s)

    def completed(self, items: list[Record]) -> list[Record]:
        """Return items, with what happened earlier to tickets that are met for the first time."""
        return self.lives.completed(items) if self.lives else items

    def deliver(self, items: list[Record], body: Mapping[str, Any]) -> PageResult:
        """Return what the streams take from items, and the states."""
        return deliver(self.context, self.run, items, body, self.position())

    def checkpoint(self) -> Iterator[PageResult]:
        """Yield the states alone, those of child streams included."""
        yield self.deliver([], {})
        if self.children.is_wanted:
            yield self.children.states_at(self.position())

    def below(self, parents: list[Record]) -> Iterator[PageResult]:
        """Yield what child streams have below records."""
        if self.children.is_wanted:
            yield from self.children.read(parents)
