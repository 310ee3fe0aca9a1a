"""All streams of an account in a DuckDB file: equal after each sync, gone on with after a stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.account_truth import COMPARED
from test_support.local.databases import (
    ANSWER_S,
    COMMAND,
    LOCAL_PYTHON,
    ROOT,
    ROW_ID,
    differences,
    local,
    needs_extra,
    tables,
    write_config,
)
from zendesk_emulator import Emulator
from zendesk_emulator.server.sign_in import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_extra

PAGE = 90  # a page that is not as large as Zendesk serves, so that there are many


def sync(config: Path, database: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return local("sync", "--config", config, "--into", database, *options)


def execute(database: Path, *statements: str) -> None:
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(sys.argv[2])"
    command = [LOCAL_PYTHON, "-c", code, database, "; ".join(statements)]
    subprocess.run(command, check=True, timeout=ANSWER_S)


def test_a_stream_is_read_again_when_asked_or_when_its_table_is_gone(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        assert sync(config, database, "--streams", "groups").returncode == 0
        whole = len(emulator.truth("groups").must)
        for options in (["--again", "groups"], ["--full-refresh"], []):
            spoil = [
                "UPDATE groups SET name = 'spoilt'",
                "INSERT INTO groups SELECT * REPLACE (1 AS id) FROM groups LIMIT 1",
            ]
            execute(database, *(spoil if options else ["DROP TABLE groups"]))
            done = sync(config, database, "--streams", "groups", *options)
            assert done.returncode == 0, done.stderr
            names = [row["name"] for row in tables("duckdb", database, "main")["groups"]]
            assert (len(names), names.count("spoilt")) == (whole, 0), options


def test_a_list_without_a_cursor_rests_until_its_table_lacks_something(tmp_path: Path) -> None:
    database, options = tmp_path / "zendesk.duckdb", ("--streams", "brands", "--json")
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator, set_up_interval_hours=24)
        assert sync(config, database, *options).returncode == 0
        held, asked = tables("duckdb", database, "main")["brands"], emulator.requests["total"]
        again = sync(config, database, "--streams", "brands")
        assert (again.returncode, again.stderr) == (0, "")
        assert again.stdout == "At rest (`set_up_interval_hours`): brands.\n"
        assert emulator.requests["total"] == asked
        assert tables("duckdb", database, "main")["brands"] == held
        execute(database, "ALTER TABLE brands DROP COLUMN subdomain")
        done = sync(config, database, *options)
        assert (done.returncode, json.loads(done.stdout)["resting"]) == (0, [])
    names = [row["subdomain"] for row in tables("duckdb", database, "main")["brands"]]
    assert names == [row["subdomain"] for row in held]
    assert all(names)


def test_a_wrong_secret_is_one_line(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        credentials = {"credentials": "api_token", "email": "a@example.com", "api_token": "wrong"}
        config = write_config(tmp_path, emulator, credentials=credentials)
        done = sync(config, tmp_path / "zendesk.duckdb")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "does not accept the credentials (401)" in line
    assert done.stdout == ""


def test_deleted_tickets_are_marked(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        assert sync(config, database, "--streams", "tickets").returncode == 0
        before = {row["id"]: row for row in tables("duckdb", database, "main")["tickets"]}
        emulator.change("delete_ticket", count=3)
        emulator.clock.advance(HOUR_S)
        gone = before.keys() - {record["id"] for record in emulator.truth("tickets").must}
        assert sync(config, database, "--streams", "tickets").returncode == 0
        after = {row["id"]: row for row in tables("duckdb", database, "main")["tickets"]}
    assert len(gone) >= 3
    assert {after[number]["status"] for number in gone} == {"deleted"}


def test_files_of_a_folder_hold_what_the_tables_do(tmp_path: Path) -> None:
    folder, database = tmp_path / "lake", tmp_path / "zendesk.duckdb"
    names = "groups,tags,tickets"
    code = """
import duckdb, json, sys
for name in ("groups", "tags", "tickets"):
    path = f"{sys.argv[1]}/{name}.{sys.argv[2]}"
    print(json.dumps(duckdb.sql(f"SELECT count(*), count(DISTINCT #1) FROM '{path}'").fetchone()))
