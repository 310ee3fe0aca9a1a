"""A connection in front of an emulated account, and a destination that obeys tombstones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.connector.account_truth import COMPARED
from test_support.connector.process import DELETED_AT, Destination, InProcess
from zendesk_emulator.truth.rules import key_of

if TYPE_CHECKING:
    from pathlib import Path

    from test_support.connector.process import Output
    from zendesk_emulator import Emulator


class Synced:
    """A connection and its destination, after a first sync."""

    def __init__(self, folder: Path, emulator: Emulator, *names: str, **config: Any) -> None:
        config = {"help_center_sweep_hours": 0, "retry_patience_seconds": 1, **config}
        self.emulator = emulator
        self.connector = InProcess(folder, emulator.base_url, **config)
        self.catalog = self.connector.catalog(*names)
        self.destination = Destination(self.catalog)
        self.sync()

    def sync(self) -> Output:
        output = self.connector.read(self.catalog, self.destination.states())
        self.destination.take(output)
        return output

    def held(self, stream: str) -> set[Any]:
        truth = self.emulator.truth(stream)
        return {key_of(truth, record) for record in self.destination.tables[stream].values()}

    def expect_what_is_there(self) -> None:
        for stream in self.destination.keys:
            if stream in COMPARED:
                truth = self.emulator.truth(stream)
                assert self.held(stream) == {key_of(truth, it) for it in truth.must}, stream
                assert self.destination.differences(stream, truth) == []


def tombstones(output: Output) -> list[tuple[str, Any]]:
    """Return stream and key of each tombstone; it has the key, the cursor and its time alone."""
    found = []
    for record in output.records:
        row, data = STREAMS[record["stream"]], record["data"]
        if data.get(DELETED_AT):
            assert data.keys() == {row.primary_key, row.cursor_field, DELETED_AT}
            found.append((row.name, data[row.primary_key]))
    return found
