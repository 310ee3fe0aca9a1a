"""Columns of custom fields: names that stay, values that fit, and no record that fails."""

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft7Validator, FormatChecker

from source_zendesk_support.records.custom_columns import (
    ORGANIZATION,
    TICKET,
    USER,
    FieldKind,
    columns_of,
    fill,
    properties_of,
)
from source_zendesk_support.records.schema import load_schema

OPTIONS = [
    {"id": 1, "name": "Gold", "value": "gold"},
    {"id": 2, "name": "Silver::Old", "value": "silver"},
]
KINDS = {"tickets": TICKET, "users": USER, "organizations": ORGANIZATION}
TYPES = [
    *("text", "textarea", "checkbox", "integer", "decimal", "date", "regexp"),
    *("partialcreditcard", "tagger", "dropdown", "multiselect", "lookup", "multi_lookup"),
    "to_come",
]


def definition(type_name: str, **more: Any) -> dict[str, Any]:
    options = OPTIONS if type_name in ("tagger", "dropdown", "multiselect") else None
    found = {"id": 7, "key": "plan", "type": type_name, "title": "Plan", "removable": True}
    return {**found, "custom_field_options": options, **more}


def filled(type_name: str, value: Any, kind: FieldKind = TICKET) -> dict[str, Any]:
    """The columns of one record that holds one value."""
    columns = columns_of(kind, [definition(type_name)])
    raw = [{"id": 7, "value": value}] if kind is TICKET else {"plan": value}
    record = {kind.raw_field: deepcopy(raw)}
    fill(kind, columns, record)
    assert record.pop(kind.raw_field) == raw, "the raw values stay"
    return record


@pytest.mark.parametrize(
    ("type_name", "value", "column"),
    [
        ("text", "order 7", "order 7"),
        ("text", "", ""),
        ("text", 12, "12"),
        ("text", True, "true"),
        ("textarea", "a\nb", "a\nb"),
        ("regexp", "SN-1", "SN-1"),
        ("partialcreditcard", "XXXX1234", "XXXX1234"),
        ("lookup", "360001", "360001"),
        ("lookup", 360001, "360001"),
        ("multi_lookup", ["360001", "01HZ"], ["360001", "01HZ"]),
        ("multi_lookup", [360001, None], ["360001", None]),
        ("multi_lookup", "360001", ["360001"]),
        ("multi_lookup", [], []),
        ("to_come", {"a": [1]}, '{"a":[1]}'),
        ("checkbox", True, True),
        ("checkbox", False, False),
        ("checkbox", "true", True),
        ("checkbox", "yes", None),
        ("checkbox", [], None),
        ("integer", 5, 5),
        ("integer", "500", 500),
        ("integer", "-5", -5),
        ("integer", "5.0", 5),
        ("integer", "5.5", None),
        ("integer", "1e400", None),
        ("integer", 2**63, None),
        ("integer", "many", None),
        ("integer", True, None),
        ("integer", [1], None),
        ("decimal", "1.5", 1.5),
        ("decimal", 1.5, 1.5),
        ("decimal", "3", 3),
        ("decimal", "", None),
        ("decimal", "1,5", None),
        ("decimal", {}, None),
        ("date", "2026-01-31", "2026-01-31"),
        ("date", "2027-01-31T00:00:00+00:00", "2027-01-31"),
        ("date", "31.01.2026", None),
        ("date", "2026-02-30", None),
        ("date", 5, None),
        ("date", [], None),
        ("date", {}, None),  # Python 3.12 and later look a slice up
    ],
)
def test_values_of_types_without_options(type_name: str, value: Any, column: Any) -> None:
    assert filled(type_name, value) == {"custom_field_7": column}
    assert type(filled(type_name, value)["custom_field_7"]) is type(column)


@pytest.mark.parametrize(
    ("type_name", "value", "column", "label"),
    [
        ("tagger", "gold", "gold", "Gold"),
        ("dropdown", "silver", "silver", "Silver::Old"),
        ("tagger", "removed", "removed", None),
        ("multiselect", ["gold", "silver"], ["gold", "silver"], ["Gold", "Silver::Old"]),
        ("multiselect", ["removed", "gold"], ["removed", "gold"], [None, "Gold"]),
        ("multiselect", [None, "gold"], [None, "gold"], [None, "Gold"]),
        ("multiselect", [], [], []),
        ("multiselect", "gold", ["gold"], ["Gold"]),
        ("tagger", ["gold"], '["gold"]', None),
    ],
)
def test_an_options_label_stands_beside_its_value(
    type_name: str, value: Any, column: Any, label: Any
) -> None:
    assert filled(type_name, value) == {"custom_field_7": column, "custom_field_label_7": label}
    assert filled(type_name, value, USER) == {
        "user_field_plan": column,
        "user_field_label_plan": label,
    }


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_empty_value_has_no_column(type_name: str, kind: FieldKind) -> None:
    assert filled(type_name, None, kind) == {}