"""
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        assert sync(config, database, "--streams", names).returncode == 0
        held = tables("duckdb", database, "main")
        for file_format in ("parquet", "csv", "jsonl"):
            done = sync(config, folder, "--streams", names, "--format", file_format)
            assert done.returncode == 0, done.stderr
            read = subprocess.run(
                [LOCAL_PYTHON, "-c", code, folder, file_format],
                capture_output=True,
                text=True,
                check=True,
            )
            counts = [json.loads(line)[0] for line in read.stdout.splitlines()]
            assert counts == [len(held[name]) for name in ("groups", "tags", "tickets")]


def test_every_stream_equals_the_account_after_each_sync(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        held = {}
        for round_ in range(2):
            done = sync(config, database)
            assert done.returncode == 0, done.stderr
            held = tables("duckdb", database, "main")
            assert set(held) == set(COMPARED)
            found = differences(emulator, held)
            assert found == [], f"{len(found)} differences, the first: {found[:5]}"
            if round_ == 0:
                emulator.change("mix", count=80, seed=round_)
                # A list that is read whole, and has nothing in it any more.
                holidays = emulator.truth("schedule_holidays").must  # the mix may have added some
                emulator.change("delete_holiday", count=len(holidays))
            emulator.clock.advance(HOUR_S)
        assert held["schedule_holidays"] == []
        # Nothing has changed but the plan: what can be read no more stays as it is.
        for path in ("custom_roles", "suspended_tickets"):
            emulator.site.refusals.add(f"/api/v2/{path}", "plan")
        again = sync(config, database)
        after = tables("duckdb", database, "main")
    assert again.returncode == 0, again.stderr
    assert "The stream custom_roles is skipped" in again.stderr
    assert f"{len(STREAMS)} streams" in again.stdout
    for name, rows in after.items():
        assert len(rows) == len(held[name])
        if STREAMS[name].cursor_field or name == "suspended_tickets":  # others are replaced
            assert {row[ROW_ID] for row in rows} == {row[ROW_ID] for row in held[name]}, name


def test_a_stopped_sync_keeps_what_came_and_the_next_continues(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    names = "tickets,ticket_metrics,brands"
    with Emulator(size="small", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator, page_size=PAGE)
        path = "/api/v2/incremental/tickets/cursor"
        # The fourth page hangs; three have been served when the user has had enough.
        emulator.fault(path=path, hold=True, skip=3)
        process = subprocess.Popen(
            [COMMAND, "sync", "--config", config, "--into", database, "--streams", names],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert process.stderr is not None
        while emulator.requests["by_path"].get(path, 0) < 3:
            assert process.poll() is None
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
        process.send_signal(signal.SIGTERM)
        stderr = process.communicate(timeout=ANSWER_S)[1]
        assert process.returncode == 1, stderr
        assert "SIGTERM" in stderr
        emulator.site.faults.clear()
        emulator.site.log.reset()
        done = sync(config, database, "--streams", names)
        assert done.returncode == 0, done.stderr
        held = tables("duckdb", database, "main")
        found = {row["id"] for row in held["tickets"]}
        assert found >= {record["id"] for record in emulator.truth("tickets").must}
        asked = [it["query"] for it in emulator.requests["log"] if it["path"] == path]
    # The page that is handed over when the signal comes may be read again. The page that hung may
    # be logged only now. Of 28 pages at least the first is not asked for any more.
    assert not [query for query in asked if "start_time=" in query]
    assert len(asked) <= -(-len(found) // PAGE)


def test_one_refused_stream_does_not_cost_the_others(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        emulator.site.refusals.add("/api/v2/satisfaction_ratings", "plan")
        named = sync(config, database, "--streams", "groups,satisfaction_ratings")
        assert named.returncode == 1
        assert "satisfaction_ratings" in named.stderr.splitlines()[-1]
        held = tables("duckdb", database, "main")
        must = {record["id"] for record in emulator.truth("groups").must}
        assert {row["id"] for row in held["groups"]} == must


def test_two_accounts_do_not_share_a_schema(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        first = sync(config, database, "--streams", "groups")
        assert first.returncode == 0, first.stderr
        emulator.site.log.reset()
        (tmp_path / "other").mkdir()
        url = emulator.base_url.replace("127.0.0.1", "localhost")
        other = write_config(tmp_path / "other", emulator, base_url=url)
        refused = sync(other, database, "--streams", "groups")
        assert refused.returncode == 1
        (line,) = [it for it in refused.stderr.splitlines() if "another account" in it]
        assert "another account, 127.0.0.1. [account localhost, schema main]" in line
        assert emulator.requests["total"] == 0
        again = sync(config, database, "--streams", "groups")
        assert again.returncode == 0, again.stderr


def test_scripts_need_not_lie_beside_the_interpreter(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.symlink_to(LOCAL_PYTHON)
    where = [LOCAL_PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    folder = tmp_path / "own"  # of the user, who has modules in it
    folder.mkdir()
    (folder / "airbyte_cdk.py").write_text("raise SystemExit('not this one')")
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        command = [python, "-P", "-m", "source_zendesk_support.local.command", "sync"]
        options = ["--config", config, "--into", tmp_path / "zendesk.duckdb", "--streams", "groups"]
        done = subprocess.run(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=ANSWER_S,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), packages])},
        )
    assert done.returncode == 0, done.stderr


def test_rotated_tokens_are_in_the_file_before_they_are_used(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        credentials = {
            "credentials": "oauth2_refresh",
            "client_id": CLIENT_ID,
            "refresh_token": REFRESH_TOKEN,
        }
        config = write_config(tmp_path, emulator, credentials=credentials, note="mine")
        for _ in range(2):
            before = json.loads(config.read_text())["credentials"]
            done = local(
                "sync",
                "--config",
                config,
                "--into",
                database,
                "--streams",
                "groups",
                environment={"ZENDESK_CLIENT_SECRET": CLIENT_SECRET},
            )
            assert done.returncode == 0, done.stderr
            after = json.loads(config.read_text())
            assert after["credentials"]["refresh_token"] != before["refresh_token"]
            assert "client_secret" not in after["credentials"]
            assert "skip_unavailable_streams" not in after
            assert after["note"] == "mine"
            assert config.stat().st_mode & 0o777 == 0o600
            assert after["credentials"]["refresh_token"] not in done.stderr + done.stdout
            emulator.site.sign_in.expire(after["credentials"]["access_token"])
