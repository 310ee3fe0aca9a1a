"""Values: the compiled function against the rules applied one by one, on drawn records."""

import copy
import json
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings, strategies as st

from source_zendesk_support.records.normalize import compile_normalizer

INT64 = (-(2**63), 2**63 - 1)
TYPES = ["string", "integer", "number", "boolean", "object", "array"]
TEXTS = ["77", " 8 ", "3.0", "3.5", "-0", "1e3", "true", "false", "null", "[]", "007"]
# A busy machine does not break the rule: nothing here is about time.
at_leisure = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)


SCALARS = st.none() | st.booleans() | st.integers(*INT64) | FLOATS | st.text(max_size=8)
JSON = st.recursive(SCALARS | st.sampled_from(TEXTS), nested, max_leaves=8)
# Values that fit a declared type already.
FITTING = {
    "string": st.text(),
    "integer": st.integers(*INT64),
    "number": FLOATS | st.integers(*INT64),
    "boolean": st.booleans(),
    "object": st.dictionaries(st.text(max_size=3), JSON, max_size=2),
    "array": st.lists(JSON, max_size=2),
}


def normalised(schema: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(record)
    compile_normalizer(schema)(changed)
    return changed


def same(left: Any, right: Any) -> bool:
    """Compare types too: `1`, `1.0` and `true` are equal to Python, not to a destination."""
    return repr(left) == repr(right)


@st.composite
def schema_and_value(draw: st.DrawFn, depth: int = 3) -> tuple[dict[str, Any], Any]:
    """A schema and a value that mostly has its shape; property names are any JSON text."""
    kind = draw(st.sampled_from(["scalar", "union", "object", "array"] if depth else ["scalar"]))
    if kind == "scalar":
        return {"type": ["null", draw(st.sampled_from(TYPES))]}, draw(JSON)
    if kind == "union":
        types = draw(st.lists(st.sampled_from(TYPES), min_size=2, max_size=3, unique=True))
        return {"type": ["null", *types]}, draw(JSON)
    if kind == "array":
        items, item = draw(schema_and_value(depth - 1))
        value = draw(st.lists(st.just(item) | JSON, max_size=3))
        return {"type": ["null", "array"], "items": items}, value
    return draw(object_and_value(depth))


@st.composite
def object_and_value(draw: st.DrawFn, depth: int = 4) -> tuple[dict[str, Any], Any]:
    properties, value = {}, draw(st.dictionaries(st.text(max_size=3), JSON, max_size=2))
    for name in draw(st.lists(st.text(max_size=3), max_size=4, unique=True)):
        properties[name], inner = draw(schema_and_value(depth - 1))
        if draw(st.booleans()):
            value[name] = inner
    return {"type": ["null", "object"], "properties": properties}, value


def refuse(text: str) -> None:
    raise ValueError(text)


def number_in(value: Any) -> Any:
    """The number that a text is in JSON, else the value itself."""
    try:
        parsed = json.loads(value, parse_constant=refuse) if isinstance(value, str) else value
    except ValueError:
        return value
    return parsed if isinstance(parsed, int | float) and not isinstance(parsed, bool) else value


def by_the_rules(schema: dict[str, Any], value: Any) -> Any:
    """The rules of `compile_normalizer`, applied one by one to a copy and without any haste."""
    types = [name for name in schema["type"] if name != "null"]
    if value is None:
        return None
    if types == ["string"]:
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    if types == ["integer"]:
        number = number_in(value)
        whole = isinstance(number, int | float) and not isinstance(number, bool)
        whole = whole and number == int(number) and INT64[0] <= int(number) <= INT64[1]
        return int(number) if whole else value
    if types == ["number"]:
        return number_in(value)
    if types == ["boolean"]:
        return {"true": True, "false": False}[value] if value in ("true", "false") else value
    if isinstance(value, dict):
        declared = schema.get("properties", {})
        return {k: by_the_rules(declared[k], v) if k in declared else v for k, v in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [by_the_rules(schema["items"], item) for item in value]
    return value


@at_leisure
@given(object_and_value())
def test_the_compiled_function_follows_the_rules(drawn):
    schema, record = drawn
    assert same(normalised(schema, record), by_the_rules(schema, record))


@at_leisure
@given(object_and_value())
def test_normalising_twice_is_normalising_once(drawn):
    schema, record = drawn
    once = normalised(schema, record)
    assert same(normalised(schema, once), once)


@at_leisure
@given(object_and_value())
def test_keys_stay_and_so_do_undeclared_values(drawn):
    schema, record = drawn
    after = normalised(schema, record)
    assert list(after) == list(record)
    undeclared = set(record) - set(schema["properties"])
    assert all(same(after[name], record[name]) for name in undeclared)


@at_leisure
@given(object_and_value())
def test_json_text_stays_json(drawn):
    schema, record = drawn
    assert same(orjson.loads(orjson.dumps(normalised(schema, record))), normalised(schema, record))


@at_leisure
@given(st.data(), st.lists(st.sampled_from(TYPES)))
def test_a_record_that_fits_is_left_alone(data, types):
    properties = {str(place): {"type": ["null", name]} for place, name in enumerate(types)}
    values = {str(place): st.none() | FITTING[name] for place, name in enumerate(types)}
    record = data.draw(st.fixed_dictionaries(values))
    assert same(normalised({"properties": properties}, record), record)


def convertible(name: str, value: Any) -> bool:
    """Return whether a value that does not fit a type other than string can be made to.

    Text that holds no such value is not convertible. Nor is a fraction or more than 64 bits for an
    integer, nor a value of another kind: only a string takes those.
    """
    if name == "boolean":
        return value in ("true", "false")
    number = number_in(value)
    if name == "number" or type(number) is str:
        return type(value) is str and type(number) is not str
    whole = type(number) is int or (type(number) is float and number.is_integer())
    return whole and INT64[0] <= number <= INT64[1]


@at_leisure
@given(st.sampled_from(["string", "integer", "number", "boolean"]), JSON)
def test_a_scalar_fits_afterwards_or_could_not_be_converted(name, value):
    types = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}[name]
    schema = {"properties": {"field": {"type": ["null", name]}}}
    after = normalised(schema, {"field": value})["field"]
    if type(after) in types:
        return
    assert name != "string" or value is None
    assert same(after, value)
    assert not convertible(name, value)
