"""The config files of a user: read, completed from the environment or a prompt, written back.

Owns what a rotated sign-in does to a file: the new one replaces it whole, before anything else can
happen to it. Never takes a secret from an argument, and never writes one into a file that did not
hold it. Tokens that Zendesk has just issued are the exception: those in the environment are spent.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.credentials import SECRET_FIELDS
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Account names become schema names, so allow only identifiers that need no quoting.
_NAMED = re.compile(r"(?P<name>[a-z][a-z0-9_]{0,39})=(?P<path>.+)\Z")
# Words and schemas of the databases' own, which need quotes as names: of PostgreSQL 15
# (appendix C), DuckDB 1.4 (duckdb_keywords()) and Snowflake ("Reserved & limited keywords").
_WORDS = """
    account all alter analyse analyze and anti any array as asc asof asymmetric at authorization
    between binary both by case cast check collate collation column concurrently connect connection
    constraint create cross current current_catalog current_date current_role current_schema
    current_time current_timestamp current_user database default deferrable delete desc describe
    distinct do drop else end except exists false fetch following for foreign freeze from full glob
    grant group gscluster having ilike in increment information_schema initially inner insert
    intersect into is isnull issue join lambda lateral leading left like limit localtime
    localtimestamp minus natural not notnull null of offset on only or order organization outer
    overlaps pivot pivot_longer pivot_wider placing positional primary qualify references regexp
    returning revoke right rlike row rows sample schema select semi session_user set show similar
    some start summarize symmetric system table tablesample temp then to trailing trigger true
    try_cast union unique unpack unpivot update user using values variadic verbose view when
    whenever where window with
    """
_TAKEN = frozenset(_WORDS.split())
_NEEDED = {
    "oauth2_client_credentials": ("client_id", "client_secret"),
    "oauth2_refresh": ("client_id", "client_secret", "refresh_token"),
    "oauth2.0": ("access_token",),
    "api_token": ("api_token",),
}
_ROTATED = ("access_token", "refresh_token")


@dataclass(frozen=True, slots=True)
class Account:
    """A config file, and the name under which its tables are kept apart; "" without one."""

    name: str
    path: Path

    def content(self) -> dict[str, Any]:
        """Return the JSON object of the file. Raises ConnectorError (config), which names it.

        Not by the protocol's own reader: that imports the CDK, which costs more than an idle sync.
        """
        try:
            found = json.loads(self.path.read_bytes())
        except OSError as error:
            raise self._broken(f"cannot be read ({type(error).__name__})") from error
        except (ValueError, RecursionError):
            # Without its cause: a decoding error quotes the text, which may be a secret.
            raise self._broken("is not JSON") from None
        if not isinstance(found, dict):
            raise self._broken("does not hold a JSON object")
        return found

    def _broken(self, what: str) -> ConnectorError:
        return ConnectorError(
            f"The config file {self.path} {what}.",
            about="option --config",
            remedy="Give the path of a config file, as config.json or NAME=config.json.",
            failure=Failure.CONFIG,
        )


def parse_accounts(texts: list[str]) -> list[Account]:
    """Return the accounts of `config.json`, or of several `name=config.json`.

    Raises ConnectorError (config).
    """
    found = []
    for text in texts:
        match = _NAMED.match(text)
        if match is None or Path(text).exists():
            found.append(Account("", Path(text)))
        else:
            found.append(Account(match["name"], Path(match["path"])))
    for account in found:
        if account.name in _TAKEN or account.name.startswith("pg_"):
            raise ConnectorError(
                f"An account cannot have the name {account.name}: a database keeps that word for "
                "itself, and no schema can be called so.",
                about="option --config",
                remedy="Give the account another name, such as the subdomain.",
                failure=Failure.CONFIG,
            )
    names = [account.name for account in found]
    files = [account.path.resolve() for account in found]
    if len(set(names)) < len(names) or len(set(files)) < len(files):
        raise ConnectorError(
            "Several accounts need a name and a file each: the tables of each are kept apart by "
            "its name, its sign-in by its file.",
            about="option --config",
            remedy="Give them as --config acme=acme.json --config other=other.json.",
            failure=Failure.CONFIG,
        )
    return found


def read_account(
    account: Account, environment: Mapping[str, str], ask: Callable[[str], str] | None
) -> dict[str, Any]:
    """Return the account's configuration with the secrets that its file leaves out.

    They come from `ZENDESK_API_TOKEN` and the like, else from `ask`; without it the user is not
    asked. The connector names the field that is still missing.
    """
    config = account.content()
    given = config.get("credentials")
    if not isinstance(given, dict):
        return config
    filled = dict(given)
    for name in _NEEDED.get(str(given.get("credentials")), ()):
        if filled.get(name) in (None, ""):
            filled[name] = environment.get(f"ZENDESK_{name.upper()}") or (
                ask(f"{name} for {account.path}: ") if ask else None
            )
    config["credentials"] = {name: value for name, value in filled.items() if value is not None}
    return config


def read_account_here(account: Account) -> dict[str, Any]:
    """Return the account's configuration; what is missing is asked for at a terminal."""
    ask = getpass.getpass if sys.stdin.isatty() else None
    return read_account(account, os.environ, ask)


def publisher(account: Account) -> Callable[[Mapping[str, Any]], None]:
    """Return what puts the sign-in of a CONTROL message into the account's file."""

    def publish(message: Mapping[str, Any]) -> None:
        store_config(account.path, message["control"]["connectorConfig"]["config"])

    return publish


def environment_for(
    account: Account, environment: Mapping[str, str], ask: Callable[[str], str] | None
) -> dict[str, str]:
    """Return an environment that holds the missing secrets, so that the user is not asked again."""
    held = read_account(account, environment, None).get("credentials")
    full = read_account(account, environment, ask).get("credentials")
    if not isinstance(held, dict) or not isinstance(full, dict):
        return dict(environment)
    new = {f"ZENDESK_{name.upper()}": full[name] for name in full.keys() - held.keys()}
    return {**environment, **new}


def store_config(path: Path, new: Mapping[str, Any]) -> None:
    """Put the sign-in of `new` into a config file; a crash leaves the old file or the new one.

    Everything else in it stays, and so does its mode.
    Raises ConnectorError (config) when it cannot be written: the tokens are lost.
    """
    try:
        old = json.loads(path.read_bytes())
        text = json.dumps({**old, **_sign_in(old, new)}, indent=2) + "\n"
        mode = path.stat().st_mode & 0o777
        # Through a link, as people keep such files elsewhere: the file is replaced, not the link.
        write_whole(path.resolve(), text, mode)
    except (OSError, ValueError) as error:
        raise ConnectorError(
            "Zendesk has issued a new refresh token, and it cannot be written down "
            f"({type(error).__name__}): the one in the file is spent.",
            about=f"config file {path}",
            remedy="Make the file and its folder writable, authenticate again and put the new "
            "refresh_token into it.",
            failure=Failure.CONFIG,
        ) from None  # a decoding error quotes what it stumbled over


def _sign_in(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the new sign-in, without the secrets that come from elsewhere than the file."""
    layout = "credentials" if new.get("credentials") is not None else "auth_method"
    held = old.get(layout) or {}
    borrowed = {name for name in SECRET_FIELDS if held.get(name) in (None, "")} - set(_ROTATED)
    return {layout: {name: value for name, value in new[layout].items() if name not in borrowed}}
