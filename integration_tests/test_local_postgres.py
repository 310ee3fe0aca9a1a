"""All streams of an account in a PostgreSQL server: equal to the account, and to a DuckDB file."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from test_support.clock import CLOCK, HOUR_S
from test_support.connector.account_truth import COMPARED
from test_support.local.databases import (
    ANSWER_S,
    COMMAND,
    differences,
    local,
    needs_extra,
    needs_postgres,
    postgres,
    tables,
    without_row_ids,
    write_config,
)
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    import pytest

pytestmark = [needs_extra, needs_postgres]

PASSWORD = "p@ss/w:rd%20"  # what an address would have to quote


def test_both_databases_equal_the_account_and_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    database = tmp_path / "zendesk.duckdb"
    with (  # a folder of its own: root keeps the test's to itself, and a socket's path is short
        TemporaryDirectory(prefix="zendesk-pg-") as folder,
        postgres(Path(folder), PASSWORD) as socket,
        Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False) as emulator,
    ):
        config = write_config(tmp_path, emulator)
        address = f"postgresql://zendesk@/postgres?host={socket}"
        for round_ in range(2):
            for into in (address, str(database)):
                done = local("sync", "--config", f"acme={config}", "--into", into)
                assert done.returncode == 0, done.stderr
            held = tables("postgresql", f"host={socket} user=zendesk dbname=postgres", "acme")
            assert set(held) == set(COMPARED)
            found = differences(emulator, held)
            assert found == [], f"{len(found)} differences, the first: {found[:5]}"
            beside = tables("duckdb", database, "acme")
            for name, rows in without_row_ids(beside).items():
                assert without_row_ids(held)[name] == rows, name
            for into in (address, str(database)):
                if round_ == 0:  # later, what went without a trace may still be there
                    code, found = verified(config, into)
                    assert [it for it in found if it["is_faulty"]] == []
                    assert code == 0
            emulator.change("mix", count=80, seed=round_)
            emulator.clock.advance(HOUR_S)


def verified(config: Path, into: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code of a verification, and its verdicts."""
    done = local("verify", "--config", f"acme={config}", "--into", into, "--sample=900", "--json")
    return done.returncode, json.loads(done.stdout)["streams"]


def test_one_sync_at_a_time_writes_into_a_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with (
        TemporaryDirectory(prefix="zendesk-pg-") as folder,
        postgres(Path(folder), PASSWORD) as socket,
        Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False) as emulator,
    ):
        config = write_config(tmp_path, emulator)
        address = f"postgresql://zendesk@/postgres?host={socket}"
        options = ["--config", config, "--into", address, "--streams", "groups"]
        emulator.fault(path="/api/v2/groups", hold=True)
        first = subprocess.Popen(
            [COMMAND, "sync", *options],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        while not emulator.requests["total"]:  # before the first one it has the schema
            assert first.poll() is None
            with suppress(subprocess.TimeoutExpired):
                first.wait(timeout=0.1)
        second = local("sync", *options)
        first.send_signal(signal.SIGTERM)
        stderr = first.communicate(timeout=ANSWER_S)[1]
        assert "was stopped" in stderr
        emulator.site.faults.clear()
        third = local("sync", *options)
    assert second.returncode == 1
    assert "Another sync is writing into this schema. [option --into, schema" in second.stderr
    assert third.returncode == 0, third.stderr


def test_the_error_of_a_database_shows_no_secret(tmp_path: Path) -> None:
    with (
        TemporaryDirectory(prefix="zendesk-pg-") as folder,
        postgres(Path(folder), PASSWORD) as socket,
        Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False) as emulator,
    ):
        config = write_config(tmp_path, emulator)
        address = f"postgresql://zendesk@/postgres?host={socket}"
        done = local(
            "sync",
            "--config",
            config,
            "--into",
            address,
            environment={"PGPASSWORD": "not-this-one"},
        )
        later = local(
            "sync",
            "--config",
            config,
            "--into",
            f"{address}&options=-c%20default_transaction_read_only%3Don",
            environment={"PGPASSWORD": PASSWORD},
        )
    # Of a statement that it refuses, the server's own word.
    assert later.returncode == 1
    assert "cannot execute CREATE SCHEMA in a read-only transaction" in later.stderr
    assert PASSWORD not in later.stderr
    assert done.returncode == 1
    (line,) = [it for it in done.stderr.splitlines() if "Writing to the database failed" in it]
    assert f"[postgresql://{socket}/postgres, schema zendesk]" in line
    assert "not-this-one" not in done.stderr
    assert "Traceback" not in done.stderr
