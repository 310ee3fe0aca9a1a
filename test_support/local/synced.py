"""An emulated account that was read once, as a file of JSON Lines and in a database.

For tests of what looks at a destination: one process reads the account, the rest happens here.
"""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.deletions import Deletions
from source_zendesk_support.config.privacy import parse_privacy
from source_zendesk_support.local.destination import parse_destination
from source_zendesk_support.local.message_handler import MessageHandler
from source_zendesk_support.local.opening import open_store
from source_zendesk_support.local.pieces import Pieces
from source_zendesk_support.local.states import source_name
from source_zendesk_support.local.store import Writer
from source_zendesk_support.local.syncs import SyncRow
from source_zendesk_support.local.tables import catalog_of, schema_of, table_of
from source_zendesk_support.privacy.privacy_plan import plan_privacy
from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.verify.__main__ import main
from test_support.clock import CLOCK
from test_support.connector.process import Connector, Output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from zendesk_emulator import Emulator

OPTIONS = {"num_workers": 3, "include_deleted_tickets": True, "help_center_sweep_hours": 0}


def schemas(
    streams: Iterable[str], config: Mapping[str, Any] | None = None
) -> dict[str, Mapping[str, Any]]:
    """Return the schemas of streams as a sync has them, by default or with rules of privacy."""
    hidden = plan_privacy(parse_privacy(config or {})).schema
    return {
        name: hidden(name, schema_of(name, load_schema(name), Deletions.VANISHED))
        for name in streams
    }


class Synced:
    """An account, and the file that a first read of it has printed."""

    def __init__(self, folder: Path, emulator: Emulator, *streams: str, **config: Any) -> None:
        self.emulator = emulator
        self.folder = folder
        self.connector = Connector(folder, emulator.base_url, **OPTIONS | config)
        self.config = self.connector.file("config.json", self.connector.config)
        self.output: Output = self.connector.read(catalog_of(schemas(streams or STREAMS, config)))
        self.file = folder / "first.jsonl"
        self.file.write_text("\n".join(self.output.lines) + "\n")

    def verify(self, *options: str, file: Path | None = None) -> int:
        return main(["--config", self.config, *options, str(file or self.file)])


def load(synced: Synced, into: str, account: str = "") -> None:
    """Load what was read as a sync does, into a file of DuckDB or a database of PostgreSQL."""
    destination = parse_destination(into)
    heard = MessageHandler(lambda _: None, lambda _level, _text: None)
    shapes = schemas(STREAMS, synced.connector.config)
    tables = {name: table_of(name, schema) for name, schema in shapes.items()}
    source = source_name(synced.emulator.base_url)
    schema = destination.schema_of(account)
    with closing(open_store(destination, schema, source, {}, lambda _: None)) as store:
        store.prepare(tables.values())
        whole = frozenset(name for name, table in tables.items() if table.is_whole)
        lines = (f"{line}\n".encode() for line in synced.output.lines)
        writer = Writer(store, tables, lambda: CLOCK, lambda _: None)
        for piece in Pieces(lines, whole, heard.hear, time.monotonic):
            writer.write(piece)
        assert writer.failed == {}
        began_at = datetime.fromtimestamp(heard.figures["began_s"], UTC)
        statuses = {name: {"status": it} for name, it in heard.statuses.items()}
        store.save_sync(SyncRow(began_at, began_at, 0, statuses))
