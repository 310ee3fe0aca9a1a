"""The contents of a database after odd values, changed types, tables of 6.0.0, and kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.records.schema import load_schema
from test_support.clock import CLOCK, HOUR_S
from test_support.local.databases import (
    ANSWER_S,
    COMMAND,
    LOCAL_PYTHON,
    ROW_ID,
    differences,
    local,
    needs_extra,
    needs_postgres,
    postgres,
    tables,
    write_config,
)
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = needs_extra

PASSWORD = "not-a-secret-of-anybody"
KILLS = 10  # of each database: twenty moments, from the check to the last pages
NAMES = "tickets,ticket_metric_events,triggers,groups,tags"
# Loads records of tickets: the argument is a destination, and each line of stdin a record.
LOAD = """
    import json, os, sys, tempfile
    from datetime import UTC, datetime
    from source_zendesk_support.local.destination import parse_destination
    from source_zendesk_support.local.opening import open_store
    from source_zendesk_support.local.pieces import Pieces
    from source_zendesk_support.local.store import Writer
    from source_zendesk_support.local.tables import table_of

    into = parse_destination(sys.argv[1])
    secrets = {"password": os.environ["PGPASSWORD"]} if into.kind == "postgresql" else {}
    store = open_store(into, "acme", "source-zendesk-support-acme", secrets, print)
    schema = json.loads(sys.argv[2]) if len(sys.argv) > 2 else None
    table = table_of("tickets", schema)
    store.prepare([table])
    lines = (
        b'{"type":"RECORD","record":{"stream":"tickets","data":%s,"emitted_at":1}}' % line.strip()
        for line in sys.stdin.buffer
    )
    pieces = Pieces(lines, frozenset(), lambda line: None, lambda: 0.0, drops_nul=store.drops_nul)
    writer = Writer(store, {"tickets": table}, lambda: datetime.now(UTC), print)
    for piece in pieces:
        writer.write(piece)
    assert not writer.failed, writer.failed
    store.deliver()
    store.close()
