"""The tables of an account as a verification asks them: the same SQL for DuckDB and PostgreSQL.

Reads only. Values come as the driver gives them; same.py knows what they mean.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.streams.catalog.table import STREAMS

from . import states as state_rows, syncs
from .store import UNFIT
from .tables import normalized
from .typed_rows import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from source_zendesk_support.verify.held import Row

# Rows that say themselves that they are deleted, and that a search does not count.
_GONE = {
    "users": ("active", "active IS NOT FALSE"),
    "organizations": ("deleted_at", "deleted_at IS NULL"),
}
# As held.py has it. A column may be missing: the rules of privacy drop fields.
_ALIVE = {
    "tickets": ("status", "status IS DISTINCT FROM 'deleted'"),
    "custom_object_records": ("name", "name IS DISTINCT FROM '[DELETED]'"),
}
_TIMES = ("updated_at", "created_at")


class SqlHeld:
    """The tables of one account in a schema. `now` is the time of this machine."""

    def __init__(self, connection: Any, schema: str, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._schema = schema
        self._columns: dict[str, dict[str, str]] = defaultdict(dict)  # with their types
        for table, column, kind in self._rows(
            "SELECT table_name, column_name, lower(data_type) FROM information_schema.columns "
            f"WHERE table_schema = {literal(schema)} ORDER BY ordinal_position"
        ):
            self._columns[table][column] = kind
        self._last = syncs.last_complete(self.syncs())

    def streams(self) -> list[str]:
        """Return the streams that have a table and were read, in the catalog's order."""
        there = [name for name in STREAMS if name in self._columns]
        return [name for name in there if name in self._last or self.count(name, dead=True)]

    def sources(self) -> list[str]:
        """Return the names of the accounts whose states are in the schema."""
        if state_rows.TABLE not in self._columns:
            return []
        query = f"SELECT DISTINCT source_name FROM {self._named(state_rows.TABLE)}"
        return [name for (name,) in self._rows(query)]

    def states(self) -> dict[str, Any]:
        """Return the state of each stream."""
        if state_rows.TABLE not in self._columns:
            return {}
        query = f"SELECT stream_name, state_json FROM {self._named(state_rows.TABLE)}"
        return {name: state_rows.from_text(text) for name, text in self._rows(query)}

    def syncs(self) -> list[syncs.SyncRow]:
        """Return what is kept of the syncs, from new to old."""
        if syncs.TABLE not in self._columns:
            return []
        query = (
            "SELECT began_at, ended_at, exit_code, streams, next_run_at "
            f"FROM {self._named(syncs.TABLE)} ORDER BY ended_at DESC"
        )
        rows = [syncs.from_values(row) for row in self._rows(query)]
        # A time in the future was written by a wrong clock: that sync is not the last one.
        return sorted(rows, key=lambda row: row.ended_at > self._now)

    def count(self, stream: str, *, dead: bool = False) -> int:
        """Return the number of live rows, or of all with the `dead` ones."""
        where = "TRUE" if dead else self._alive(stream)
        ((number,),) = self._rows(f"SELECT count(*) FROM {self._named(stream)} WHERE {where}")
        return int(number)

    def repeated(self) -> dict[str, int]:
        """Return the streams that have rows without a key of their own, with their number.

        A table with a primary key cannot have any.
        """
        guarded = {
            name
            for (name,) in self._rows(
                "SELECT table_name FROM information_schema.table_constraints "
                f"WHERE table_schema = {literal(self._schema)} AND constraint_type = 'PRIMARY KEY'"
            )
        }
        found = {}
        for name in self.streams():
            key = STREAMS[name].primary_key
            if key and name not in guarded:
                ((number,),) = self._rows(
                    f"SELECT count(*) - count(DISTINCT {quoted(key)}) FROM {self._named(name)}"
                )
                if number:
                    found[name] = int(number)
        return found

    def count_created(self, stream: str, from_s: int, until_s: int) -> int | None:
        """Return the number of live rows that were created in a span of time, its end left out.

        None where the time of creation is dropped or hashed.
        """
        if not self._columns[stream].get("created_at", "").startswith("timestamp"):
            return None
        first, end = _span(from_s, until_s)
        ((number,),) = self._rows(
            f"SELECT count(*) FROM {self._named(stream)} WHERE {self._alive(stream)} AND "
            f"{self._if_there(stream, _GONE)} AND created_at >= {first} AND created_at < {end}"
        )
        return int(number)

    def rows(self, stream: str, keys: Collection[str] | None = None) -> dict[str, Row]:
        """Return rows by the text of their key, dead ones too: of some keys, or all."""
        return self._of(stream, STREAMS[stream].primary_key, keys)

    def within(self, stream: str, column: str, from_s: int, until_s: int) -> dict[str, Row]:
        """Return the rows whose time in a column is in a span, its end left out."""
        first, end = _span(from_s, until_s)
        name = quoted(column)
        return self._where(stream, f"{name} >= {first} AND {name} < {end}")

    def below(self, stream: str, column: str, parents: Collection[str]) -> dict[str, Row]:
        """Return the rows below some parents, whose keys stand in a column."""
        return self._of(stream, column, parents)

    def sample(self, stream: str, newest: int, others: int) -> list[str]:
        """Return keys of live rows: the newest, and others at random."""
        key = f"CAST({quoted(STREAMS[stream].primary_key)} AS VARCHAR)"
        names = (STREAMS[stream].cursor_field, *_TIMES)
        time = next((it for it in names if it in self._columns[stream]), None)
        order = f"{quoted(time)} DESC NULLS LAST, " if time else ""
        select = f"SELECT {key} FROM {self._named(stream)} WHERE {self._alive(stream)}"
        found = self._rows(f"{select} ORDER BY {order}{key} DESC LIMIT {newest}")
        found += self._rows(f"{select} ORDER BY random() LIMIT {others + newest}")
        keys = dict.fromkeys(str(it) for (it,) in found)
        return list(keys)[: newest + others]

    def gaps(self, stream: str) -> list[tuple[int, int]]:
        """Return the ranges of whole numbers that are missing between the keys, both ends in."""
        key = quoted(STREAMS[stream].primary_key)
        pairs = f"SELECT {key} AS this, lead({key}) OVER (ORDER BY {key}) AS next"
        found = self._rows(
            f"SELECT this, next FROM ({pairs} FROM {self._named(stream)}) AS pairs "
            "WHERE next > this + 1 ORDER BY this"
        )
        return [(int(before) + 1, int(after) - 1) for before, after in found]

    def column(self, name: str) -> str:
        """Return the column of a field."""
        return normalized(name)

    def unfit(self, stream: str) -> set[tuple[str, str]]:
        """Return key and column of each value that did not fit, and is null there."""
        if UNFIT not in self._columns:
            return set()
        query = f"SELECT record_key, column_name FROM {self._named(UNFIT)}"
        return set(self._rows(f"{query} WHERE stream_name = {literal(stream)}"))

    def unfit_streams(self) -> dict[str, int]:
        """Return how many values of each stream did not fit."""
        if UNFIT not in self._columns:
            return {}
        query = f"SELECT stream_name, count(*) FROM {self._named(UNFIT)} GROUP BY 1 ORDER BY 1"
        return dict(self._rows(query))

    def began_s(self, stream: str) -> int | None:
        """Return when, by Zendesk's clock, the last complete reading of a stream began."""
        last = self._last.get(stream)
        return None if last is None else int(last.began_at.timestamp())

    def _of(self, stream: str, column: str, values: Collection[str] | None) -> dict[str, Row]:
        where = "TRUE"
        if values is not None:
            if not values:
                return {}
            listed = ", ".join(map(literal, values))
            where = f"CAST({quoted(column)} AS VARCHAR) IN ({listed})"
        return self._where(stream, where)

    def _where(self, stream: str, where: str) -> dict[str, Row]:
        key = STREAMS[stream].primary_key
        cursor = self._connection.execute(f"SELECT * FROM {self._named(stream)} WHERE {where}")
        names = [it[0] for it in cursor.description]
        at = names.index(key)
        return {str(row[at]): dict(zip(names, row, strict=True)) for row in cursor.fetchall()}

    def _alive(self, stream: str) -> str:
        """Return the condition of a live row."""
        marked = f"{quoted(DELETED_AT)} IS NULL" if DELETED_AT in self._columns[stream] else "TRUE"
        return f"{marked} AND {self._if_there(stream, _ALIVE)}"

    def _if_there(self, stream: str, conditions: Mapping[str, tuple[str, str]]) -> str:
        """Return the condition of a stream; TRUE without one, or without its column."""
        column, condition = conditions.get(stream, ("", ""))
        return condition if column in self._columns[stream] else "TRUE"

    def _named(self, table: str) -> str:
        return f"{quoted(self._schema)}.{quoted(table)}"

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(query).fetchall())


def _span(from_s: int, until_s: int) -> list[str]:
    """Return both ends of a span in SQL: columns have times without a zone, in UTC."""
    times = (datetime.fromtimestamp(it, UTC).replace(tzinfo=None) for it in (from_s, until_s))
    return list(map(literal, times))
