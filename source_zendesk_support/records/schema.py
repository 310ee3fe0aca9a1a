"""The JSON schema of a stream, read from the package with its shared parts put in place.

Owns the layout of `schemas/`: one file per stream, and under `schemas/shared` the parts that a file
names as `{"$ref": "shared/via.json"}`. No `$ref` leaves this module: destinations follow none. What
each field means stands in `descriptions.json`, once for a name that many streams share.
Fields: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format, and the
"JSON format" of each other resource.
"""

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import orjson


def load_schema(stream_name: str) -> dict[str, Any]:
    """Return the JSON schema (draft 7) of one stream, free of `$ref` and free to be changed.

    The answer is a new object each time: `{"$schema": ..., "type": "object",
    "additionalProperties": true, "properties": {field: {"type": [...], "description": ...}}}`.
    Raises FileNotFoundError for a stream that has no schema file.
    """
    schema: dict[str, Any] = _part(f"schemas/{stream_name}.json")
    meanings = _meanings()
    every, own = meanings["fields"], meanings["streams"].get(stream_name, {})
    for name, field in schema["properties"].items():
        if meaning := own.get(name) or every.get(name):
            field["description"] = meaning
    return schema


def _part(path: str) -> Any:
    """Return a file's content, with every `$ref` in place: new objects, which may be changed."""
    text = _text(path)
    part = orjson.loads(text)
    return _in_place(part) if b'"$ref"' in text else part


def _in_place(part: Any) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            return _part(f"schemas/{part['$ref']}")
        return {name: _in_place(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_in_place(value) for value in part]
    return part


@cache
def _meanings() -> Any:
    """Return `{"fields": {field: text}, "streams": {stream: {field: text}}}`."""
    return orjson.loads(_text("descriptions.json"))


@cache
def _text(path: str) -> bytes:
    return _folder().joinpath(*path.split("/")).read_bytes()


@cache
def _folder() -> Traversable:
    """Return the folder by importlib.resources: the package may lie in a wheel."""
    return resources.files("source_zendesk_support.records")
