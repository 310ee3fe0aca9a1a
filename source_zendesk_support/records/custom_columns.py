"""Custom fields as typed columns: their names, their schemas, and the values that go into them.

Pure rules over the definitions of an account's fields. A name follows from the field's own id or
key, never from its title. No record fails. A value that does not fit the field's type becomes null,
and so does an option that is gone. The raw values stay where they are. Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/ (types).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.json_text import dumps, number_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Record = dict[str, Any]
    Schema = dict[str, Any]

_INT64 = range(-(2**63), 2**63)  # what an integer column holds
_TEXT: Schema = {"type": ["null", "string"]}
_TEXTS: Schema = {"type": ["null", "array"], "items": _TEXT}
# A key that can be a part of a column's name. Destinations fold case and odd letters, which could
# make one name of two keys. Digits alone could be the id of another field.
_PLAIN_KEY = re.compile(r"(?!label_)[a-z_][a-z0-9_]*\Z")
# PostgreSQL cuts a longer name without a word, and so makes one column of two (NAMEDATALEN - 1).
# It is the shortest limit of the databases in use: MySQL has 64, Redshift 127, Snowflake 255.
_LONGEST_NAME = 63
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FieldKind:
    """Where the custom fields of one kind of record stand, and what their columns are called."""

    raw_field: str  # the record's own field with all values
    prefix: str


TICKET = FieldKind("custom_fields", "custom_field")
USER = FieldKind("user_fields", "user_field")
ORGANIZATION = FieldKind("organization_fields", "organization_field")


@dataclass(frozen=True, slots=True)
class CustomColumn:
    """One custom field. `place` finds its value: an id in tickets, a key in users.

    `options` are labels by value; `label_name` is the column of the label, or None for a type
    without options.
    """

    place: int | str
    name: str
    type: str
    label_name: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    try:
        return dumps(value).decode()
    except ValueError:  # nested too deep to be written
        return None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        value = number_in(value.strip())
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _integer(value: Any) -> int | None:
    number = _number(value)
    if number is None or number != number // 1:
        return None
    return int(number) if int(number) in _INT64 else None


def _date(value: Any) -> str | None:
    """Tickets have dates, users and organizations the midnight of one: both are the day."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return None


def _texts(value: Any) -> list[str | None]:
    items = value if isinstance(value, list) else [value]
    return [None if item is None else _text(item) for item in items]


# Zendesk's type -> the column's schema and what makes a value fit it. Any other type, known or to
# come, is text (text, textarea, regexp, partialcreditcard, lookup, tagger, dropdown ...).
_TYPES: Mapping[str, tuple[Schema, Callable[[Any], Any]]] = {
    "checkbox": ({"type": ["null", "boolean"]}, _boolean),
    "integer": ({"type": ["null", "integer"]}, _integer),
    "decimal": ({"type": ["null", "number"]}, _number),
    "date": ({"type": ["null", "string"], "format": "date"}, _date),
    "multiselect": (_TEXTS, _texts),
    "multi_lookup": (_TEXTS, _texts),  # ids of related records, numbers or text
}
_OTHER: tuple[Schema, Callable[[Any], Any]] = (_TEXT, _text)
WITH_OPTIONS = frozenset({"tagger", "dropdown", "multiselect"})


def columns_of(kind: FieldKind, definitions: Iterable[Mapping[str, Any]]) -> list[CustomColumn]:
    """Return one column per custom field, in the order of their ids; system fields are left out.

    Fields that are switched off are kept: older records hold values of them.
    """
    found: dict[str, tuple[int, CustomColumn]] = {}
    for definition in definitions:
        field_id, key = definition.get("id"), definition.get("key")
        if not isinstance(field_id, int) or definition.get("removable") is False:
            continue
        if definition.get("system") is True or (kind is not TICKET and not isinstance(key, str)):
            continue
        place = field_id if kind is TICKET else key
        stem = key if _is_a_name(kind, key) else field_id
        type_name = str(definition.get("type"))
        has_options = type_name in WITH_OPTIONS
        column = CustomColumn(
            place if place is not None else field_id,
            f"{kind.prefix}_{stem}",
            type_name,
            f"{kind.prefix}_label_{stem}" if has_options else None,
            _options(definition) if has_options else _NO_OPTIONS,
        )
        found.setdefault(column.name, (field_id, column))
    return [column for _, column in sorted(found.values(), key=lambda pair: pair[0])]


def _is_a_name(kind: FieldKind, key: Any) -> bool:
    """Return whether a key can stand in a column's name, and in that of its label.

    The rule looks at one key alone, so that a new field never renames the column of another.
    """
    if kind is TICKET or not isinstance(key, str):
        return False
    return bool(_PLAIN_KEY.match(key)) and len(f"{kind.prefix}_label_{key}") <= _LONGEST_NAME


def _options(definition: Mapping[str, Any]) -> dict[str, str]:
    options = definition.get("custom_field_options")
    return {
        option["value"]: option["name"]
        for option in (options if isinstance(options, list) else ())
        if isinstance(option, dict)
        and isinstance(option.get("value"), str)
        and isinstance(option.get("name"), str)
    }


def properties_of(columns: Iterable[CustomColumn]) -> dict[str, Schema]:
    """Return the JSON schema of each column, labels included.

    Without the field's title: renaming a field must not change the schema.
    """
    properties: dict[str, Schema] = {}
    for column in columns:
        schema = _TYPES.get(column.type, _OTHER)[0]
        properties[column.name] = schema
        if column.label_name:
            properties[column.label_name] = schema
    return properties


def fill(kind: FieldKind, columns: Iterable[CustomColumn], record: Record) -> None:
    """Add the columns of the values that a record holds. Never raises on a record of JSON."""
    raw = record.get(kind.raw_field)
    if isinstance(raw, list):
        values = {
            item["id"]: item.get("value")
            for item in raw
            if isinstance(item, dict) and isinstance(item.get("id"), int)
        }
    else:
        values = raw if isinstance(raw, dict) else {}
    for column in columns:
        value = values.get(column.place)
        if value is None:
            continue
        fitted = _TYPES.get(column.type, _OTHER)[1](value)
        record[column.name] = fitted
        if column.label_name:
            record[column.label_name] = (
                [column.options.get(item) for item in fitted]
                if isinstance(fitted, list)
                else column.options.get(fitted)
            )
