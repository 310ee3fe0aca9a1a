"""A database refuses one stream's rows, or all: the rest is written."""

import json
import resource
import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

import duckdb
import pytest

from source_zendesk_support.local.duckdb_store import DuckDBStore, open_duckdb
from source_zendesk_support.local.folder_store import open_folder
from source_zendesk_support.local.pieces import Part, Piece
from source_zendesk_support.local.store import NotCommittedError
from source_zendesk_support.local.tables import Table, table_of
from source_zendesk_support.local.typed_rows import Stage, Staged
from source_zendesk_support.zendesk.errors import ConnectorError
from test_support.local.stores import ACME, NOW, TABLES, ids, write, write_whole, writer_of


def test_a_stream_that_is_not_taken_costs_the_others_nothing(store: DuckDBStore) -> None:
    store.connection.execute(
        "CREATE TABLE groups (id BIGINT, mine INTEGER NOT NULL, _airbyte_meta JSON)"
    )
    writer = writer_of(store)
    write(writer, tickets=1, groups=1)
    write(writer, tickets=2, groups=2)
    assert (ids(store, "tickets"), ids(store, "groups")) == ([1, 2], [])
    assert store.states() == {"tickets": {"at": 2}}
    assert isinstance(writer.failed["groups"], duckdb.ConstraintException)
    write(writer, groups=3)
    held = store.connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE temporary AND table_name LIKE 'staged%'"
    ).fetchall()
    assert held == []


def test_lines_that_are_broken_cost_themselves_in_every_stream(store: DuckDBStore) -> None:
    writer = writer_of(store)
    piece = Piece(states={name: {"at": 1} for name in TABLES})
    for name in TABLES:
        piece.parts[name] = Part(TemporaryFile())  # noqa: SIM115 - closed with the piece
        for line in (b'{"id": 1}', b'{"id": ', b'{"id": 2}'):
            piece.parts[name].add(line)
        piece.parts[name].file.flush()
    writer.write(piece)
    piece.close()
    assert (writer.failed, ids(store, "tickets"), ids(store, "groups")) == ({}, [1, 2], [1, 2])
    kept = store.connection.execute("SELECT stream_name, value FROM _unfit_values ORDER BY ALL")
    assert kept.fetchall() == [("groups", '{"id": '), ("tickets", '{"id": ')]
    assert store.states() == {name: {"at": 1} for name in TABLES}


