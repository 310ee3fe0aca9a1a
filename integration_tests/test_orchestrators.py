"""The examples for Airflow and Dagster, run by Airflow and Dagster, without their servers.

Both live in an environment of their own, as their users have them, and start `zendesk-local` from
this one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from test_support.local.databases import COMMAND as ZENDESK_LOCAL, tables, write_config
from test_support.readme_commands import commands
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
COMMANDS = Path(
    os.environ.get("ORCHESTRATORS_PYTHON", ROOT / ".venv-orchestrators" / "bin" / "python")
).parent

pytestmark = pytest.mark.skipif(
    not (COMMANDS / "airflow").exists(),
    reason=f"no Airflow and Dagster in {COMMANDS} (ORCHESTRATORS_PYTHON; `make test`)",
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as started:
        yield started


@pytest.fixture
def environment(tmp_path: Path, emulator: Emulator) -> Mapping[str, str]:
    """Files that the examples need, and homes in which the orchestrators send no telemetry."""
    accounts = tmp_path / "accounts"
    accounts.mkdir()
    config = write_config(accounts, emulator).rename(accounts / "acme.json")
    shutil.copy(config, accounts / "other.json")
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    return {
        **os.environ,
        "PATH": f"{COMMANDS}{os.pathsep}{os.environ['PATH']}",
        "ZENDESK_LOCAL": str(ZENDESK_LOCAL),
        "ZENDESK_ACCOUNTS": str(accounts),
        "ZENDESK_CONFIG": str(config),
        "ZENDESK_INTO": str(tmp_path / "zendesk.duckdb"),
        "DAGSTER_HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "examples" / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def run(line: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        line, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def lines_of(orchestrator: str) -> list[str]:
    return [line for line in commands("orchestrators") if line.startswith(orchestrator)]


def expect_all_tickets(environment: Mapping[str, str], schema: str, emulator: Emulator) -> None:
    held = tables("duckdb", environment["ZENDESK_INTO"], schema)
    tickets = emulator.truth("tickets", include_deleted_tickets=True).must  # the desk marks them
    assert len(held["tickets"]) == len(tickets) > 0
    assert len(held["users"]) == len(emulator.truth("users").must) > 0


def test_the_dag_fills_a_schema_for_each_account(
    environment: Mapping[str, str], emulator: Emulator
) -> None:
    """In one schema the second account would resume from the state of the first."""
    (line,) = lines_of("airflow")
    run("airflow db migrate", environment)
    for account in ("acme", "other"):
        run(line.replace("acme", account), environment)
        expect_all_tickets(environment, account, emulator)


def test_the_assets_fill_the_database_one_run_at_a_time(
    environment: Mapping[str, str], emulator: Emulator
) -> None:
    for line in lines_of("dagster"):
        run(line, environment)
    expect_all_tickets(environment, "main", emulator)
    assert '"zendesk": 0 / 1 slots' in run("dagster instance concurrency get zendesk", environment)
