"""The streams' tables in PostgreSQL: made, given their columns, types, keys and comments.

Owns how a table of an older version gets the form that it has now. A value that does not fit a new
type is set aside and never lost.
Rests on https://www.postgresql.org/docs/15/sql-altertable.html.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from . import states as state_rows
from .postgres_types import KINDS, TRY_CAST
from .store import DIGESTS, UNFIT
from .tables import EXTRA, WRITTEN_AT, Column, Table, refuse_tables_of_others
from .typed_rows import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager


@dataclass(slots=True)
class PostgresTables:
    """The tables of a schema.

    `types` are PostgreSQL's types of their columns, `with_unfit` the streams that have set aside
    values.
    """

    connection: psycopg.Connection[Any]
    schema: str
    source: str
    warn: Callable[[str], None]
    types: dict[str, dict[str, str]] = field(default_factory=dict)
    with_unfit: set[str] = field(default_factory=set)

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make or change tables. A table that was not there is filled: its state goes."""
        comments, wanted = self._look(), list(tables)
        refuse_tables_of_others(wanted, self.types, self.schema)
        keyed = {
            name
            for (name,) in self._rows(
                "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = %s AND i.indisunique AND i.indnkeyatts = 1",
                self.schema,
            )
        }
        for table in wanted:
            with self.transaction():
                if table.name not in self.types:
                    self._make(table)
                    self.forget([table.name])
                else:
                    if self._add_columns(table) and table.is_whole:
                        self.forget([table.name])  # it may rest, and the column would stay empty
                    if table.key and table.name not in keyed:
                        self._add_key(table)
                self._comment(table, comments)
            for column in table.columns:
                self._migrate(table, column)

    def forget(self, streams: Iterable[str]) -> None:
        """Forget the states of streams, which are then read from their beginning."""
        names = list(streams)
        for table in (state_rows.TABLE, DIGESTS):
            self._run(f"DELETE FROM {self._named(table)} WHERE stream_name = ANY(%s)", names)

    def add_keys(self, tables: Iterable[Table], *, are_wanted: bool) -> None:
        """Do nothing: the tables have primary keys from the first, by which rows are found."""

    def drop_tables(self, names: Iterable[str]) -> None:
        """Drop tables."""
        for name in names:
            self._run(f"DROP TABLE {self._named(name)}")
            del self.types[name]

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
            self.types.setdefault(table, {})[column] = kind
            comments[table, column] = comment or ""
            comments[table, ""] = about or ""
        return comments

    def _make(self, table: Table) -> None:
        columns = (*table.columns, *EXTRA)
        kinds = ", ".join(f"{quoted(it.name)} {KINDS[it.kind]}" for it in columns)
        key = f", PRIMARY KEY ({quoted(table.key)})" if table.key else ""
        self._run(f"CREATE TABLE {self._named(table.name)} ({kinds}{key})")
        self.types[table.name] = {it.name: KINDS[it.kind] for it in columns}

    def _add_columns(self, table: Table) -> bool:
        """Add the columns that a table lacks; return whether it lacked any."""
        held = self.types[table.name]
        lacking = [it for it in (*table.columns, *EXTRA) if it.name not in held]
        for column in lacking:
            name, kind = self._named(table.name), KINDS[column.kind]
            self._run(f"ALTER TABLE {name} ADD COLUMN {quoted(column.name)} {kind}")
            held[column.name] = kind
        return bool(lacking)

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
        held, kind = self.types[table.name][column.name], KINDS[column.kind]
        if held == kind:
            return
        name, cell = self._named(table.name), quoted(column.name)
        record = f"{quoted(table.key)}::text" if table.key else "NULL"
        fitted = f"(pg_temp.fitted({cell}::text, {literal(kind)}))"
        is_key = column.name == table.key  # a record without a usable key has no row
        unfit = f"{cell} IS {'NULL OR' if is_key else 'NOT NULL AND'} NOT {fitted}.fits"
        try:
            with self.transaction():
                self._run(TRY_CAST)
                self._run("SET LOCAL TimeZone = 'UTC'")
                self._run(
                    f"INSERT INTO {self._named(UNFIT)} SELECT {literal(table.name)}, {record}, "
                    f"{literal(column.name)}, {'to_json(it)' if is_key else cell}::text, now() "
                    f"FROM {name} AS it WHERE {unfit}"
                )
                if is_key:
                    self._run(f"DELETE FROM {name} WHERE {unfit}")
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
        self.types[table.name][column.name] = kind
        self.with_unfit.add(table.name)

    def transaction(self) -> AbstractContextManager[Any]:
        """Return a transaction, rolled back by an exception."""
        transaction: AbstractContextManager[Any] = self.connection.transaction()
        return transaction

    def _run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values or None)

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.connection.execute(query, values or None).fetchall()
        return rows

    def _named(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"
