"""Lines of JSON to typed rows, by DuckDB: for every database, so that one rule says what fits.

Owns which value fits its column. One that does not becomes null, and is kept beside with the key of
its record; it never fails a stream. Every value is read as text first, because DuckDB would round
1.5 to 2 in a column of integers and drop the offset of a time.
Rests on https://duckdb.org/docs/1.4/data/json/loading_json.html.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from .pieces import Part
from .tables import META, ROW_ID, WRITTEN_AT, Kind
from .unfit import Unfit

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from .tables import Column, Table

# Beside the connector's own memory; what is staged of a piece is a quarter of it.
MEMORY = "150MB"
# More is written to the file at once, and fewer half-filled row groups are compressed twice.
CHECKPOINT = "128MB"
# DuckDB gives freed memory back to the system from here on, and not at its 128 and 512 MB: what a
# checkpoint or a piece took is held no longer.
_GIVEN_BACK_FROM = "8MB"
_UNCHECKED = (Kind.TEXT, Kind.JSON)  # which hold any value
_MOST_NAMED = 5  # keys in a line of the log; the side table has all of them
_NOW = "$now"  # its place in a statement
# Times that Python and others can show: the years 1 to 9999, in microseconds.
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows of a stream that wait in temporary tables of the connection.

    `rows` and `unfit` are their names; the second has the columns of the side table. `is_odd`: the
    second is there and not empty.
    """

    table: Table
    rows: str
    unfit: str
    is_odd: bool
    found: tuple[Unfit, ...] = ()
    replaces: bool = False


UNFIT_COLUMNS = ("stream_name", "record_key", "column_name", "value", "found_at")


