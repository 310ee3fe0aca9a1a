"""A schema of PostgreSQL: rows by COPY, merged by primary key, in one transaction with the states.

Owns PostgreSQL's SQL, and that one sync at a time writes into a schema. DuckDB types the rows
(staging.py); PostgreSQL gets nothing that does not fit.
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
from .leftovers import is_leftover
from .postgres_types import KINDS, TRY_CAST, as_csv
from .staging import UNFIT_COLUMNS, Stage, literal, quoted
from .store import AGAIN, UNFIT, UNFIT_COMMENT
from .tables import EXTRA, WRITTEN_AT, Column, Table
from .tombstones import mark_children, mark_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from .staging import Staged
    from .syncs import SyncRow

_SIDE_TABLES = {
    state_rows.TABLE: "source_name varchar, stream_name varchar, table_name varchar NOT NULL, "
    "state_json varchar, last_updated timestamptz",
    UNFIT: "stream_name varchar, record_key varchar, column_name varchar, value varchar, "
    "found_at timestamp",
    AGAIN: "stream_name varchar, since timestamp",
    syncs.TABLE: syncs.COLUMNS,
}
_READ_BYTES = 1 << 18


@dataclass(slots=True)
class PostgresStore:
    """The tables of one account in a schema. Reserve it by `open_postgres`."""

    connection: psycopg.Connection[Any]
    schema: str
    source: str
    warn: Callable[[str], None]
    stage: Stage = field(default_factory=lambda: Stage(duckdb.connect()))
    drops_nul: bool = True
    _types: dict[str, dict[str, str]] = field(default_factory=dict)
    _with_unfit: set[str] = field(default_factory=set)
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
        self._with_unfit = {name for (name,) in unfit}
        self._again = dict(self._rows(f"SELECT stream_name, since FROM {self._named(AGAIN)}"))

    def states(self) -> dict[str, Any]:
        """Return the state of each stream."""
        query = f"SELECT stream_name, state_json FROM {self._named(state_rows.TABLE)}"
        return {name: state_rows.from_text(text) for name, text in self._rows(query)}

    def prepare(self, tables: Iterable[Table]) -> set[str]:
        """Make or change tables; return the names of those that were not there."""
        comments = self._look()
        keyed = {
            name
            for (name,) in self._rows(
                "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = %s AND i.indisunique AND i.indnkeyatts = 1",
                self.schema,
            )
        }
        made = set()
        for table in tables:
            with self.transaction():
                if table.name not in self._types:
                    made.add(table.name)
                    self._make(table)
                else:
                    self._add_columns(table)
                    if table.key and table.name not in keyed:
                        self._add_key(table)
                self._comment(table, comments)
            for column in table.columns:
                self._migrate(table, column)
        return made

    def leftovers(self) -> list[str]:
        """Return the tables that failed loads of version 6.0.0 have left."""
        return sorted(filter(is_leftover, self._types))

    def drop_tables(self, names: Iterable[str]) -> None:
        """Drop tables."""
        for name in names:
            self._run(f"DROP TABLE {self._named(name)}")
            del self._types[name]

    def transaction(self) -> AbstractContextManager[Any]:
        """Return a transaction, rolled back by an exception."""
        transaction: AbstractContextManager[Any] = self.connection.transaction()
        return transaction

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
            self.save_states(dict.fromkeys(names), since)
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

    def close(self) -> None:
        """Close the connection, with which the schema is held."""
        self.connection.close()
        self.stage.connection.close()

    def _look(self) -> dict[tuple[str, str], str]:
        """Take in which columns there are, and return the comments of tables and columns."""
        comments: dict[tuple[str, str], str] = {}
        for table, column, kind, comment, about in self._rows(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), "
            "col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class') "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "WHERE n.nspname = %s AND c.relkind IN ('r', 'p')",
            self.schema,
        ):
            self._types.setdefault(table, {})[column] = kind
            comments[table, column] = comment or ""
            comments[table, ""] = about or ""
        return comments

    def _make(self, table: Table) -> None:
        columns = (*table.columns, *EXTRA)
        kinds = ", ".join(f"{quoted(it.name)} {KINDS[it.kind]}" for it in columns)
        key = f", PRIMARY KEY ({quoted(table.key)})" if table.key else ""
        self._run(f"CREATE TABLE {self._named(table.name)} ({kinds}{key})")
        self._types[table.name] = {it.name: KINDS[it.kind] for it in columns}

    def _add_columns(self, table: Table) -> None:
        for column in (*table.columns, *EXTRA):
            if column.name not in self._types[table.name]:
                kind = KINDS[column.kind]
                name = self._named(table.name)
                self._run(f"ALTER TABLE {name} ADD COLUMN {quoted(column.name)} {kind}")
                self._types[table.name][column.name] = kind

    def _add_key(self, table: Table) -> None:
        """Give a table of version 6.0.0 its key; of two rows with one key the later one stays."""
        name, key = self._named(table.name), quoted(table.key)
        self._run(
            f"DELETE FROM {name} WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER "
            f"(PARTITION BY {key} ORDER BY {WRITTEN_AT.name} DESC) AS n FROM {name} "
            f"WHERE {key} IS NOT NULL) AS rows WHERE n > 1)"
        )
        try:
            with self.transaction():
                self._run(f"ALTER TABLE {name} ADD PRIMARY KEY ({key})")
        except psycopg.errors.NotNullViolation:  # a row without a key stays where it is
            self._run(f"CREATE UNIQUE INDEX ON {name} ({key})")

    def _comment(self, table: Table, held: Mapping[tuple[str, str], str]) -> None:
        name = self._named(table.name)
        if held.get((table.name, "")) != table.comment:
            self._run(f"COMMENT ON TABLE {name} IS {literal(table.comment)}")
        for column in (*table.columns, *EXTRA):
            if held.get((table.name, column.name), "") != column.comment:
                cell = f"{name}.{quoted(column.name)}"
                self._run(f"COMMENT ON COLUMN {cell} IS {literal(column.comment)}")

    def _migrate(self, table: Table, column: Column) -> None:
        """Give a column the type that it has now; what does not fit it is set aside."""
        held, kind = self._types[table.name][column.name], KINDS[column.kind]
        if held == kind:
            return
        name, cell = self._named(table.name), quoted(column.name)
        record = f"{quoted(table.key)}::text" if table.key else "NULL"
        fitted = f"(pg_temp.fitted({cell}::text, {literal(kind)}))"
        try:
            with self.transaction():
                self._run(TRY_CAST)
                self._run("SET LOCAL TimeZone = 'UTC'")
                self._run(
                    f"INSERT INTO {self._named(UNFIT)} SELECT {literal(table.name)}, {record}, "
                    f"{literal(column.name)}, {cell}::text, now() FROM {name} "
                    f"WHERE {cell} IS NOT NULL AND NOT {fitted}.fits"
                )
                self._run(
                    f"ALTER TABLE {name} ALTER COLUMN {cell} TYPE {kind} "
                    f"USING {fitted}.as_text::{kind}"
                )
        except psycopg.Error as error:  # a view of the user's own holds it
            self.warn(
                f"The column {table.name}.{column.name} stays {held}: PostgreSQL does not make "
                f"it {kind} ({type(error).__name__}). Drop the views on it, then sync again."
            )
            return
        self._types[table.name][column.name] = kind
        self._with_unfit.add(table.name)

    def _set_aside(self, staged: Staged) -> None:
        stream, side = staged.table.name, self._named(UNFIT)
        if stream in self._with_unfit and staged.replaces:
            self._run(f"DELETE FROM {side} WHERE stream_name = %s", stream)
        elif stream in self._with_unfit and staged.table.key:
            self._run(
                f"DELETE FROM {side} WHERE stream_name = %s AND record_key IN "
                f"(SELECT {quoted(staged.table.key)}::text FROM pg_temp.{quoted(staged.rows)})",
                stream,
            )
        if staged.is_odd:
            names = ", ".join(UNFIT_COLUMNS)
            self._copy(f"SELECT {names} FROM temp.{quoted(staged.unfit)}", f"{side} ({names})")
            self._with_unfit.add(stream)

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

    def _run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values or None)

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.connection.execute(query, values or None).fetchall()
        return rows

    def _named(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"


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
