"""Leftovers of dead runs of version 6.0.0: folders with a configuration, tables half loaded.

Owns how they are known. This version leaves neither: its files have no name, and its rows wait in
temporary tables.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.table import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_S = 86_400  # a sync of version 6.0.0 that is still running may have begun long ago
_FOLDERS = "zendesk-local-*"
# A stream's name, and six and three characters of an id that begins with its time.
_TABLE = re.compile(r"(?P<stream>[a-z_]+)_0[0-9a-hjkmnp-tv-z]{8}")


def is_leftover(table: str) -> bool:
    """Return whether a table is one that a failed load has left."""
    match = _TABLE.fullmatch(table)
    return match is not None and match["stream"] in STREAMS


def remove_folders(now_s: float, folder: Path | None = None) -> list[Path]:
    """Remove the folders of dead runs of this user, and return them."""
    removed = []
    for path in _folders(folder or Path(tempfile.gettempdir())):
        newest_s = max(_changed_s(it) for it in [path, *path.rglob("*")])
        if now_s - newest_s > DAY_S:
            shutil.rmtree(path, ignore_errors=True)
            removed.append(path)
    return removed


def _folders(parent: Path) -> Iterator[Path]:
    for path in parent.glob(_FOLDERS):
        about = path.lstat()
        if stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid():
            yield path


def _changed_s(path: Path) -> float:
    return path.lstat().st_mtime
