"""A DuckDB file, or a database of MotherDuck: rows by key, in one transaction with the states.

Owns DuckDB's SQL. Tables have no primary key unless it was asked for, by measurement
(docs/loader.md): its index costs a change several times as much, and does not stay flat in memory.
DuckDB lets one process write, and a write deletes by key before it inserts.
Rests on https://duckdb.org/docs/1.4/.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from . import states as state_rows, syncs
from .aside import outdated
from .duckdb_keys import KEYS, move_aside
from .duckdb_tables import DuckDBTables, listed
from .leftovers import is_leftover
from .store import AGAIN, DIGESTS, UNFIT, UNFIT_COMMENT
from .tables import EXTRA, WRITTEN_AT, Table
from .tombstones import mark_children, mark_rows
from .typed_rows import UNFIT_COLUMNS, Stage, literal, quoted
from .unfit import Unfit
from .waiting import connect_duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from .syncs import SyncRow
    from .typed_rows import Staged

_SIDE_TABLES = {
    state_rows.TABLE: "source_name VARCHAR, stream_name VARCHAR, table_name VARCHAR, "
    "state_json VARCHAR, last_updated TIMESTAMPTZ",
    UNFIT: "stream_name VARCHAR, record_key VARCHAR, column_name VARCHAR, value VARCHAR, "
    "found_at TIMESTAMP",
    AGAIN: "stream_name VARCHAR, since TIMESTAMP",
    DIGESTS: "stream_name VARCHAR, digest VARCHAR",
    KEYS: "table_name VARCHAR, column_name VARCHAR",
    syncs.TABLE: syncs.COLUMNS,
}


@dataclass(slots=True)
class DuckDBStore(DuckDBTables):
    """The tables of one account in a schema. Reserve it by `open_duckdb`."""

    stage: Stage = field(init=False)
    drops_nul: bool = False
    _again: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stage = Stage(self.connection)
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}")
        for name, columns in _SIDE_TABLES.items():
            self.connection.execute(f"CREATE TABLE IF NOT EXISTS {self._named(name)} ({columns})")
        self.connection.execute(
            f"COMMENT ON TABLE {self._named(UNFIT)} IS {literal(UNFIT_COMMENT)}"
        )
        held = self._rows(f"SELECT DISTINCT source_name FROM {self._named(state_rows.TABLE)}")
        state_rows.refuse_another_account((it for (it,) in held), self.source, self.schema)
        unfit = self._rows(f"SELECT DISTINCT stream_name FROM {self._named(UNFIT)}")
        self.with_unfit = {name for (name,) in unfit}
        self._again = dict(self._rows(f"SELECT stream_name, since FROM {self._named(AGAIN)}"))

    def states(self) -> dict[str, Any]:
        """Return the state of each stream."""
        query = f"SELECT stream_name, state_json FROM {self._named(state_rows.TABLE)}"
        return {name: state_rows.from_text(text) for name, text in self._rows(query)}

    def digests(self) -> dict[str, str]:
        """Return what stands for the content of each table that was written whole."""
        return dict(self._rows(f"SELECT stream_name, digest FROM {self._named(DIGESTS)}"))

    def leftovers(self) -> list[str]:
        """Return the tables that failed loads of version 6.0.0 have left."""
        return sorted(filter(is_leftover, self.types))

    def merge(self, staged: Staged) -> None:
        """Write the rows of a stream by key, and what did not fit beside."""
        self._is_changed = True
        table, rows = staged.table, f"temp.{quoted(staged.rows)}"
        target, key = self._named(table.name), quoted(table.key)
        if table.key:
            self._with_held_key(staged)
        for statement in [] if staged.replaces else mark_rows(table, target, rows):
            self.connection.execute(statement)
        if staged.replaces or not table.key:
            self.connection.execute(f"DELETE FROM {target}")
        else:
            self.connection.execute(
                f"DELETE FROM {target} WHERE {key} IN (SELECT {key} FROM {rows})"
            )
        columns = [*table.columns, *EXTRA]
        names = ", ".join(quoted(it.name) for it in columns)
        values = ", ".join(self._as_held(table, it) for it in columns)
        self.connection.execute(f"INSERT INTO {target} ({names}) SELECT {values} FROM {rows}")
        self._set_aside(staged)

    def mark_children(self, tables: Iterable[Table]) -> None:
        """Delete and restore what belongs to tickets together with them."""
        for table, statement in mark_children(tables, self._named):
            ((changed,),) = self._rows(statement)
            if changed:
                self._is_changed = True
                self.note_changed(table)

    def save_states(self, states: Mapping[str, Any], now: datetime) -> None:
        """Write the states of streams; None takes one away."""
        table = self._named(state_rows.TABLE)
        self.connection.execute(f"DELETE FROM {table} WHERE stream_name IN ({listed(states)})")
        rows = ", ".join(
            f"({literal(self.source)}, {literal(name)}, {literal(name)}, "
            f"{literal(state_rows.to_text(name, state))}, {literal(now)})"
            for name, state in states.items()
            if state is not None
        )
        if rows:
            names = ", ".join(state_rows.COLUMNS)
            self.connection.execute(f"INSERT INTO {table} ({names}) VALUES {rows}")

    def save_digests(self, digests: Mapping[str, str]) -> None:
        """Keep what stands for the content of tables that were written whole."""
        table = self._named(DIGESTS)
        self.connection.execute(f"DELETE FROM {table} WHERE stream_name IN ({listed(digests)})")
        rows = ", ".join(f"({literal(name)}, {literal(it)})" for name, it in digests.items())
        self.connection.execute(f"INSERT INTO {table} VALUES {rows}")

    def save_sync(self, row: SyncRow) -> None:
        """Keep what is known of a sync, and of those before it as many as are kept."""
        table = self._named(syncs.TABLE)
        with self.transaction():
            values = ", ".join("NULL" if it is None else literal(str(it)) for it in row.values())
            self.connection.execute(f"INSERT INTO {table} VALUES ({values})")
            self.connection.execute(
                f"DELETE FROM {table} WHERE ended_at < (SELECT min(ended_at) FROM (SELECT ended_at "
                f"FROM {table} ORDER BY ended_at DESC LIMIT {syncs.MOST_KEPT}) AS kept)"
            )

    def read_again(self, streams: Iterable[str], since: datetime) -> None:
        """Note that streams are read from their beginning, and forget their states."""
        names = list(streams)
        table = self._named(AGAIN)
        with self.transaction():
            self.forget(names)
            self.connection.execute(f"DELETE FROM {table} WHERE stream_name IN ({listed(names)})")
            rows = ", ".join(f"({literal(name)}, {literal(since)})" for name in names)
            self.connection.execute(f"INSERT INTO {table} VALUES {rows}")
        self._again |= dict.fromkeys(names, since.replace(tzinfo=None))

    def finish(self, table: Table) -> None:
        """Delete the rows that a stream, read from its beginning to its end, no longer has."""
        since = self._again.get(table.name)
        if since is None:
            return
        self._is_changed = True
        target, again = self._named(table.name), self._named(AGAIN)
        self.connection.execute(f"DELETE FROM {target} WHERE {WRITTEN_AT.name} < {literal(since)}")
        self.connection.execute(f"DELETE FROM {again} WHERE stream_name = {literal(table.name)}")

    def deliver(self) -> None:
        """Do nothing: the rows are in the database."""

    def close(self) -> None:
        """Close the file, with all rows in it.

        States alone stay in the log beside the file, which every reader takes in: writing them into
        the file costs more than a tenth of a sync without news. After a failed commit the log alone
        is right.
        """
        if self.is_file and (self._is_broken or not self._is_changed):
            # A file that DuckDB has given up is not written any more either.
            with suppress(duckdb.FatalException):
                self.connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        self.connection.close()

    def _set_aside(self, staged: Staged) -> None:
        stream, side = staged.table.name, self._named(UNFIT)
        rows, unfit = f"temp.{quoted(staged.rows)}", f"temp.{quoted(staged.unfit)}"
        if stream in self.with_unfit:
            for statement in outdated(staged, side, rows, unfit):
                self.connection.execute(statement)
        if staged.is_odd:
            names = ", ".join(UNFIT_COLUMNS)
            self.connection.execute(f"INSERT INTO {side} ({names}) SELECT {names} FROM {unfit}")
            self.with_unfit.add(stream)

    def _with_held_key(self, staged: Staged) -> None:
        """Give staged rows the type of key that a table has kept, and set aside what does not fit.

        DuckDB could not change the column's type: an index of the user's own holds it.
        """
        table, rows = staged.table, f"temp.{quoted(staged.rows)}"
        (column,) = (it for it in table.columns if it.name == table.key)
        value = self._as_held(table, column)
        if value == quoted(table.key):
            return
        move, _ = move_aside(table, rows, self._named(UNFIT), f"({value}) IS NULL")
        ((count,),) = self._rows(move)
        if count:
            self.with_unfit.add(table.name)
            self.warn(str(Unfit(table.name, table.key, count, (), is_key=True)))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted(staged.rows)} AS SELECT * REPLACE ({value} AS "
            f"{quoted(table.key)}) FROM {rows} WHERE ({value}) IS NOT NULL"
        )


def open_duckdb(
    path: str, schema: str, source: str, warn: Callable[[str], None], **config: str
) -> DuckDBStore:
    """Open a file, which is made if it is not there, and keep other processes out."""
    connection = connect(path, warn, **config)
    try:
        return DuckDBStore(connection, schema, source, warn, is_file=not path.startswith("md:"))
    except BaseException:
        connection.close()
        raise


def connect(path: str, warn: Callable[[str], None], **config: str) -> duckdb.DuckDBPyConnection:
    """Open a file that no other process has, and remove the spilled files of a killed sync."""
    connection = connect_duckdb(path, warn, config=config)
    shutil.rmtree(Path(f"{path}.tmp"), ignore_errors=True)  # no other process has the file now
    return connection