@dataclass(slots=True)
class Stage:
    """Puts the records of a piece into typed temporary tables of a connection."""

    connection: DuckDBPyConnection
    _statements: dict[Table, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # One thread keeps the order of the lines, and is what a sync beside others may take.
        self.connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
        self.connection.execute(f"SET memory_limit = '{MEMORY}'")
        self.connection.execute(f"SET checkpoint_threshold = '{CHECKPOINT}'")
        for setting in ("allocator_flush_threshold", "allocator_bulk_deallocation_flush_threshold"):
            self.connection.execute(f"SET {setting} = '{_GIVEN_BACK_FROM}'")

    def put(self, table: Table, part: Part, now: datetime) -> Staged:
        """Stage the records of a stream. Raises duckdb.Error when DuckDB itself fails."""
        try:
            self._read(table, part, now)
        except duckdb.InvalidInputException:
            with tempfile.TemporaryFile() as file:
                good = Part(file, replaces=part.replaces)
                broken = _move_good_lines(part, good)
                self._read(table, good, now)
                return self._finish(table, good, now, broken)
        return self._finish(table, part, now, [])

    def digest(self, table: Table, part: Part) -> str:
        """Return what stands for the lines of a part, and for what becomes of them in a table."""
        found = hashlib.blake2b(self._statement(table).encode())
        for line in part.lines():
            found.update(line)
        return found.hexdigest()

    def _finish(self, table: Table, part: Part, now: datetime, broken: list[bytes]) -> Staged:
        rows, unfit = _staged_names(table)
        key = quoted(table.key) if table.key else "NULL"
        repeated, odd = self._numbers(
            f"SELECT count({key}) - count(DISTINCT {key}), count(*) FILTER (odd) "
            f"FROM {quoted(rows)}"
        )
        if repeated:
            self._keep_last(table, rows)
        if not odd and not broken:
            return Staged(table, rows, unfit, is_odd=False, replaces=part.replaces)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted(unfit)} (stream_name VARCHAR, "
            "record_key VARCHAR, column_name VARCHAR, value VARCHAR, found_at TIMESTAMP)"
        )
        found: list[Unfit] = []
        if broken:
            rest = (literal(line.decode(errors="replace")) for line in broken)
            values = (f"('{table.name}', NULL, NULL, {it}, {literal(now)})" for it in rest)
            self.connection.execute(f"INSERT INTO {quoted(unfit)} VALUES {', '.join(values)}")
            found.append(Unfit(table.name, "", len(broken), ()))
        if odd:
            found += self._set_aside(table, part, rows, unfit, now)
        return Staged(table, rows, unfit, bool(found), tuple(found), part.replaces)

    def drop(self, table: Table) -> None:
        """Drop the temporary tables of a stream."""
        for name in _staged_names(table):
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{quoted(name)}")

    def _read(self, table: Table, part: Part, now: datetime) -> None:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted(_staged_names(table)[0])} AS "
            f"{self._statement(table).replace(_NOW, literal(now))} FROM {_source(table, part)}))"
        )

    def _statement(self, table: Table) -> str:
        if table not in self._statements:
            self._statements[table] = _statement(table)
        return self._statements[table]

    def _keep_last(self, table: Table, rows: str) -> None:
        """Keep the last of several records with one key."""
        key, name = quoted(table.key), quoted(rows)
        self.connection.execute(
            f"DELETE FROM {name} WHERE {key} IS NOT NULL AND rowid NOT IN "
            f"(SELECT max(rowid) FROM {name} GROUP BY {key})"
        )

    def _set_aside(
        self, table: Table, part: Part, rows: str, unfit: str, now: datetime
    ) -> list[Unfit]:
        """Copy what did not fit into `unfit`, and name its columns in the rows."""
        key = quoted(table.key) if table.key else "NULL"
        record = ", ".join(f"'{it.name}', {quoted(it.name)}" for it in table.columns)
        pairs = ", ".join(
            f"CASE WHEN ({fitted(it)}) IS NULL THEN {{'column': '{it.name}', "
            f"'value': json_object({record})::VARCHAR}} END"
            if it.name == table.key
            else f"CASE WHEN {quoted(it.name)} IS NOT NULL AND ({fitted(it)}) IS NULL "
            f"THEN {{'column': '{it.name}', 'value': {quoted(it.name)}::VARCHAR}} END"
            for it in table.columns
            if it.name == table.key or it.kind not in _UNCHECKED
        )
        raw = ", ".join(f"{quoted(it.property)} AS {quoted(it.name)}" for it in table.columns)
        # Of several records with one key the last is the row; one without a key has no row.
        last = f"QUALIFY {key} IS NULL OR n = max(n) OVER (PARTITION BY {key})"
        self.connection.execute(
            f"INSERT INTO {quoted(unfit)} SELECT '{table.name}', key, pair.column, pair.value, "
            f"{literal(now)}::TIMESTAMP "
            f"FROM (SELECT key, unnest(list_filter(pairs, lambda it: it IS NOT NULL)) AS pair FROM "
            f"(SELECT {key} AS key, [{pairs}] AS pairs, n FROM (SELECT {raw}, "
            f"row_number() OVER () AS n FROM {_source(table, part)}) {last}))"
        )
        if table.key:
            self.connection.execute(
                f"UPDATE {quoted(rows)} SET {META.name} = meta FROM (SELECT record_key, "
                "to_json({'changes': list({'field': column_name, 'change': 'NULLED', "
                f"'reason': 'DESTINATION_TYPECAST_ERROR'}})}}) AS meta FROM {quoted(unfit)} "
                f"GROUP BY record_key) WHERE {key}::VARCHAR = record_key"
            )
            self.connection.execute(f"DELETE FROM {quoted(rows)} WHERE {key} IS NULL")
        counted = self.connection.execute(
            f"SELECT column_name, count(*), list(record_key ORDER BY record_key)[:{_MOST_NAMED}] "
            f"FROM {quoted(unfit)} WHERE column_name IS NOT NULL GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return [
            Unfit(
                table.name,
                column,
                count,
                tuple(it for it in keys if it is not None),
                is_key=column == table.key,
            )
            for column, count, keys in counted
        ]

    def _numbers(self, query: str) -> tuple[int, ...]:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return tuple(map(int, row))


