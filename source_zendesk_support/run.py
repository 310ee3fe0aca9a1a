"""Entry point of the command `source-zendesk-support`: a fast spec, and an end that cannot hang.

Owns the process and its end. The exit code is 0, 1 after an error, or 2 for a wrong command line. A
process that a signal stopped dies by that signal. Never imports the CDK for `spec`. Never waits for
a thread at the end.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol#the-airbyte-protocol.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from .signals import SHELL_CODE, die_at_once, die_by


def spec_line() -> str:
    """Return the SPEC message, made without the CDK, whose import takes a second."""
    import json  # noqa: PLC0415 - not before signals are handled
    from importlib import resources  # noqa: PLC0415

    spec = json.loads(resources.files(__package__).joinpath("spec.json").read_bytes())
    return json.dumps({"type": "SPEC", "spec": spec}, separators=(",", ":"))


def _say(text: str, code: int) -> int:
    """Print and flush; return `code`, or 1 if stdout takes nothing, and say so on stderr."""
    try:
        print(text, end="", flush=True)  # noqa: T201 - stdout is the protocol
    except BrokenPipeError:
        return 1  # the reader of stdout has gone
    except OSError as error:
        sys.stderr.write(
            f"What was asked for cannot be written: {error.strerror}. [stdout] "
            "Make room there, or write to another place, and run the command again.\n"
        )
        return 1
    return code


def main() -> NoReturn:
    """Run the command and end the process.

    The process ends without waiting for its threads: one may wait for a page to be taken,
    which never happens once stdout is closed.
    """
    die_at_once()
    arguments = sys.argv[1:]
    if arguments == ["spec"]:
        code = _say(spec_line() + "\n", 0)
        if code:
            os._exit(code)  # an orderly end would try again to write, and print a traceback
        sys.exit(0)
    gc.disable()  # imports make no garbage worth a search, which takes a tenth of their time
    from .entrypoint import launch  # noqa: PLC0415 - `spec` has already answered

    code = 1
    try:
        code = launch(arguments)
    except SystemExit as parsed:  # argparse: 0 after --help, 2 after a wrong command line
        code = _say("", parsed.code if isinstance(parsed.code, int) else 1)  # flushes the help
    finally:
        if code > SHELL_CODE:
            die_by(code - SHELL_CODE)
        os._exit(code)
