"""Runs one command of the protocol: whole lines on stdout, errors as messages.

Owns stdout and the last word on an error. Prints protocol messages only, never a traceback
as text.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TYPE_CHECKING

from .command_line import parse_command_line
from .commands import check, discover, read
from .config.credentials import secrets_of
from .one_heap import use_one_heap
from .protocol.input_files import read_catalog_file, read_config_file, read_state_file
from .protocol.log_lines import LOGGER, logging_to
from .protocol.messages import catalog_message
from .protocol.record_lines import RecordLines
from .protocol.secrets import hide_only
from .protocol.traced_error import TracedError, traced
from .run import spec_line
from .signals import SHELL_CODE, Stop, stopping
from .zendesk.json_text import dumps, loads

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from .protocol.messages import Message


# Half a page of tickets: each write to the pipe gives the interpreter away to a thread that parses.
BUFFER_BYTES = 1 << 20
WRONG_COMMAND_LINE = 2  # as argparse ends
RECURSIONS = 10_000  # several for each of the 1024 levels that orjson reads


class StdoutLostError(Exception):
    """Stdout takes nothing more: the disk is full, the terminal is gone."""


class Lines:
    """Stdout of a protocol: whole lines, from any thread, flushed whenever it matters.

    A record may wait in the buffer; a state, a status or a log line takes all before it along.
    """

    def __init__(self) -> None:
        self._stdout = open(  # noqa: SIM115 - open as long as the process
            sys.stdout.fileno(), "wb", buffering=BUFFER_BYTES, closefd=False
        )
        self._lock = threading.Lock()

    def write(self, item: Message | RecordLines) -> None:
        """Write a message, or the lines of records. Raises BrokenPipeError or StdoutLostError."""
        with self._lock, _guard_stdout():
            if isinstance(item, RecordLines):
                self._stdout.write(item.text)
            else:
                self._stdout.write(dumps(item) + b"\n")
                self._stdout.flush()


@contextmanager
def _guard_stdout() -> Iterator[None]:
    """Raise StdoutLostError for failures of stdout, so that they are not reported on stdout."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StdoutLostError(error.strerror) from error


def launch(arguments: list[str]) -> int:
    """Run the command and return its exit code: 0, 1 after an error, 128 + n after signal n.

    Raises SystemExit for a command line that cannot be parsed.
    """
    # A record that was read can be written, however deep it is nested.
    sys.setrecursionlimit(RECURSIONS)
    # Imported objects stay until the end: to freeze them, and to collect rarely, halves the CPU of
    # the record path, which makes no cycles. What imports leave behind is kept too: to search for
    # it costs as much as a tenth of the imports, and finds nothing to speak of.
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)

    lines = Lines()
    parsed = _parsed(arguments)
    # Only a read has pages and states to print first.
    stop = Stop(in_order=parsed.command == "read")
    try:
        with logging_to(lines.write, debug=parsed.debug), stopping(stop):
            code = _run(lines, parsed, stop)
    except BrokenPipeError:
        return 1  # the reader of stdout has gone
    except StdoutLostError as lost:
        sys.stderr.write(f"Stdout cannot be written: {lost}. Every state that was read stands.\n")
        return 1
    return SHELL_CODE + signal.Signals[stop.signal] if stop.signal else code


def _parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the command line. Without a command, print the usage on stderr: stdout is data."""
    if arguments:
        return parse_command_line(arguments)
    with redirect_stdout(sys.stderr), suppress(SystemExit):
        parse_command_line(["--help"])
    raise SystemExit(WRONG_COMMAND_LINE)


def _run(lines: Lines, parsed: argparse.Namespace, stop: Stop) -> int:
    try:
        for item in _answers(parsed, stop):
            lines.write(item)
    except (BrokenPipeError, StdoutLostError):
        raise
    except Exception as error:  # noqa: BLE001 - every error becomes a message
        return _report(lines, parsed.command, traced(error))
    return 0


def _answers(parsed: argparse.Namespace, stop: Stop) -> Iterator[Message | RecordLines]:
    """Yield what a command prints beside its log."""
    if parsed.command == "spec":
        yield loads(spec_line().encode()).value
        return
    config = read_config_file(parsed.config)
    hide_only(secrets_of(config))
    if parsed.command == "check":
        answer = check(config, LOGGER, stop=stop)
        if answer["connectionStatus"]["status"] == "SUCCEEDED":
            LOGGER.info("Check succeeded")
        else:
            LOGGER.error("Check failed")
        yield answer
    elif parsed.command == "discover":
        yield catalog_message(discover(config, LOGGER, stop=stop))
    else:
        use_one_heap()
        catalog, state = read_catalog_file(parsed.catalog), read_state_file(parsed.state)
        yield from read(config, catalog, state, stop=stop)


def _report(lines: Lines, command: str, error: TracedError) -> int:
    """Print the error that ends the command, in the form that the protocol has for it."""
    status = error.as_connection_status() if command == "check" else None
    lines.write(status or error.as_trace())
    return 0 if status else 1
