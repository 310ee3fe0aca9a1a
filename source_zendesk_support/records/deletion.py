"""How a deletion stands in records and schemas: the field that destinations know it by.

Owns the name, its place in a schema and the form of a tombstone: a record of a key that is gone.
Airbyte's destinations remove or mark rows in which this field is not null.
Rests on https://docs.airbyte.com/understanding-airbyte/cdc (columns of change data capture).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DELETED_AT = "_ab_cdc_deleted_at"
_PROPERTY = {
    "type": ["null", "string"],
    "format": "date-time",
    "description": "When the deletion was found; null in a record that exists.",
}


def with_deleted_at(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a schema that declares the field of deletions."""
    return {**schema, "properties": {**schema["properties"], DELETED_AT: dict(_PROPERTY)}}


def tombstone(
    primary_key: str, key: int | str, cursor_field: str, schema: Mapping[str, Any], at_s: int
) -> dict[str, Any]:
    """Return the record that says that a key is gone.

    Its cursor is the time of the finding, so that deduplication keeps it before all older ones.
    """
    at = datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")
    declared = schema.get("properties", {}).get(cursor_field, {}).get("type") or ()
    is_epoch = "integer" in declared or "number" in declared
    return {primary_key: key, cursor_field: at_s if is_epoch else at, DELETED_AT: at}
