"""Records are hidden when they are read, one by one, and never given as they were."""

from __future__ import annotations

from typing import Any

import pytest

from source_zendesk_support.streams.model.hidden_records import HiddenRecords


def hide(record: dict[str, Any]) -> dict[str, Any]:
    return {"id": record["id"], "name": None}


RECORDS = [{"id": 1, "name": "Ann"}, {"name": "Ben"}, {"id": 3, "name": "Cyd"}]


def test_each_way_to_read_gives_hidden_records_alone() -> None:
    records = HiddenRecords([RECORDS[0], RECORDS[2]], hide, pytest.fail)
    expected = [{"id": 1, "name": None}, {"id": 3, "name": None}]
    assert list(records) == list(records) == records[:] == [*records] == expected
    assert (len(records), records[0], records[-1]) == (2, *expected)
    assert expected[1] in records


def test_one_that_cannot_be_hidden_costs_that_record() -> None:
    failed: list[Exception] = []
    records = HiddenRecords(RECORDS, hide, failed.append)
    assert [record["id"] for record in records] == [1, 3]
    assert records[1:] == [{"id": 3, "name": None}]
    assert [type(error) for error in failed] == [KeyError]


def test_nothing_is_hidden_before_it_is_read() -> None:
    read: list[int] = []

    def noted(record: dict[str, Any]) -> dict[str, Any]:
        read.append(record["id"])
        return record

    iterator = iter(HiddenRecords([RECORDS[0], RECORDS[2]], noted, pytest.fail))
    assert read == []
    next(iterator)
    assert read == [1]
