"""The JSON schema of a stream, read from the package with its shared parts put in place.

Owns the layout of `schemas/`: one file per stream, and under `schemas/shared` the parts that a file
names as `{"$ref": "shared/via.json"}`. No `$ref` leaves this module: destinations follow none. What
each field means stands in `descriptions.json`, once for a name that many streams share.
Fields: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format, and the
"JSON format" of each other resource.
"""

from functools import cache
from importlib import resources
from typing import Any

import orjson


def load_schema(stream_name: str) -> dict[str, Any]:
    """Return the JSON schema (draft 7) of one stream, free of `$ref` and free to be changed.

    The answer is a new object each time: `{"$schema": ..., "type": "object",
    "additionalProperties": true, "properties": {field: {"type": [...], "description": ...}}}`.
    Raises FileNotFoundError for a stream that has no schema file.
    """
    schema: dict[str, Any] = _in_place(_read(f"schemas/{stream_name}.json"))
    meanings = _meanings()
    words = meanings["fields"] | meanings["streams"].get(stream_name, {})
    for name, field in schema["properties"].items():
        if name in words:
            field["description"] = words[name]
    return schema


def _in_place(part: Any) -> Any:
    """Put every `$ref` in place, in a copy: the caller may change it, the cache must not."""
    if isinstance(part, dict):
        if "$ref" in part:
            return _in_place(_shared(part["$ref"]))
        return {name: _in_place(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_in_place(value) for value in part]
    return part


@cache
def _shared(path: str) -> Any:
    return _read(f"schemas/{path}")


@cache
def _meanings() -> Any:
    """Return `{"fields": {field: text}, "streams": {stream: {field: text}}}`."""
    return _read("descriptions.json")


def _read(path: str) -> Any:
    """Read through importlib.resources: the package may lie in a wheel or on a read-only disk."""
    file = resources.files("source_zendesk_support.records").joinpath(*path.split("/"))
    return orjson.loads(file.read_bytes())
