"""Comments, attachments and metrics of deleted tickets: they go with their ticket, and come back.

Owns the keys below each ticket in the states of such streams. Rows go at the end of a run, so that
what was restored in it was never gone; until then the state keeps them as going. Pages of exports
say which tickets are deleted; where lists are read, Zendesk's list of deleted tickets does. Moves
no position. Never takes a shorter list, or a refusal, for a deletion. Rests on docs/deletions.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.known_keys import MOST_KEYS
from source_zendesk_support.zendesk.errors import ConnectorError

from .audits import event_of
from .deleted_tickets import LISTED_S, OVERLAP_S, deleted_since, shown_again
from .delivery import delivered, transformed
from .record_paths import path_id
from .said_of_tickets import keys_of_tickets
from .sideloaded_keys import SideloadedKeys
from .skipped_audits import audits_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from source_zendesk_support.streams.model.result import PageResult, Record

# In the state of a stream with more keys than are kept: it keeps none until it is read anew.
TOO_MANY = "known_too_many"
TOO_MANY_SENTENCE = (
    f"rows of deleted tickets, as there are more than {MOST_KEYS:,} keys: a full refresh removes "
    "them"
)
_TOO_LATE = (
    "searches for deleted tickets more than 30 days after the one before: Zendesk lists no earlier "
    "deletions. A full refresh removes their rows"
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
            if not is_deleted:
                memory.unhide(memory.keys_of(ticket))
            elif not self._reads_lists:
                memory.hide(memory.keys_of(ticket))
        return self._with_records(result, restored) if restored else result

    def _restored(self, ticket: str) -> Sequence[Record]:
        """Return the rows of a restored ticket that have gone; metrics come with their ticket."""
        memory = self._memory
        if not self._run.resource.has_lives or memory.is_full or memory.keys_of(ticket):
            return []
        events = [event_of(audit) for audit in audits_of(self._context, ticket)]
        return self._met(events)

    def _met(self, items: list[Record]) -> Sequence[Record]:
        """Return what the stream delivers of items, and remember its keys."""
        found = transformed(self._context, self._stream, items, {})
        for group, keys in keys_of_tickets(self._stream, found).items():
            self._memory.meet(keys, group)
        return delivered(self._context, self._stream, found)

    def _with_records(self, result: PageResult, more: list[Record]) -> PageResult:
        name, files = self._stream.name, self._context.files
        records = tuple(
            (each, [*more, *found] if each == name else found) for each, found in result.records
        )
        if name not in result.files or not files:
            return replace(result, records=records)
        stored = [*files.fetch(self._stream, more), *result.files[name]]
        return replace(result, records=records, files={**result.files, name: stored})

    @property
    def _reads_lists(self) -> bool:
        """Whether lists are read: they show no deleted ticket, and old events behind new ones."""
        return self._context.engine.reads_lists(self._run.resource.path)

    def _gone(self) -> list[Record]:
        context, memory = self._context, self._memory
        if memory.is_full:
            self._note(TOO_MANY_SENTENCE)
            return []
        now_s, make = context.client.zendesk_s(), context.tombstones[self._stream.name]
        if self._reads_lists:
            for ticket in self._deleted_lately(now_s):
                memory.hide(memory.keys_of(ticket))
        gone = memory.forget_hidden()
        return [make(key, now_s, ticket) for ticket, keys in gone.items() for key in keys]

    def _deleted_lately(self, now_s: int) -> Mapping[str, int]:
        """Return when tickets were deleted that Zendesk lists as such, since the last sync."""
        memory, self._is_held = self._memory, True  # the time of this reading is to be kept
        checked_s = memory.checked_s
        since_s = 0 if checked_s is None else min(checked_s, now_s) - OVERLAP_S
        if 0 < since_s < now_s - LISTED_S:
            self._note(_TOO_LATE)
        found = deleted_since(self._context, since_s)
        if found.why_not:
            self._note(f"searches for deleted tickets that were cut short: {found.why_not}")
        gone = self._still_deleted(found.tickets)
        if found.is_whole and gone is not None:
            memory.checked_s = now_s
        return gone or {}

    def _still_deleted(self, tickets: Mapping[str, int]) -> Mapping[str, int] | None:
        """Return the listed tickets without those that were restored since the list was read.

        Those whose rows are to go are asked for once more. None without an answer: all wait.
        """
        going = [it for it in tickets if it.isdecimal() and self._memory.keys_of(it)]
        try:
            alive = {path_id(it.get("id")) for it in shown_again(self._context, going)}
        except ConnectorError as error:
            self._note(f"searches for deleted tickets that were cut short: {error.what}")
            return None
        return {ticket: at_s for ticket, at_s in tickets.items() if ticket not in alive}

    def _note(self, what: str) -> None:
        self._context.skipped.add(self._stream.name, what)

    def _with_keys(self, state: dict[str, Any]) -> dict[str, Any]:
        return {**state, TOO_MANY: True} if self._memory.is_full else super()._with_keys(state)
