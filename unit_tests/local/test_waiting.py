"""A DuckDB file that another process has open is waited for, within a bound."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from source_zendesk_support.local.waiting import connect_duckdb
from source_zendesk_support.zendesk.errors import ConnectorError

# Opens a file, says so, and holds it until its input ends.
HOLDER = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"


def test_the_holder_of_the_file_is_named_once_and_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "z.duckdb")
    said: list[str] = []
    now = 0.0
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        sleeps: list[float] = []

        def sleep(seconds: float) -> None:
            nonlocal now
            now += seconds
            sleeps.append(seconds)

        with pytest.raises(ConnectorError) as raised:
            connect_duckdb(path, said.append, patience_s=5, monotonic=lambda: now, sleep=sleep)
        assert f"kept open by process {holder.pid} for more than 5 s" in raised.value.what
        (line,) = said
        assert line == f"{path} is open in process {holder.pid}: waiting up to 5 s for it."
        assert len(sleeps) == 10

        def let_go(_seconds: float) -> None:
            holder.stdin.write("\n")
            holder.stdin.flush()
            holder.wait(timeout=30)

        connection = connect_duckdb(path, said.append, sleep=let_go)
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
        connection.close()


def test_other_errors_than_locks_are_raised_at_once(tmp_path: Path) -> None:
    path = tmp_path / "no.duckdb"
    path.write_text("this is not a database of DuckDB's, however long it may be" * 100)
    with pytest.raises(duckdb.IOException):
        connect_duckdb(str(path), pytest.fail)


def test_a_file_of_another_program_is_not_opened_by_an_extension(tmp_path: Path) -> None:
    path = tmp_path / "z.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE groups (id)")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(duckdb.Error):
        connect_duckdb(str(path), pytest.fail)
    assert path.read_bytes() == before
    with closing(connect_duckdb(str(tmp_path / "z.duckdb"), pytest.fail)) as opened:
        query = "SELECT current_setting('autoinstall_known_extensions')"
        assert opened.execute(query).fetchall() == [(False,)]
