"""`zendesk-local` schedule, plan and demo, as processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.table import STREAMS
from test_support.clock import CLOCK
from test_support.local.databases import (
    ANSWER_S,
    COMMAND,
    LOCAL_PYTHON,
    MODELS_PYTHON,
    PYAIRBYTE_PYTHON,
    local,
    needs_extra,
    needs_models,
    needs_pyairbyte,
    tables,
    write_config,
)
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_extra

COSTLY = ("incremental/", "deleted_tickets", "search/export")


def test_a_schedule_syncs_each_account_at_once_and_ends_by_a_signal(tmp_path: Path) -> None:
    database = tmp_path / "zendesk.duckdb"
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        configs = []
        for name in ("acme", "other"):
            (tmp_path / name).mkdir()
            path = write_config(tmp_path / name, emulator)
            configs += ["--config", f"{name}={path}"]
        options = ["--into", database, "--streams", "groups", "--every", "3h", "--offset", "30m"]
        options.append("--keys")
        process = subprocess.Popen(
            [COMMAND, "schedule", *configs, *options],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert process.stderr is not None
        lines = []
        while sum("the sync is done" in line for line in lines) < 2:
            lines.append(process.stderr.readline())
            assert lines[-1], "".join(lines)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=ANSWER_S)
        assert process.returncode == 0
        following = re.search(r"then at \S+T(\d\d):(\d\d):00Z", lines[0])
        assert following
        assert (int(following[1]) % 3, following[2]) == (0, "30")
        must = {record["id"] for record in emulator.truth("groups").must}
        for name in ("acme", "other"):
            rows = tables("duckdb", database, name)["groups"]
            assert {row["id"] for row in rows} == must
        keyed = "SELECT schema_name FROM duckdb_tables() WHERE has_primary_key ORDER BY ALL"
        done = local("query", "--into", database, "--format", "csv", keyed)
        assert done.stdout.split() == ["schema_name", "acme", "other"]
    # One file: the accounts took turns.
    turns = [line.split(maxsplit=1)[1].strip() for line in lines if "the sync " in line]
    assert turns == [
        "acme: the sync begins.",
        "acme: the sync is done.",
        "other: the sync begins.",
        "other: the sync is done.",
    ]


def test_a_plan_tells_every_stream_and_costs_little(tmp_path: Path) -> None:
    with Emulator(size="small", seed=1, clock_at=CLOCK, account_limit=200) as emulator:
        emulator.site.refusals.add("/api/v2/audit_logs", "plan")
        config = write_config(tmp_path, emulator)
        done = local("plan", "--config", config)
        requests = emulator.requests
        tickets = len(emulator.truth("tickets").must)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    engines = next(n for n, line in enumerate(lines) if "The same with either engine" in line)
    rows, both = (
        {line.split()[0]: line.split()[1:] for line in part if (line.split() or [""])[0] in STREAMS}
        for part in (lines[:engines], lines[engines:])
    )
    assert sorted(rows) == sorted(STREAMS)
    assert "A first sync reads exports." in done.stdout, "the account is small"
    counted = int(rows["tickets"][1].replace(",", ""))
    assert both["tickets"][0] == rows["tickets"][2]
    assert both["tickets"][2] == f"{-(-counted // 100):,}+"
    assert not both.keys() & {"calls", "call_legs", "ticket_metrics"}
    assert rows["audit_logs"] == ["no"]
    assert "Enterprise plan" in done.stdout
    assert rows["tickets"][0] == "yes"
    assert counted == tickets  # by the search, which finds archived ones too
    pages = -(-counted // 1000)
    assert rows["tickets"][2:] == [str(pages), f"{pages / 10:.1f}", "incremental-exports"]
    assert rows["ticket_metrics"][2:] == ["with", "tickets"]
    # 90 percent of what the plan allows is for us.
    said = " ".join(done.stdout.split())
    assert "the bucket account binds, with 180 requests a minute" in said
    assert max(map(len, lines)) <= 100
    assert requests["total"] <= 60
    # The sample endpoints have a limit of their own.
    paths = [path for path in requests["by_path"] if not path.endswith("/sample")]
    assert not [path for path in paths if path.startswith(COSTLY, len("/api/v2/"))]


def test_a_plan_for_some_streams_asks_for_no_others(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK) as emulator:
        config = write_config(tmp_path, emulator)
        done = local("plan", "--config", config, "--streams", "groups,macros")
        asked = {path for path in emulator.requests["by_path"] if path.endswith("/count")}
    assert done.returncode == 0, done.stderr
    assert asked == {"/api/v2/groups/count"}
    assert "the bucket account binds" in " ".join(done.stdout.split())


@needs_models
def test_the_demo_answers_three_questions_and_leaves_a_database_and_a_report(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    done = local("demo", "--folder", folder, python=MODELS_PYTHON)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert said.count("SELECT ") == 3
    assert said.count("$ zendesk-local sync") == 2
    assert re.search(r"^open +\d+", said, re.MULTILINE)
    # The last line is a command that works.
    shown = subprocess.run(
        said.splitlines()[-1], shell=True, capture_output=True, text=True, check=True
    )
    assert "subject" in shown.stdout
    assert (folder / "report.html").read_text().count("<svg") == 8
    assert (folder / "config.json").stat().st_mode & 0o777 == 0o600
    lines = [line for line in said.splitlines() if str(folder) not in line]
    assert max(map(len, lines)) <= 100


@needs_pyairbyte
def test_pyairbyte_by_itself_reads_it_too(tmp_path: Path) -> None:
    """As scripts do that know nothing of `zendesk-local`; it asks for all streams incrementally."""
    program = """
import json, sys
import airbyte
config = json.load(open(sys.argv[1]))
source = airbyte.get_source("source-zendesk-support", config=config, local_executable=sys.argv[2])
source.select_streams(["tickets", "tags"])
read = source.read(airbyte.new_local_cache(cache_name="own", cache_dir=sys.argv[3]))
print(json.dumps({name: len(list(read[name])) for name in ("tickets", "tags")}))
"""
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        config = write_config(tmp_path, emulator)
        connector = LOCAL_PYTHON.with_name("source-zendesk-support")
        done = subprocess.run(
            [PYAIRBYTE_PYTHON, "-c", program, config, connector, tmp_path],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={**os.environ, "AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"},
        )
        held = json.loads(done.stdout.splitlines()[-1])
        assert held == {name: len(emulator.truth(name).must) for name in held}
