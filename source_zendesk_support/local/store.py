"""A database as a sync uses it, and the order of a write that all databases share.

Owns that one stream's failure does not cost the others. Streams that cannot be written together are
written one by one. A stream that fails keeps the state that covers its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from .pieces import Part, Piece
    from .syncs import SyncRow
    from .tables import Table
    from .typed_rows import Stage, Staged
    from .unfit import Unfit

UNFIT = "_unfit_values"
AGAIN = "_read_again"
DIGESTS = "_digests"
UNFIT_COMMENT = "Values that did not fit their column, which is null there, by the record's key."


class NotCommittedError(Exception):
    """A commit failed, and the database takes nothing more from this process.

    After a failed commit DuckDB 1.4 joins texts of that transaction to those of the next ones.
    """


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
        """Return a transaction, rolled back by an exception. May raise NotCommittedError."""

    def merge(self, staged: Staged) -> None:
        """Write the rows of a stream by key, and what did not fit beside."""

    def mark_children(self, tables: Iterable[Table]) -> None:
        """Delete and restore what belongs to tickets together with them."""

    def add_keys(self, tables: Iterable[Table], *, are_wanted: bool) -> None:
        """Give tables that were read to their end primary keys, if some have or want them."""

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

    def deliver(self) -> None:
        """Write the files of changed tables; a database has its rows already."""

    def close(self) -> None:
        """Let other syncs in."""


class _NotStagedError(Exception):
    """The records of `stream` did not become rows within the transaction."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.stream = stream


@dataclass(frozen=True, slots=True)
class _Share:
    """The part of a piece that is of one stream. `state` is None where none is to be written."""

    part: Part | None
    state: Any
    has_ended: bool
    digest: str = ""


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

        Raises the database's error when it takes nothing of it, and NotCommittedError.
        """
        shares = {
            name: self._share(name, piece)
            for name in sorted(piece.parts.keys() | piece.states.keys() | piece.ended)
            if name in self.tables and name not in self.failed
        }
        try:
            self._commit(shares)
        except NotCommittedError:
            raise
        except Exception as error:  # noqa: BLE001 - raised, or named at the end of the sync
            if len(shares) == 1:
                self._give_up(next(iter(shares)), error)
            else:
                self._commit_each(shares, error)

    def _share(self, name: str, piece: Piece) -> _Share:
        part, state, digest = piece.parts.get(name), piece.states.get(name), ""
        if part is not None and part.replaces:
            digest = self.store.stage.digest(self.tables[name], part)
            if self.digests.get(name) == digest:  # a small sync costs less than half
                self.unchanged.add(name)
                part, digest = None, ""
        return _Share(
            part, None if self.states.get(name) == state else state, name in piece.ended, digest
        )

    def _commit(self, shares: Mapping[str, _Share]) -> None:
        """Write streams in one transaction, without those whose records do not become rows."""
        apart: dict[str, Staged] = {}
        found: list[Unfit] = []
        rest = dict(shares)
        while rest:
            try:
                found = self._transact(rest, apart)
                break
            except _NotStagedError as error:  # the others are written whatever happens
                name = error.stream
            try:  # DuckDB leaves broken lines out only where no transaction was aborted by them
                apart[name] = self._staged(name, rest[name])
            except Exception as failure:  # noqa: BLE001 - named at the end of the sync
                self.failed[name] = failure
                del rest[name]
        for staged in apart.values():
            self.store.stage.drop(staged.table)
        for unfit in found:
            self.warn(str(unfit))
        self.states |= {name: it.state for name, it in rest.items() if it.state is not None}

    def _transact(self, shares: Mapping[str, _Share], apart: Mapping[str, Staged]) -> list[Unfit]:
        """Write streams and return what did not fit. `apart` are staged already.

        Each is staged, merged and dropped before the next: the rows of a whole piece would pass the
        memory that DuckDB has, and be compressed into a temporary file.
        """
        found: list[Unfit] = []
        with self.store.transaction():
            for name, share in shares.items():
                if share.part is not None:
                    found += self._merge(name, share, apart.get(name))
                if share.has_ended:
                    self.store.finish(self.tables[name])
            if states := {name: it.state for name, it in shares.items() if it.state is not None}:
                self.store.save_states(states, self.now())
            if digests := {name: it.digest for name, it in shares.items() if it.digest}:
                self.store.save_digests(digests)
        return found

    def _merge(self, name: str, share: _Share, apart: Staged | None) -> tuple[Unfit, ...]:
        if apart is not None:
            self.store.merge(apart)
            return apart.found
        try:
            staged = self._staged(name, share)
        except Exception as error:
            raise _NotStagedError(name) from error
        self.store.merge(staged)
        self.store.stage.drop(staged.table)
        return staged.found

    def _staged(self, name: str, share: _Share) -> Staged:
        assert share.part is not None
        return self.store.stage.put(self.tables[name], share.part, self.now())

    def _give_up(self, name: str, error: Exception) -> None:
        """Leave out a stream that is not taken; raise its error if the states are not either."""
        try:
            with self.store.transaction():
                self.store.save_states({"": None}, self.now())  # takes away what no stream has
        except Exception:  # noqa: BLE001 - the first error says why
            raise error from None
        self.store.stage.drop(self.tables[name])
        self.failed[name] = error

    def _commit_each(self, shares: Mapping[str, _Share], whole: Exception) -> None:
        failed: dict[str, Exception] = {}
        for name, share in shares.items():
            if name in self.failed:
                continue
            try:
                self._commit({name: share})
            except NotCommittedError:
                raise
            except Exception as error:  # noqa: BLE001 - named below, or all of them failed
                failed[name] = error
                self.store.stage.drop(self.tables[name])
        if len(failed) == len(shares):
            raise whole
        self.failed |= failed
