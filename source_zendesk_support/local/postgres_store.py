"""A schema of PostgreSQL: rows by COPY, merged by primary key, in one transaction with the states.

Owns PostgreSQL's SQL, and that one sync at a time writes into a schema. DuckDB types the rows
(typed_rows.py); PostgreSQL gets nothing that does not fit.
Rests on https://www.postgresql.org/docs/15/sql-copy.html and sql-insert.html#SQL-ON-CONFLICT.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import duckdb
import psycopg

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from . import states as state_rows, syncs
from .aside import outdated
from .leftovers import is_leftover
from .postgres_tables import PostgresTables
from .postgres_types import as_csv
from .store import AGAIN, DIGESTS, UNFIT, UNFIT_COMMENT
from .tables import EXTRA, WRITTEN_AT, Table
from .tombstones import mark_children, mark_rows
from .typed_rows import UNFIT_COLUMNS, Stage, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from .syncs import SyncRow
    from .typed_rows import Staged

_SIDE_TABLES = {
    state_rows.TABLE: "source_name varchar, stream_name varchar, table_name varchar NOT NULL, "
    "state_json varchar, last_updated timestamptz",
    UNFIT: "stream_name varchar, record_key varchar, column_name varchar, value varchar, "
    "found_at timestamp",
    AGAIN: "stream_name varchar, since timestamp",
    DIGESTS: "stream_name varchar, digest varchar",
    syncs.TABLE: syncs.COLUMNS,
}
_READ_BYTES = 1 << 18


@dataclass(slots=True)
class PostgresStore(PostgresTables):
    """The tables of one account in a schema. Reserve it by `open_postgres`."""

    stage: Stage = field(default_factory=lambda: Stage(duckdb.connect()))
    drops_nul: bool = True
    _again: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.transaction():
            self._run(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}")
            for name, columns in _SIDE_TABLES.items():
                self._run(f"CREATE TABLE IF NOT EXISTS {self._named(name)} ({columns})")
            self._run(f"COMMENT ON TABLE {self._named(UNFIT)} IS {literal(UNFIT_COMMENT)}")
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
        table, target = staged.table, self._named(staged.table.name)
        columns = (*table.columns, *EXTRA)
        names = ", ".join(quoted(it.name) for it in columns)
        values = ", ".join(as_csv(it) for it in columns)
        if staged.replaces or not table.key:
            self._run(f"DELETE FROM {target}")
            self._copy(f"SELECT {values} FROM temp.{quoted(staged.rows)}", f"{target} ({names})")
        else:
            rows = f"pg_temp.{quoted(staged.rows)}"
            self._run(f"CREATE TEMP TABLE {quoted(staged.rows)} (LIKE {target}) ON COMMIT DROP")
            self._copy(f"SELECT {values} FROM temp.{quoted(staged.rows)}", f"{rows} ({names})")
            for statement in mark_rows(table, target, rows):
                self._run(statement)
            changes = ", ".join(
                f"{quoted(it.name)} = EXCLUDED.{quoted(it.name)}"
                for it in columns
                if it.name != table.key
            )
            self._run(
                f"INSERT INTO {target} ({names}) SELECT {names} FROM {rows} "
                f"ON CONFLICT ({quoted(table.key)}) DO UPDATE SET {changes}"
            )
        self._set_aside(staged)
        if not staged.replaces and table.key:
            self._run(f"DROP TABLE pg_temp.{quoted(staged.rows)}")

    def mark_children(self, tables: Iterable[Table]) -> None:
        """Delete and restore what belongs to tickets together with them."""
        for _, statement in mark_children(tables, self._named):
            self._run(statement)

    def save_states(self, states: Mapping[str, Any], now: datetime) -> None:
        """Write the states of streams; None takes one away."""
        table = self._named(state_rows.TABLE)
        self._run(f"DELETE FROM {table} WHERE stream_name = ANY(%s)", list(states))
        for name, state in states.items():
            if state is not None:
                row = (self.source, name, name, state_rows.to_text(name, state), now)
                names = ", ".join(state_rows.COLUMNS)
                self._run(f"INSERT INTO {table} ({names}) VALUES (%s, %s, %s, %s, %s)", *row)

    def save_digests(self, digests: Mapping[str, str]) -> None:
        """Keep what stands for the content of tables that were written whole."""
        table = self._named(DIGESTS)
        self._run(f"DELETE FROM {table} WHERE stream_name = ANY(%s)", list(digests))
        self._run(
            f"INSERT INTO {table} SELECT * FROM unnest(%s::varchar[], %s::varchar[])",
            list(digests),
            list(digests.values()),
        )

    def save_sync(self, row: SyncRow) -> None:
        """Keep what is known of a sync, and of those before it as many as are kept."""
        table = self._named(syncs.TABLE)
        with self.transaction():
            self._run(f"INSERT INTO {table} VALUES (%s, %s, %s, %s, %s)", *row.values())
            self._run(
                f"DELETE FROM {table} WHERE ended_at < (SELECT min(ended_at) FROM (SELECT ended_at "
                f"FROM {table} ORDER BY ended_at DESC LIMIT {syncs.MOST_KEPT}) AS kept)"
            )

    def read_again(self, streams: Iterable[str], since: datetime) -> None:
        """Note that streams are read from their beginning, and forget their states."""
        names = list(streams)
        with self.transaction():
            self.forget(names)
            self._run(f"DELETE FROM {self._named(AGAIN)} WHERE stream_name = ANY(%s)", names)
            for name in names:
                self._again[name] = since.replace(tzinfo=None)
                self._run(
                    f"INSERT INTO {self._named(AGAIN)} VALUES (%s, %s)", name, self._again[name]
                )

    def finish(self, table: Table) -> None:
        """Delete the rows that a stream, read from its beginning to its end, no longer has."""
        since = self._again.get(table.name)
        if since is not None:
            self._run(f"DELETE FROM {self._named(table.name)} WHERE {WRITTEN_AT.name} < %s", since)
            self._run(f"DELETE FROM {self._named(AGAIN)} WHERE stream_name = %s", table.name)

    def deliver(self) -> None:
        """Do nothing: the rows are in the database."""

    def close(self) -> None:
        """Close the connection, with which the schema is held."""
        self.connection.close()
        self.stage.connection.close()

    def _set_aside(self, staged: Staged) -> None:
        stream, side, names = staged.table.name, self._named(UNFIT), ", ".join(UNFIT_COLUMNS)
        unfit = f"pg_temp.{quoted(staged.unfit)}"
        if staged.is_odd:
            self._run(f"CREATE TEMP TABLE {quoted(staged.unfit)} (LIKE {side}) ON COMMIT DROP")
            self._copy(f"SELECT {names} FROM temp.{quoted(staged.unfit)}", f"{unfit} ({names})")
        if stream in self.with_unfit:
            for statement in outdated(staged, side, f"pg_temp.{quoted(staged.rows)}", unfit):
                self._run(statement)
        if staged.is_odd:
            self._run(f"INSERT INTO {side} ({names}) SELECT {names} FROM {unfit}")
            self._run(f"DROP TABLE {unfit}")
            self.with_unfit.add(stream)

    def _copy(self, query: str, target: str) -> None:
        """Copy what DuckDB has staged, through a file without a name."""
        with tempfile.TemporaryFile() as file:
            self.stage.connection.execute(
                f"COPY ({query}) TO '/dev/fd/{file.fileno()}' "
                "(FORMAT csv, HEADER false, NULLSTR '\\N', USE_TMP_FILE false)"
            )
            file.seek(0)
            self._feed(file, f"COPY {target} FROM STDIN (FORMAT csv, NULL '\\N')")

    def _feed(self, file: IO[bytes], statement: str) -> None:
        with (
            self.connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            while block := file.read(_READ_BYTES):
                copy.write(block)


def open_postgres(
    schema: str, source: str, warn: Callable[[str], None], **options: Any
) -> PostgresStore:
    """Connect, and keep other syncs out of the schema until the store is closed.

    Raises ConnectorError (transient) when another one holds it.
    """
    # Not within a transaction: one that stays open for hours is ended by some servers.
    connection = psycopg.connect(autocommit=True, **options)
    try:
        _hold(connection, schema)
        return PostgresStore(connection, schema, source, warn)
    except BaseException:
        connection.close()
        raise


def _hold(connection: psycopg.Connection[Any], schema: str) -> None:
    held = connection.execute(
        "SELECT pg_try_advisory_lock(hashtext('zendesk-local'), hashtext(%s))", [schema]
    ).fetchone()
    if held is None or not held[0]:
        raise ConnectorError(
            "Another sync is writing into this schema.",
            about=f"option --into, schema {schema}",
            remedy="Run it again when the other one has ended; if that is of another account, "
            "give each a schema of its own, as --config NAME=config.json.",
            failure=Failure.TRANSIENT,
        )
