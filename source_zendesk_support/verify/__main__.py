"""`python -m source_zendesk_support.verify`: files of JSON Lines against what Zendesk gives now.

For pipelines without a database. Owns the command line and the exit code: 0, or 1 when a stream is
not what Zendesk holds or the account cannot be asked.
"""

from __future__ import annotations

import argparse
import sys

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.connect import REAL_TIME
from source_zendesk_support.discovery import print_now
from source_zendesk_support.protocol.input_files import read_config_file
from source_zendesk_support.zendesk.errors import ConnectorError

from .json_lines import read_files
from .sample_size import DEFAULT_SAMPLE, sample_size
from .verify_account import verify_account


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    asked = _parser().parse_args(arguments)
    streams = [name for name in (asked.streams or "").split(",") if name]
    try:
        raw = read_config_file(asked.config)
        settings = parse_config(raw, now=REAL_TIME.now())
        held = read_files(asked.file)
        if held.odd_lines:
            sys.stderr.write(f"{held.odd_lines} lines are not messages, and were left out.\n")
        return verify_account(
            raw,
            settings,
            held,
            streams,
            sample=asked.sample,
            as_json=asked.json,
            publish=print_now,
        )
    except ConnectorError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m source_zendesk_support.verify",
        description="Compare what `read` has printed with what Zendesk gives now.",
    )
    parser.add_argument("--config", required=True, metavar="FILE", help="config file")
    parser.add_argument("--streams", help="names, separated by commas; all that are there if left")
    parser.add_argument(
        "--sample", type=sample_size, default=DEFAULT_SAMPLE, help="records of a large stream"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("file", nargs="+", metavar="FILE", help="what `read` printed, old to new")
    return parser


if __name__ == "__main__":
    sys.exit(main())
