"""Lines of Python's logging as LOG messages of the protocol, from any library and any thread.

Owns the level and the form of a line. Never prints a secret, nor a line outside a message.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (log messages).
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .messages import Level, log_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .messages import Message

# The lines of the connector; those of libraries are printed from WARNING on.
LOGGER = logging.getLogger("airbyte.source-zendesk-support")
# From the highest down: a level of somebody's own counts as the next one below it.
_LEVELS = (
    (logging.CRITICAL, Level.FATAL),
    (logging.ERROR, Level.ERROR),
    (logging.WARNING, Level.WARN),
    (logging.INFO, Level.INFO),
)


class LogLines(logging.Handler):
    """Hands each line of the log over as a message."""

    def __init__(self, write: Callable[[Message], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line, and its traceback if it has one."""
        level = next((level for least, level in _LEVELS if record.levelno >= least), Level.DEBUG)
        try:
            text = self.format(record)
        except (TypeError, ValueError):  # a library's line whose arguments do not fit it
            text = str(record.msg)
        self._write(log_message(text, level))


@contextmanager
def logging_to(write: Callable[[Message], None], *, debug: bool) -> Iterator[None]:
    """Let all log lines of the process be messages, and no other handler print any."""
    root = logging.getLogger()
    before, level = root.handlers[:], LOGGER.level
    root.handlers[:] = [LogLines(write)]
    LOGGER.setLevel(logging.DEBUG if debug or _platform_debugs() else logging.INFO)
    try:
        yield
    finally:
        root.handlers[:] = before
        LOGGER.setLevel(level)


def _platform_debugs() -> bool:
    """Return whether the platform wants debug lines: it says so in the environment."""
    return os.environ.get("LOG_LEVEL", "").casefold() == "debug"
