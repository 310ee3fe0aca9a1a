"""Files of a folder in an object store: sent whole, sent when they changed or are gone."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import duckdb
import pytest

from source_zendesk_support.local.destination import parse_destination
from source_zendesk_support.local.folder_store import open_folder
from source_zendesk_support.local.object_store import ObjectStore, open_object_store
from source_zendesk_support.local.pieces import Part, Piece
from source_zendesk_support.local.store import Writer
from source_zendesk_support.local.tables import table_of
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if os.environ.get("CI") != "true":
    pytest.importorskip("fsspec")

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TABLES = {name: table_of(name) for name in ("groups", "tickets")}


def sync(folder: Path, files: ObjectStore, **ids: int) -> None:
    """Write a record of each stream, as a sync of its own."""
    store = open_folder(folder, "parquet", "acme", print, files)
    store.prepare(TABLES.values())
    piece = Piece()
    for name, number in ids.items():
        piece.parts[name] = Part(TemporaryFile())  # noqa: SIM115 - closed with the piece
        piece.parts[name].add(b'{"id": %d}' % number)
        piece.parts[name].file.flush()
    Writer(store, TABLES, lambda: NOW, print).write(piece)
    piece.close()
    try:
        store.deliver()
    finally:
        store.close()


def ids(files: ObjectStore, name: str, folder: Path) -> list[int]:
    here = folder / name
    files.system.get_file(f"{files.prefix}/{name}", str(here))
    return [it for (it,) in duckdb.sql(f"SELECT id FROM '{here}' ORDER BY id").fetchall()]


def test_files_are_sent_whole_when_they_changed_or_are_gone(tmp_path: Path) -> None:
    files = open_object_store(f"memory://{uuid4()}/lake")
    sync(tmp_path / "own", files, groups=1, tickets=1)
    assert files.names() == {"groups.parquet", "tickets.parquet"}
    assert [it.name for it in (tmp_path / "own").iterdir()] == [".zendesk.duckdb"]
    tickets = files.system.modified(f"{files.prefix}/tickets.parquet")
    sync(tmp_path / "own", files, groups=2)
    assert ids(files, "groups.parquet", tmp_path) == [1, 2]
    assert files.system.modified(f"{files.prefix}/tickets.parquet") == tickets
    files.system.rm(f"{files.prefix}/tickets.parquet")
    sync(tmp_path / "own", files)
    assert ids(files, "tickets.parquet", tmp_path) == [1]


def test_a_file_that_was_not_taken_is_sent_by_the_next_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = open_object_store(f"memory://{uuid4()}/lake")
    sync(tmp_path / "own", files, groups=1)

    def refuse(*_: Any) -> None:
        raise PermissionError("no: https://store/lake?sig=hunter22\nmore")

    with monkeypatch.context() as patch:
        patch.setattr(type(files.system), "put_file", refuse)
        with pytest.raises(
            ConnectorError, match=r"takes nothing \(PermissionError\): no"
        ) as caught:
            sync(tmp_path / "own", files, groups=2)
    assert "hunter22" not in caught.value.what
    sync(tmp_path / "own", files)
    assert ids(files, "groups.parquet", tmp_path) == [1, 2]


def test_a_bucket_that_is_missing_or_only_read_is_an_error_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = open_object_store(f"memory://{uuid4()}/lake")
    assert found.names() == set()  # what it was tried with is gone

    def refuse(*_: Any) -> None:
        raise FileNotFoundError("The specified bucket does not exist")

    monkeypatch.setattr(type(found.system), "pipe_file", refuse)
    with pytest.raises(ConnectorError, match="bucket does not exist"):
        open_object_store(f"memory://{uuid4()}/lake")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ConnectorError, match="not installed") as caught:
        open_object_store("s3://bucket/lake")
    assert (caught.value.failure, caught.value.remedy) == (
        Failure.CONFIG,
        "Install it beside the command: pip install s3fs.",
    )


def test_an_address_has_a_folder_of_its_own_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = parse_destination("s3://lake/zendesk/", "csv")
    same, other = parse_destination("s3://lake/zendesk"), parse_destination("s3://lake/b")
    assert (found.kind, found.shown) == ("folder", "s3://lake/zendesk (csv)")
    assert Path(str(found.options["path"])).parent == tmp_path / "zendesk-local"
    assert found.options["path"] == same.options["path"] != other.options["path"]


@pytest.mark.parametrize("text", ["s3://key:hunter22@lake/a", "s3://", "s3://lake/a?secret=x"])
def test_an_address_with_a_secret_or_without_a_bucket_is_refused(text: str) -> None:
    with pytest.raises(ConnectorError, match="not the address of a place") as caught:
        parse_destination(text)
    assert "hunter22" not in str(caught.value)
