"""Opens a database to be read alone: for `verify`, `status`, `doctor` and `query`. Never writes.

DuckDB refuses readers while a sync writes: they wait. PostgreSQL shows what was
committed.
Rests on https://duckdb.org/docs/1.4/connect/concurrency.html.
"""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from source_zendesk_support.config.credentials import SHORTEST_SECRET
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .folder_store import DATABASE
from .waiting import connect_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .destination import Destination

_DRIVERS = frozenset({"duckdb", "_duckdb", "psycopg"})


@contextmanager
def reading(
    destination: Destination, name: str, secrets: Mapping[str, str]
) -> Iterator[tuple[Any, str]]:
    """Yield a connection of the database's own driver, and the schema of an account in it.

    Raises ConnectorError, also for what the driver raises meanwhile.
    """
    try:
        with closing(_open(destination, name, secrets)) as connection:
            # A folder has the tables of an account in a database of its own.
            is_folder = destination.kind == "folder"
            yield connection, "main" if is_folder else destination.schema_of(name)
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _DRIVERS:
            raise
        said = first_line(error, list(secrets.values()))
        raise ConnectorError(
            f"Reading the database failed ({type(error).__name__}): {said}",
            about=f"option --into, {destination.shown}",
            remedy="Check the address, the rights of its user and the names of tables; a new "
            "database needs a `sync` first.",
            failure=Failure.TRANSIENT,
        ) from error


def file_of(destination: Destination, name: str) -> Path | None:
    """Return the DuckDB file of an account; None where the tables lie elsewhere."""
    if destination.kind == "folder":
        return Path(str(destination.options["path"])) / name / DATABASE
    return Path(str(destination.options["path"])) if destination.kind == "duckdb" else None


def _open(destination: Destination, name: str, secrets: Mapping[str, str]) -> Any:
    if destination.kind == "postgresql":
        import psycopg  # noqa: PLC0415 - libpq is not loaded where there is another database

        options: dict[str, Any] = {**destination.options, **destination.query, **secrets}
        connection = psycopg.connect(autocommit=True, **options)
        connection.execute("SET default_transaction_read_only = on")
        return connection
    path = file_of(destination, name)
    if path is None:
        return connect_duckdb(f"md:{destination.options['database']}", _say, config=secrets)
    if not path.exists():
        raise ConnectorError(
            "There is no database here yet.",
            about=f"option --into, {destination.shown}",
            remedy="Give the path that `sync` writes to.",
            failure=Failure.CONFIG,
        )
    return connect_duckdb(str(path), _say, read_only=True)


def first_line(error: BaseException, secrets: list[str]) -> str:
    """Return the first line of what a driver says, without the secrets."""
    text = str(error).strip()
    for secret in secrets:
        # A shorter one would hide single letters, and guards nothing.
        text = text.replace(secret, "****") if len(secret) >= SHORTEST_SECRET else text
    return text.splitlines()[0] if text else "it said nothing more."


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
