"""The state file of the next run, out of what runs have printed: for pipelines without a platform.

`python -m source_zendesk_support.latest_states state.json run.jsonl > state.new` keeps the last
state of each stream. Never writes a file itself, so that a state is replaced in one step (`mv`).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson

from .protocol.input_files import read_output_file, states_by_stream
from .zendesk.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Sequence


def latest_states(paths: Sequence[str]) -> list[dict[str, Any]]:
    """Return a state message for each stream, its last in the files, which go from old to new.

    Raises ConnectorError (config).
    """
    messages = [message for path in paths for message in read_output_file(path)]
    return [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": name}, "stream_state": state},
        }
        for name, state in states_by_stream(messages).items()
    ]


def main() -> int:
    """Print the state file on stdout; return 1 and print nothing there if a file is of no use."""
    try:
        states = latest_states(sys.argv[1:])
    except ConnectorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.buffer.write(orjson.dumps(states, option=orjson.OPT_APPEND_NEWLINE))
    return 0


if __name__ == "__main__":
    sys.exit(main())
