"""Records of the emulator have declared fields only and, once normalised, fit their schema."""

import copy
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from jsonschema import Draft7Validator

from source_zendesk_support.records.normalize import compile_normalizer
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.connector.values import as_published
from zendesk_emulator import Emulator


@pytest.fixture(scope="module")
def account() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1) as emulator:
        yield emulator


def undeclared(schema: dict[str, Any], value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of fields that no schema declares; maps that are open by nature have none."""
    if isinstance(value, dict) and "properties" in schema:
        for name, inner in value.items():
            if name in schema["properties"]:
                yield from undeclared(schema["properties"][name], inner, f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    if isinstance(value, list):
        for item in value:
            yield from undeclared(schema.get("items", {}), item, f"{path}[]")


@pytest.mark.parametrize("stream", STREAMS)
def test_every_field_is_declared_and_every_value_fits(account, stream):
    schema = load_schema(stream)
    normalise = compile_normalizer(schema)
    validator = Draft7Validator(schema)
    records = account.truth(stream).must
    assert records
    for served in records:
        record = orjson.loads(orjson.dumps(as_published(stream, served)))
        before = copy.deepcopy(record)
        assert sorted(set(undeclared(schema, record))) == []
        normalise(record)
        assert [error.message for error in validator.iter_errors(record)] == [], before
        assert list(record) == list(before)
