"""Whether every planted difference is found in a database at once: in DuckDB and in PostgreSQL."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest

from source_zendesk_support.local.command import main as command
from source_zendesk_support.verify import checks
from test_support.clock import CLOCK
from test_support.local.databases import needs_postgres, postgres
from test_support.local.planted import (
    PLANTED,
    PLANTED_IN_LARGE,
    PLANTED_IN_LISTS,
    PLANTED_IN_WINDOWS,
    Planted,
    not_found,
    plant_in_database,
)
from test_support.local.synced import Synced, load
from test_support.local.verdicts import verdicts
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Streams of which a verification asks rows for more than their key.
LOOKED_INTO = (
    "tickets", "users", "organizations", "groups", "macros", "custom_objects",
    "custom_object_records",
)  # fmt: skip
PASSWORD = "of-a-server-of-the-test"


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgresql", marks=needs_postgres)])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield where an account is loaded: a schema for each test."""
    if request.param == "duckdb":
        yield str(tmp_path_factory.mktemp("planted") / "z.duckdb")
        return
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory(prefix="zendesk-pg-") as folder,
        postgres(Path(folder), PASSWORD) as socket,
    ):
        patch.setenv("PGPASSWORD", PASSWORD)
        yield f"postgresql://zendesk@/postgres?host={socket}"


def plant(planted: Sequence[Planted], address: str, schema: str) -> dict[Planted, str]:
    """Plant differences into the tables of a schema, and return the key of each."""
    connection: Any = (
        psycopg.connect(address, autocommit=True)
        if address.startswith("postgresql:")
        else duckdb.connect(address)
    )
    with closing(connection):

        def query(text: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(text)
            return cursor.fetchall() if text.startswith("SELECT") else []

        return {it: plant_in_database(it, query, schema) for it in planted}


def expect_found(
    synced: Synced,
    planted: Sequence[Planted],
    capsys: pytest.CaptureFixture[str],
    *,
    address: str,
    schema: str,
    streams: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Verify, plant, and verify again; return the verdicts on the planted differences."""
    load(synced, address, schema)
    options = ["verify", "--config", f"{schema}={synced.config}", "--into", address]
    options += ["--json", "--sample=900", *streams]
    assert command(options) == 0
    clean = verdicts(capsys)["streams"]
    assert [it for it in clean if it["is_faulty"]] == []
    keys = plant(planted, address, schema)
    assert command(options) == 1
    found: list[dict[str, Any]] = verdicts(capsys)["streams"]
    assert not_found(keys, found) == []
    assert {it["stream"] for it in found if it["is_faulty"]} == {it.stream for it in planted}
    return found


def test_all_are_found_where_streams_are_read_whole(
    synced: Synced, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = expect_found(synced, PLANTED, capsys, address=address, schema="small")
    assert sum("all compared" in it["how"] for it in found) > len(PLANTED)


@pytest.mark.usefixtures("none_whole")
def test_all_are_found_in_samples_and_windows_of_large_streams(
    large: Synced, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = (*PLANTED_IN_LARGE, *PLANTED_IN_WINDOWS, *PLANTED_IN_LISTS)
    names = sorted({it.stream for it in planted})
    found = expect_found(large, planted, capsys, address=address, schema="large", streams=names)
    assert [it["how"] for it in found if "all compared" in it["how"]] == []


def test_nothing_differs_where_values_are_hidden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "a key of a test, long enough"
    rules = [
        {"stream": "tickets", "field": "status", "action": "drop"},
        {"stream": "users", "field": "active", "action": "drop"},
        {"stream": "users", "field": "created_at", "action": "hash"},
        {"stream": "macros", "field": "id", "action": "hash"},
    ]
    privacy = {"preset": "no_personal_data", "hash_key": key, "rules": rules}
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        synced = Synced(tmp_path, emulator, *LOOKED_INTO, privacy=privacy)
        database = str(tmp_path / "hidden.duckdb")
        load(synced, database)
        personal = {it["email"] for it in emulator.truth("users").must if it["email"]}
        for pages in (checks.MOST_PAGES, 0):
            monkeypatch.setattr(checks, "MOST_PAGES", pages)
            options = ["--config", synced.config, "--into", database, "--sample=60", *LOOKED_INTO]
            code = command(["verify", *options, "--json"])
            printed = capsys.readouterr()
            assert not [it for it in personal if it in printed.out + printed.err]
            found = json.loads(printed.out)["streams"]
            assert [it for it in found if it["is_faulty"]] == []
            assert code == 0
            assert {it["stream"] for it in found if it["why_not"]} <= {"macros"}
