"""The streams' tables in DuckDB: made, given their columns, types and comments.

Owns how a table of an older version gets the form that it has now. A value that does not fit a new
type is set aside and never lost. Tables have primary keys only where the user has asked for them,
by measurement (docs/loader.md); the table `_keys` names the keys of all.
Rests on https://duckdb.org/docs/1.4/sql/statements/alter_table.html.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from . import states as state_rows
from .duckdb_keys import KEYS, KEYS_COMMENT, keys_of, move_aside, unique
from .store import DIGESTS, UNFIT, NotCommittedError
from .tables import EXTRA, ROW_ID, Column, Kind, Table, refuse_tables_of_others
from .typed_rows import CHECKPOINT, fitted, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# An index takes about 60 MB of a million keys that are texts.
_MEMORY_WITH_KEYS = "400MB"
# Random text grows smaller by a twentieth of the file, and trying costs a fifth of a checkpoint.
_RANDOM = " USING COMPRESSION uncompressed"


@dataclass(slots=True)
class DuckDBTables:
    """The tables of a schema.

    `types` are DuckDB's types of their columns. `with_unfit` are the streams that have set aside
    values. `with_key` are the tables that have a primary key. `is_file`: the database is a file,
    and not one of MotherDuck, which stores as it likes.
    """

    connection: duckdb.DuckDBPyConnection
    schema: str
    source: str
    warn: Callable[[str], None]
    is_file: bool = True
    types: dict[str, dict[str, str]] = field(default_factory=dict)
    with_unfit: set[str] = field(default_factory=set)
    with_key: set[str] = field(default_factory=set)
    _is_changed: bool = False
    _is_broken: bool = False  # what this process holds of the file is wrong

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make or change tables. A table that was not there is filled: its state goes."""
        found = self._rows(
            "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
            f"WHERE schema_name = {literal(self.schema)} AND database_name = current_database()"
        )
        comments = {}
        for table, column, kind, comment in found:
            self.types.setdefault(table, {})[column] = kind
            comments[table, column] = comment or ""
        about = self._rows(
            "SELECT table_name, comment, has_primary_key FROM duckdb_tables() "
            f"WHERE schema_name = {literal(self.schema)} AND database_name = current_database()"
        )
        comments |= {(table, ""): comment or "" for table, comment, _ in about}
        self.with_key = {table for table, _, has_key in about if has_key}
        if self.with_key:
            self._allow_indexes()
        made, wanted, comment_on = [], list(tables), list[str]()
        refuse_tables_of_others(wanted, self.types, self.schema)
        with self.transaction():  # one for all: each costs an idle sync a millisecond
            for table in wanted:
                if table.name not in self.types:
                    made.append(table.name)
                    self._make(table)
                elif self._add_columns(table) and table.is_whole:
                    made.append(table.name)  # it may rest, and the column would stay empty
                comment_on += self._comments(table, comments)
            comment_on += self._declare_keys(wanted, comments)
            self._is_changed |= bool(made or comment_on)
            if comment_on:  # two thousand in a new file: at once they cost half
                self.connection.execute("; ".join(comment_on))
            self.forget(made)
        for table in wanted:
            has_key = table.name in self.with_key
            for column in table.columns:
                self._migrate(table, column)
            if has_key and table.name not in self.with_key:  # made anew for another type of its key
                self.add_keys([table], are_wanted=True)

    def add_keys(self, tables: Iterable[Table], *, are_wanted: bool) -> None:
        """Give tables that were read to their end primary keys, if the file has or wants them.

        A table is loaded before it has one: an index that grows with it costs more.
        """
        if not are_wanted and not self.with_key:
            return
        wanted = [it for it in tables if it.key and it.name not in self.with_key]
        if wanted:
            self._allow_indexes()
        for table in wanted:
            self._add_key(table)

    def _add_key(self, table: Table) -> None:
        name, key = self._named(table.name), quoted(table.key)
        add = f"ALTER TABLE {name} ADD PRIMARY KEY ({key})"
        try:
            try:
                with self.transaction():
                    self.connection.execute(add)
            except duckdb.ConstraintException:  # rows of an older version, or of the user's own
                with self.transaction():
                    for statement in move_aside(table, name, self._named(UNFIT), f"{key} IS NULL"):
                        self.connection.execute(statement)
                    self.connection.execute(unique(table, name))
                self.with_unfit.add(table.name)
                with self.transaction():
                    self.connection.execute(add)
        except duckdb.Error as error:  # an index of the user's own
            self.warn(
                f"The table {table.name} gets no primary key ({type(error).__name__}). Drop its "
                "other indexes."
            )
            return
        self.with_key.add(table.name)
        self._is_changed = True

    def _declare_keys(
        self, tables: list[Table], held: Mapping[tuple[str, str], str]
    ) -> Iterator[str]:
        """Yield the statements that name the keys of tables in a table, for tools to read."""
        name = self._named(KEYS)
        if held.get((KEYS, "")) != KEYS_COMMENT:
            yield f"COMMENT ON TABLE {name} IS {literal(KEYS_COMMENT)}"
        declared = set(self._rows(f"SELECT table_name, column_name FROM {name}"))
        if lacking := [it for it in keys_of(tables) if it not in declared]:
            rows = ", ".join(f"({literal(table)}, {literal(column)})" for table, column in lacking)
            yield f"DELETE FROM {name} WHERE table_name IN ({listed(it for it, _ in lacking)})"
            yield f"INSERT INTO {name} VALUES {rows}"

    def _allow_indexes(self) -> None:
        """Give DuckDB the memory for the indexes that it uses."""
        self.connection.execute(f"SET memory_limit = '{_MEMORY_WITH_KEYS}'")

    def note_changed(self, table: Table) -> None:
        """Record that a table was changed; a database has the change at once."""

    def forget(self, streams: Iterable[str]) -> None:
        """Forget the states of streams, which are then read from their beginning."""
        if names := listed(streams):
            for table in (state_rows.TABLE, DIGESTS):
                self.connection.execute(
                    f"DELETE FROM {self._named(table)} WHERE stream_name IN ({names})"
                )

    def drop_tables(self, names: Iterable[str]) -> None:
        """Drop tables."""
        for name in names:
            self._is_changed = True
            self.connection.execute(f"DROP TABLE {self._named(name)}")
            del self.types[name]

    def _make(self, table: Table) -> None:
        columns = (*table.columns, *EXTRA)
        random = _RANDOM if self.is_file else ""
        kinds = ", ".join(
            f"{quoted(it.name)} {it.kind.value}{random if it is ROW_ID else ''}" for it in columns
        )
        self.connection.execute(f"CREATE TABLE {self._named(table.name)} ({kinds})")
        self.types[table.name] = {it.name: it.kind.value for it in columns}

    def _add_columns(self, table: Table) -> bool:
        """Add the columns that a table lacks; return whether it lacked any."""
        held = self.types[table.name]
        lacking = [it for it in (*table.columns, *EXTRA) if it.name not in held]
        for column in lacking:
            self.connection.execute(
                f"ALTER TABLE {self._named(table.name)} "
                f"ADD COLUMN {quoted(column.name)} {column.kind.value}"
            )
            held[column.name] = column.kind.value
        if lacking:
            self._is_changed = True
            self.note_changed(table)
        return bool(lacking)

    def _comments(self, table: Table, held: Mapping[tuple[str, str], str]) -> Iterator[str]:
        """Yield the statements that give a table the comments that it does not have."""
        name = self._named(table.name)
        if held.get((table.name, "")) != table.comment:
            yield f"COMMENT ON TABLE {name} IS {literal(table.comment)}"
        for column in (*table.columns, *EXTRA):
            if held.get((table.name, column.name), "") != column.comment:
                yield (
                    f"COMMENT ON COLUMN {name}.{quoted(column.name)} IS {literal(column.comment)}"
                )

    def _migrate(self, table: Table, column: Column) -> None:
        """Give a column the type that it has now; what does not fit it is set aside."""
        held = self.types[table.name][column.name]
        if held == column.kind.value or (held == "VARCHAR" and column.kind is Kind.JSON):
            return
        cell = quoted(column.name)
        cast = "JSON" if column.kind is Kind.TEXTS else "VARCHAR"
        fits = fitted(column)
        using = fits.replace(cell, f"TRY_CAST({cell} AS {cast})")
        change = self._change_key if column.name == table.key else self._change_type
        self._is_changed = True
        try:
            with self._past_the_log(), self.transaction():
                change(table, column, using)
        except duckdb.Error as error:  # an index or a view of the user's own holds it
            self.warn(
                f"The column {table.name}.{column.name} stays {held}, as DuckDB does not change it "
                f"to {column.kind.value} ({type(error).__name__}). Drop what depends on it."
            )
            return
        self.types[table.name][column.name] = column.kind.value
        if column.name == table.key:
            self.with_key.discard(table.name)
        self.with_unfit.add(table.name)
        self.note_changed(table)

    def _change_type(self, table: Table, column: Column, using: str) -> None:
        name, cell = self._named(table.name), quoted(column.name)
        record = quoted(table.key) if table.key else "NULL"
        self.connection.execute(
            f"INSERT INTO {self._named(UNFIT)} SELECT {literal(table.name)}, {record}, "
            f"{literal(column.name)}, {cell}::VARCHAR, now()::TIMESTAMP FROM {name} "
            f"WHERE {cell} IS NOT NULL AND ({using}) IS NULL"
        )
        self.connection.execute(
            f"ALTER TABLE {name} ALTER {cell} TYPE {column.kind.value} USING {using}"
        )

    def _change_key(self, table: Table, column: Column, using: str) -> None:
        """Make a table anew with another type of its key, and without the constraint."""
        name = self._named(table.name)
        indexes = self._rows(
            "SELECT sql FROM duckdb_indexes() WHERE database_name = current_database() "
            f"AND schema_name = {literal(self.schema)} AND table_name = {literal(table.name)}"
        )
        aside, _ = move_aside(table, name, self._named(UNFIT), f"({using}) IS NULL")
        self.connection.execute(aside)
        cells = f"* REPLACE ({using} AS {quoted(column.name)})"
        beside = self._named(f"{KEYS}_anew")
        for statement in (
            f"CREATE TABLE {beside} AS SELECT {cells} FROM {name} WHERE ({using}) IS NOT NULL",
            f"DROP TABLE {name}",
            f"ALTER TABLE {beside} RENAME TO {quoted(table.name)}",
            *self._comments(table, {}),
            *(statement for (statement,) in indexes),  # the user's own
        ):
            self.connection.execute(statement)

    @contextmanager
    def _past_the_log(self) -> Iterator[None]:
        """Yield while a commit goes into the file at once, and not into the log beside it.

        DuckDB cannot replay an ALTER that calls a function: a sync that was killed before the next
        checkpoint would leave a file that no program can open.
        """
        self.connection.execute("SET checkpoint_threshold = '0KB'")
        try:
            yield
        finally:
            self.connection.execute(f"SET checkpoint_threshold = '{CHECKPOINT}'")

    def _as_held(self, table: Table, column: Column) -> str:
        """Return a value of a staged row as the column has it, also where its type is another."""
        held = self.types[table.name].get(column.name, column.kind.value)
        cell = quoted(column.name)
        return cell if held == column.kind.value else f"TRY_CAST({cell} AS {held})"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Yield within a transaction, rolled back by an exception. Raises NotCommittedError."""
        self.connection.begin()
        try:
            yield
        except BaseException as error:
            try:
                self.connection.rollback()
            except duckdb.Error:  # the first error says why
                self._is_broken = True
                raise NotCommittedError(str(error)) from error
            raise
        try:
            self.connection.commit()
        except duckdb.Error as error:
            self._is_broken = True
            raise NotCommittedError(str(error)) from error

    def _named(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return rows


def listed(names: Iterable[str]) -> str:
    """Return names as SQL has a list of them."""
    return ", ".join(map(literal, names))
