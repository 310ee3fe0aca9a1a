"""A store of DuckDB with two tables, and records that are written into it without a connector."""

from __future__ import annotations

from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from source_zendesk_support.local.pieces import Part, Piece
from source_zendesk_support.local.store import Writer
from source_zendesk_support.local.tables import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.local.duckdb_store import DuckDBStore
    from source_zendesk_support.local.tables import Table

ACME = "source-zendesk-support-acme"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
TABLES = {name: table_of(name) for name in ("tickets", "groups")}


def write(writer: Writer, **states: int) -> None:
    """Write a record of each stream, with its state."""
    piece = Piece(states={name: {"at": at} for name, at in states.items()})
    try:
        for name, at in states.items():
            piece.parts[name] = Part(TemporaryFile())  # noqa: SIM115 - closed with the piece
            piece.parts[name].add(b'{"id": %d}' % at)
            piece.parts[name].file.flush()
        writer.write(piece)
    finally:
        piece.close()


def writer_of(store: DuckDBStore) -> Writer:
    store.prepare(TABLES.values())
    return Writer(store, TABLES, lambda: NOW, lambda _text: None)


def write_whole(store: DuckDBStore, *lines: bytes, tables: Mapping[str, Table] = TABLES) -> Writer:
    """Write all that the stream `groups` has, as a sync of its own."""
    writer = Writer(store, tables, lambda: NOW, lambda _text: None, digests=store.digests())
    part = Part(TemporaryFile(), replaces=True)  # noqa: SIM115 - closed with the piece
    for line in lines:
        part.add(line)
    part.file.flush()
    piece = Piece(parts={"groups": part}, states={"groups": {"at": 1}}, ended={"groups"})
    writer.write(piece)
    piece.close()
    assert writer.failed == {}
    return writer


def ids(store: DuckDBStore, table: str) -> list[int]:
    found = store.connection.execute(f"SELECT id FROM {table} ORDER BY id").fetchall()
    return [number for (number,) in found]
