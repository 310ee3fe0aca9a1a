"""The connector as a process: its command with this interpreter, and the lines that it prints.

Owns how configuration, catalog and states reach it. Nothing of them gets a name on the disk. The
configuration goes through a pipe, and the others are files without a name. So a killed run leaves
nothing behind.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Scripts do not always lie beside the interpreter. -P: nothing of the folder that the user is in.
COMMAND = [sys.executable, "-P", "-m", "source_zendesk_support"]
# How long the connector may take to end after SIGTERM: it promises 8 seconds.
ENDING_S = 10.0
_PIPE_BYTES = 1 << 20  # the most that Linux gives without privileges; others ignore it


@dataclass(slots=True)
class Connector:
    """Runs one command after the other; `code` is the exit code of the last one."""

    was_stopped: bool = False
    code: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, command: str, config: Mapping[str, Any], **files: Any) -> Iterator[bytes]:
        """Yield the lines of a command; `files` holds the content of its other options."""
        with ExitStack() as stack:
            readable, writable = os.pipe()
            stack.callback(os.close, readable)
            arguments, passed = ["--config", f"/dev/fd/{readable}"], [readable]
            for option, content in files.items():
                file = stack.enter_context(tempfile.TemporaryFile())
                file.write(orjson.dumps(content))
                file.seek(0)  # some systems share the offset with who opens /dev/fd
                arguments += [f"--{option}", f"/dev/fd/{file.fileno()}"]
                passed.append(file.fileno())
            with self._lock:
                if self.was_stopped:
                    os.close(writable)
                    return
                self._process = process = subprocess.Popen(
                    [*COMMAND, command, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    bufsize=_PIPE_BYTES,
                    pipesize=_PIPE_BYTES,
                    pass_fds=passed,
                    start_new_session=True,  # a terminal's Ctrl-C is for `stop` to pass on
                )
            with (
                suppress(BrokenPipeError),
                os.fdopen(writable, "wb") as pipe,
            ):  # it says what is wrong
                pipe.write(orjson.dumps(config))
            try:
                assert process.stdout is not None
                yield from process.stdout
                self.code = process.wait()
            finally:
                self._end(process)

    def stop(self) -> None:
        """Let the command that is running end in order, and begin no other."""
        self.was_stopped = True
        if self._process is not None:
            self._process.terminate()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(timeout=ENDING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
