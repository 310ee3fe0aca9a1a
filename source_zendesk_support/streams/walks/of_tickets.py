"""Comments, attachments and metrics of deleted tickets: they go with their ticket, and come back.

Owns the keys below each ticket in the states of such streams. Rows go at the end of a run, so that
what was restored in it was never gone; until then the state keeps them as going. Moves no position.
Never takes a list that is shorter, or a refusal, for a deletion. Rests on docs/deletions.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.known_keys import MOST_KEYS

from .audits import event_of
from .delivery import delivered, transformed
from .said_of_tickets import keys_of_tickets
from .sideloaded_keys import SideloadedKeys
from .skipped_audits import audits_of

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.result import PageResult, Record

# In the state of a stream with more keys than are kept: it keeps none until it is read anew.
TOO_MANY = "known_too_many"
_TOO_MANY_SENTENCE = (
    f"rows of deleted tickets, as there are more than {MOST_KEYS:,} keys: a full refresh removes "
    "them"
)


class KeysOfTickets(SideloadedKeys):
    """The keys of one stream below its tickets, while a run reads it."""

    def _noted(self, result: PageResult) -> PageResult:
        name, memory = self._stream.name, self._memory
        restored: list[Record] = []
        for ticket, is_deleted in result.tickets.items():
            if not is_deleted:
                restored += self._restored(ticket)
        for ticket, keys in result.below.get(name, {}).items():
            memory.meet(keys, ticket)
        for ticket, is_deleted in result.tickets.items():
            if is_deleted:
                memory.hide(memory.keys_of(ticket))
            else:
                memory.unhide(memory.keys_of(ticket))
        return self._with_records(result, restored) if restored else result

    def _restored(self, ticket: str) -> list[Record]:
        """Return the rows of a restored ticket that have gone; metrics come with their ticket."""
        memory, context, stream = self._memory, self._context, self._stream
        if not self._run.resource.has_lives or memory.is_full or memory.keys_of(ticket):
            return []
        events = [event_of(audit) for audit in audits_of(context, ticket)]
        found = transformed(context, stream, events, {})
        for group, keys in keys_of_tickets(stream, found).items():
            memory.meet(keys, group)
        return delivered(context, stream, found)

    def _with_records(self, result: PageResult, more: list[Record]) -> PageResult:
        name, files = self._stream.name, self._context.files
        records = tuple(
            (each, [*more, *found] if each == name else found) for each, found in result.records
        )
        if name not in result.files or not files:
            return replace(result, records=records)
        stored = [*files.fetch(self._stream, more), *result.files[name]]
        return replace(result, records=records, files={**result.files, name: stored})

    def _gone(self) -> list[Record]:
        memory, name = self._memory, self._stream.name
        if memory.is_full:
            self._context.skipped.add(name, _TOO_MANY_SENTENCE, 1)
            return []
        now_s, make = self._context.client.zendesk_s(), self._context.tombstones[name]
        gone = memory.forget_hidden()
        return [make(key, now_s, ticket) for ticket, keys in gone.items() for key in keys]

    def _with_keys(self, state: dict[str, Any]) -> dict[str, Any]:
        return {**state, TOO_MANY: True} if self._memory.is_full else super()._with_keys(state)
