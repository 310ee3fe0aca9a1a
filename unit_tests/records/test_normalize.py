"""Values: each rule of the normaliser in a table."""

import copy
import sys
from typing import Any

import pytest

from source_zendesk_support.records.normalize import compile_normalizer
from source_zendesk_support.records.schema import load_schema

STRING, INTEGER, NUMBER, BOOLEAN = (
    {"type": ["null", name]} for name in ("string", "integer", "number", "boolean")
)


def record_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": True, "properties": properties}


def normalised(schema: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(record)
    compile_normalizer(schema)(changed)
    return changed


def same(left: Any, right: Any) -> bool:
    """Compare types too: `1`, `1.0` and `true` are equal to Python, not to a destination."""
    return repr(left) == repr(right)


@pytest.mark.parametrize(
    ("declared", "before", "after"),
    [
        (STRING, "text", "text"),
        (STRING, "", ""),
        (STRING, None, None),
        (STRING, True, "true"),
        (STRING, False, "false"),
        (STRING, 12, "12"),
        (STRING, 7253394974479, "7253394974479"),
        (STRING, 2**64, "18446744073709551616"),
        (STRING, [-(2**64) - 1], "[-18446744073709551617]"),
        (STRING, 1.5, "1.5"),
        (STRING, 3.0, "3.0"),
        (STRING, [], "[]"),
        (STRING, ["a", "b"], '["a","b"]'),
        (STRING, {"a": [True, None, "é🔥"]}, '{"a":[true,null,"é🔥"]}'),
        (INTEGER, 12, 12),
        (INTEGER, None, None),
        (INTEGER, 3.0, 3),
        (INTEGER, -3.0, -3),
        (INTEGER, 7253394974479.0, 7253394974479),
        (INTEGER, 3.7, 3.7),
        # No integer column holds these, and no digit is lost.
        (INTEGER, 2**64 + 1, 2**64 + 1),
        (INTEGER, "18446744073709551617", "18446744073709551617"),
        (NUMBER, 2**64 + 1, 2**64 + 1),
        (NUMBER, "18446744073709551617", 2**64 + 1),
        (INTEGER, "77", 77),
        (INTEGER, "-77", -77),
        (INTEGER, "7253394974479", 7253394974479),
        (INTEGER, "77.0", 77),
        (INTEGER, "77.5", "77.5"),
        (INTEGER, "abc", "abc"),
        (INTEGER, "", ""),
        (INTEGER, "true", "true"),
        (INTEGER, "[1]", "[1]"),
        (INTEGER, "0x10", "0x10"),
        (INTEGER, "\u0667", "\u0667"),  # a digit to Python, not to JSON
        (INTEGER, "\ud800", "\ud800"),
        (INTEGER, str(2**63 - 1), 2**63 - 1),
        (INTEGER, str(2**63), str(2**63)),
        (INTEGER, "9" * 5000, "9" * 5000),  # more digits than int() takes
        (INTEGER, 1e300, 1e300),
        (INTEGER, 2**70, 2**70),
        (INTEGER, True, True),
        (INTEGER, [1], [1]),
        (INTEGER, {"a": 1}, {"a": 1}),
        (NUMBER, 5, 5),
        (NUMBER, 1.5, 1.5),
        (NUMBER, None, None),
        (NUMBER, "12", 12),
        (NUMBER, "-37.81", -37.81),
        (NUMBER, "1e3", 1000.0),
        (NUMBER, "NaN", "NaN"),
        (NUMBER, "1e999", "1e999"),
        (NUMBER, "abc", "abc"),
        (NUMBER, True, True),
        (NUMBER, [1], [1]),
        (BOOLEAN, True, True),
        (BOOLEAN, None, None),
        (BOOLEAN, "true", True),
        (BOOLEAN, "false", False),
        (BOOLEAN, "True", "True"),
        (BOOLEAN, "nope", "nope"),
        (BOOLEAN, 1, 1),
        (BOOLEAN, ["true"], ["true"]),
        ({"type": ["null", "object"]}, "web", "web"),
        ({"type": ["null", "object"]}, [], []),
        ({"type": ["null", "array"]}, {}, {}),
        ({"type": ["null", "array"]}, "a", "a"),
        ({"type": ["null", "string", "object"]}, 12, 12),
        ({"type": ["null", "string", "array"]}, ["a"], ["a"]),
        ({"type": ["null", "string", "number", "boolean"]}, 12, 12),
        ({"type": ["null", "string", "integer"]}, "12", "12"),
        ({}, "12", "12"),
        ({"type": "string"}, 12, "12"),
        ({"type": ["string"]}, 12, "12"),
    ],
)
def test_a_value_fits_or_stays(declared, before, after):
    schemas = {
        "field": (record_of({"field": declared}), {"field": before}, {"field": after}),
        "nested": (
            record_of({"outer": {"type": "object", "properties": {"field": declared}}}),
            {"outer": {"field": before}},
            {"outer": {"field": after}},
        ),
        "items": (
            record_of({"list": {"type": "array", "items": declared}}),
            {"list": [None, before, before]},
            {"list": [None, after, after]},
        ),
        "items of items": (
            record_of({"list": {"items": {"type": ["null", "array"], "items": declared}}}),
            {"list": [None, [before], "a", []]},
            {"list": [None, [after], "a", []]},
        ),
    }
    for place, (schema, record, expected) in schemas.items():
        assert same(normalised(schema, record), expected), place


def test_a_custom_field_value_is_its_json_text():
    schema = load_schema("tickets")
    ticket = {
        "id": 7253394974479.0,
        "custom_fields": [
            {"id": "360000000001", "value": True},
            {"id": 360000000002, "value": ["a", "b"]},
            {"id": 360000000003, "value": None},
            {"id": 360000000004, "value": "text", "kind": 1},
            None,
            "odd",
        ],
        "via": {"channel": 4, "source": {"from": {"ticket_id": "9"}, "to": {}, "rel": None}},
        "satisfaction_rating": "unoffered",
        "new_in_zendesk": {"id": "1"},
    }
    assert same(
        normalised(schema, ticket),
        {
            "id": 7253394974479,
            "custom_fields": [
                {"id": 360000000001, "value": "true"},
                {"id": 360000000002, "value": '["a","b"]'},
                {"id": 360000000003, "value": None},
                {"id": 360000000004, "value": "text", "kind": 1},
                None,
                "odd",
            ],
            "via": {"channel": "4", "source": {"from": {"ticket_id": 9}, "to": {}, "rel": None}},
            "satisfaction_rating": "unoffered",
            "new_in_zendesk": {"id": "1"},
        },
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "2",
        "class",
        "value",
        "child_0",
        "get_0",
        "string",
        "__builtins__",
        "it's",
        'say "hi"',
        "back\\slash",
        "\\",
        "line\nbreak",
        "null\x00byte",
        "{name!a}",
        "%s",
        "🔥",
        "\u2028",
        "\ud800",
        "'] = 1; raise SystemExit #",
        "'''\"\"\"",
    ],
)
def test_a_property_name_is_data_never_code(name):
    schema = record_of({name: INTEGER, "a": {"properties": {name: STRING}}, "b": {"items": STRING}})
    record = {name: "77", "a": {name: [1]}, "b": [True]}
    assert same(normalised(schema, record), {name: 77, "a": {name: "[1]"}, "b": ["true"]})


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 16, 17, 100])
def test_depth_has_no_limit_that_a_schema_reaches(depth):
    schema: dict[str, Any] = {"properties": {"id": INTEGER}}
    before: Any = {"id": "77"}
    after: Any = {"id": 77}
    for level in range(depth):
        if level % 3:
            schema = {"properties": {"inner": schema, "id": INTEGER}}
            before, after = {"inner": before, "id": "1"}, {"inner": after, "id": 1}
        else:
            schema = {"items": schema}
            before, after = [None, before], [None, after]
    record = {"deep": before}
    compile_normalizer({"properties": {"deep": schema}})(record)
    assert record == {"deep": after}


def test_a_value_deeper_than_can_be_written_stays():
    deep: Any = []
    # Python's own writer ends at the recursion limit, which other libraries may have raised.
    for _ in range(3 * sys.getrecursionlimit()):
        deep = [deep]
    record = {"name": deep}
    compile_normalizer(record_of({"name": STRING}))(record)
    assert record["name"] is deep


def test_a_schema_without_scalars_compiles_to_nothing():
    schemas = (
        {},
        record_of({}),
        record_of({"a": {"type": ["null", "object"], "additionalProperties": True}}),
        record_of({"a": {"type": "array"}, "b": {"items": {"properties": {"c": {}}}}}),
        record_of({"a": True, "b": {"items": [INTEGER, STRING]}}),
    )
    assert len({compile_normalizer(schema) for schema in schemas}) == 1
