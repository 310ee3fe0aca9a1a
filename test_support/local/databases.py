"""`zendesk-local` as its users run it, and the databases that it fills.

Owns the command of the extra's own environment, and a PostgreSQL server for the length of a test.
Owns also the comparison of tables with what the emulator says must be there.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.walks.snapshots import SNAPSHOT_AT
from test_support.connector.account_truth import COMPARED
from test_support.connector.process import BEFORE_ALL, CREDENTIALS, DELETED_AT
from test_support.connector.values import same_value
from zendesk_emulator.truth.rules import by_key, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zendesk_emulator import Emulator

ROOT = Path(__file__).parents[2]
LOCAL_PYTHON = Path(os.environ.get("LOCAL_PYTHON", ROOT / ".venv-local" / "bin" / "python"))
PYAIRBYTE_PYTHON = Path(
    os.environ.get("PYAIRBYTE_PYTHON", ROOT / ".venv-pyairbyte" / "bin" / "python")
)
MODELS_PYTHON = Path(os.environ.get("MODELS_PYTHON", ROOT / ".venv-models" / "bin" / "python"))
COMMAND = LOCAL_PYTHON.with_name("zendesk-local")
# The feed of audits is newest first and leaves out deleted tickets (test_sync.py).
AS_FED = ("ticket_audits",)
# A sync of a tiny account on a busy machine.
ANSWER_S = 240
ROW_ID = "_airbyte_raw_id"

Tables = dict[str, list[dict[str, Any]]]

needs_extra = pytest.mark.skipif(
    not COMMAND.exists() and os.environ.get("CI") != "true",
    reason=f"no extra [local] at {COMMAND} (LOCAL_PYTHON; `make environments`)",
)

needs_models = pytest.mark.skipif(
    not MODELS_PYTHON.exists() and os.environ.get("CI") != "true",
    reason=f"no extra [models] at {MODELS_PYTHON} (MODELS_PYTHON; `make environments`)",
)

needs_pyairbyte = pytest.mark.skipif(
    not PYAIRBYTE_PYTHON.exists() and os.environ.get("CI") != "true",
    reason=f"no PyAirbyte at {PYAIRBYTE_PYTHON} (PYAIRBYTE_PYTHON; `make environments`)",
)


def write_config(folder: Path, emulator: Emulator, **config: Any) -> Path:
    """Write a config file as a user has it: for their own eyes."""
    path = folder / "config.json"
    content = {
        "subdomain": "emulator",
        "base_url": emulator.base_url,
        "credentials": CREDENTIALS,
        "start_date": BEFORE_ALL,
        "satisfaction_ratings_lookback_days": 3650,  # the changes are to ratings of any age
        "help_center_sweep_hours": 0,
        "recheck_hours": 0,  # engagements of any age have ended
        **config,
    }
    path.write_text(json.dumps(content))
    path.chmod(0o600)
    return path


def local(
    *arguments: str | Path, environment: dict[str, str] | None = None, python: Path = LOCAL_PYTHON
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [python.with_name("zendesk-local"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=ANSWER_S,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )


def tables(kind: str, address: str | Path, schema: str) -> Tables:
    """Return every table of a database, values as JSON has them."""
    script = Path(__file__).with_name("tables_as_json.py")
    done = subprocess.run(
        [LOCAL_PYTHON, script, kind, str(address), schema],
        capture_output=True,
        text=True,
        check=True,
        timeout=ANSWER_S,
    )
    found: Tables = json.loads(done.stdout)
    return found


@cache
def _properties(stream: str) -> dict[str, Any]:
    properties: dict[str, Any] = load_schema(stream)["properties"]
    return properties


def differences(emulator: Emulator, held: Tables) -> list[str]:
    """Return what differs from the truth, in words; [] when nothing does."""
    found = [f"no table for {name}" for name in COMPARED if name not in held]
    for stream in COMPARED:
        if stream in held and stream not in AS_FED:
            found += _differences_of(emulator, stream, held[stream])
    return found


def _differences_of(emulator: Emulator, stream: str, rows: list[dict[str, Any]]) -> list[str]:
    truth = emulator.truth(stream)
    must = {key_of(truth, record): record for record in truth.must}
    held = by_key(truth, rows)
    is_doubled = len(held) < len(rows) and not truth.newest_by
    found = [f"{stream}: {len(rows)} rows for {len(held)} keys"] if is_doubled else []
    found += [f"{stream} {key}: missing" for key in must.keys() - held.keys()]
    marked = {key for key, row in held.items() if row.get(DELETED_AT)}
    found += [f"{stream} {key}: marked, though it exists" for key in marked & must.keys()]
    row = STREAMS[stream]
    if row.finds_deletions and row.children is None:  # below parents, some wait for the sweep
        unmarked = held.keys() - must.keys() - marked
        found += [f"{stream} {key}: gone, and not marked" for key in unmarked]
    strays = held.keys() - must.keys() - set(truth.may)
    found += [f"{stream} {key}: should not be there" for key in strays]
    for key in must.keys() & held.keys():
        found += [
            f"{stream} {key}: {name}: {value!r} became {held[key].get(name)!r}"
            for name, value in must[key].items()
            if name in _properties(stream)  # others have no column
            and not _arrived(stream, name, value, held[key].get(name))
        ]
    return found


def _arrived(stream: str, name: str, value: Any, held: Any) -> bool:
    """Return whether a value is unchanged: times by the instant, numbers to nine decimals."""
    if stream == "ticket_comments" and name == "via" and isinstance(value, str):
        return held is None  # connector.as_published
    if "date-time" in str(_properties(stream)[name].get("format")) and value is not None:
        return instant(held) == instant(value)
    if isinstance(value, float):
        return Decimal(repr(held)) == round(Decimal(repr(value)), 9)
    return same_value(value, held)


def instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def without_row_ids(held: Tables) -> Tables:
    """Return tables as they compare with each other: rows in the order of their content.

    Without what each sync has of its own: the ids of rows, and the time of a snapshot, which is a
    part of the ids of some snapshots. Two syncs find a deletion at two times.
    """
    return {
        name: sorted(
            (
                {
                    key: value is not None if key == DELETED_AT else value
                    for key, value in row.items()
                    if key not in _own(row)
                }
                for row in rows
            ),
            key=lambda row: json.dumps(row, sort_keys=True),
        )
        for name, rows in held.items()
    }


def _own(row: dict[str, Any]) -> set[str]:
    return {ROW_ID, SNAPSHOT_AT, "id"} if SNAPSHOT_AT in row else {ROW_ID}


POSTGRES_BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)

needs_postgres = pytest.mark.skipif(
    POSTGRES_BIN is None and not (os.environ.get("CI") == "true" and os.getuid() == 0),
    reason="no PostgreSQL server (Debian's package postgresql)",
)


@contextmanager
def postgres(folder: Path, password: str) -> Iterator[str]:
    """Run a server of its own on a socket in `folder`, and yield the folder of the socket."""
    assert POSTGRES_BIN is not None, "PostgreSQL is missing: apt-get install postgresql"
    data = folder / "data"
    data.mkdir()
    secret = folder / "password"
    secret.write_text(password)
    as_nobody: list[str | Path] = []
    if os.getuid() == 0:  # which the server refuses to run as
        subprocess.run(["chown", "nobody", folder, data, secret], check=True)
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    options = ["-A", "scram-sha-256", f"--pwfile={secret}", "-U", "zendesk", "-E", "UTF8"]
    options += ["--no-sync", "--no-instructions"]
    subprocess.run(
        [*as_nobody, POSTGRES_BIN / "initdb", "-D", data, *options],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
    server = subprocess.Popen(
        [*as_nobody, POSTGRES_BIN / "postgres", "-D", data, *settings],
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        assert server.stderr is not None
        lines = []
        for line in server.stderr:
            lines.append(line)
            if "ready to accept connections" in line:
                break
        else:
            pytest.fail(f"PostgreSQL did not start: {lines}")
        yield str(folder)
    finally:
        server.terminate()
        server.communicate()
