"""The command `zendesk-local`: sync, schedule, plan and demo, without a platform.

Owns the command line, the exit code and the last word on an error: three parts, never a traceback.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

_EXTRA = ("airbyte", "apscheduler", "rich")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 after any error."""
    asked = _parser().parse_args(arguments)
    try:
        _require_extra()
        code: int = _COMMANDS[asked.command](asked)
    except ConnectorError as error:
        sys.stderr.write(f"{error.what} [{error.about}] {error.remedy}\n")
        return 1
    except KeyboardInterrupt:
        return 1
    return code


def _require_extra() -> None:
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        newest = "" if sys.version_info < (3, 13) else " with Python 3.11 or 3.12"
        raise ConnectorError(
            f"The command needs packages that are not installed: {', '.join(missing)}.",
            about="extra [local] of source-zendesk-support",
            remedy=f"Install it from a clone{newest}: pip install '.[local]'.",
            failure=Failure.CONFIG,
        )


# The imports wait for the extra to be there.
def _sync(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .destination import parse_destination  # noqa: PLC0415
    from .sync import sync  # noqa: PLC0415

    (account,) = parse_accounts([asked.config])
    into = parse_destination(asked.into)
    return sync(account, into, asked.streams, ask_password=asked.ask_password)


def _schedule(asked: argparse.Namespace) -> int:
    from source_zendesk_support.config.config import parse_config  # noqa: PLC0415
    from source_zendesk_support.connect import REAL_TIME  # noqa: PLC0415

    from .accounts import environment_for, parse_accounts, read_account  # noqa: PLC0415
    from .destination import parse_destination, secrets_for  # noqa: PLC0415
    from .schedule import schedule  # noqa: PLC0415
    from .schedule_times import parse_cadence  # noqa: PLC0415
    from .stream_selection import select  # noqa: PLC0415

    # What is wrong is told now, not at each run, and what is missing is asked for once.
    accounts = parse_accounts(asked.config)
    into = parse_destination(asked.into)
    select(asked.streams)
    cadence = parse_cadence(asked.every, asked.offset)
    for account in accounts:
        into.schema_of(account.name)
    secrets_for(into, os.environ, None)
    ask = getpass.getpass if sys.stdin.isatty() else None
    environments = {}
    for account in accounts:
        environment = environment_for(account, os.environ, ask)
        parse_config(read_account(account, environment, None), now=REAL_TIME.now())
        environments[account.name] = environment
    return schedule(accounts, asked.into, asked.streams, cadence, environments)


def _plan(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .plan import plan  # noqa: PLC0415

    (account,) = parse_accounts([asked.config])
    return plan(account, asked.streams)


def _demo(asked: argparse.Namespace) -> int:
    from .demo import demo  # noqa: PLC0415

    return demo(asked.folder)


_COMMANDS = {"sync": _sync, "schedule": _schedule, "plan": _plan, "demo": _demo}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zendesk-local", description="Zendesk into a database, without a platform."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    config = "config file of the connector; NAME= keeps its tables in a schema of that name"
    into = "path of a DuckDB file, or postgresql://, snowflake://, bigquery://, motherduck://"

    sync = commands.add_parser("sync", help="read what is new into a database")
    sync.add_argument("--config", required=True, metavar="[NAME=]FILE", help=config)
    sync.add_argument("--into", required=True, metavar="DATABASE", help=into)
    sync.add_argument("--streams", help="names, separated by commas; all that can be read if left")
    sync.add_argument(
        "--ask-password", action="store_true", help="ask for the secret of the database"
    )

    schedule = commands.add_parser("schedule", help="sync again and again")
    schedule.add_argument(
        "--config", required=True, action="append", metavar="[NAME=]FILE", help=config
    )
    schedule.add_argument("--into", required=True, metavar="DATABASE", help=into)
    schedule.add_argument("--streams", help="names, separated by commas")
    schedule.add_argument("--every", required=True, help="15m, 3h or 1d")
    schedule.add_argument("--offset", help="30m or 1h after the full hour or midnight (UTC)")

    plan = commands.add_parser(
        "plan", help="say what a first sync would read, and how long it takes"
    )
    plan.add_argument("--config", required=True, metavar="FILE", help="config file")
    plan.add_argument("--streams", help="names, separated by commas")

    demo = commands.add_parser("demo", help="an emulated account, two syncs, three questions")
    demo.add_argument("--folder", type=Path, default=Path("zendesk-demo"), help="for its files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