def test_a_value_of_any_size_and_depth_is_written_as_text() -> None:
    deep: list[Any] = [2**64 + 1]
    for _ in range(300):  # orjson writes 254 levels, and integers of 64 bits
        deep = [deep]
    text = "[" * 301 + "18446744073709551617" + "]" * 301
    assert filled("text", deep) == {"custom_field_7": text}
    assert filled("text", 2**64 + 1) == {"custom_field_7": "18446744073709551617"}
    assert filled("decimal", "18446744073709551617") == {"custom_field_7": 2**64 + 1}


def test_a_field_that_is_gone_leaves_nothing_behind() -> None:
    record: dict[str, Any] = {"custom_fields": [{"id": 8, "value": "x"}]}
    fill(TICKET, columns_of(TICKET, [definition("text")]), record)
    assert record == {"custom_fields": [{"id": 8, "value": "x"}]}


@pytest.mark.parametrize(
    ("more", "is_column"),
    [
        ({}, True),
        ({"active": False}, True),
        ({"removable": False}, False),
        ({"system": True}, False),
        ({"id": None}, False),
        ({"id": "7"}, False),
    ],
)
def test_which_fields_are_custom(more: dict[str, Any], is_column: bool) -> None:
    assert bool(columns_of(TICKET, [definition("text", **more)])) is is_column


def names_of(kind: FieldKind, *definitions: dict[str, Any]) -> list[str]:
    return [column.name for column in columns_of(kind, definitions)]


def test_a_name_does_not_follow_the_title() -> None:
    for kind in KINDS.values():
        before = columns_of(kind, [definition("tagger")])
        after = columns_of(kind, [definition("tagger", title="Tarif", raw_title="{{dc.plan}}")])
        assert before == after
        assert properties_of(before) == properties_of(after)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("plan", "user_field_plan"),
        ("plan_2", "user_field_plan_2"),
        ("_x", "user_field__x"),
        # Names that a destination could make one of, or that another column could have.
        ("Plan", "user_field_7"),
        ("plan-2", "user_field_7"),
        ("plan.2", "user_field_7"),
        ("größe", "user_field_7"),
        ("7", "user_field_7"),
        ("8", "user_field_7"),
        ("label_plan", "user_field_7"),
    ],
)
def test_a_key_is_a_name_when_it_can_be_no_other(key: str, name: str) -> None:
    assert names_of(USER, definition("text", key=key)) == [name]


LONGEST_COLUMN = 63  # bytes of a name in PostgreSQL, which cuts what is longer


@pytest.mark.parametrize("stream", ["users", "organizations"])
def test_a_key_that_a_database_would_cut_short_is_not_a_name(stream: str) -> None:
    """Two long keys with one beginning were one column in PostgreSQL."""
    kind = KINDS[stream]
    room = LONGEST_COLUMN - len(f"{kind.prefix}_label_")
    fits, long = "k" * room, "k" * (room + 1)
    found = [
        definition("dropdown", id=number, key=key)
        for number, key in enumerate([fits, f"{long}_one", f"{long}_two"])
    ]
    assert names_of(kind, *found) == [f"{kind.prefix}_{stem}" for stem in (fits, 1, 2)]
    columns = columns_of(kind, found)
    names = [name for c in columns for name in (c.name, c.label_name) if name]
    assert len({name[:LONGEST_COLUMN] for name in names}) == len(names) == 6
    record = {kind.raw_field: {f"{long}_one": "gold", f"{long}_two": "silver"}}
    fill(kind, columns, record)
    assert (record[f"{kind.prefix}_1"], record[f"{kind.prefix}_2"]) == ("gold", "silver")


def test_ticket_fields_go_by_their_id_even_with_a_key() -> None:
    assert names_of(TICKET, definition("text", key="plan")) == ["custom_field_7"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
definitions = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(1, 40) | json_values,
            "key": st.text(max_size=9)
            | st.sampled_from(["plan", "Plan", "label_plan", "7", "k" * 60 + "1", "k" * 60 + "2"]),
            "type": st.sampled_from(TYPES) | json_values,
            "custom_field_options": json_values | st.just(OPTIONS),
        },
        optional={"removable": st.booleans(), "system": st.booleans(), "title": json_values},
    ),
    max_size=8,
)


@given(definitions, st.sampled_from(list(KINDS)))
def test_no_two_columns_share_a_name_and_none_is_zendesks(
    found: list[dict[str, Any]], stream: str
) -> None:
    columns = columns_of(KINDS[stream], found)
    names = [name for c in columns for name in (c.name, c.label_name) if name]
    folded = {name.lower().replace("-", "_")[:LONGEST_COLUMN] for name in names}
    assert len(folded) == len(names)
    assert not folded & set(load_schema(stream)["properties"])


@given(definitions, json_values, st.sampled_from(list(KINDS)))
def test_no_record_fails_and_what_is_added_fits_the_schema(
    found: list[dict[str, Any]], value: Any, stream: str
) -> None:
    kind = KINDS[stream]
    columns = columns_of(kind, found)
    raws = [
        value,
        [{"id": column.place, "value": value} for column in columns],
        {str(column.place): value for column in columns},
    ]
    schema = {"type": "object", "properties": properties_of(columns)}
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema, format_checker=FormatChecker())
    for raw in raws:
        record = {"id": 1, kind.raw_field: raw}
        fill(kind, columns, record)
        assert record[kind.raw_field] == raw
        validator.validate(record)
        orjson.dumps(record)
