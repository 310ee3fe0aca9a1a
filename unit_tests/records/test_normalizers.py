"""Normalizers are compiled for the streams that have records, and for no other."""

from __future__ import annotations

import pytest

from source_zendesk_support.records import normalizers
from source_zendesk_support.records.normalize import compile_normalizer
from source_zendesk_support.records.normalizers import Normalizers

STREAMS = ("tickets", "users", "tags")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the streams whose schemas were read, in order."""
    names: list[str] = []
    load = normalizers.load_schema
    monkeypatch.setattr(normalizers, "load_schema", lambda name: names.append(name) or load(name))
    return names


def test_a_schema_is_read_when_its_stream_has_a_record(read: list[str]) -> None:
    found = Normalizers(STREAMS, {})

    assert "tickets" in found
    assert "groups" not in found
    assert list(found) == list(STREAMS)
    assert len(found) == len(STREAMS)
    assert read == []

    record = {"id": "35436", "subject": 12}
    found["tickets"](record)
    assert record == {"id": 35436, "subject": "12"}
    assert found["tickets"] is found["tickets"]
    assert read == ["tickets"]


def test_a_stream_may_have_another_one(read: list[str]) -> None:
    other = compile_normalizer({"properties": {}})
    assert Normalizers(STREAMS, {"users": other})["users"] is other
    assert read == []


def test_a_stream_that_is_not_read_has_none() -> None:
    with pytest.raises(KeyError):
        Normalizers(STREAMS, {})["groups"]
