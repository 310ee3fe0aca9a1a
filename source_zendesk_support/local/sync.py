"""`zendesk-local sync`: one account into one database, from where the last sync ended.

Owns the order of a sync for a user: what is asked of them first, what they see meanwhile, what they
are told at the end. PyAirbyte does the work (engine.py).
"""

from __future__ import annotations

import getpass
import io
import os
import signal
import sys
import time
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets, filter_secrets

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.connect import REAL_TIME
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .accounts import read_account, store_config
from .destination import secrets_for
from .environment import workspace
from .lock import source_name
from .message_handler import MessageHandler
from .report import COST_HEAD, console, cost_rows, print_table
from .stream_selection import select

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .accounts import Account
    from .destination import Destination
    from .engine import Sync


@dataclass(frozen=True, slots=True)
class _Target:
    """A database, the schema of the account in it, and its secrets."""

    destination: Destination
    schema: str
    secrets: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.destination.shown}, schema {self.schema}"


def sync(
    account: Account, destination: Destination, streams: str | None, *, ask_password: bool
) -> int:
    """Run one sync and return 0, or 1 when something is left to do. Raises ConnectorError."""
    names = select(streams)
    config = read_account(account, os.environ, getpass.getpass if sys.stdin.isatty() else None)
    source = source_name(parse_config(config, now=REAL_TIME.now()).base_url)
    if streams is None:  # everything means: everything that this account can read
        config.setdefault("skip_unavailable_streams", True)
    secrets = secrets_for(destination, os.environ, getpass.getpass if ask_password else None)
    for secret in secrets.values():
        add_to_secrets(secret)
    target = _Target(destination, destination.schema_of(account.name), secrets)
    with workspace() as folder:
        from . import engine  # noqa: PLC0415 - PyAirbyte reads its environment when imported

        def store(new: Mapping[str, Any]) -> None:
            store_config(account.path, new)
            run.renew(new)

        heard = MessageHandler(store=store, show=_silent if sys.stderr.isatty() else _print_line)
        run = engine.Sync(heard, config, source)
        started_at = time.monotonic()
        with _stopping(run), redirect_stdout(io.StringIO()):  # PyAirbyte's word that all is well
            try:
                with closing(
                    engine.open_cache(destination, target.schema, secrets, folder)
                ) as cache:
                    code = run.run(cache, names)
            except Exception as error:
                # What the connector has said itself, or was told to do, is no fault of a database.
                if not heard.errors and not run.told_to_stop:
                    run.stop()
                    raise _told(error, target) from error
                code = 1
        if run.told_to_stop:
            _print_line("WARN", "The sync was told to stop. Run it again: it goes on from here.")
    _tell(heard, names, f"Into {target}, in {time.monotonic() - started_at:.0f} s")
    return int(code != 0)


def _told(error: Exception, target: _Target) -> ConnectorError:
    """Return what ended a sync, in the words of whoever was at fault."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectorError):
            return cause
        cause = getattr(cause, "original_exception", None) or cause.__cause__
    cause = _cause_of(error)
    return ConnectorError(
        f"The database did not take it ({type(cause).__name__}): {_first_line(cause)}",
        about=str(target),
        remedy="Mend that and run it again: it goes on after the last batch that was written.",
        failure=Failure.TRANSIENT,
    )


def _cause_of(error: BaseException) -> BaseException:
    """Return the driver's own error, else the one that the others name as their cause.

    PyAirbyte hides the driver's (`from None`) behind a text that begins with its own statement.
    """
    each: BaseException | None = error
    while each is not None:
        driver = getattr(each, "orig", None)  # SQLAlchemy's word for it
        if isinstance(driver, BaseException):
            return driver
        each = getattr(each, "original_exception", None) or each.__cause__ or each.__context__
    while (named := getattr(error, "original_exception", None) or error.__cause__) is not None:
        error = named
    return error


def _first_line(error: BaseException) -> str:
    lines = filter_secrets(str(error)).strip().splitlines()
    return lines[0] if lines else "it said nothing more."


@contextmanager
def _stopping(run: Sync) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the sync in order."""

    def told(_number: int, _frame: object) -> None:
        run.stop()

    before = {it: signal.signal(it, told) for it in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(heard: MessageHandler, names: list[str], title: str) -> None:
    """Print what came and what it cost; on a terminal, also what could not be shown before."""
    out = console()
    if heard.figures:
        rows = cost_rows(names, heard.records, heard.figures["walks"])
        print_table(out, title, COST_HEAD, rows, text=1)
        waits = {name: s for name, s in heard.figures["waited_for_s"].items() if s}
        for reason, waited_s in sorted(waits.items()):
            out.print(f"{waited_s} s were waited for: {reason}.", markup=False)
    if sys.stderr.isatty():
        for level, text in heard.notes:
            sys.stderr.write(f"{level}: {text}\n")
    if heard.unfinished:
        sys.stderr.write(
            f"Not read to the end: {', '.join(heard.unfinished)}. What came is written; run it "
            "again to go on.\n"
        )


def _silent(_level: str, _text: str) -> None:
    """On a terminal PyAirbyte draws its progress where lines would go."""


def _print_line(level: str, text: str) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    sys.stderr.write(f"{now} {level} {text}\n")
    sys.stderr.flush()
