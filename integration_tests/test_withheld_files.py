"""Files that Zendesk refuses are asked for again; refused as a whole, they are an error."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from test_support.clock import CLOCK
from test_support.connector.process import Destination, InProcess, Output
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "attachments": "^/(attachments/token|foreign)/",
    "article_attachments": "^/hc/article_attachments/",
}
EVENTS = "/api/v2/incremental/ticket_events"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", clock_at=CLOCK, limits=False) as made:
        yield made


@pytest.fixture
def connector(tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    staging = tmp_path / "staging"
    monkeypatch.setattr("source_zendesk_support.sync_context.files_folder", lambda: staging)
    return InProcess(tmp_path, emulator.base_url, retry_patience_seconds=0)


def catalog_of(connector: InProcess, name: str, *others: str) -> dict[str, Any]:
    catalog = connector.catalog(name, *others)
    for row in catalog["streams"]:
        row["include_files"] = row["stream"]["name"] == name
    return catalog


def ids(output: Output, name: str, *, with_file: bool = True) -> Counter[int]:
    return Counter(
        record["data"]["id"]
        for record in output.records
        if record["stream"] == name and bool(record.get("file_reference")) is with_file
    )


def withheld(destination: Destination, name: str) -> list[Any]:
    return [row[0] for row in destination.state[name].get("files", {}).get("withheld", [])]


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("name", FILES)
def test_a_refused_file_is_asked_for_again_by_the_next_sync(
    connector: InProcess, emulator: Emulator, name: str, status: int
) -> None:
    catalog = catalog_of(connector, name)
    destination = Destination(catalog)
    emulator.fault(path=FILES[name], status=status, count=1 if status == 403 else 2)
    first = connector.read(catalog)
    assert first.code == 0, first.errors
    destination.take(first)
    assert f"files not given (refused with status {status})" in first.logs
    refused = withheld(destination, name)
    assert refused
    assert set(refused) <= ids(first, name, with_file=False).keys()
    second = connector.read(catalog, destination.states())
    assert second.code == 0, second.errors
    came = ids(second, name)
    assert came.keys() >= set(refused)
    assert all(came[each] == 1 for each in refused)
    held = {record["data"]["id"]: record["data"] for record in first.records}
    for record in second.records:
        if record["data"]["id"] in refused:
            assert record["data"] == held[record["data"]["id"]], "read alone, it is the same"
    destination.take(second)
    assert withheld(destination, name) == []
    third = connector.read(catalog, destination.states())
    assert not ids(third, name).keys() & set(refused)


def test_a_withheld_file_parts_no_walk(connector: InProcess, emulator: Emulator) -> None:
    """Two streams of one walk have one, whatever one of them still waits for."""
    catalog = catalog_of(connector, "attachments", "ticket_comments")
    destination = Destination(catalog)
    emulator.fault(path=FILES["attachments"], status=403, count=1)
    destination.take(connector.read(catalog))
    assert withheld(destination, "attachments")
    emulator.site.log.reset()
    assert connector.read(catalog, destination.states()).code == 0
    assert emulator.site.log.by_path[EVENTS] == 1


def test_files_refused_as_a_whole_are_an_error_of_their_stream_alone(
    connector: InProcess, emulator: Emulator
) -> None:
    catalog = catalog_of(connector, "attachments", "ticket_comments")
    destination = Destination(catalog)
    emulator.fault(path=FILES["attachments"], status=403)
    first = connector.read(catalog)
    assert first.statuses("attachments")[-1] == "INCOMPLETE"
    assert first.statuses("ticket_comments")[-1] == "COMPLETE"
    [error] = [it for it in first.errors if it.get("stream_descriptor")]
    assert error["failure_type"] == "config_error"
    assert "None of the" in error["message"]
    assert "refused with status 403" in error["message"]
    destination.take(first)
    waiting = withheld(destination, "attachments")
    assert len(waiting) == len(set(waiting)) > 1
    again = connector.read(catalog, destination.states())
    assert again.statuses("attachments")[-1] == "INCOMPLETE", "still refused as a whole"
    destination.take(again)
    emulator.site.faults.clear()
    last = connector.read(catalog, destination.states())
    assert last.code == 0, last.errors
    destination.take(last)
    assert withheld(destination, "attachments") == []
    came = ids(last, "attachments")
    assert came
    missing = len(set(waiting) - came.keys())
    assert (f"attachments: {missing} files missing" in last.logs) is bool(missing)


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_is_not_asked_for_again(
    connector: InProcess, emulator: Emulator, status: int
) -> None:
    name = "article_attachments"
    catalog = catalog_of(connector, name)
    destination = Destination(catalog)
    emulator.fault(path=FILES[name], status=status, count=1)
    destination.take(connector.read(catalog))
    assert withheld(destination, name) == []
    # A refused file whose record is removed meanwhile is gone too.
    destination = Destination(catalog)
    emulator.fault(path=FILES[name], status=403, count=1)
    destination.take(connector.read(catalog))
    assert withheld(destination, name)
    body = {"error": "RecordNotFound", "description": "Not found"}
    emulator.fault(path="articles/attachments/", status=status, body=body)
    second = connector.read(catalog, destination.states())
    assert second.code == 0, second.errors
    assert f"files missing (status {status})" in second.logs
    destination.take(second)
    assert withheld(destination, name) == []


def test_a_store_that_is_down_stops_the_stream_of_its_files_alone(
    connector: InProcess, emulator: Emulator
) -> None:
    catalog = catalog_of(connector, "attachments", "ticket_comments")
    destination = Destination(catalog)
    emulator.fault(path=FILES["attachments"], status=503)
    first = connector.read(catalog)
    assert first.statuses("attachments")[-1] == "INCOMPLETE"
    assert first.statuses("ticket_comments")[-1] == "COMPLETE"
    assert {error["failure_type"] for error in first.errors} == {"transient_error"}
    destination.take(first)
    emulator.site.faults.clear()
    last = connector.read(catalog, destination.states())
    assert last.code == 0, last.errors
    destination.take(last)
    whole = connector.read(catalog)
    assert ids(last, "attachments").keys() == ids(whole, "attachments").keys()


def test_a_record_that_is_never_answered_keeps_no_other_back(
    connector: InProcess, emulator: Emulator
) -> None:
    name = "article_attachments"
    catalog = catalog_of(connector, name)
    destination = Destination(catalog)
    emulator.fault(path=FILES[name], status=403, skip=1, count=2)
    destination.take(connector.read(catalog))
    odd, other = withheld(destination, name)
    emulator.fault(path=f"articles/attachments/{odd}$", status=500)
    for waiting in ([other, odd], [odd]):
        output = connector.read(catalog, destination.states())
        assert output.code == 0, output.errors
        destination.take(output)
        assert withheld(destination, name) == waiting
    emulator.site.faults.clear()
    emulator.fault(path=f"articles/attachments/{odd}$", status=422)
    output = connector.read(catalog, destination.states())
    assert output.code == 0, output.errors
    assert "refused with status 422" in output.logs
