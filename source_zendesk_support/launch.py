"""Runs one command through the CDK's entrypoint: whole lines on stdout, errors as messages.

Owns stdout and the last word on an error. Prints protocol messages only, never a traceback as text.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
from typing import TYPE_CHECKING

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from .credentials import secrets_of
from .reader import traced
from .source import SourceZendeskSupport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airbyte_cdk.models import ConnectorSpecification
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException


# Half a page of tickets: each write to the pipe gives the interpreter away to a thread that parses.
BUFFER_BYTES = 1 << 20


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
        """Write a line, newline included."""
        with self._lock:
            self._stdout.write(text.encode())
            if not text.startswith('{"type":"RECORD"'):
                self._stdout.flush()

    def flush(self) -> None:
        """Flush, as logging's handler asks after each of its lines."""
        with self._lock:
            self._stdout.flush()


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
    """Run the command and return its exit code: 0, or 1 after an error.

    Raises SystemExit for a command line that cannot be parsed.
    """
    # What the imports made lives for ever: not looking at it again, and collecting rarely, halves
    # the CPU of the record path, which makes no cycles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)

    lines = Lines()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(lines)  # the CDK's own buffer may hold a line back for long
    parsed = Entrypoint.parse_args(arguments)
    try:
        for line in Entrypoint(SourceZendeskSupport()).run(parsed):
            lines.write(f"{line}\n")
    except BrokenPipeError:
        return 1  # the reader of stdout has gone: there is nobody left to tell
    except Exception as error:  # noqa: BLE001 - the last word: every error becomes a message
        return _last_word(lines, parsed.command, traced(error))
    return 0


def _last_word(lines: Lines, command: str, error: AirbyteTracedException) -> int:
    """Print the error that ends the command, in the form that the protocol has for it."""
    status = error.as_connection_status_message() if command == "check" else None
    message = status or error.as_sanitized_airbyte_message()
    lines.write(Entrypoint.airbyte_message_to_string(message) + "\n")
    return 0 if status else 1
