"""Types of PostgreSQL: what a column has, how a value is copied into it, how a type changes.

Rests on https://www.postgresql.org/docs/15/datatype.html and sql-copy.html (CSV format).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tables import Kind
from .typed_rows import quoted

if TYPE_CHECKING:
    from .tables import Column

KINDS = {
    Kind.TEXT: "character varying",
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "numeric(38,9)",
    Kind.BOOLEAN: "boolean",
    Kind.TIME: "timestamp without time zone",
    Kind.TEXTS: "character varying[]",
    Kind.JSON: "json",
}
# The text of a value as a new type, or null: PostgreSQL has no TRY_CAST.
TRY_CAST = """
CREATE OR REPLACE FUNCTION pg_temp.fitted(value text, kind text, OUT fits boolean, OUT as_text text)
LANGUAGE plpgsql AS $$
BEGIN
    IF kind = 'character varying[]' THEN
        SELECT array_agg(it)::text INTO as_text FROM json_array_elements_text(value::json) AS it;
        as_text := coalesce(as_text, '{}');
    ELSIF kind = 'timestamp without time zone' THEN
        as_text := (value::timestamptz AT TIME ZONE 'UTC')::text;
        IF as_text::timestamp NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999' THEN
            as_text := NULL;
        END IF;
    ELSE
        EXECUTE format('SELECT ($1::%s)::text', kind) INTO as_text USING value;
    END IF;
    fits := as_text IS NOT NULL;
EXCEPTION WHEN OTHERS THEN
    fits := false;
    as_text := NULL;
END $$
"""


def as_csv(column: Column) -> str:
    """Return DuckDB's expression for a value as PostgreSQL reads it."""
    name = quoted(column.name)
    if column.kind is not Kind.TEXTS:
        return name
    element = "replace(replace(it, '\\', '\\\\'), '\"', '\\\"')"
    elements = f"list_transform({name}, lambda it: coalesce('\"' || {element} || '\"', 'NULL'))"
    inner = f"coalesce(array_to_string({elements}, ','), '')"  # null for an empty list
    return f"CASE WHEN {name} IS NOT NULL THEN '{{' || {inner} || '}}' END"
