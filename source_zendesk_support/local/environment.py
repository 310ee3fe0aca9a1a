"""The environment that PyAirbyte is to find: no telemetry, no registry, and a folder of its own.

Must be entered before PyAirbyte is imported. What the user has set stands. Nothing of a sync stays
behind on the disk; PyAirbyte writes the configuration into a file that all may read, so the folder
round it is closed to others.
Rests on https://airbytehq.github.io/PyAirbyte/airbyte/constants.html.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def workspace() -> Iterator[Path]:
    """Prepare the environment, and yield a folder that only this user can enter."""
    with tempfile.TemporaryDirectory(prefix="zendesk-local-") as folder:
        os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
        os.environ.setdefault("DO_NOT_TRACK", "1")
        os.environ.setdefault("AIRBYTE_LOGGING_ROOT", folder)
        os.environ["AIRBYTE_TEMP_DIR"] = folder
        if not sys.stderr.isatty():
            os.environ.setdefault("NO_LIVE_PROGRESS", "1")
        # Of the drivers, about the end of Python versions.
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"google\.")
        yield Path(folder)
