"""The keys of tables in DuckDB: made, kept, migrated, and what has none."""

import json
from pathlib import Path
from tempfile import TemporaryFile

import duckdb
import pytest

from source_zendesk_support.local.duckdb_store import DuckDBStore, open_duckdb
from source_zendesk_support.local.pieces import Part, Piece
from test_support.local.stores import ACME, TABLES, ids, write, write_whole, writer_of


def keyed(store: DuckDBStore) -> list[str]:
    found = store.connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE has_primary_key ORDER BY ALL"
    ).fetchall()
    return [name for (name,) in found]


def test_keys_are_made_for_complete_streams_and_kept(store: DuckDBStore, tmp_path: Path) -> None:
    writer = writer_of(store)
    write(writer, tickets=1, groups=1)
    store.add_keys(TABLES.values(), are_wanted=False)
    assert keyed(store) == []
    store.add_keys([TABLES["tickets"]], are_wanted=True)
    assert keyed(store) == ["tickets"]
    with pytest.raises(duckdb.ConstraintException):
        store.connection.execute("INSERT INTO tickets (id) VALUES (1)")
    store.close()
    opened = open_duckdb(str(tmp_path / "z.duckdb"), "main", ACME, lambda _text: None)
    later = writer_of(opened)
    for at in (1, 1, 2):  # the same record again, and a new one
        write(later, tickets=at, groups=at)
    write_whole(opened, b'{"id": 2}', b'{"id": 3}')
    opened.add_keys(TABLES.values(), are_wanted=False)
    write_whole(opened, b'{"id": 3}', b'{"id": 2}')
    assert (keyed(opened), later.failed) == (["groups", "tickets"], {})
    assert (ids(opened, "tickets"), ids(opened, "groups")) == ([1, 2], [2, 3])
    opened.close()


def test_a_table_that_cannot_have_a_key_is_named(tmp_path: Path) -> None:
    said: list[str] = []
    opened = open_duckdb(str(tmp_path / "z.duckdb"), "main", ACME, said.append)
    writer = writer_of(opened)
    write(writer, tickets=1, groups=1)
    opened.connection.execute("CREATE INDEX mine ON tickets (status)")
    opened.add_keys(TABLES.values(), are_wanted=True)
    assert keyed(opened) == ["groups"]
    assert [text.partition(" (")[0] for text in said] == ["The table tickets gets no primary key"]
    write(writer, tickets=1, groups=1)
    assert (ids(opened, "tickets"), writer.failed) == ([1], {})
    opened.close()


def test_a_key_is_made_where_rows_repeat_one_or_have_none(store: DuckDBStore) -> None:
    writer = writer_of(store)
    write(writer, tickets=1)
    store.connection.execute(
        "INSERT INTO tickets (id, subject, _airbyte_extracted_at) VALUES "
        "(1, 'older', '2020-01-01'), (NULL, 'without', '2020-01-01'), (1, 'unknown', NULL)"
    )
    store.add_keys([TABLES["tickets"]], are_wanted=True)
    assert (keyed(store), ids(store, "tickets")) == (["tickets"], [1])
    assert store.connection.execute("SELECT subject FROM tickets").fetchall() == [(None,)]
    ((column, value),) = store.connection.execute(
        "SELECT column_name, value FROM _unfit_values"
    ).fetchall()
    assert (column, json.loads(value)["subject"]) == ("id", "without")


@pytest.mark.parametrize(
    ("made", "kept", "aside"),
    [
        ("(id VARCHAR PRIMARY KEY, name VARCHAR, _airbyte_meta JSON)", [1, 2], ["x"]),
        ("(id VARCHAR, name VARCHAR, _airbyte_meta JSON)", [1, 2], ["x"]),
        ("(id INTEGER PRIMARY KEY, name VARCHAR, _airbyte_meta JSON)", [1, 2, 7], []),
        (
            "(id VARCHAR, name VARCHAR, _airbyte_meta JSON); CREATE INDEX mine ON groups (name)",
            [1, 2],
            ["x"],
        ),
    ],
)
def test_a_key_that_had_another_type_is_migrated(
    store: DuckDBStore, made: str, kept: list[int], aside: list[str]
) -> None:
    odd = aside[0] if aside else "7"
    store.connection.execute(f"CREATE TABLE groups {made}")
    store.connection.execute(f"INSERT INTO groups (id, name) VALUES ('1', 'a'), ('{odd}', 'odd')")
    writer = writer_of(store)
    write(writer, groups=2)
    assert (ids(store, "groups"), writer.failed) == (kept, {})
    found = store.connection.execute("SELECT record_key, value FROM _unfit_values").fetchall()
    assert [(key, json.loads(value)["name"]) for key, value in found] == [
        (it, "odd") for it in aside
    ]
    ((comment,),) = store.connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = 'groups'"
    ).fetchall()
    assert comment == TABLES["groups"].comment
    assert keyed(store) == (["groups"] if "PRIMARY" in made else [])
    indexes = store.connection.execute("SELECT index_name FROM duckdb_indexes()").fetchall()
    assert indexes == ([("mine",)] if "mine" in made else [])


def test_a_key_that_a_table_does_not_hold_costs_its_record_alone(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DuckDBStore, "_migrate", lambda *_: None)  # as if DuckDB had refused
    store.connection.execute(
        "CREATE TABLE groups (id TINYINT PRIMARY KEY, name VARCHAR, _airbyte_meta JSON)"
    )
    store.connection.execute("CREATE TABLE tickets (id VARCHAR PRIMARY KEY, _airbyte_meta JSON)")
    writer = writer_of(store)
    for at in (1, 1_000, 1_000):
        write(writer, tickets=at, groups=at)
    assert (ids(store, "groups"), writer.failed) == ([1], {})
    assert ids(store, "tickets") == ["1", "1000"]
    found = store.connection.execute("SELECT stream_name, record_key FROM _unfit_values").fetchall()
    assert set(found) == {("groups", "1000")}


def test_a_record_without_a_usable_key_has_one_entry_however_often_it_comes(
    store: DuckDBStore,
) -> None:
    writer = writer_of(store)
    for subject in ("old", "new", "new"):
        piece = Piece(parts={"tickets": Part(TemporaryFile())})  # noqa: SIM115 - closed below
        for line in (f'{{"id": "x", "subject": "{subject}"}}', '{"subject": "none"}', '{"id": '):
            piece.parts["tickets"].add(line.encode())
        piece.parts["tickets"].file.flush()
        writer.write(piece)
        piece.close()
    found = store.connection.execute("SELECT record_key, value FROM _unfit_values").fetchall()
    texts = {key or value[:9]: value for key, value in found}
    assert len(found) == len(texts) == 3
    assert json.loads(texts["x"])["subject"] == "new"


def test_the_keys_of_tables_can_be_read(store: DuckDBStore) -> None:
    store.connection.execute("INSERT INTO _keys VALUES ('tickets', 'of_an_older_version')")
    for _ in range(2):
        writer_of(store)
        found = store.connection.execute("FROM _keys ORDER BY ALL").fetchall()
        assert found == [("groups", "id"), ("tickets", "id")]
