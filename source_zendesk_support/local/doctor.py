"""`zendesk-local doctor`: what could keep a sync from working, a line each with its cure.

Asks Zendesk what `check` asks, about a dozen requests. Changes nothing but rotated tokens.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.config.notices import misspelt_fields, retirement_notice
from source_zendesk_support.connect import REAL_TIME
from source_zendesk_support.discovery import exports_sentence, unavailable_streams
from source_zendesk_support.zendesk.errors import ConnectorError

from .accounts import read_account_here
from .examined import examined
from .reading import file_of, reading
from .sql_held import SqlHeld
from .states import refuse_another_account, source_name
from .status import age

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from source_zendesk_support.config.config import Config
    from source_zendesk_support.zendesk.client import ZendeskClient

    from .accounts import Account
    from .destination import Destination

# Zendesk withholds the last minute; a clock that is further off reads it too early or too late.
CLOCK_S = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and the cure where something is wrong."""

    about: str
    what: str
    cure: str = ""
    is_wrong: bool = False

    def __str__(self) -> str:
        mark = "WRONG" if self.is_wrong else "note " if self.cure else "ok   "
        return f"{mark} {self.about}: {self.what}{' ' if self.cure else ''}{self.cure}"


def doctor(account: Account, destination: Destination, secrets: Mapping[str, str]) -> int:
    """Print the findings; return 0, or 1 when one is wrong."""
    code = 0
    for finding in _findings(account, destination, secrets):
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
        code = max(code, int(finding.is_wrong))
    return code


def _findings(
    account: Account, destination: Destination, secrets: Mapping[str, str]
) -> Iterator[Finding]:
    names = ("source-zendesk-support", "duckdb", "psycopg")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    yield Finding("versions", f"{versions}, Python {platform.python_version()}.")
    read: list[tuple[dict[str, Any], Config]] = []  # empty where the file is not usable
    yield from _guarded("config", lambda: _config(account, read))
    if read:
        yield from _guarded("sign-in", lambda: _account(account, *read[0]))
    settings = read[0][1] if read else None
    yield from _guarded("database", lambda: _database(account, destination, secrets, settings))


def _guarded(about: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield findings; an error is one of them, and ends this look alone."""
    try:
        yield from look()
    except ConnectorError as error:
        yield Finding(about, error.what, error.remedy, is_wrong=True)


def _config(account: Account, read: list[tuple[dict[str, Any], Config]]) -> Iterator[Finding]:
    config = read_account_here(account)
    for hint in misspelt_fields(config):
        yield Finding("config", hint, "Correct its name.")
    parsed = parse_config(config, now=REAL_TIME.now())
    read.append((config, parsed))
    yield Finding("config", f"{account.path} is complete, for {parsed.base_url}.")
    if notice := retirement_notice(parsed.credentials):
        yield Finding("config", notice, "See docs/sign-in.md.")


def _account(account: Account, config: Mapping[str, Any], settings: Config) -> Iterator[Finding]:
    with examined(account, config, settings, lambda _: None) as (client, access):
        yield Finding("sign-in", f"accepted, with the role {access.role or '(not known)'}.")
        closed = unavailable_streams(access)
        reasons = sorted(set(closed.values()))
        what = f"{len(closed)} streams are closed to this account"
        yield Finding("plan", f"{what}: {'; '.join(reasons)}." if closed else "all is open.")
        sentence = exports_sentence(access, settings)
        yield Finding("exports", sentence or "Zendesk answers the incremental exports.")
        yield from _limits(client)
        yield _clock(client)


def _limits(client: ZendeskClient) -> Iterator[Finding]:
    for use in client.uses():
        if use.limit:
            yield Finding("limit", f"{use.limit:,} requests a minute for us, bucket {use.bucket}.")


def _clock(client: ZendeskClient) -> Finding:
    off_s = round(REAL_TIME.now().timestamp() - client.zendesk_s())
    if abs(off_s) <= CLOCK_S:
        return Finding("clock", "agrees with Zendesk's.")
    side = "ahead of" if off_s > 0 else "behind"
    return Finding(
        "clock",
        f"this machine's clock is {age(abs(off_s))} {side} Zendesk's.",
        "Let it be set by NTP.",
        is_wrong=True,
    )


def _database(
    account: Account,
    destination: Destination,
    secrets: Mapping[str, str],
    settings: Config | None,
) -> Iterator[Finding]:
    file = file_of(destination, account.name)
    if file is not None and not file.exists():
        yield Finding("database", f"{destination.shown} is not there yet; `sync` makes it.")
        return
    with reading(destination, account.name, secrets) as (connection, schema):
        held = SqlHeld(connection, schema, REAL_TIME.now())
        if settings:
            refuse_another_account(held.sources(), source_name(settings.base_url), schema)
        streams = held.streams()
        rows = sum(held.count(name, dead=True) for name in streams)
        where = f"{destination.shown}, schema {schema}"
        yield Finding("database", f"{where}: {rows:,} rows in {len(streams)} streams.")
        yield from _contents(held)


def _contents(held: SqlHeld) -> Iterator[Finding]:
    repeated = held.repeated()
    if repeated:
        named = ", ".join(f"{number} of {name}" for name, number in repeated.items())
        cure = f"Run `sync --again {','.join(repeated)}`."
        what = f"rows have that of another row, or none: {named}."
        yield Finding("keys", what, cure, is_wrong=True)
    else:
        yield Finding("keys", "each row has one of its own.")
    syncs = held.syncs()
    if syncs and syncs[0].exit_code:
        yield Finding("last sync", "it has left something to do.", "Run `sync` again.")
    unfit = held.unfit_streams()
    if unfit:
        named = ", ".join(f"{number} of {name}" for name, number in unfit.items())
        yield Finding(
            "values",
            f"some did not fit their columns: {named}.",
            "They are in the table _unfit_values.",
        )
