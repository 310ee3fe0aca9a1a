"""Where the tables go: the meaning of `--into`, and the secrets that a database needs.

Owns the addresses of the databases that PyAirbyte writes to. Opens nothing, and takes no secret out
of an address: arguments are seen by every process of the machine and kept by the shell.
Rests on https://airbytehq.github.io/PyAirbyte/airbyte/caches.html.
"""

from __future__ import annotations

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
# An address that was mistyped, which DuckDB would take for a file or for a file system's extension.
# A drive of Windows is one letter.
_WORD_FIRST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_SECRET_WORDS = ("password", "token", "secret", "key", "passphrase")


@dataclass(frozen=True, slots=True)
class Destination:
    """A database: its `kind`, what is shown of it, and what PyAirbyte's cache of the kind takes."""

    kind: str
    shown: str
    options: dict[str, str | int]
    query: dict[str, str] = field(default_factory=dict)

    def schema_of(self, name: str) -> str:
        """Return the schema of an account; one without a name has a DuckDB file to itself.

        Raises ConnectorError (config) for the one name that DuckDB could not tell from the file's.
        """
        file = Path(str(self.options.get("db_path", ""))).name.partition(".")[0]
        if name and name == file.casefold():
            raise _wrong(
                f"The account has the name of the file, {name}, and DuckDB could not tell a schema "
                "of that name from the database.",
                "Give the file or the account another name.",
            )
        return name or ("main" if self.kind in ("duckdb", "motherduck") else OWN_SCHEMA)


def parse_destination(text: str) -> Destination:
    """Return the destination that a path or an address means. Raises ConnectorError (config)."""
    if "://" not in text:
        return _duckdb(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _wrong("This is no address of a database.", "Check its host and port.") from None
    query = dict(parse_qsl(parts.query))
    if parts.password is not None or any(word in name for name in query for word in _SECRET_WORDS):
        raise _wrong(
            "The address holds a secret, which every process of this machine can read.",
            "Transform it out. It is read from PGPASSWORD (or ~/.pgpass), SNOWFLAKE_PASSWORD or "
            "MOTHERDUCK_TOKEN; --ask-password asks for it.",
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
    if destination.kind in ("snowflake", "motherduck"):
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
    "snowflake": {
        "SNOWFLAKE_PASSWORD": "password",
        "SNOWFLAKE_PRIVATE_KEY_PATH": "private_key_path",
    },
    "motherduck": {"MOTHERDUCK_TOKEN": "api_key"},
}


def _duckdb(path: str) -> Destination:
    if not path.strip() or path.startswith(":memory:"):
        raise _wrong(
            "This names no file: all would be read, and nothing kept.",
            "Give the path of a DuckDB file, which need not exist yet; if it comes from a variable "
            "of the environment, set that.",
        )
    if _WORD_FIRST.match(path):
        # Not repeated: it may be an address with a secret.
        raise _wrong("This is neither a path nor an address that is known.", _KNOWN)
    if "?" in path:
        raise _wrong(
            "The path holds a ?, at which PyAirbyte cuts it: the file would have another name.",
            "Give the path of a file without one.",
        )
    return Destination("duckdb", path, {"db_path": path})


def _postgresql(parts: SplitResult, port: int | None, query: dict[str, str]) -> Destination:
    database = parts.path.strip("/")
    if not database:
        raise _wrong("The address names no database.", "Write postgresql://user@host/database.")
    # Without a host, libpq takes the socket of this machine; a folder is one as well.
    host = unquote(parts.hostname or "") or query.pop("host", "")
    options: dict[str, str | int] = {
        "host": host,
        "port": port or POSTGRES_PORT,
        "database": unquote(database),
        "username": unquote(parts.username or ""),
    }
    return Destination("postgresql", f"postgresql://{host}/{database}", options, query)


def _snowflake(parts: SplitResult, _port: int | None, query: dict[str, str]) -> Destination:
    options = {
        "account": parts.hostname or "",
        "username": unquote(parts.username or ""),
        "database": parts.path.strip("/"),
        "warehouse": query.get("warehouse", ""),
        "role": query.get("role", ""),
    }
    missing = [name for name, value in options.items() if not value]
    if missing:
        raise _wrong(
            f"The address lacks: {', '.join(missing)}.",
            "Write snowflake://user@account/database?warehouse=...&role=...",
        )
    shown = f"snowflake://{options['account']}/{options['database']}"
    return Destination("snowflake", shown, dict(options))


def _bigquery(parts: SplitResult, _port: int | None, query: dict[str, str]) -> Destination:
    project = parts.netloc
    if not project:
        raise _wrong("The address names no project.", "Write bigquery://project?location=EU.")
    options: dict[str, str | int] = {"project_name": project}
    if "location" in query:
        options["dataset_location"] = query["location"]
    return Destination("bigquery", f"bigquery://{project}", options)


def _motherduck(parts: SplitResult, _port: int | None, _query: dict[str, str]) -> Destination:
    if not parts.netloc:
        raise _wrong("The address names no database.", "Write motherduck://database.")
    return Destination("motherduck", f"motherduck://{parts.netloc}", {"database": parts.netloc})


_KNOWN = (
    "Give a path for DuckDB, or an address that begins with postgresql://, snowflake://, "
    "bigquery:// or motherduck://."
)
_MAKERS = {
    "postgresql": _postgresql,
    "postgres": _postgresql,
    "snowflake": _snowflake,
    "bigquery": _bigquery,
    "motherduck": _motherduck,
}


def _wrong(what: str, remedy: str) -> ConnectorError:
    return ConnectorError(what, about="option --into", remedy=remedy, failure=Failure.CONFIG)
