"""The error that a user sees of a sync that a database has ended."""

import errno
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import duckdb
import psycopg
import pytest

from source_zendesk_support.local.destination import parse_destination
from source_zendesk_support.local.refusals import refused
from source_zendesk_support.local.store import NotCommittedError
from source_zendesk_support.zendesk.errors import Failure

WAREHOUSE = parse_destination("postgresql://db/w")


class Refused(Exception):
    """As a driver raises it."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            Refused("permission denied for database w\nLINE 1: ..."),
            "permission denied for database w",
        ),
        (Refused(), "it said nothing more."),
        (Refused("no login with hunter22!"), "no login with ****!"),
    ],
)
def test_the_first_line_is_the_drivers_without_a_secret(error: Exception, said: str) -> None:
    found = refused(error, WAREHOUSE, "", ["hunter22", "", "a"])
    assert found.what == f"Writing to the database failed (Refused): {said}"
    assert found.about == "postgresql://db/w, schema zendesk"
    assert found.failure is Failure.TRANSIENT


def test_a_full_disk_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = duckdb.IOException("IO Error: Could not write file: No space left on device")
    file = parse_destination(str(tmp_path / "z.duckdb"))
    assert refused(full, file, "", []).remedy.startswith("Fix the cause, and run it again")
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _path: SimpleNamespace(total=20_000_000, free=3_000_000)
    )
    for other in (Refused("a fault of ours"), duckdb.BinderException("no such column")):
        assert refused(other, file, "", []).remedy.startswith("Fix the cause"), "not of writing"
    for one in (full, NotCommittedError("Failed to commit")):
        assert f"the disk of {tmp_path}, which has 3 MB free" in refused(one, file, "", []).remedy
    assert refused(psycopg.errors.DiskFull(), WAREHOUSE, "", []).remedy.startswith(
        "Make room on the disk of its server"
    )
    waiting = refused(OSError(errno.ENOSPC, "No space left on device"), file, "", [])
    assert waiting.about == f"folder {tempfile.gettempdir()}"