"""
ODD = [
    "20240-05-01T00:00:00Z", "0000-00-00", "", 5, 1.5, True, {"a": "\0"}, [1, "x"], 2**70, "a\0b",
    "true", "2026-13-01", "infinity", "NaN", "a\n\\.\nb", "\\N", '{"', "'", "\t", "\ud83d", "é😀",
]  # fmt: skip
COLUMNS = 20  # of each type
# A field of each type, and a value that fits it.
FITTING = {
    "subject": "t", "assignee_id": 5, "satisfaction_probability": 0.5, "is_public": True,
    "due_at": "2026-01-01T00:00:00Z", "tags": ["a", 'b"\\,{}', ""], "via": {"channel": "web"},
}  # fmt: skip
PLAIN = {f"{name}_{n}": value for name, value in FITTING.items() for n in range(COLUMNS)}
TYPES = load_schema("tickets")["properties"]
SCHEMA = {"properties": {
    "id": {"type": "integer"}, **{name: TYPES[name.rpartition("_")[0]] for name in PLAIN},
}}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="zendesk-pg-") as folder,
        postgres(Path(folder), PASSWORD) as socket,
    ):
        patch.setenv("PGPASSWORD", PASSWORD)
        yield socket


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=needs_postgres)])
def into(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """A destination: its kind, what `--into` has, and what the driver connects to."""
    if request.param == "duckdb":
        path = str(tmp_path / "zendesk.duckdb")
        yield "duckdb", path, path
        return
    socket = request.getfixturevalue("server")
    where = f"host={socket} user=zendesk dbname=postgres"
    yield "postgresql", f"postgresql://zendesk@/postgres?host={socket}", where
    execute("postgresql", where, "DROP SCHEMA IF EXISTS acme CASCADE")


def load(into: str, *records: object, schema: object = None) -> str:
    options = [] if schema is None else [json.dumps(schema)]
    done = subprocess.run(
        [LOCAL_PYTHON, "-c", textwrap.dedent(LOAD), into, *options],
        input="".join(json.dumps(record) + "\n" for record in records),
        capture_output=True,
        text=True,
        check=False,
        timeout=ANSWER_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def execute(kind: str, where: str, *statements: str) -> None:
    driver = "duckdb" if kind == "duckdb" else "psycopg"
    code = f"import sys, {driver}; c = {driver}.connect(sys.argv[1])\n"
    code += "for it in sys.argv[2:]: c.execute(it)\nc.commit()"
    if kind == "duckdb":
        code = code.replace("\nc.commit()", "")
    command = [LOCAL_PYTHON, "-c", code, where, *statements]
    subprocess.run(command, check=True, timeout=ANSWER_S)


def fetched(kind: str, where: str, query: str) -> list[list[object]]:
    driver = "duckdb" if kind == "duckdb" else "psycopg"
    code = f"import json, sys, {driver}; c = {driver}.connect(sys.argv[1])\n"
    code += "print(json.dumps(c.execute(sys.argv[2]).fetchall()))"
    done = subprocess.run(
        [LOCAL_PYTHON, "-c", code, where, query], check=True, timeout=ANSWER_S, capture_output=True
    )
    found: list[list[object]] = json.loads(done.stdout)
    return found


def rows(kind: str, where: str) -> dict[int, dict[str, object]]:
    return {row["id"]: row for row in tables(kind, where, "acme")["tickets"]}


@pytest.mark.parametrize("file_format", ["", "parquet"])
def test_odd_values_cost_one_null_each_and_nothing_else(
    into: tuple[str, str, str], file_format: str, tmp_path: Path
) -> None:
    kind, address, where = into
    if file_format:
        if kind != "duckdb":
            pytest.skip("files are written once, by DuckDB")
        kind, address, where = file_format, f"{tmp_path}/lake/", f"{tmp_path}/lake/acme"
    # Of each type one column is odd at a time, beside nineteen of its type that fit.
    cases = [(n, value) for n in range(COLUMNS) for value in ODD]
    names = [[f"{name}_{n}" for name in FITTING] for n, _ in cases]
    records = [
        {"id": key, **PLAIN, **dict.fromkeys(names[key], value)}
        for key, (_, value) in enumerate(cases)
    ]
    said = load(address, {"id": -1, **PLAIN}, *records, schema=SCHEMA)
    held = rows(kind, where)
    assert len(held) == len(cases) + 1
    whole = {name: held[-1][name] for name in PLAIN}
    assert None not in whole.values()
    assert whole["tags_0"] == FITTING["tags"]
    nulls = 0
    for key, odd in enumerate(names):
        others = {it: held[key][it] for it in PLAIN if it not in odd}
        assert others == {it: whole[it] for it in PLAIN if it not in odd}, cases[key]
        nulls += sum(held[key][it] is None for it in odd)
    counted = sum(int(line.split(": ")[1].split()[0]) for line in said.splitlines())
    assert counted == nulls > 0
    # A text holds what it was, but for what no database can.
    assert held[ODD.index("a\n\\.\nb")]["subject_0"] == "a\n\\.\nb"
    assert held[ODD.index("\\N")]["subject_0"] == "\\N"
    assert held[ODD.index("\ud83d")]["subject_0"] == "\ufffd"
    # A value that fits later takes its entry away.
    load(address, *({"id": n, **PLAIN} for n in range(len(cases))), schema=SCHEMA)
    assert all(None not in [row[name] for name in PLAIN] for row in rows(kind, where).values())


def test_a_column_whose_type_has_changed_is_migrated(into: tuple[str, str, str]) -> None:
    kind, address, where = into

    def schema(name: str, key: str = "integer") -> object:
        return {"properties": {"id": {"type": key}, "custom_field_1": {"type": name}}}

    load(address, *({"id": n, "custom_field_1": it} for n, it in ("07", "1x", "zy")),
         schema=schema("string", "string"))  # fmt: skip
    for _ in range(2):  # a record without a usable key has no row, and one entry beside
        load(address, {"id": 2, "custom_field_1": 9}, {"id": "q"}, schema=schema("integer"))
    assert {n: row["custom_field_1"] for n, row in rows(kind, where).items()} == {
        0: 7, 1: None, 2: 9,
    }  # fmt: skip
    load(address, {"id": 3, "custom_field_1": "y"}, schema=schema("string"))
    assert {n: row["custom_field_1"] for n, row in rows(kind, where).items()} == {
        0: "7", 1: None, 2: "9", 3: "y",
    }  # fmt: skip
    aside = fetched(kind, where, "SELECT record_key, column_name FROM acme._unfit_values")
    assert sorted(aside) == [["1", "custom_field_1"], ["q", "id"], ["z", "id"]]


def to_version_6(kind: str) -> list[str]:
    """Return the statements that give tables the form that 6.0.0 gave them."""
    old = {"ticket_metric_events": ["time"], "triggers": ["created_at", "updated_at"]}
    text = "VARCHAR" if kind == "duckdb" else "varchar"
    iso = "strftime({0}, '%Y-%m-%dT%H:%M:%SZ')" if kind == "duckdb" else (
        "to_char({0}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    )  # fmt: skip
    statements = [
        f"ALTER TABLE acme.{table} ALTER COLUMN {name} TYPE {text} USING {iso.format(name)}"
        for table, names in old.items()
        for name in names
    ]
    as_json = "to_json(tags)"
    statements.append(f"ALTER TABLE acme.tickets ALTER COLUMN tags TYPE json USING {as_json}")
    statements += [f"DROP TABLE acme.{name}" for name in ("_unfit_values", "_read_again")]
    statements.append("CREATE TABLE acme.tickets_01m8abcde AS SELECT * FROM acme.tickets")
    if kind == "postgresql":
        statements += [
            f"ALTER TABLE acme.{name} DROP CONSTRAINT {name}_pkey" for name in NAMES.split(",")
        ]
        statements.append("INSERT INTO acme.groups SELECT * FROM acme.groups")
    return statements


def test_tables_of_version_6_are_taken_over(into: tuple[str, str, str], tmp_path: Path) -> None:
    kind, address, where = into
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        options = ["--config", f"acme={config}", "--into", address, "--streams", NAMES]
        first = local("sync", *options)
        assert first.returncode == 0, first.stderr
        execute(kind, where, *to_version_6(kind))
        before = {it[ROW_ID] for it in tables(kind, where, "acme")["tickets"]}
        emulator.site.log.reset()
        named = local("sync", *options)
        assert named.returncode == 0, named.stderr
        assert "have left tables: tickets_01m8abcde" in named.stderr
        # It resumed: a first sync of the tickets has a start time.
        asked = [it["query"] for it in emulator.requests["log"] if "/tickets/cursor" in it["path"]]
        assert asked
        assert not [query for query in asked if "start_time=" in query]
        dropped = local("sync", *options, "--drop-leftovers")
        assert dropped.returncode == 0, dropped.stderr
        held = tables(kind, where, "acme")
        assert sorted(held) == sorted(NAMES.split(","))
        assert {it[ROW_ID] for it in held["tickets"]} == before
        found = [it for it in differences(emulator, held) if not it.startswith("no table for")]
        assert found == []
        assert isinstance(held["tickets"][0]["tags"], list)


def test_a_sync_that_is_killed_leaves_nothing_and_costs_nothing(
    into: tuple[str, str, str], tmp_path: Path
) -> None:
    kind, address, where = into
    folder = tmp_path / "temporary"
    folder.mkdir()
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator, page_size=10)
        options = ["--config", f"acme={config}", "--into", address, "--streams", NAMES]
        for number in range(KILLS):
            emulator.site.log.reset()
            keys = ["--keys"] if number >= KILLS // 2 else []
            process = subprocess.Popen(
                [COMMAND, "sync", *options, *keys],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "TMPDIR": str(folder)},
            )
            # Killed after so many requests: in the check, between pages, while it writes.
            moment = (1 if kind == "duckdb" else 3) + 4 * number
            while emulator.requests["total"] < moment and process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.02)
            process.send_signal(signal.SIGKILL)
            # Until the connector has ended too, whose reader is gone.
            process.communicate(timeout=ANSWER_S)
            assert list(folder.iterdir()) == []
            emulator.change("mix", count=10, seed=number)
            emulator.clock.advance(HOUR_S)
        done = local("sync", *options, "--keys")
        assert done.returncode == 0, done.stderr
        assert "gets no primary key" not in done.stderr
        held = tables(kind, where, "acme")
        found = [it for it in differences(emulator, held) if not it.startswith("no table for")]
        strays = {row["id"] for row in held["tickets"] if row["status"] == "deleted"}
        real = [it for it in found if not any(f"tickets {(i,)}" in it for i in strays)]
        assert real == []