def test_records_that_do_not_become_rows_cost_their_stream_alone(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_of(store)
    put = Stage.put

    def refuse(stage: Stage, table: Table, part: Part, now: datetime) -> Staged:
        if table.name == "groups":
            raise duckdb.OutOfMemoryException
        return put(stage, table, part, now)

    monkeypatch.setattr(Stage, "put", refuse)
    write(writer, tickets=1, groups=1)
    write(writer, groups=2)
    assert (ids(store, "tickets"), ids(store, "groups")) == ([1], [])
    assert (store.states(), list(writer.failed)) == ({"tickets": {"at": 1}}, ["groups"])


def test_a_database_that_takes_nothing_is_an_error(store: DuckDBStore) -> None:
    for name in TABLES:
        store.connection.execute(
            f"CREATE TABLE {name} (id BIGINT, mine INTEGER NOT NULL, _airbyte_meta JSON)"
        )
    writer = writer_of(store)
    with pytest.raises(duckdb.ConstraintException):
        write(writer, tickets=1, groups=1)
    assert store.states() == {}


def test_a_stream_that_is_not_taken_alone_costs_the_others_nothing(store: DuckDBStore) -> None:
    store.connection.execute(
        "CREATE TABLE groups (id BIGINT, mine INTEGER NOT NULL, _airbyte_meta JSON)"
    )
    writer = writer_of(store)
    write(writer, groups=1)
    write(writer, tickets=2)
    assert (ids(store, "tickets"), ids(store, "groups")) == ([2], [])
    assert (store.states(), list(writer.failed)) == ({"tickets": {"at": 2}}, ["groups"])


def test_rows_and_states_are_written_together_or_not_at_all(store: DuckDBStore) -> None:
    writer = writer_of(store)
    write(writer, tickets=1)
    store.connection.execute("DROP TABLE _airbyte_state")
    with pytest.raises(duckdb.CatalogException):
        write(writer, tickets=2)
    assert ids(store, "tickets") == [1]


def test_a_commit_that_fails_is_the_error_that_is_shown(store: DuckDBStore) -> None:
    writer = writer_of(store)
    write(writer, tickets=1)
    store.connection.execute("PRAGMA debug_checkpoint_abort='before_header'")
    store.connection.execute("SET checkpoint_threshold = '1 KB'")
    with pytest.raises(NotCommittedError, match="Failed to commit"):
        write(writer, tickets=2)


def test_a_full_disk_ends_the_sync_and_spoils_no_row(tmp_path: Path) -> None:
    path = str(tmp_path / "z.duckdb")
    store = open_duckdb(path, "main", ACME, lambda _text: None)
    writer = writer_of(store)
    write(writer, groups=1, tickets=1)
    log = Path(f"{path}.wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 1000, before[1]))
    try:
        with pytest.raises(NotCommittedError):
            write(writer, groups=2, tickets=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    store.close()
    assert writer.failed == {}
    opened = open_duckdb(path, "main", ACME, lambda _text: None)
    assert opened.states() == {"tickets": {"at": 1}, "groups": {"at": 1}}
    assert (ids(opened, "tickets"), ids(opened, "groups")) == ([1], [1])
    opened.close()


def test_a_table_of_another_program_keeps_its_rows(store: DuckDBStore) -> None:
    store.connection.execute("CREATE TABLE groups AS SELECT 1 AS id, 'mine' AS name")
    with pytest.raises(ConnectorError, match="that no sync has made: groups"):
        store.prepare(TABLES.values())
    assert ids(store, "groups") == [1]


def test_a_view_and_a_grant_outlive_a_replaced_table(store: DuckDBStore) -> None:
    writer = writer_of(store)
    write(writer, groups=1)
    store.connection.execute("CREATE VIEW mine AS SELECT id FROM groups")
    write(writer, groups=2)
    assert ids(store, "mine") == [1, 2]


def test_a_whole_stream_that_has_not_changed_is_not_written_again(store: DuckDBStore) -> None:
    store.prepare(TABLES.values())
    lines = (b'{"id": 1, "name": "a"}', b'{"id": 2, "name": "b"}')
    assert write_whole(store, *lines).unchanged == set()
    store.connection.execute("UPDATE groups SET name = 'mine' WHERE id = 1")
    assert write_whole(store, *lines).unchanged == {"groups"}
    names = "SELECT name FROM groups ORDER BY id"
    assert store.connection.execute(names).fetchall() == [("mine",), ("b",)]
    assert write_whole(store, lines[1]).unchanged == set()
    assert ids(store, "groups") == [2]
    store.read_again(["groups"], NOW)
    assert write_whole(store, lines[1]).unchanged == set()


def test_a_whole_stream_is_written_again_when_its_table_has_another_column(
    store: DuckDBStore,
) -> None:
    store.prepare(TABLES.values())
    write_whole(store, b'{"id": 1, "name": "a"}')
    schema = {"properties": {"id": {"type": "integer"}}}
    narrow = {"groups": table_of("groups", schema)}
    writer = write_whole(store, b'{"id": 1, "name": "a"}', tables=narrow)
    assert writer.unchanged == set()


def test_a_table_that_was_dropped_is_filled_though_the_next_sync_was_killed(
    store: DuckDBStore, tmp_path: Path
) -> None:
    write(writer_of(store), tickets=1)
    write_whole(store, b'{"id": 1}')
    store.connection.execute("DROP TABLE tickets; DROP TABLE groups")
    store.close()
    # A sync makes the tables and comes no further; the next one finds them.
    for _ in range(2):
        opened = open_duckdb(str(tmp_path / "z.duckdb"), "main", ACME, lambda _text: None)
        opened.prepare(TABLES.values())
        assert (opened.states(), opened.digests()) == ({}, {})
        opened.close()


def test_a_sync_without_rows_leaves_its_states_in_the_log_that_readers_take_in(
    store: DuckDBStore, tmp_path: Path
) -> None:
    write(writer_of(store), tickets=1)
    store.close()
    path, log = str(tmp_path / "z.duckdb"), tmp_path / "z.duckdb.wal"
    assert not log.exists()
    idle = open_duckdb(path, "main", ACME, lambda _text: None)
    idle.prepare(TABLES.values())
    with idle.transaction():
        idle.save_states({"tickets": {"at": 2}}, NOW)
    idle.close()
    assert log.exists()
    with duckdb.connect(path, read_only=True) as reader:
        ((text,),) = reader.execute("SELECT state_json FROM _airbyte_state").fetchall()
        assert '"at":2' in text
    busy = open_duckdb(path, "main", ACME, lambda _text: None)
    assert busy.states() == {"tickets": {"at": 2}}
    write(writer_of(busy), tickets=3)
    busy.close()
    assert not log.exists()


def test_a_sync_that_is_killed_after_it_changed_a_table_leaves_it_readable(
    store: DuckDBStore, tmp_path: Path
) -> None:
    texts = ", ".join(f"{it.name} VARCHAR" for it in TABLES["tickets"].columns)
    store.connection.execute(f"CREATE TABLE tickets ({texts}, _airbyte_meta JSON)")
    store.connection.execute("CREATE TABLE groups (id BIGINT, _airbyte_meta JSON)")
    store.connection.execute(
        "INSERT INTO tickets (id, due_at) VALUES ('1', '2026-01-01T00:00:00Z')"
    )
    store.connection.execute("CHECKPOINT")
    writer = writer_of(store)
    store.add_keys(TABLES.values(), are_wanted=True)
    write(writer, tickets=2)
    for ending in ("", ".wal"):  # as a killed process leaves them
        shutil.copy(tmp_path / f"z.duckdb{ending}", tmp_path / f"killed.duckdb{ending}")
    killed = open_duckdb(str(tmp_path / "killed.duckdb"), "main", ACME, lambda _text: None)
    found = killed.connection.execute("SELECT id, due_at FROM tickets ORDER BY id").fetchall()
    assert found == [(1, datetime(2026, 1, 1)), (2, None)]  # noqa: DTZ001 - as DuckDB has it
    killed.close()


def test_a_parquet_file_says_what_its_columns_are(tmp_path: Path) -> None:
    opened = open_folder(tmp_path / "lake", "parquet", ACME, lambda _text: None)
    opened.prepare(TABLES.values())
    opened.deliver()
    opened.close()
    with duckdb.connect() as reader:
        file = f"parquet_kv_metadata('{tmp_path}/lake/tickets.parquet')"
        about = dict(reader.execute(f"SELECT decode(key), decode(value) FROM {file}").fetchall())
    assert (about["comment"], about["primary_key"]) == (TABLES["tickets"].comment, "id")
    columns = json.loads(about["column_comments"])
    assert columns.items() >= {it.name: it.comment for it in TABLES["tickets"].columns}.items()


def test_files_of_a_dead_sync_are_removed(tmp_path: Path) -> None:
    spilled = tmp_path / "z.duckdb.tmp"
    spilled.mkdir()
    (spilled / "duckdb_temp_block-1.block").write_bytes(b"records")
    open_duckdb(str(tmp_path / "z.duckdb"), "main", ACME, lambda _text: None).close()
    assert not spilled.exists()


def test_a_schema_of_another_account_is_refused(store: DuckDBStore, tmp_path: Path) -> None:
    write(writer_of(store), tickets=1)
    store.close()
    with pytest.raises(ConnectorError, match="another account, acme"):
        open_duckdb(str(tmp_path / "z.duckdb"), "main", "source-zendesk-support-b", print)
