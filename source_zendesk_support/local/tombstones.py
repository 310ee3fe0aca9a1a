"""The effect of deletions on tables: a row stays, and its column says when the deletion was found.

Owns the SQL of it, which DuckDB and PostgreSQL share. A deleted ticket has always been marked and
never removed (docs/loader.md); rows of other streams are treated alike. Removes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.deletion import TICKET_ID

from .tables import WRITTEN_AT
from .typed_rows import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .tables import Table

TICKETS = "tickets"
_DELETED_AT = quoted(DELETED_AT)
# The ticket was deleted, or restored. A tombstone may come before the deletion of its ticket: only
# a ticket that was written after the row lifts the mark.
_WHEN = (
    f"{_DELETED_AT} IS NULL AND gone_at IS NOT NULL",
    f"{_DELETED_AT} IS NOT NULL AND gone_at IS NULL AND {{written}} < ticket_written_at",
)


def mark_rows(table: Table, target: str, rows: str) -> list[str]:
    """Return the statements that mark rows by tombstones, and take these out of what is staged.

    `target` and `rows` are names in SQL. A tombstone has its key, its cursor and its time alone; a
    record that says of itself that it is deleted has more, and is written as any other.
    """
    if not table.marks_deletions or not table.key:
        return []
    row = STREAMS[table.name]
    own = {row.primary_key, row.cursor_field, DELETED_AT}
    rest = [it.name for it in table.columns if it.property not in own]
    nulls = " AND ".join(f"{quoted(name)} IS NULL" for name in rest)
    bare = f"{_DELETED_AT} IS NOT NULL AND {nulls or 'true'}"
    key, written = quoted(table.key), WRITTEN_AT.name
    found = f"(SELECT {key} AS gone, {_DELETED_AT} AS gone_at, {written} AS gone_in FROM {rows} "
    mark = (
        f"UPDATE {target} SET {_DELETED_AT} = gone_at, {written} = gone_in "
        f"FROM {found} WHERE {bare}) AS found WHERE {key} = gone"
    )
    return [mark, f"DELETE FROM {rows} WHERE {bare}"]


def mark_children(
    tables: Iterable[Table], named: Callable[[str], str]
) -> Iterator[tuple[Table, str]]:
    """Yield the statements by which what belongs to a ticket is deleted and restored with it.

    `named` gives the name of a table in SQL.
    """
    written = WRITTEN_AT.name
    source = (
        f"(SELECT id AS of_ticket, {_DELETED_AT} AS gone_at, {written} AS ticket_written_at "
        f"FROM {named(TICKETS)})"
    )
    for table in tables:
        row = STREAMS[table.name]
        if not (table.marks_deletions and row.goes_with_ticket(load_schema(table.name))):
            continue
        change = f"UPDATE {named(table.name)} SET {_DELETED_AT} = gone_at FROM {source} AS tickets"
        for when in _WHEN:
            condition = when.format(written=written)
            yield table, f"{change} WHERE {TICKET_ID} = of_ticket AND {condition}"
