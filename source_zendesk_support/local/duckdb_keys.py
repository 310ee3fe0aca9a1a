"""The keys of tables in DuckDB: where tools read them, and which rows stand in the way of one.

Owns that a row without a usable key is kept whole in `_unfit_values`. Of several rows with one key
the one that was written last stays. Knows no rule of when a table has a primary key.
Rests on https://duckdb.org/docs/1.4/sql/constraints.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tables import WRITTEN_AT
from .typed_rows import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .tables import Table

KEYS = "_keys"
KEYS_COMMENT = "The key of each table: the column whose value no two rows share."


def keys_of(tables: Iterable[Table]) -> list[tuple[str, str]]:
    """Return the rows of `_keys`: a table and the column of its key."""
    return [(table.name, table.key) for table in tables if table.key]


def move_aside(table: Table, source: str, side: str, condition: str) -> tuple[str, str]:
    """Return the statements that move rows which meet a condition from `source` aside, whole."""
    key = quoted(table.key)
    copy = (
        f"INSERT INTO {side} SELECT {literal(table.name)}, {key}::VARCHAR, {literal(table.key)}, "
        f"to_json(it)::VARCHAR, now()::TIMESTAMP FROM {source} AS it WHERE {condition}"
    )
    return copy, f"DELETE FROM {source} WHERE {condition}"


def unique(table: Table, target: str) -> str:
    """Return the statement that leaves one row for each key: the one that was written last."""
    return (
        f"DELETE FROM {target} WHERE rowid IN (SELECT row FROM (SELECT rowid AS row, row_number() "
        f"OVER (PARTITION BY {quoted(table.key)} ORDER BY {WRITTEN_AT.name} DESC NULLS LAST, "
        f"rowid DESC) AS n FROM {target}) WHERE n > 1)"
    )
