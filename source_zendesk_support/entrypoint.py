"""Runs one command through the CDK's entrypoint: whole lines on stdout, errors as messages.

Owns stdout and the last word on an error. Prints protocol messages only, never a traceback
as text.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TYPE_CHECKING

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from .config.credentials import secrets_of
from .protocol.messages import traced
from .signals import SHELL_CODE, Stop, stopping
from .source import SourceZendeskSupport

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from airbyte_cdk.models import ConnectorSpecification
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException


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

    def write(self, text: str) -> None:
        """Write a line, newline included. Raises BrokenPipeError or StdoutLostError."""
        with self._lock, _guard_stdout():
            self._stdout.write(text.encode())
            if not text.startswith('{"type":"RECORD"'):
                self._stdout.flush()

    def flush(self) -> None:
        """Flush, as logging's handler asks after each of its lines."""
        with self._lock, _guard_stdout():
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


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entrypoint, but what is wrong with a configuration is said by config.py.

    A validator of JSON schemas says it in JSON, and quotes the values.
    """

    @staticmethod
    def validate_connection(
        source_spec: ConnectorSpecification,
        config: Mapping[str, object],
    ) -> None:
        """Leave it to the command, which parses the configuration first."""

    @staticmethod
    def set_up_secret_filter(
        config: Mapping[str, object],
        connection_specification: Mapping[str, object],  # noqa: ARG004 - credentials.py knows more
    ) -> None:
        """Hide the secrets of every layout, and nothing that would spoil a line of the protocol."""
        update_secrets(secrets_of(config))


def launch(arguments: list[str]) -> int:
    """Run the command and return its exit code: 0, 1 after an error, 128 + n after signal n.

    Raises SystemExit for a command line that cannot be parsed.
    """
    # A record that was read can be written, however deep it is nested.
    sys.setrecursionlimit(RECURSIONS)
    # Imported objects stay until the end: to freeze them, and to collect rarely, halves the CPU of
    # the record path, which makes no cycles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)

    lines = Lines()
    logging.raiseExceptions = False  # a log line that cannot be written is no traceback
    parsed = _parsed(arguments)
    # Only a read has pages and states to print first.
    stop = Stop(in_order=parsed.command == "read")
    try:
        _take_over_log(lines)
        with stopping(stop):
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
        return Entrypoint.parse_args(arguments)
    with redirect_stdout(sys.stderr), suppress(SystemExit):
        Entrypoint.parse_args(["--help"])
    raise SystemExit(WRONG_COMMAND_LINE)


def _take_over_log(lines: Lines) -> None:
    """The CDK's own buffer may hold a line back for long; leaving it prints what it has."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.addFilter(_is_for_users)
            with _guard_stdout():
                handler.setStream(lines)


def _is_for_users(record: logging.LogRecord) -> bool:
    """Return whether a line helps a reader of the log: the thresholds of a monitor do not."""
    return record.module != "memory_monitor" or record.levelno > logging.INFO


def _run(lines: Lines, parsed: argparse.Namespace, stop: Stop) -> int:
    try:
        for line in Entrypoint(SourceZendeskSupport(stop=stop)).run(parsed):
            lines.write(f"{line}\n")
    except (BrokenPipeError, StdoutLostError):
        raise
    except Exception as error:  # noqa: BLE001 - every error becomes a message
        return _report(lines, parsed.command, traced(error))
    return 0


def _report(lines: Lines, command: str, error: AirbyteTracedException) -> int:
    """Print the error that ends the command, in the form that the protocol has for it."""
    status = error.as_connection_status_message() if command == "check" else None
    message = status or error.as_sanitized_airbyte_message()
    lines.write(Entrypoint.airbyte_message_to_string(message) + "\n")
    return 0 if status else 1
