"""Side conversations, conversations and ratings of deleted tickets: they go, and come back.

No page of these streams says that a ticket is deleted. The end of a run reads Zendesk's list of
deleted tickets. It also asks whether one of those that were gone is shown again. Records of a gone
ticket are held back meanwhile. Never takes a refusal, or a ticket that is not shown, for a
deletion. Moves no position. Rests on docs/deletions.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.gone_tickets import GONE
from source_zendesk_support.zendesk.errors import ConnectorError, RecordRefused, StreamRefused

from .deleted_tickets import DAY_S, LISTED_S, shown_again
from .list_pages import list_pages
from .of_tickets import TOO_MANY_SENTENCE, KeysOfTickets
from .record_paths import list_record_path, path_id
from .requests import child_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.gone_tickets import GoneTickets

_CUT = "times that rows of deleted tickets were too many to be kept: if restored, reset the stream"


class KeysOfListedTickets(KeysOfTickets):
    """The keys of one stream below its tickets, where Zendesk's list says which are deleted."""

    @property
    def _gone_tickets(self) -> GoneTickets:
        return self._context.gone_tickets[self._stream.name]

    def _noted(self, result: PageResult) -> PageResult:
        """Remember the keys of a page; return the page."""
        for ticket, keys in result.below.get(self._stream.name, {}).items():
            self._memory.meet(keys, ticket)
        return result

    def _gone(self) -> list[Record]:
        """Return the tombstones of rows whose ticket is deleted, and the rows of restored ones."""
        gone, now_s = self._gone_tickets, self._context.client.zendesk_s()
        deleted: Mapping[str, int] = {}
        if self._memory.is_full:
            self._note(TOO_MANY_SENTENCE)
        else:
            deleted = self._deleted_lately(now_s)
        records = [it for ticket, at_s in deleted.items() for it in self._go(ticket, at_s, now_s)]
        records += self._come_back([it for it in gone.tickets() if it not in deleted])
        gone.forget_before(now_s - LISTED_S - DAY_S)
        if gone.is_cut:
            self._note(_CUT)
        return records

    def _go(self, ticket: str, deleted_s: int, now_s: int) -> Iterator[Record]:
        """Yield the tombstones of the rows of a deleted ticket, and remember that they are gone.

        One that was restored and deleted again can come back from its last deletion on.
        """
        memory, gone = self._memory, self._gone_tickets
        make, keys = self._context.tombstones[self._stream.name], memory.keys_of(ticket)
        if not keys and ticket not in gone:
            return
        memory.forget(ticket, keys)
        gone.add(ticket, keys | gone.keys_of(ticket), deleted_s)
        for key in keys:
            yield make(key, now_s, ticket)

    def _come_back(self, gone: list[str]) -> list[Record]:
        """Return the rows of tickets that are shown again. After a fault the next sync asks."""
        found: list[Record] = []
        try:
            for ticket in shown_again(self._context, [it for it in gone if it.isdecimal()]):
                key = path_id(ticket.get("id"))
                rows = self._rows_of(ticket, key)
                if rows is None:
                    continue
                self._gone_tickets.forget(key)
                found += self._met(rows)
        except ConnectorError as error:
            self._note(f"searches for restored tickets that were cut short: {error.what}")
        return found

    def _rows_of(self, ticket: Record, key: str) -> list[Record] | None:
        """Return the rows of a ticket as Zendesk shows them; None where it refuses to."""
        context, level = self._context, self._stream.children
        try:
            if level is None:
                return [it for each in self._gone_tickets.keys_of(key) for it in self._one(each)]
            labels = {name: ticket.get(field) for name, field in level.labels.items()}
            request = child_request(context, level, level.path.format(parent=key))
            pages = list_pages(context.client, context.now_s, request)
            return [{**item, **labels} for page in pages for item in page.items]
        except (StreamRefused, RecordRefused):
            return None

    def _one(self, key: int | str) -> Iterator[Record]:
        """Yield the record of a key, unless Zendesk does not have it any more."""
        resource = self._run.resource
        single = resource.key.removesuffix("s")
        try:
            page = self._context.client.get(
                list_record_path(resource, key), {}, expects=single, expected_type=dict
            )
        except StreamRefused as refused:
            if not refused.is_about_a_record:
                raise
            return
        yield page.body[single]

    def _with_keys(self, state: dict[str, Any]) -> dict[str, Any]:
        gone = self._gone_tickets.to_json()
        return super()._with_keys({**state, GONE: gone} if gone else state)


def with_keys_of_tickets(
    context: WalkContext, run: WalkRun, results: Iterator[PageResult]
) -> Iterator[PageResult]:
    """Return the results of a run, with what becomes of rows whose ticket was deleted."""
    for stream in run.members:
        memory = context.of_tickets.get(stream.name)
        if memory is not None:
            kind = KeysOfListedTickets if stream.name in context.gone_tickets else KeysOfTickets
            results = kind(context, run, stream, memory).follow(results)
    return results
