"""Connects to a DuckDB file, and waits for another process that has it open.

Owns how long and how that is said: one line when the wait begins, one when it lasts, and an error
that names the process at its end. DuckDB gives a file to one writer, or to many readers.
Rests on https://duckdb.org/docs/1.4/connect/concurrency.html.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import duckdb

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A query that somebody runs is over by then; a console that was left open is not.
PATIENCE_S = 120.0
_LOOK_S = 0.5
# DuckDB would fetch an extension for a file of another program, such as SQLite's, and write there.
_NO_DOWNLOADS = {"autoinstall_known_extensions": "false"}
# DuckDB names the process in its sentence; no code says it.
_LOCKED = re.compile(r"Could not set lock on file|Conflicting lock")
_HOLDER = re.compile(r"held in (?P<what>.+?) \(PID (?P<pid>\d+)\)")


def connect_duckdb(
    path: str,
    say: Callable[[str], None],
    *,
    config: Mapping[str, Any] | None = None,
    read_only: bool = False,
    patience_s: float = PATIENCE_S,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> duckdb.DuckDBPyConnection:
    """Open a file once no other process keeps it; raise ConnectorError (transient) after a while.

    `say` gets a line when there is something to wait for.
    """
    began = monotonic()
    is_said = False
    options = dict(config or {}) | ({} if path.startswith("md:") else _NO_DOWNLOADS)
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=options)
        except duckdb.IOException as error:
            holder = _holder(error)
            if holder is None:
                raise
            if monotonic() - began >= patience_s:
                raise ConnectorError(
                    f"The database is kept open by {holder} for more than {patience_s:.0f} s.",
                    about=path,
                    remedy="Close it there, and run this again. To read while a schedule runs, "
                    "open a copy or a folder of Parquet files (docs/loader.md).",
                    failure=Failure.TRANSIENT,
                ) from error
        if not is_said:
            say(f"{path} is open in {holder}: waiting up to {patience_s:.0f} s for it.")
            is_said = True
        sleep(_LOOK_S)


def _holder(error: duckdb.IOException) -> str | None:
    """Return which process holds a file's lock; None where the error is about something else."""
    text = str(error)
    if not _LOCKED.search(text):
        return None
    found = _HOLDER.search(text)
    return f"process {found['pid']}" if found else "another process"
