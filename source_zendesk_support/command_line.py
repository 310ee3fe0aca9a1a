"""The command line of a source, as the protocol has it: spec, check, discover and read.

Owns names and help of commands and options. Options that the platform may hand to any source, and
that mean nothing here, are accepted.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import argparse

from .option_parser import OptionParser

_COMMANDS = {
    "spec": "outputs the json configuration specification",
    "check": "checks the config can be used to connect",
    "discover": "outputs a catalog describing the source's schema",
    "read": "reads the source and outputs messages to STDOUT",
}
# For connectors that are made of a manifest, which this one is not.
_OF_MANIFESTS = ("--manifest-path", "--components-path")


def parse_command_line(arguments: list[str]) -> argparse.Namespace:
    """Return the command and its options. Raises SystemExit, after an explanation on stderr."""
    parser = OptionParser()
    commands = parser.add_subparsers(title="commands", dest="command")
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "--debug", action="store_true", help="enables detailed debug logs related to the sync"
        )
        if name == "spec":
            continue
        for option in _OF_MANIFESTS:
            command.add_argument(option, help=argparse.SUPPRESS)
        if name == "read":
            command.add_argument("--state", help="path to the json-encoded state file")
        required = command.add_argument_group("required named arguments")
        required.add_argument("--config", required=True, help="path to the json configuration file")
        if name == "read":
            required.add_argument(
                "--catalog",
                required=True,
                help="path to the catalog used to determine which data to read",
            )
    return parser.parse_args(arguments)
