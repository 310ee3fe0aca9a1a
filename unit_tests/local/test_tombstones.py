"""Rows that are gone stay in their table, marked; restored ones lose the mark."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import orjson
import pytest

from source_zendesk_support.config.deletions import Deletions
from source_zendesk_support.local.duckdb_store import DuckDBStore, open_duckdb
from source_zendesk_support.local.folder_store import open_folder
from source_zendesk_support.local.pieces import Part
from source_zendesk_support.local.tables import Table, schema_of, table_of
from source_zendesk_support.records.schema import load_schema

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EARLIER, LATER = "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"
GONE = {"updated_at": LATER, "_ab_cdc_deleted_at": LATER}
STORES: dict[str, Callable[[Path], DuckDBStore]] = {
    "duckdb": lambda path: open_duckdb(str(path / "z.duckdb"), "main", "acme", lambda _text: None),
    "folder": lambda path: open_folder(path / "z", "jsonl", "acme", lambda _text: None),
}


@pytest.fixture(params=STORES)
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DuckDBStore]:
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()


def table(name: str, mode: Deletions = Deletions.VANISHED) -> Table:
    return table_of(name, schema_of(name, load_schema(name), mode))


def write(store: DuckDBStore, table: Table, *records: dict[str, Any], at: datetime = NOW) -> None:
    with TemporaryFile() as file, store.transaction():
        part = Part(file)
        for record in records:
            part.add(orjson.dumps(record))
        file.flush()
        staged = store.stage.put(table, part, at)
        store.merge(staged)
        store.stage.drop(table)


def rows(store: DuckDBStore, table: str, columns: str = "id, title") -> list[tuple[Any, ...]]:
    shown = f"{columns}, _ab_cdc_deleted_at IS NOT NULL"
    return store.connection.execute(f"SELECT {shown} FROM {table} ORDER BY id").fetchall()


def test_a_tombstone_marks_the_row_and_changes_nothing_else(store: DuckDBStore) -> None:
    macros = table("macros")
    store.prepare([macros])
    both = [{"id": n, "title": f"M{n}", "updated_at": EARLIER} for n in (1, 2)]
    write(store, macros, *both)
    write(store, macros, {"id": 1, **GONE})
    assert rows(store, "macros") == [(1, "M1", True), (2, "M2", False)]
    updated = "SELECT updated_at FROM macros WHERE id = 1"
    assert store.connection.execute(updated).fetchone() == (datetime(2026, 5, 1),)  # noqa: DTZ001
    write(store, macros, both[0])
    assert rows(store, "macros") == [(1, "M1", False), (2, "M2", False)]


def test_a_tombstone_of_what_the_table_never_had_makes_no_row(store: DuckDBStore) -> None:
    macros = table("macros")
    store.prepare([macros])
    write(store, macros, {"id": 1, **GONE}, {"id": 2, "title": "M2", "updated_at": EARLIER})
    write(store, macros, {"id": 3, "title": "M3", "updated_at": EARLIER}, {"id": 3, **GONE})
    assert rows(store, "macros") == [(2, "M2", False)]


def test_a_table_of_an_earlier_version_gets_the_column(store: DuckDBStore) -> None:
    store.prepare([table("macros", Deletions.OFF)])
    write(store, table("macros", Deletions.OFF), {"id": 1, "title": "M1", "updated_at": EARLIER})
    store.types.clear()
    store.prepare([table("macros")])
    write(store, table("macros"), {"id": 1, **GONE})
    assert rows(store, "macros") == [(1, "M1", True)]


def test_rows_of_a_ticket_go_and_come_back_with_it(store: DuckDBStore) -> None:
    names = ("tickets", "ticket_comments", "ticket_metrics", "ticket_events", "groups")
    tables = {name: table(name, Deletions.TOMBSTONES) for name in names}
    store.prepare(tables.values())
    deleted = {"status": "deleted", "_ab_cdc_deleted_at": LATER}
    write(store, tables["tickets"], {"id": 1, "status": "open"}, {"id": 2, "status": "open"})
    write(store, tables["ticket_comments"], {"id": 10, "ticket_id": 1}, {"id": 20, "ticket_id": 2})
    write(store, tables["ticket_metrics"], {"id": 11, "ticket_id": 1})
    write(store, tables["ticket_events"], {"id": 12, "ticket_id": 1})

    def expect(*gone: int) -> None:
        with store.transaction():
            store.mark_children(tables.values())
        assert rows(store, "tickets", "id, status") == [
            (n, "deleted" if n in gone else "open", n in gone) for n in (1, 2)
        ]
        assert rows(store, "ticket_comments", "id") == [(10 * n, n in gone) for n in (1, 2)]
        assert rows(store, "ticket_metrics", "id") == [(11, 1 in gone)]
        assert not tables["ticket_events"].marks_deletions

    expect()
    write(store, tables["tickets"], {"id": 1, **deleted})
    expect(1)
    write(store, tables["ticket_comments"], {"id": 10, "ticket_id": 1})  # it came again, late
    expect(1)
    again = [{"id": 1, "status": "open"}, {"id": 2, **deleted}]
    write(store, tables["tickets"], *again, at=NOW + timedelta(hours=1))
    expect(2)


def test_a_tombstone_before_the_deletion_of_its_ticket_stays(store: DuckDBStore) -> None:
    names = ("tickets", "ticket_comments")
    tables = {name: table(name, Deletions.TOMBSTONES) for name in names}
    store.prepare(tables.values())

    def sync(hour: int, comment: dict[str, Any], ticket: dict[str, Any] | None) -> bool:
        at = NOW + timedelta(hours=hour)
        write(store, tables["ticket_comments"], {"id": 10, **comment}, at=at)
        if ticket is not None:
            write(store, tables["tickets"], {"id": 1, **ticket}, at=at)
        with store.transaction():
            store.mark_children(tables.values())
        [(_, is_gone)] = rows(store, "ticket_comments", "id")
        return bool(is_gone)

    gone = {"created_at": LATER, "_ab_cdc_deleted_at": LATER}
    assert not sync(0, {"ticket_id": 1}, {"status": "open"})
    assert sync(1, gone, None)  # lists name the ticket with the next recheck
    assert sync(2, gone, {"status": "deleted", "_ab_cdc_deleted_at": LATER})
    assert not sync(3, {"ticket_id": 1}, {"status": "open"})


def test_a_file_is_written_anew_when_only_marks_have_changed(tmp_path: Path) -> None:
    names = ("tickets", "ticket_comments")
    tables = [table(name, Deletions.TOMBSTONES) for name in names]
    store = STORES["folder"](tmp_path)
    store.prepare(tables)
    write(store, tables[0], {"id": 1, "status": "open"})
    write(store, tables[1], {"id": 10, "ticket_id": 1})
    store.deliver()
    store.close()
    store = STORES["folder"](tmp_path)
    store.prepare(tables)
    write(store, tables[0], {"id": 1, "status": "deleted", "_ab_cdc_deleted_at": LATER})
    with store.transaction():
        store.mark_children(tables)
    store.deliver()
    store.close()
    [comment] = [
        orjson.loads(line)
        for line in (tmp_path / "z" / "ticket_comments.jsonl").read_bytes().splitlines()
    ]
    assert comment["_ab_cdc_deleted_at"].startswith("2026-05-02")
