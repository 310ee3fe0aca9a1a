"""The commands that look at a database: status, doctor and query."""

from __future__ import annotations

import csv
import errno
import io
import json
import re
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from source_zendesk_support.local import connector
from source_zendesk_support.local.command import main
from source_zendesk_support.local.status import age
from source_zendesk_support.local.store import NotCommittedError, Writer
from test_support.clock import HOUR_S
from test_support.local.synced import Synced, load
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Synced, str]]:
    with Emulator(size="tiny", seed=3, clock_at=datetime.now(UTC), limits=False) as emulator:
        found = Synced(tmp_path_factory.mktemp("synced"), emulator, "groups", "tags", "tickets")
        database = str(found.folder / "z.duckdb")
        load(found, database)
        yield found, database


def test_status_says_what_is_there_and_how_old_it_is(
    synced: tuple[Synced, str], capsys: pytest.CaptureFixture[str]
) -> None:
    it, database = synced
    options = ["status", "--config", it.config, "--into", database]
    assert main([*options, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["account"], found["exit_code"], found["next_run_at"]) == ("config.json", 0, None)
    rows = {row["stream"]: row for row in found["streams"]}
    assert list(rows) == ["tickets", "tags", "groups"]
    assert rows["groups"]["rows"] == len(it.emulator.truth("groups").must)
    assert rows["tickets"]["position"].startswith("20")
    assert rows["tags"]["position"] is None
    assert all(row["age_s"] > 0 for row in rows.values())
    assert main(options) == 0
    out = capsys.readouterr().out
    assert out.startswith("config.json: last sync ")
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize(
    "error", [BrokenPipeError(errno.EPIPE, "Broken pipe"), NotCommittedError("Failed to commit")]
)
def test_status_shows_a_sync_that_an_exception_has_ended(
    error: Exception,
    synced: tuple[Synced, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    it, database = synced
    copied = shutil.copy(database, tmp_path)
    options = ["--config", it.config, "--into", copied]
    assert main(["status", *options, "--json"]) == 0
    before = json.loads(capsys.readouterr().out)

    def fail(*_: object) -> None:
        raise error

    whole = [it.output.lines[n] for n, line in enumerate(it.output.lines) if '"groups"' in line]
    (tmp_path / "lines").write_text("\n".join(whole) + "\n")
    script = "import sys; sys.stdout.write(open(sys.argv[1]).read())"
    monkeypatch.setattr(
        connector, "COMMAND", [sys.executable, "-c", script, str(tmp_path / "lines")]
    )
    monkeypatch.setattr(Writer, "write", fail)
    assert main(["sync", *options, "--streams", "groups"]) == 1
    assert f"failed ({type(error).__name__}): {error}" in capsys.readouterr().err
    assert main(["status", *options, "--json"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert [(found[0]["exit_code"]) for found in (before, after)] == [0, 1]
    ends = [{row["stream"]: row["read_at"] for row in it[0]["streams"]} for it in (before, after)]
    assert ends[0] == ends[1], "what was not written is not read to its end"


def test_a_sync_of_a_clock_that_was_ahead_does_not_stay_the_last_one(
    synced: tuple[Synced, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    it, database = synced
    copied = shutil.copy(database, tmp_path)
    with duckdb.connect(copied) as connection:
        connection.execute(
            "INSERT INTO _syncs SELECT began_at, ended_at + INTERVAL 1 YEAR, 1, '{}', NULL "
            "FROM _syncs"
        )
    options = ["status", "--config", it.config, "--into", copied, "--json"]
    assert main(options) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["exit_code"] == 0
    assert found["last_sync_age_s"] > 0


def test_a_query_prints_its_rows_in_three_forms(
    synced: tuple[Synced, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, database = synced
    sql = "SELECT status, count(*) AS number, list(id) AS ids FROM tickets GROUP BY 1 ORDER BY 1"
    found = {}
    for form in ("table", "csv", "jsonl"):
        assert main(["query", "--into", database, "--format", form, sql]) == 0
        found[form] = capsys.readouterr().out
    rows = [json.loads(line) for line in found["jsonl"].splitlines()]
    assert [row["status"] for row in rows] == sorted({row["status"] for row in rows})
    assert sum(row["number"] for row in rows) == 40
    read = list(csv.DictReader(io.StringIO(found["csv"])))
    assert [json.loads(row["ids"]) for row in read] == [row["ids"] for row in rows]
    assert found["table"].split()[:3] == ["status", "number", "ids"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM nothing_here", "Reading the database failed (CatalogException)"),
        ("DELETE FROM tickets", "read-only mode"),
        ("", ""),
    ],
)
def test_a_query_that_fails_or_writes_is_one_line(
    synced: tuple[Synced, str], capsys: pytest.CaptureFixture[str], sql: str, said: str
) -> None:
    _, database = synced
    code = main(["query", "--into", database, sql])
    err = capsys.readouterr().err
    assert said in err
    assert code == (1 if said else 0)
    assert len(err.splitlines()) <= 1


def test_a_database_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--into", "nowhere.duckdb", "SELECT 1"]) == 1
    assert "There is no database here yet." in capsys.readouterr().err


def test_doctor_says_a_line_for_each_thing(
    synced: tuple[Synced, str], capsys: pytest.CaptureFixture[str]
) -> None:
    it, database = synced
    options = ["doctor", "--config", it.config, "--into"]
    assert main([*options, database]) == 0
    lines = capsys.readouterr().out.splitlines()
    about = dict.fromkeys(line.split(":")[0].split()[-1] for line in lines)
    assert list(about) == [
        *("versions", "config", "sign-in", "plan", "exports", "limit", "clock", "database", "keys")
    ]
    assert "ok    clock: agrees with Zendesk's." in lines
    assert any(line.startswith("ok    database: ") and "3 streams" in line for line in lines)
    assert "ok    keys: each row has one of its own." in lines
    it.emulator.clock.advance(HOUR_S)
    assert main([*options, str(it.folder / "new.duckdb")]) == 1
    lines = capsys.readouterr().out.splitlines()
    (clock,) = [line for line in lines if "clock:" in line]
    # An hour, less what this test has taken.
    about = r"WRONG clock: this machine's clock is (59 min 5\d s|1 h)( \d+ s)? behind"
    assert re.match(about, clock)
    assert clock.endswith("Let it be set by NTP.")
    assert lines[-1].endswith("new.duckdb is not there yet; `sync` makes it.")


def test_doctor_names_rows_that_share_a_key(
    synced: tuple[Synced, str], capsys: pytest.CaptureFixture[str]
) -> None:
    it, database = synced
    copy = shutil.copy(database, it.folder / "shared.duckdb")
    with duckdb.connect(copy) as connection:
        connection.execute("INSERT INTO tickets FROM tickets LIMIT 2")
    assert main(["doctor", "--config", it.config, "--into", str(copy)]) == 1
    said = "WRONG keys: rows have that of another row, or none: 2 of tickets."
    assert f"{said} Run `sync --again tickets`." in capsys.readouterr().out.splitlines()


def test_doctor_names_a_wrong_sign_in_and_still_looks_at_the_database(
    synced: tuple[Synced, str], capsys: pytest.CaptureFixture[str]
) -> None:
    it, database = synced
    credentials = {"credentials": "api_token", "email": "a@example.com", "api_token": "wrong"}
    config = it.connector.file("wrong.json", {**it.connector.config, "credentials": credentials})
    assert main(["doctor", "--config", config, "--into", database]) == 1
    lines = capsys.readouterr().out.splitlines()
    (wrong,) = [line for line in lines if line.startswith("WRONG")]
    assert "does not accept the credentials (401)" in wrong
    assert lines[-2].startswith("ok    database: ")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (3600, "1 h"), (90_061, "1 d 1 h"), (125, "2 min 5 s"), (-5, "0 s")],
)
def test_an_age_has_two_units(seconds: int, said: str) -> None:
    assert age(seconds) == said
