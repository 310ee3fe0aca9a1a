"""docs/emulator.md holds: its commands run, its examples pass, its tables are complete."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from test_support.readme_commands import ROOT, commands
from zendesk_emulator import Emulator
from zendesk_emulator.api.refusals import KINDS as REFUSALS
from zendesk_emulator.changes.apply import KINDS as CHANGES
from zendesk_emulator.data.sizes import SIZES
from zendesk_emulator.server import callers, command, control, sign_in
from zendesk_emulator.server.faults import KINDS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "emulator.md"
TEXT = PAGE.read_text()
ADDRESS = "http://127.0.0.1:8080"
BIN = Path(sys.executable).parent

needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None and os.environ.get("CI") != "true", reason="curl is missing"
)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator("tiny", seed=1) as started:
        yield started


def typed(line: str, emulator: Emulator) -> Any:
    """Run a command line of the page against this emulator and return the JSON it prints."""
    assert ADDRESS in line
    done = subprocess.run(
        ["sh", "-c", line.replace(ADDRESS, emulator.base_url)],
        env={**os.environ, "no_proxy": "127.0.0.1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout)


def test_it_is_installed_with_nothing_of_the_connector() -> None:
    """pip stops before it installs. `--no-deps` says that the two named are all."""
    (line,) = commands("emulator install", PAGE)
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        # pip reads its options from here too; the second one means that nothing is fetched to build
        "PIP_DRY_RUN": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
    }
    done = subprocess.run(
        ["sh", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    would = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"Would install source-zendesk-support-[\d.]+", would)


@pytest.mark.parametrize(
    "start", [[str(BIN / "zendesk-emulator")], [sys.executable, "-m", "zendesk_emulator"]]
)
def test_it_starts_prints_its_address_and_ends_on_a_signal(start: list[str]) -> None:
    (line,) = commands("emulator start", PAGE)
    name, *options = line.replace("8080", "0").replace("small", "tiny").split()
    assert name == "zendesk-emulator"
    with subprocess.Popen([*start, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        greeting = process.stdout.readline().split()
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    address, *credentials = greeting
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    for credential in credentials:
        assert f"`{credential.partition('=')[2]}" in TEXT, credential


@needs_curl
def test_the_account_can_be_read(emulator: Emulator) -> None:
    groups, export, token = (typed(line, emulator) for line in commands("emulator read", PAGE))
    assert len(groups["groups"]) == 2
    assert len(export["tickets"]) == 10
    assert token["token_type"] == "bearer"


@needs_curl
def test_the_control_api_changes_the_account_and_tells_the_truth(emulator: Emulator) -> None:
    before = len(emulator.truth("tickets").must)
    changed, clock, truth, requests = (
        typed(line, emulator) for line in commands("emulator control", PAGE)
    )
    assert [each["stream"] for each in changed["changed"]].count("tickets") == 3
    assert clock["clock_s"] == pytest.approx(emulator.clock.now(), abs=60)
    assert len(truth["must"]) == before + 3
    assert requests == {"total": 0, "by_path": {}, "by_status": {}, "log": []}


@needs_curl
def test_faults_come_and_go(emulator: Emulator) -> None:
    lines = commands("emulator faults", PAGE)
    assert [typed(line, emulator) for line in lines] == [{"added": 1}, {"added": 2}, {"ok": True}]
    groups, *_ = commands("emulator read", PAGE)
    typed(lines[0].replace("incremental/tickets", "groups").replace("100", "1"), emulator)
    asked = groups.replace("curl -s", "curl -s -o /dev/null -w '%{http_code}'")
    assert typed(asked, emulator) == 504


@needs_curl
def test_exports_close_and_lists_continue(emulator: Emulator) -> None:
    closed, users = (typed(line, emulator) for line in commands("emulator closing", PAGE))
    assert closed == {"ok": True}
    assert len(users["users"]) == 2
    *_, export, _ = commands("emulator read", PAGE)
    refused = export.replace("tickets/cursor", "users/cursor")
    assert typed(refused, emulator)["errors"][0]["status"] == "410"
    assert len(typed(export, emulator)["tickets"]) == 10


def test_the_example_for_pytest_passes(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"<!-- python: emulator pytest -->\n```python\n(.*?)```", TEXT, re.DOTALL
    )
    (tmp_path / "test_example.py").write_text(example)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{example.count('def test_')} passed" in done.stdout


def test_its_tables_are_complete() -> None:
    actions = command.parser()._actions
    options = {
        flag
        for action in actions
        if not isinstance(action, argparse._HelpAction)
        for flag in action.option_strings
    }
    requests = {f"{method} /_emulator/{name}" for method, name in control.HANDLERS}
    fields = {field.name for field in dataclasses.fields(Fault)} - {"seen"}
    names = {*options, *SIZES, *requests, *fields, *KINDS, *REFUSALS}
    assert {name for name in names if f"`{name}`" not in TEXT} == set()
    for name, size in SIZES.items():
        assert f"| `{name}` | {size.tickets:,} | {size.users:,} |" in TEXT


def test_names_of_the_page_exist() -> None:
    requests = set(re.findall(r"^\| `([A-Z]+) /_emulator/(\w+)`", TEXT, re.MULTILINE))
    assert requests == set(control.HANDLERS)
    (kinds,) = re.findall(r"happens to which record: (.*?)\. A kind", TEXT, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", kinds)) <= set(CHANGES)
    assert len(CHANGES) > 150
    for secret in (callers.AGENT_API_TOKEN, sign_in.CLIENT_SECRET, sign_in.REFRESH_TOKEN):
        assert f"`{secret}`" in TEXT
