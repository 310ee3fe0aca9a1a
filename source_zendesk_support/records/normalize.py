"""Values made to fit the schema: a JSON schema compiled once into a Python function over records.

Owns the rules for values: JSON text where the schema says string, integers for ids. It never drops
a value, never adds a key and never raises on a record. It never touches a field that is not
declared.
A generated function, not an interpreter of the schema: this runs once per record of every stream.
Shapes: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from source_zendesk_support.zendesk.json_text import dumps, number_in

Normalizer = Callable[[dict[str, Any]], None]

_INT64 = range(-(2**63), 2**63)  # what an integer column holds
_LEVELS_PER_FUNCTION = 8  # Python compiles at most 20 nested loops in one function


def compile_normalizer(schema: Mapping[str, Any]) -> Normalizer:
    """Compile a JSON schema without `$ref` into a function that changes one record in place.

    Only values of a declared field that has exactly one type besides null are looked at:

    ========  =======================================================  ======================
    declared  before                                                   after
    ========  =======================================================  ======================
    string    `true`, `12`, `1.5`, integers of any size                `"true"`, `"12"`, `"1.5"`
    string    `["a", "b"]`, `{"a": null}`                              `'["a","b"]'`, `'{"a":null}'`
    integer   `3.0`, `"77"`, `"7253394974479"`                         `3`, `77`, `7253394974479`
    integer   `3.7`, `"abc"`, `true`, `[1]`, beyond 64 bits            as it was
    number    `"12"`, `"1.5"`                                          `12`, `1.5`
    boolean   `"true"`, `"false"`                                      `true`, `false`
    boolean   `"yes"`, `1`                                             as it was
    object    `"web"`, `[]`                                            as it was
    any       null, a missing key, a value of the declared type        as it was
    union     `["null", "object", "string"]`: anything                 as it was
    ========  =======================================================  ======================

    Objects and arrays are walked as far down as something declared could need a change. The record
    must come from a JSON parser: exact dict, list, str, int, float, bool and None.
    """
    source = _Source()
    function = source.function(schema)
    return source.build(function) if function else _unchanged


def _unchanged(_record: dict[str, Any]) -> None:
    """Do nothing: the schema declares nothing that could need a change."""


def _to_text(value: Any) -> Any:
    try:
        return dumps(value).decode()
    except ValueError:  # nested too deep to be written
        return value


def _to_number(value: Any) -> Any:
    if type(value) is not str:
        return value
    number = number_in(value)
    return value if number is None else number


def _to_integer(value: Any) -> Any:
    number = _to_number(value)
    if type(number) is float and number.is_integer():
        number = int(number)
    return number if type(number) is int and number in _INT64 else value


def _to_boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if type(value) is str else value


# JSON schema type -> (the Python type that is right already, what makes others fit)
_SCALARS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "string": ("str", _to_text),
    "integer": ("int", _to_integer),
    "number": ("float", _to_number),
    "boolean": ("bool", _to_boolean),
}


class _Source:
    """The text of the generated functions, and the converters they call."""

    def __init__(self) -> None:
        self._functions: list[str] = []
        self._names: Iterator[int] = count()

    def build(self, function: str) -> Normalizer:
        namespace: dict[str, Any] = {name: convert for name, (_, convert) in _SCALARS.items()}
        # Names of properties enter the text as escaped literals (!a): no schema can inject code.
        exec("\n".join(self._functions), namespace)  # noqa: S102
        normalizer: Normalizer = namespace[function]
        return normalizer

    def function(self, schema: Mapping[str, Any]) -> str:
        """Write a function over one value of this schema; return its name, or "" for no work."""
        body = self._walk(schema, "value", 0)
        if not body:
            return ""
        name = f"normalize_{next(self._names)}"
        self._functions += [f"def {name}(value):", *(f" {line}" for line in body)]
        return name

    def _walk(self, schema: Any, value: str, level: int) -> list[str]:
        """Write lines that walk the object or array in the variable `value`."""
        if not isinstance(schema, Mapping):  # `true`, or items declared place by place
            return []
        if level == _LEVELS_PER_FUNCTION:
            name = self.function(schema)
            return [f"{name}({value})"] if name else []
        lines = []
        if "properties" in schema:
            lines += self._object(schema["properties"], value, level)
        if "items" in schema:
            lines += self._array(schema["items"], value, level)
        return lines

    def _object(self, properties: Mapping[str, Any], value: str, level: int) -> list[str]:
        child = f"child_{level}"
        body: list[str] = []
        for name, schema in properties.items():
            lookup = f"{child} = get_{level}({name!a})"
            scalar = _scalar(schema)
            if scalar:
                right = _SCALARS[scalar][0]
                body += [
                    lookup,
                    f"if type({child}) is not {right} and {child} is not None:",
                    f" {value}[{name!a}] = {scalar}({child})",
                ]
            elif inner := self._walk(schema, child, level + 1):
                body += [lookup, *inner]
        if not body:
            return []
        get = f"get_{level} = {value}.get"
        return [f"if type({value}) is dict:", *(f" {line}" for line in [get, *body])]

    def _array(self, items: Any, value: str, level: int) -> list[str]:
        item = f"item_{level}"
        scalar = _scalar(items)
        if scalar:
            right = _SCALARS[scalar][0]
            wrong = f"type({item}) is not {right} and {item} is not None"
            return [
                f"if type({value}) is list:",
                f" for {item} in {value}:",
                f"  if {wrong}:",
                f"   {value}[:] = [{scalar}({item}) if {wrong} else {item} for {item} in {value}]",
                "   break",
            ]
        body = self._walk(items, item, level + 1)
        if not body:
            return []
        return [
            f"if type({value}) is list:",
            f" for {item} in {value}:",
            *(f"  {line}" for line in body),
        ]


def _scalar(schema: Any) -> str:
    """Return the one scalar type of a declaration, or "" for another type or a choice of types."""
    declared = schema.get("type") if isinstance(schema, Mapping) else None
    types = {declared} if isinstance(declared, str) else set(declared or ()) - {"null"}
    name = types.pop() if len(types) == 1 else ""
    return name if name in _SCALARS else ""
