"""A folder with a file for each stream: Parquet, CSV or lines of JSON, written by DuckDB.

Owns when a file is written: at the end of a sync that has changed its table. It is written beside
the old file and takes its place at once, here or in an object store. The tables and states live in
a DuckDB file of the folder. A killed sync resumes from that file as from any other database.
Rests on https://duckdb.org/docs/1.4/sql/statements/copy.html.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from .duckdb_keys import KEYS
from .duckdb_store import DuckDBStore, connect
from .store import UNFIT
from .typed_rows import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from .object_store import ObjectStore
    from .tables import Table
    from .typed_rows import Staged

DATABASE = ".zendesk.duckdb"
_CHANGED = "_not_exported"
_OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "jsonl": "FORMAT json",
}


@dataclass(slots=True)
class FolderStore(DuckDBStore):
    """The tables of one account, and their files: in `folder`, or in the object store `files`."""

    folder: Path = Path()
    files: ObjectStore | None = None
    file_format: str = "parquet"

    def merge(self, staged: Staged) -> None:
        """Write the rows of a stream, and note that its file is older than its table."""
        DuckDBStore.merge(self, staged)
        self._note(staged.table.name)
        if staged.is_odd:
            self._note(UNFIT)

    def finish(self, table: Table) -> None:
        """Delete the rows that a stream no longer has."""
        DuckDBStore.finish(self, table)
        if table.name in self._again:
            self._note(table.name)

    def note_changed(self, table: Table) -> None:
        """Note that the file of a table is older than its rows."""
        self._note(table.name)

    def deliver(self) -> None:
        """Write the files of changed tables."""
        for name in self._to_write():
            self._write(name)

    def _note(self, table: str) -> None:
        self.connection.execute(f"INSERT INTO {_CHANGED} VALUES ({literal(table)})")

    def _to_write(self) -> list[str]:
        changed = {name for (name,) in self._rows(f"SELECT DISTINCT table_name FROM {_CHANGED}")}
        there = (
            {path.name for path in self.folder.iterdir()}
            if self.files is None
            else self.files.names()
        )
        missing = {
            it for it in self.types if not it.startswith("_") and self._name(it) not in there
        }
        return sorted(changed | missing)

    def _name(self, table: str) -> str:
        return f"{table}.{self.file_format}"

    def _write(self, table: str) -> None:
        name = self._name(table)
        beside = self.folder / f".{name}"
        columns = ", ".join(
            f"to_json({quoted(column)}) AS {quoted(column)}"
            if kind.endswith("[]") and self.file_format == "csv"
            else quoted(column)
            for column, kind in self.types[table].items()
        )
        try:
            self.connection.execute(
                f"COPY (SELECT {columns} FROM {self._named(table)}) TO {literal(str(beside))} "
                f"({_OPTIONS[self.file_format]}, USE_TMP_FILE false{self._about(table)})"
            )
        except duckdb.Error:
            beside.unlink(missing_ok=True)  # the disk may be full
            raise
        if self.files is None:
            beside.replace(self.folder / name)
        else:
            self.files.put(beside, name)
        self.connection.execute(f"DELETE FROM {_CHANGED} WHERE table_name = {literal(table)}")

    def _about(self, table: str) -> str:
        """Return the option by which a file says what its table, columns and key are."""
        if self.file_format != "parquet":  # the others have no place for it
            return ""
        (comment,) = self._rows(f"SELECT comment FROM duckdb_tables() WHERE {_of(table)}")[0]
        columns = self._rows(
            f"SELECT column_name, comment FROM duckdb_columns() WHERE {_of(table)} "
            "AND comment IS NOT NULL"
        )
        keys = self._rows(f"SELECT column_name FROM {KEYS} WHERE table_name = {literal(table)}")
        about = {
            "comment": comment or "",
            "column_comments": json.dumps(dict(columns), ensure_ascii=False),
            "primary_key": keys[0][0] if keys else "",
        }
        values = ", ".join(f"{key}: {literal(value)}" for key, value in about.items() if value)
        return f", KV_METADATA {{{values}}}"


def _of(table: str) -> str:
    return f"database_name = current_database() AND table_name = {literal(table)}"


def open_folder(
    folder: Path,
    file_format: str,
    source: str,
    warn: Callable[[str], None],
    files: ObjectStore | None = None,
) -> FolderStore:
    """Open a folder, which is made if it is not there, and keep other syncs out."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = connect(str(folder / DATABASE), warn)
    try:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_CHANGED} (table_name VARCHAR)")
        return FolderStore(
            connection,
            "main",
            source,
            warn,
            folder=folder,
            files=files,
            file_format=file_format,
        )
    except BaseException:
        connection.close()
        raise
