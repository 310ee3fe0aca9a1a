"""The streams' tables in DuckDB: made, given their columns, types and comments.

Owns how a table of an older version gets the form that it has now. A value that does not fit a new
type is set aside and never lost. Tables have primary keys only where the user has asked for them,
by measurement (docs/loader.md).
Rests on https://duckdb.org/docs/1.4/sql/statements/alter_table.html.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from . import states as state_rows
from .store import DIGESTS, UNFIT, NotCommittedError
from .tables import EXTRA, ROW_ID, Column, Kind, Table
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
        with self.transaction():  # one for all: each costs an idle sync a millisecond
            for table in wanted:
                if table.name not in self.types:
                    made.append(table.name)
                    self._make(table)
                elif self._add_columns(table) and table.is_whole:
                    made.append(table.name)  # it may rest, and the column would stay empty
                comment_on += self._comments(table, comments)
            self._is_changed |= bool(made or comment_on)
            if comment_on:  # two thousand in a new file: at once they cost half
                self.connection.execute("; ".join(comment_on))
            self.forget(made)
        for table in wanted:
            for column in table.columns:
                self._migrate(table, column)

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
            name, key = self._named(table.name), quoted(table.key)
            try:
                self.connection.execute(f"ALTER TABLE {name} ADD PRIMARY KEY ({key})")
            except duckdb.Error as error:  # an index of the user's own, or rows of the user's own
                self.warn(
                    f"The table {table.name} gets no primary key ({type(error).__name__}). Drop "
                    f"its other indexes, and rows that have the same {table.key} or none."
                )
                continue
            self.with_key.add(table.name)
            self._is_changed = True

    def _allow_indexes(self) -> None:
        """Give DuckDB the memory for the indexes that it uses."""
        self.connection.execute(f"SET memory_limit = '{_MEMORY_WITH_KEYS}'")

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
        self._is_changed |= bool(lacking)
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
        name, cell = self._named(table.name), quoted(column.name)
        read = f"SELECT {quoted(table.key) if table.key else 'NULL'} AS record, "
        cast = "JSON" if column.kind is Kind.TEXTS else "VARCHAR"
        read += f"TRY_CAST({cell} AS {cast}) AS {cell} FROM {name} WHERE {cell} IS NOT NULL"
        fits = fitted(column)
        self._is_changed = True
        try:
            with self._past_the_log(), self.transaction():
                self.connection.execute(
                    f"INSERT INTO {self._named(UNFIT)} SELECT {literal(table.name)}, record, "
                    f"{literal(column.name)}, {cell}::VARCHAR, now()::TIMESTAMP FROM ({read}) "
                    f"WHERE ({fits}) IS NULL"
                )
                using = fits.replace(cell, f"TRY_CAST({cell} AS {cast})")
                self.connection.execute(
                    f"ALTER TABLE {name} ALTER {cell} TYPE {column.kind.value} USING {using}"
                )
        except duckdb.Error as error:  # an index or a view of the user's own holds it
            self.warn(
                f"The column {table.name}.{column.name} stays {held}, as DuckDB does not change it "
                f"to {column.kind.value} ({type(error).__name__}). Drop what depends on it."
            )
            return
        self.types[table.name][column.name] = column.kind.value
        self.with_unfit.add(table.name)

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
