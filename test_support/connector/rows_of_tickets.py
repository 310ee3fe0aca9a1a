"""A connection whose records belong to tickets, and what its destination holds of each ticket.

Owns which streams hear of a deleted ticket from their pages, and which from Zendesk's list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.connector.in_memory import Syncs, rows_of, take
from test_support.connector.process import DELETED_AT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zendesk_emulator import Emulator

OF_PAGES = tuple(
    name for name, row in STREAMS.items() if row.follows_tickets and not row.needs_deleted_tickets
)
OF_LIST = tuple(name for name, row in STREAMS.items() if row.needs_deleted_tickets)
DAYS = 3650  # a rating that changes is found within its look-back
# Of a ticket: the keys of its rows, by stream.
Rows = dict[str, set[Any]]


class Connected:
    """A connection and its destination, after a first sync."""

    def __init__(self, emulator: Emulator, *names: str, **config: Any) -> None:
        self.emulator, self.names = emulator, names
        config = {"satisfaction_ratings_lookback_days": DAYS, "deletions": "tombstones", **config}
        self.syncs = Syncs(emulator, *names, **config)
        self.destination = self.syncs.destination()
        self.sync()

    def sync(self) -> set[tuple[str, Any]]:
        """Run a sync; return stream and key of each tombstone."""
        results = list(self.syncs.results(self.destination.state))
        take(self.destination, results)
        return {
            (name, record["id"])
            for result in results
            for name, records in result.records
            for record in records
            if record.get(DELETED_AT)
        }

    def below(self, ticket: int) -> Rows:
        """Return the keys that the destination holds of a ticket, by stream."""
        return {
            name: {row["id"] for row in self.destination.tables[name].values()
                   if row["ticket_id"] == ticket}
            for name in self.names
        }  # fmt: skip

    def with_rows(self, *names: str) -> int:
        """Return a ticket that has a row in each of the streams, and can be deleted."""
        return next(
            row_id for row_id, row in self.emulator.account.table("tickets").rows.items()
            if all(self.below(row_id)[name] for name in names)
            and not row.archived and row.status != "deleted"
        )  # fmt: skip

    def tickets(self) -> dict[int, Rows]:
        """Return a ticket with rows for each stream, and what is held of it."""
        return {it: self.below(it) for it in {self.with_rows(name) for name in self.names}}

    def expect_rows_of_live_tickets(self, **config: Any) -> None:
        """Expect what a first sync reads now of the tickets that are not deleted."""
        fresh = Connected(self.emulator, *self.names, **{"deletions": "off", **config})
        tickets = self.emulator.account.table("tickets").rows
        held, there = rows_of(self.destination), rows_of(fresh.destination)
        for name in self.names:
            found = held.get(name, {})
            alive = {
                key: row for key, row in there.get(name, {}).items()
                if tickets[row["ticket_id"]].status != "deleted"
            }  # fmt: skip
            extra = [row for key, row in found.items() if key not in alive]
            may = set(self.emulator.truth(name).may)
            assert all(row["id"] in may for row in extra), name
            assert all(tickets[row["ticket_id"]].status != "deleted" for row in extra), name
            assert {key: found.get(key) for key in alive} == alive, name


def pairs(held: dict[int, Rows]) -> set[tuple[str, Any]]:
    return {(name, key) for it in held.values() for name, keys in it.items() for key in keys}


def later(emulator: Emulator, kind: str, tickets: Iterable[int]) -> None:
    for ticket in tickets:
        emulator.change(kind, row_id=ticket)
    emulator.clock.advance(3600)
