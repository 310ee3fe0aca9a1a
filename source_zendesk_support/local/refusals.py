"""The error of a sync that its database, or the disk of this machine, has ended.

Owns its words: by the codes of the error, and by the room that is left. Never repeats a secret.
Rests on https://www.postgresql.org/docs/15/errcodes-appendix.html.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .pieces import MOST_WAITING_BYTES
from .reading import file_of, first_line
from .store import NotCommittedError

if TYPE_CHECKING:
    from pathlib import Path

    from .destination import Destination

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SERVER_IS_FULL = "53100"  # PostgreSQL's disk_full
_AGAIN = "and run it again: it resumes after the last batch that was written."


def refused(
    error: Exception, destination: Destination, name: str, secrets: list[str]
) -> ConnectorError:
    """Return what a user sees of an error that no stream has alone."""
    said = first_line(error, secrets)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return ConnectorError(
            f"There is no room for the records that wait to be written: {said}",
            about=f"folder {tempfile.gettempdir()}",
            remedy=f"Make room there or name another folder by TMPDIR, {_AGAIN}",
            failure=Failure.TRANSIENT,
        )
    return ConnectorError(
        f"Writing to the database failed ({type(error).__name__}): {said}",
        about=f"{destination.shown}, schema {destination.schema_of(name)}",
        remedy=f"{_cure(error, file_of(destination, name))}, {_AGAIN}",
        failure=Failure.TRANSIENT,
    )


def _cure(error: Exception, file: Path | None) -> str:
    if getattr(error, "sqlstate", None) == _SERVER_IS_FULL:
        return "Make room on the disk of its server"
    if file is not None and file.parent.is_dir() and _is_about_writing(error):
        disk = shutil.disk_usage(file.parent)
        if disk.total and disk.free < MOST_WAITING_BYTES:
            free = f"{disk.free // 1_000_000} MB free"
            return f"Make room on the disk of {file.parent}, which has {free}"
    return "Fix the cause"


def _is_about_writing(error: Exception) -> bool:
    """Return whether DuckDB could not write, so that the room of the disk may be the cause.

    Where the disk has no room for what does not fit into memory, it is an OutOfMemoryException.
    """
    import duckdb  # noqa: PLC0415 - it is there where a file is

    return isinstance(
        error,
        NotCommittedError
        | duckdb.IOException
        | duckdb.FatalException
        | duckdb.OutOfMemoryException,
    )
