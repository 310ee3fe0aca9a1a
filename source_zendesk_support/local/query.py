"""`zendesk-local query`: one SELECT on the tables, printed. Reads only.

For a quick look; a database has better tools of its own.
"""

from __future__ import annotations

import csv
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from .reading import reading
from .report import console, print_table
from .typed_rows import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .destination import Destination

# More would scroll away, and cost memory to lay out.
MOST_ROWS = 200
_AT_ONCE = 1000


def query(
    sql: str, destination: Destination, name: str, secrets: Mapping[str, str], form: str
) -> int:
    """Print the rows of a SELECT and return 0. Raises ConnectorError."""
    with reading(destination, name, secrets) as (connection, schema):
        is_postgres = destination.kind == "postgresql"
        place = f"search_path = {quoted(schema)}" if is_postgres else f"schema = {literal(schema)}"
        connection.execute(f"SET {place}")
        cursor = connection.execute(sql)
        if cursor is None:  # of no statement at all
            return 0
        head = [it[0] for it in cursor.description or ()]
        _PRINTERS[form](head, _rows(cursor) if head else iter(()))
    return 0


def _rows(cursor: Any) -> Iterator[Sequence[Any]]:
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


def _table(head: list[str], rows: Iterator[Sequence[Any]]) -> None:
    out = console()
    shown = [tuple(map(_text, row)) for row in islice(rows, MOST_ROWS)]
    print_table(out, None, tuple(head), shown, text=len(head))
    if next(rows, None) is not None:
        sys.stderr.write(f"The first {MOST_ROWS} rows; --format csv prints all.\n")


def _csv(head: list[str], rows: Iterator[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(head)
    writer.writerows(map(_text, row) for row in rows)


def _jsonl(head: list[str], rows: Iterator[Sequence[Any]]) -> None:
    for row in rows:
        line = orjson.dumps(
            dict(zip(head, row, strict=True)), default=str, option=orjson.OPT_APPEND_NEWLINE
        )
        sys.stdout.buffer.write(line)


_PRINTERS = {"table": _table, "csv": _csv, "jsonl": _jsonl}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return (
        orjson.dumps(value, default=str).decode() if isinstance(value, list | dict) else str(value)
    )
