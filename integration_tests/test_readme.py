"""The commands of the documents can be typed: each is run here or where it is named."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from test_support.connector.process import BEFORE_ALL, CREDENTIALS, Output
from test_support.local.databases import LOCAL_PYTHON, needs_extra, tables
from test_support.readme_commands import PAGES, blocks, commands, languages
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "integration_tests"


def test_every_block_of_commands_is_asked_for_by_a_test() -> None:
    named = [name for page in PAGES for name, _ in blocks(page)]
    assert None not in named
    asked = "".join(path.read_text() for path in TESTS.glob("test_*.py"))
    assert [name for name in named if f'commands("{name}"' not in asked] == []
    # Commands in another language would be run by no test.
    assert languages() <= {"sh", "json", "text", "python", "sql", "yaml"}


def test_the_readme_shows_commands_of_the_pages_below_it() -> None:
    def words(lines: list[str]) -> set[tuple[str, ...]]:
        return {tuple(shlex.split(line, comments=True)) for line in lines}

    assert words(commands("quick start")) <= words(commands("local"))
    assert words(commands("connector")) <= words(commands("by hand"))


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path, emulator: Emulator) -> Path:
    config = {
        "subdomain": "emulator",
        "base_url": emulator.base_url,
        "start_date": BEFORE_ALL,
        "credentials": CREDENTIALS,
    }
    (tmp_path / "config.json").write_bytes(orjson.dumps(config))
    return tmp_path


def typed(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command line as a shell does, with this environment's commands before all others."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


def as_one(lines: list[str]) -> str:
    """Join lines that build on each other, as one shell runs them."""
    return "\n".join(["set -eu", *lines])


def printed(path: Path) -> Output:
    return Output(path.read_text().splitlines(), code=0)


def test_by_hand_a_sync_resumes_from_what_the_one_before_printed(
    folder: Path, emulator: Emulator
) -> None:
    for line in commands("by hand"):
        typed(line, folder)
    first, second, third = (printed(folder / f"{n}.jsonl") for n in ("first", "second", "third"))
    tickets = emulator.truth("tickets").must
    assert first.counts()["tickets"] == len(tickets) > 0
    incremental = {
        stream
        for stream, row in printed(folder / "catalog.json").streams.items()
        if "incremental" in row["supported_sync_modes"]
    }
    for later in (second, third):
        assert later.errors == []
        assert incremental.isdisjoint(later.counts())


@needs_extra
def test_an_account_of_ones_own_comes_into_duckdb(folder: Path, emulator: Emulator) -> None:
    (folder / ".venv-models").symlink_to(LOCAL_PYTHON.parents[1])
    printed_table = typed(as_one(commands("local")), folder).stdout
    held = tables("duckdb", folder / "zendesk.duckdb", "main")
    # The desk marks deleted tickets.
    tickets = emulator.truth("tickets", include_deleted_tickets=True).must
    assert len(held["tickets"]) == len(tickets) > 0
    for stream in ("users", "ticket_comments"):
        assert len(held[stream]) == len(emulator.truth(stream).must) > 0
    statuses = Counter(ticket["status"] for ticket in tickets)
    for status, count in statuses.items():
        assert re.search(rf"│ {status} +│ +{count} │", printed_table), printed_table


@needs_extra
@pytest.mark.parametrize("several", [False, True])
def test_a_schedule_begins_at_once(folder: Path, several: bool) -> None:
    line = commands("schedule")[several]
    for name in ("acme", "other"):
        shutil.copy(folder / "config.json", folder / f"{name}.json")
    command = [str(LOCAL_PYTHON.with_name(line.split()[0])), *line.split()[1:]]
    with subprocess.Popen(
        [*command, "--streams", "groups"], cwd=folder, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        done = 0
        while done < 1 + several:
            line = process.stderr.readline()
            assert line
            done += "the sync is done" in line
        process.terminate()
        process.communicate()
    assert process.returncode == 0


@needs_extra
def test_the_extra_can_be_installed_from_a_clone() -> None:
    """pip stops before it installs; the environment has what it would fetch."""
    (line,) = commands("install")
    path = f"{LOCAL_PYTHON.parent}{os.pathsep}{os.environ['PATH']}"
    # pip reads its options from here too; the second one means that nothing is fetched to build.
    options = {"PIP_DRY_RUN": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    would = typed(line, ROOT, PATH=path, **options).stdout.splitlines()[-1]
    assert re.fullmatch(r"Would install source-zendesk-support-[\d.]+", would)


def test_the_integration_server_types_the_same() -> None:
    """It lints, checks types and runs all tests, so that these need not run themselves."""
    assert "make test-fast" in {line.split("#")[0].strip() for line in commands("rings")}
    by_make = {word for line in commands("development") for word in line.split("#")[0].split()}
    server = (ROOT / ".ci" / "run").read_text()
    for target in ("lint", "types", "test"):
        assert target in by_make
        assert f"make --no-print-directory {target}" in server
    assert "make demo" in {line.split("#")[0].strip() for line in commands("start")}
    assert "make test" in {line.split("#")[0].strip() for line in commands("start")}
