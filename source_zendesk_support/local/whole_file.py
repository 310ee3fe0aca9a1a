"""A text file replaced whole: a crash leaves the old one or the new one, and nothing beside it.

Owns the order of the steps. Never leaves a temporary file after an error.
Rests on https://docs.python.org/3/library/tempfile.html.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file by one beside it that takes its place. Raises OSError."""
    with tempfile.NamedTemporaryFile(  # made with mode 0600
        "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
    ) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(mode)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
