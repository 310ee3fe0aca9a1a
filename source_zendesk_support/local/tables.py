"""The tables of a sync: one for each stream, its columns typed from the stream's JSON schema.

Owns which kind of column a property becomes, and the catalog that the connector is given. Reads the
package's own schemas, so that a sync needs no `discover`. Knows no database's SQL.
Rests on https://docs.airbyte.com/understanding-airbyte/supported-data-types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.deletions import Deletions
from source_zendesk_support.records.deletion import DELETED_AT, with_deleted_at
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Kind(Enum):
    """The type of a column; the value is DuckDB's name of it."""

    TEXT = "VARCHAR"
    INTEGER = "BIGINT"
    NUMBER = "DECIMAL(38,9)"
    BOOLEAN = "BOOLEAN"
    TIME = "TIMESTAMP"
    TEXTS = "VARCHAR[]"
    JSON = "JSON"


_SCALARS = {"string": Kind.TEXT, "integer": Kind.INTEGER, "number": Kind.NUMBER}
_SCALARS["boolean"] = Kind.BOOLEAN
# Times whose schema says text, because Airbyte's published connector has them so: a platform's
# tables keep that type. On the desk every time is a time.
_TIMES = frozenset(
    {
        ("ticket_events", "created_at"),
        ("ticket_metric_events", "time"),
        ("ticket_metrics", "time"),
        ("triggers", "created_at"),
        ("triggers", "updated_at"),
        ("automations", "created_at"),
        ("automations", "updated_at"),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the database, the property that it holds, and what it is about."""

    name: str
    property: str
    kind: Kind
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a stream; `key` is the column of its primary key, "" without one.

    `is_whole`: the stream has no cursor, so that each sync reads it from its beginning.
    """

    name: str
    key: str
    is_whole: bool
    columns: tuple[Column, ...]
    comment: str = ""

    @property
    def marks_deletions(self) -> bool:
        """Whether a row can be marked as deleted."""
        return any(it.property == DELETED_AT for it in self.columns)


# Columns that each row has beside its record: the same columns as in the tables of version 6.0.0.
ROW_ID = Column("_airbyte_raw_id", "", Kind.TEXT, "Changes each time that the row is written.")
WRITTEN_AT = Column("_airbyte_extracted_at", "", Kind.TIME, "When the row was written (UTC).")
META = Column("_airbyte_meta", "", Kind.JSON, "Names the columns whose value did not fit.")
EXTRA = (ROW_ID, WRITTEN_AT, META)


def table_of(stream: str, schema: Mapping[str, Any] | None = None) -> Table:
    """Return the table of a stream; `schema` replaces the package's own one."""
    row = STREAMS[stream]
    schema = schema or load_schema(stream)
    columns: dict[str, Column] = {}
    for name, declared in schema["properties"].items():
        column = normalized(name)
        if column not in columns:  # two keys of custom fields may differ in their case alone
            kind = Kind.TIME if (stream, name) in _TIMES else _kind(declared)
            columns[column] = Column(column, name, kind, declared.get("description", ""))
    return Table(
        stream,
        row.primary_key or "",
        not row.cursor_field,
        tuple(columns.values()),
        schema.get("description") or row.description,
    )


def schema_of(stream: str, schema: Mapping[str, Any], deletions: Deletions) -> Mapping[str, Any]:
    """Return the schema of a stream as its table has it, with a place for deletions if it has any.

    A stream that goes with its ticket has one where records that Zendesk calls deleted are marked.
    """
    follows = deletions is Deletions.TOMBSTONES and STREAMS[stream].goes_with_ticket(schema)
    has_place = STREAMS[stream].shows_deletions(deletions) or follows
    return with_deleted_at(schema) if has_place else schema


def catalog_of(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the configured catalog with which the connector reads these streams."""
    return {"streams": [_configured(name, schema) for name, schema in schemas.items()]}


def _configured(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    row = STREAMS[name]
    modes = ["full_refresh", *(["incremental"] if row.cursor_field else [])]
    return {
        "stream": {"name": name, "json_schema": schema, "supported_sync_modes": modes},
        "sync_mode": modes[-1],
        "destination_sync_mode": "append_dedup" if row.cursor_field else "overwrite",
    }


def _kind(declared: Mapping[str, Any]) -> Kind:
    kinds = _types(declared)
    if "date-time" in str(declared.get("format")):
        return Kind.TIME
    if len(kinds) != 1:
        return Kind.TEXT  # a union of types: its JSON as text
    (kind,) = kinds
    if kind == "array" and _types(declared.get("items") or {}) == {"string"}:
        return Kind.TEXTS
    return _SCALARS.get(kind, Kind.JSON)


def _types(declared: Mapping[str, Any]) -> set[str]:
    found = declared.get("type", ())
    return {found} if isinstance(found, str) else set(found) - {"null"}


@cache
def normalized(name: str) -> str:
    """Return the name of a property as version 6.0.0 named its column."""
    plain = re.sub(r"[^a-z0-9]", "_", name.lower())
    return f"_{plain}" if plain[:1].isdigit() else plain


def refuse_tables_of_others(
    tables: Iterable[Table], held: Mapping[str, Mapping[str, str]], schema: str
) -> None:
    """Raise ConnectorError (config) where a table has a stream's name, and no sync has made it.

    `held` are the columns of each table. A sync deletes rows: those of others stay.
    """
    own = {column.name for column in EXTRA}
    names = [it.name for it in tables if it.name in held and not held[it.name].keys() & own]
    if names:
        raise ConnectorError(
            f"The schema {schema} has tables that no sync has made: {', '.join(names)}.",
            about="option --into",
            remedy="Give another database, or a schema of its own by --config NAME=config.json.",
            failure=Failure.CONFIG,
        )