def _staged_names(table: Table) -> tuple[str, str]:
    """Return the names of the temporary tables of rows, and of what does not fit."""
    return f"staged_{table.name}", f"unfit_{table.name}"


def fitted(column: Column) -> str:
    """Return DuckDB's expression for the value of a column's text, null when it does not fit."""
    name = quoted(column.name)
    if column.kind in _UNCHECKED:
        return name
    if column.kind is Kind.BOOLEAN:
        return f"CASE {name} WHEN 'true' THEN true WHEN 'false' THEN false END"
    if column.kind is Kind.INTEGER:  # as it is written: not 1.5, 1e-3 or " 12"
        number = f"TRY_CAST({name} AS BIGINT)"
        return f"CASE WHEN {number}::VARCHAR = {name} THEN {number} END"
    if column.kind is Kind.TIME:  # an instant as UTC; `epoch` and `infinity` are words
        # A cast to TIMESTAMP asks the calendar of the time zone, and takes ten times as long.
        time = f"epoch_us(TRY_CAST({name} AS TIMESTAMPTZ))"
        within = f"{time} BETWEEN {_EARLIEST} AND {_LATEST}"
        return f"CASE WHEN {name} < ':' AND {within} THEN make_timestamp({time}) END"
    return f"TRY_CAST({name} AS {column.kind.value})"


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | datetime | None) -> str:
    """Return a value as SQL has it.

    Values are not bound to statements: for that, DuckDB's driver imports pandas where it is
    installed, which costs as much as an idle sync.
    """
    if value is None:
        return "NULL"
    text = value if isinstance(value, str) else value.isoformat()
    return "'" + text.replace("'", "''") + "'"


def _statement(table: Table) -> str:
    """Return the SELECT that makes typed rows of texts, with a mark on those that do not fit.

    Each value is fitted once, in a SELECT of its own, for its column and for the mark.
    """
    checked = {it: quoted(f"fitted {it.name}") for it in table.columns if it.kind not in _UNCHECKED}
    values = ", ".join(
        f"{checked[it]} AS {quoted(it.name)}" if it in checked else quoted(it.name)
        for it in table.columns
    )
    odd = " OR ".join(
        f"({quoted(it.name)} IS NOT NULL AND {name} IS NULL)" for it, name in checked.items()
    )
    if table.key:
        odd = f"{quoted(table.key)} IS NULL OR {odd or 'false'}"
    fits = ", ".join(["*", *(f"{fitted(it)} AS {name}" for it, name in checked.items())])
    raw = ", ".join(f"{quoted(it.property)} AS {quoted(it.name)}" for it in table.columns)
    return (
        f"SELECT {values}, uuidv7()::VARCHAR AS {ROW_ID.name}, "
        f"{_NOW}::TIMESTAMP AS {WRITTEN_AT.name}, '{{}}'::JSON AS {META.name}, "
        f"({odd or 'false'}) AS odd FROM (SELECT {fits} FROM (SELECT {raw}"
    )


def _source(table: Table, part: Part) -> str:
    kinds = ", ".join(
        f"'{it.property.replace(chr(39), chr(39) * 2)}': "
        f"'{'JSON' if it.kind in (Kind.JSON, Kind.TEXTS) else 'VARCHAR'}'"
        for it in table.columns
    )
    # DuckDB's buffer is twice the largest object, and one line must fit.
    largest = max(1 << 20, part.longest + 1024)
    return (
        f"read_json('{part.path}', format = 'newline_delimited', columns = {{{kinds}}}, "
        f"maximum_object_size = {largest})"
    )


def _move_good_lines(part: Part, good: Part) -> list[bytes]:
    """Copy the lines that are JSON into another part, and return the others."""
    broken = []
    for line in part.lines():
        try:  # written anew: of a name that stands twice, the last one counts
            text = json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"))
            good.add(text.encode())
        except (ValueError, RecursionError):
            broken.append(line[:-1])
    good.file.flush()
    return broken
