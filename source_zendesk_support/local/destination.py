"""Where the tables go: the meaning of `--into`, and the secrets that a database needs.

Owns paths and addresses. Opens nothing, and takes no secret out of an address: arguments are seen
by every process of the machine and kept by the shell.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

OWN_SCHEMA = "zendesk"  # where one account without a name goes, in a database shared with others
POSTGRES_PORT = 5432
FORMATS = ("parquet", "csv", "jsonl")
# Object stores, and the package by which each is reached.
OBJECT_STORES = {"s3": "s3fs", "gs": "gcsfs", "abfs": "adlfs"}
# An address that was mistyped, which DuckDB would take for a file or for a file system's extension.
# A drive of Windows is one letter.
_WORD_FIRST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_SECRET_WORDS = ("password", "token", "secret", "key", "passphrase")


@dataclass(frozen=True, slots=True)
class Destination:
    """A database or a folder: its `kind`, what is shown of it, and what opening it takes."""

    kind: str
    shown: str
    options: dict[str, str | int]
    query: dict[str, str] = field(default_factory=dict)

    def schema_of(self, name: str) -> str:
        """Return the schema of an account; one without a name has a DuckDB file to itself.

        Raises ConnectorError (config) for the one name that DuckDB could not tell from the file's.
        """
        file = Path(str(self.options.get("path", ""))).name.partition(".")[0]
        if self.kind == "duckdb" and name and name == file.casefold():
            raise _wrong(
                f"The account has the name of the file, {name}, and DuckDB could not tell a schema "
                "of that name from the database.",
                "Give the file or the account another name.",
            )
        return name or (OWN_SCHEMA if self.kind == "postgresql" else "main")


def parse_destination(text: str, file_format: str | None = None) -> Destination:
    """Return the destination that a path or an address means. Raises ConnectorError (config)."""
    if "://" not in text:
        return _path(text, file_format)
    if text.partition("://")[0] in OBJECT_STORES:
        return _object_store(text, file_format or FORMATS[0])
    if file_format is not None:
        raise ConnectorError(
            "Only the files of a folder or of an object store have a format.",
            about="option --format",
            remedy="Leave it out, or give the path of a folder as --into.",
            failure=Failure.CONFIG,
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _wrong("This is not an address of a database.", "Check its host and port.") from None
    query = dict(parse_qsl(parts.query))
    if parts.password is not None or any(word in name for name in query for word in _SECRET_WORDS):
        raise _wrong(
            "The address holds a secret, which every process of this machine can read.",
            "Take it out. It is read from PGPASSWORD (or ~/.pgpass) or MOTHERDUCK_TOKEN; "
            "--ask-password asks for it.",
        )
    if parts.scheme in _BY_PYAIRBYTE:
        raise _wrong(
            f"This command does not write to {parts.scheme}.",
            "Load the Parquet files of --into FOLDER/ there, or run the connector by PyAirbyte "
            "(docs/loader.md).",
        )
    make = _MAKERS.get(parts.scheme)
    if make is None:
        raise _wrong("This kind of database is not known.", _KNOWN)
    return make(parts, port, query)


def secrets_for(
    destination: Destination, environment: Mapping[str, str], ask: Callable[[str], str] | None
) -> dict[str, str]:
    """Return the secret options of a destination: asked for, else from the environment.

    PostgreSQL may need none, or has one in ~/.pgpass. Raises ConnectorError (config).
    """
    names = _SECRETS.get(destination.kind, {})
    if ask and names:
        option = next(iter(names.values()))
        return {option: ask(f"{option} for {destination.shown}: ")}
    for variable, option in names.items():
        if environment.get(variable):
            return {option: environment[variable]}
    if destination.kind == "motherduck":
        raise ConnectorError(
            "The database needs a secret.",
            about=f"option --into, {destination.shown}",
            remedy=f"Set {' or '.join(names)} in the environment, or give `sync` --ask-password.",
            failure=Failure.CONFIG,
        )
    return {}


# By kind: the variables of the environment that each database's own tools read, and the option.
_SECRETS = {
    "postgresql": {"PGPASSWORD": "password"},
    "motherduck": {"MOTHERDUCK_TOKEN": "motherduck_token"},
}


def _path(path: str, file_format: str | None) -> Destination:
    if not path.strip() or path.startswith(":memory:"):
        raise _wrong(
            "This names no file: all would be read, and nothing kept.",
            "Give the path of a DuckDB file, which need not exist yet; if it comes from a variable "
            "of the environment, set that.",
        )
    if _WORD_FIRST.match(path):
        # Not repeated: it may be an address with a secret.
        raise _wrong("This is neither a path nor an address that is known.", _KNOWN)
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending in (*FORMATS, "json") and not Path(path).is_dir():
        chosen = ending if ending in FORMATS else "jsonl"
        raise _wrong(
            f"The path ends in .{ending}, and a sync writes a file for each stream.",
            f"Give a folder, and the format as --format {chosen}.",
        )
    if file_format is not None or path.endswith("/") or Path(path).is_dir():
        chosen = file_format or FORMATS[0]
        return Destination("folder", f"{path} ({chosen})", {"path": path, "format": chosen})
    return Destination("duckdb", path, {"path": path})


def _object_store(url: str, file_format: str) -> Destination:
    """Return a folder whose files go to an object store; its database stays on this machine."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or not parts.netloc:
        raise _wrong(
            "This is not the address of a place in an object store.",
            "Write s3://bucket/path. Secrets come from the store's own variables and files.",
        )
    url = url.rstrip("/")
    states = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    own = f"{parts.scheme}-{parts.netloc}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
    folder = Path(states) / "zendesk-local" / own
    options: dict[str, str | int] = {"path": str(folder), "format": file_format, "url": url}
    return Destination("folder", f"{url} ({file_format})", options)


def _postgresql(parts: SplitResult, port: int | None, query: dict[str, str]) -> Destination:
    # Without a host, libpq takes the socket of this machine; a folder is one as well.
    options: dict[str, str | int] = {
        "host": unquote(parts.hostname or ""),
        "port": port or POSTGRES_PORT,
        "dbname": unquote(parts.path.strip("/")),
        "user": unquote(parts.username or ""),
    }
    # Of a parameter that stands in both places, libpq takes what follows the question mark.
    options |= {name: query.pop(name) for name in options.keys() & query.keys()}
    if not options["dbname"]:
        raise _wrong("The address names no database.", "Write postgresql://user@host/database.")
    shown = f"postgresql://{options['host']}/{options['dbname']}"
    return Destination("postgresql", shown, {k: v for k, v in options.items() if v}, query)


def _motherduck(parts: SplitResult, _port: int | None, _query: dict[str, str]) -> Destination:
    if not parts.netloc:
        raise _wrong("The address names no database.", "Write motherduck://database.")
    return Destination("motherduck", f"motherduck://{parts.netloc}", {"database": parts.netloc})


_KNOWN = (
    "Give a path for DuckDB, a folder for files, or an address that begins with postgresql://, "
    "motherduck://, s3://, gs:// or abfs://."
)
_MAKERS = {"postgresql": _postgresql, "postgres": _postgresql, "motherduck": _motherduck}
# Version 6.0.0 wrote to these by PyAirbyte, untried against a real account.
_BY_PYAIRBYTE = ("snowflake", "bigquery")


def _wrong(what: str, remedy: str) -> ConnectorError:
    return ConnectorError(what, about="option --into", remedy=remedy, failure=Failure.CONFIG)
