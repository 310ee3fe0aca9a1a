"""The command `zendesk-local`: what each of its commands does with its options.

Owns the exit code and the last word on an error: three parts, never a traceback. The options are in
options.py.
"""

from __future__ import annotations

import atexit
import gc
import getpass
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .options import command_line, completion

if TYPE_CHECKING:
    import argparse

    from .ending import Shown

_EXTRA = ("apscheduler", "duckdb", "psycopg", "rich")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 after any error."""
    # Searches for garbage are a tenth of the imports; what a sync makes of its lines has no cycles.
    gc.set_threshold(200_000, 20, 50)
    atexit.register(gc.freeze)  # the end of the process would search all modules once more
    asked = command_line().parse_args(arguments)
    try:
        _require_extra()
        code: int = _COMMANDS[asked.command](asked)
    except ConnectorError as error:
        _say(error)
        return 1
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:  # of `| head`; what Python flushes at its end has no reader either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    if others := [name for name in again if name not in streams]:
        raise ConnectorError(
            f"The sync does not read {', '.join(others)}.",
            about="option --again",
            remedy="Name them in --streams too, or leave that option out.",
            failure=Failure.CONFIG,
        )
    request = Request(
        streams,
        all_streams=asked.streams is None,
        again=tuple(again),
        drop_leftovers=asked.drop_leftovers,
        keys=asked.keys,
        shown=_shown(asked),
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
    options += ["--keys"] if asked.keys else []
    return schedule(
        accounts,
        options,
        cadence,
        environments,
        in_turn="://" not in asked.into,
        on_failure=asked.on_failure,
    )


def _plan(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .first_sync import plan  # noqa: PLC0415

    (account,) = parse_accounts([asked.config])
    return plan(account, asked.streams)


def _verify(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .destination import parse_destination  # noqa: PLC0415
    from .stream_selection import select  # noqa: PLC0415
    from .verification import verify  # noqa: PLC0415

    (account,) = parse_accounts([asked.config])
    return verify(
        account,
        parse_destination(asked.into, None),
        select(",".join(asked.stream), "STREAM") if asked.stream else [],
        sample=asked.sample,
        as_json=asked.json,
        ask_password=asked.ask_password,
    )


def _models(asked: argparse.Namespace) -> int:
    from .destination import parse_destination  # noqa: PLC0415
    from .models import build  # noqa: PLC0415
    from .models_report import report  # noqa: PLC0415

    into = parse_destination(asked.into)
    ask = getpass.getpass if asked.ask_password else None
    name = asked.schema or ""
    found = build(into, name, os.environ, ask, fivetran=asked.fivetran)
    return report(found, into, into.schema_of(name))


def _report(asked: argparse.Namespace) -> int:
    from .answers_report import write_report  # noqa: PLC0415
    from .destination import parse_destination, secrets_for  # noqa: PLC0415

    into = parse_destination(asked.into)
    secrets = secrets_for(into, os.environ, getpass.getpass if asked.ask_password else None)
    return write_report(into, asked.schema or "", asked.output, secrets, anonymous=asked.anonymous)


def _demo(asked: argparse.Namespace) -> int:
    from .demo import demo  # noqa: PLC0415

    return demo(asked.folder)


def _status(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .destination import parse_destination, secrets_for  # noqa: PLC0415
    from .status import status  # noqa: PLC0415

    into = parse_destination(asked.into)
    secrets = secrets_for(into, os.environ, getpass.getpass if asked.ask_password else None)
    return status(parse_accounts(asked.config), into, secrets, as_json=asked.json)


def _doctor(asked: argparse.Namespace) -> int:
    from .accounts import parse_accounts  # noqa: PLC0415
    from .destination import parse_destination, secrets_for  # noqa: PLC0415
    from .doctor import doctor  # noqa: PLC0415

    into = parse_destination(asked.into)
    secrets = secrets_for(into, os.environ, getpass.getpass if asked.ask_password else None)
    (account,) = parse_accounts([asked.config])
    return doctor(account, into, secrets)


def _query(asked: argparse.Namespace) -> int:
    from .destination import parse_destination, secrets_for  # noqa: PLC0415
    from .query import query  # noqa: PLC0415

    into = parse_destination(asked.into)
    secrets = secrets_for(into, os.environ, getpass.getpass if asked.ask_password else None)
    return query(asked.sql, into, asked.schema or "", secrets, asked.format)


def _completion(asked: argparse.Namespace) -> int:
    sys.stdout.write(completion(asked.shell))
    return 0


def _shown(asked: argparse.Namespace) -> Shown:
    """Return how much of a sync is printed."""
    from .ending import Shown  # noqa: PLC0415

    if asked.json:
        return Shown.JSON
    return Shown.ERRORS if asked.quiet else Shown.ALL if asked.verbose else Shown.USUAL


_COMMANDS = {
    "completion": _completion,
    "demo": _demo,
    "doctor": _doctor,
    "models": _models,
    "plan": _plan,
    "query": _query,
    "report": _report,
    "schedule": _schedule,
    "status": _status,
    "sync": _sync,
    "verify": _verify,
}


if __name__ == "__main__":
    sys.exit(main())
