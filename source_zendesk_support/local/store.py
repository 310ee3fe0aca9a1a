"""A database as a sync uses it, and the order of a write that all databases share.

Owns that one stream's failure does not cost the others: what cannot be written together is written
stream by stream, and a stream that fails keeps the state that covers its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from .pieces import Piece
    from .syncs import SyncRow
    from .tables import Table
    from .typed_rows import Stage, Staged

UNFIT = "_unfit_values"
AGAIN = "_read_again"
DIGESTS = "_digests"
UNFIT_COMMENT = "Values that did not fit their column, which is null there, by the record's key."


class Store(Protocol):
    """A schema of a database. Every change of it happens in a `transaction`."""

    stage: Stage
    drops_nul: bool  # it has no place for a NUL in a text

    def states(self) -> dict[str, Any]:
        """Return the state of each stream."""

    def digests(self) -> dict[str, str]:
        """Return what stands for the content of each table that was written whole."""

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make or change tables. A table that was not there is filled: its state goes."""

    def leftovers(self) -> list[str]:
        """Return the tables that failed loads of version 6.0.0 have left."""

    def drop_tables(self, names: Iterable[str]) -> None:
        """Drop tables."""

    def transaction(self) -> AbstractContextManager[Any]:
        """Return a transaction, rolled back by an exception."""

    def merge(self, staged: Staged) -> None:
        """Write the rows of a stream by key, and what did not fit beside."""

    def mark_children(self, tables: Iterable[Table]) -> None:
        """Delete and restore what belongs to tickets together with them."""

    def save_states(self, states: Mapping[str, Any], now: datetime) -> None:
        """Write the states of streams; None takes one away."""

    def save_digests(self, digests: Mapping[str, str]) -> None:
        """Keep what stands for the content of tables that were written whole."""

    def save_sync(self, row: SyncRow) -> None:
        """Keep what is known of a sync."""

    def read_again(self, streams: Iterable[str], since: datetime) -> None:
        """Note that streams are read from their beginning, and forget their states."""

    def finish(self, table: Table) -> None:
        """Delete the rows that a stream, read from its beginning to its end, no longer has."""

    def close(self) -> None:
        """Let other syncs in."""


@dataclass(slots=True)
class Writer:
    """Writes the pieces of a sync; `failed` holds the error of each stream that was given up.

    `digests` are those of the store. `unchanged` names the streams that came whole, as they were.
    """

    store: Store
    tables: Mapping[str, Table]
    now: Callable[[], datetime]
    warn: Callable[[str], None]
    failed: dict[str, Exception] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    unchanged: set[str] = field(default_factory=set)

    def write(self, piece: Piece) -> None:
        """Write a piece with its states, or as much of it as the database takes.

        Raises the database's error when it takes nothing of it.
        """
        staged = self._staged(piece)
        changed = {
            name: state
            for name, state in piece.states.items()
            if name not in self.failed and self.states.get(name) != state
        }
        ended = [name for name in sorted(piece.ended) if name not in self.failed]
        try:
            self._commit(staged, changed, ended)
        except Exception as error:
            names = sorted(staged.keys() | changed.keys() | set(ended))
            if len(names) < 2:
                raise
            self._commit_each(names, staged, changed, ended, error)
        self.states |= changed
        for it in staged.values():
            self.store.stage.drop(it)

    def _staged(self, piece: Piece) -> dict[str, Staged]:
        staged: dict[str, Staged] = {}
        for name, part in piece.parts.items():
            if name in self.failed or name not in self.tables:
                continue
            table, digest = self.tables[name], ""
            if part.replaces:
                digest = self.store.stage.digest(table, part)
                if self.digests.get(name) == digest:  # a small sync costs less than half
                    self.unchanged.add(name)
                    continue
            try:
                staged[name] = replace(self.store.stage.put(table, part, self.now()), digest=digest)
            except Exception as error:  # noqa: BLE001 - the others are written whatever happens
                self.failed[name] = error
                continue
            for unfit in staged[name].found:
                self.warn(str(unfit))
        return staged

    def _commit(
        self, staged: Mapping[str, Staged], states: Mapping[str, Any], ended: Iterable[str]
    ) -> None:
        with self.store.transaction():
            for it in staged.values():
                self.store.merge(it)
            for name in ended:
                self.store.finish(self.tables[name])
            if states:
                self.store.save_states(states, self.now())
            if digests := {name: it.digest for name, it in staged.items() if it.digest}:
                self.store.save_digests(digests)

    def _commit_each(
        self,
        names: list[str],
        staged: Mapping[str, Staged],
        states: Mapping[str, Any],
        ended: Iterable[str],
        whole: Exception,
    ) -> None:
        failed: dict[str, Exception] = {}
        for name in names:
            try:
                self._commit(
                    {name: staged[name]} if name in staged else {},
                    {name: states[name]} if name in states else {},
                    [name] if name in ended else [],
                )
            except Exception as error:  # noqa: BLE001 - named below, or all of them failed
                failed[name] = error
        if len(failed) == len(names):
            raise whole
        self.failed |= failed
