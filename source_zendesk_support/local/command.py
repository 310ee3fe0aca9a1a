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

from .destination import FORMATS
from .stream_selection import did_you_mean

_EXTRA = ("apscheduler", "duckdb", "psycopg", "rich")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 after any error."""
    parser = command_line()
    asked, unknown = parser.parse_known_args(arguments)
    if unknown:
        options = [f"--{name.replace('_', '-')}" for name in vars(asked)]
        parser.error(f"unknown: {' '.join(unknown)}. {did_you_mean(unknown, options)}".strip())
    try:
        _require_extra()
        code: int = _COMMANDS[asked.command](asked)
    except ConnectorError as error:
        _say(error)
        return 1
    except KeyboardInterrupt:
        return 1
    return code


def _say(error: ConnectorError) -> None:
    sys.stderr.write(f"{error.what} [{error.about}] {error.remedy}\n")


def _require_extra() -> None:
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise ConnectorError(
            f"The command needs packages that are not installed: {', '.join(missing)}.",
            about="extra [local] of source-zendesk-support",
            remedy="Install it from a clone: pip install '.[local]'.",
            failure=Failure.CONFIG,
        )


# The imports wait for the extra to be there.
def _sync(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .destination import parse_destination  # noqa: PLC0415
    from .stream_selection import select  # noqa: PLC0415
    from .sync import Request, sync  # noqa: PLC0415

    accounts = parse_accounts(asked.config)
    into = parse_destination(asked.into, asked.format)
    streams = select(asked.streams)
    again = streams if asked.full_refresh else select(asked.again, "--again") if asked.again else []
    request = Request(
        streams,
        all_streams=asked.streams is None,
        again=tuple(again),
        drop_leftovers=asked.drop_leftovers,
    )
    for account in accounts:  # what is wrong with one is said before any begins
        into.schema_of(account.name)
        account.content()
    codes = []
    for account in accounts:
        try:
            codes.append(sync(account, into, request, ask_password=asked.ask_password))
        except ConnectorError as error:
            _say(error)
            codes.append(1)
    return max(codes)


def _schedule(asked: argparse.Namespace) -> int:
    from source_zendesk_support.config.config import parse_config  # noqa: PLC0415
    from source_zendesk_support.connect import REAL_TIME  # noqa: PLC0415

    from .accounts import environment_for, parse_accounts, read_account  # noqa: PLC0415
    from .destination import parse_destination, secrets_for  # noqa: PLC0415
    from .schedule import schedule  # noqa: PLC0415
    from .schedule_times import parse_cadence  # noqa: PLC0415
    from .stream_selection import select  # noqa: PLC0415

    # Say what is wrong now, not at each run, and ask once for what is missing.
    accounts = parse_accounts(asked.config)
    into = parse_destination(asked.into, asked.format)
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
    options = ["--into", asked.into]
    for name in ("streams", "format"):
        value = getattr(asked, name)
        options += [] if value is None else [f"--{name}", value]
    return schedule(accounts, options, cadence, environments, in_turn="://" not in asked.into)


def _plan(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .plan import plan  # noqa: PLC0415

    (account,) = parse_accounts([asked.config])
    return plan(account, asked.streams)


def _demo(asked: argparse.Namespace) -> int:
    from .demo import demo  # noqa: PLC0415

    return demo(asked.folder)


_COMMANDS = {"sync": _sync, "schedule": _schedule, "plan": _plan, "demo": _demo}


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zendesk-local", description="Zendesk into a database, without a platform."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    config = "config file of the connector; NAME= keeps its tables in a schema of that name"
    into = "path of a DuckDB file, a folder/, postgresql:// or motherduck://"

    sync = commands.add_parser("sync", help="read what is new into a database")
    sync.add_argument(
        "--config", required=True, action="append", metavar="[NAME=]FILE", help=config
    )
    sync.add_argument("--into", required=True, metavar="DATABASE", help=into)
    sync.add_argument("--streams", help="names, separated by commas; all that can be read if left")
    sync.add_argument("--format", choices=FORMATS, help="of the files in a folder")
    sync.add_argument(
        "--again", metavar="STREAMS", help="read these from their beginning, and drop what is gone"
    )
    sync.add_argument(
        "--full-refresh", action="store_true", help="--again for every stream of this sync"
    )
    sync.add_argument(
        "--drop-leftovers",
        action="store_true",
        help="drop the tables that failed loads of version 6.0.0 have left",
    )
    sync.add_argument(
        "--ask-password", action="store_true", help="ask for the secret of the database"
    )

    schedule = commands.add_parser("schedule", help="sync again and again")
    schedule.add_argument(
        "--config", required=True, action="append", metavar="[NAME=]FILE", help=config
    )
    schedule.add_argument("--into", required=True, metavar="DATABASE", help=into)
    schedule.add_argument("--streams", help="names, separated by commas")
    schedule.add_argument("--format", choices=FORMATS, help="of the files in a folder")
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
