"""Whose a schema is: one account's, and in PostgreSQL one sync's at a time.

Owns the name under which PyAirbyte keeps an account's states, and the refusal of a schema with the
states of another: they would be taken for this one's, and nothing of it be read. Writes nothing.
Rests on https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX = "source-zendesk-support-"


def source_name(base_url: str) -> str:
    """Return the name of an account's states: it has the subdomain, or the host of an emulator."""
    host = urlsplit(base_url).hostname or ""
    return _PREFIX + host.removesuffix(".zendesk.com")


def refuse_another_account(held: Iterable[str], name: str, schema: str) -> None:
    """Raise ConnectorError (config) when states are `held` under another name than `name`."""
    others = sorted(set(held) - {name})
    if others:
        shown = ", ".join(other.removeprefix(_PREFIX) for other in others)
        raise ConnectorError(
            f"The schema holds the tables of another account, {shown}.",
            about=f"account {name.removeprefix(_PREFIX)}, schema {schema}",
            remedy="Give this account a schema of its own, as --config NAME=config.json, or "
            "another database.",
            failure=Failure.CONFIG,
        )


def hold(engine: Any, schema: str) -> Any:
    """Return a connection to PostgreSQL with which the schema is held until it is closed.

    PyAirbyte merges by an UPDATE and an INSERT, without a lock or a unique key: two syncs at once
    would insert a row twice. Raises ConnectorError (transient) when another one holds it.
    """
    # No transaction: one that stays open for hours is ended by some servers.
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()  # from the pool, which would keep it open, and the schema held
    free = connection.exec_driver_sql(
        "SELECT pg_try_advisory_lock(hashtext('zendesk-local'), hashtext(%s))", (schema,)
    ).scalar()
    if free:
        return connection
    connection.close()
    raise ConnectorError(
        "Another sync is writing into this schema.",
        about=f"option --into, schema {schema}",
        remedy="Run it again when the other one has ended; if that is of another account, give "
        "each a schema of its own, as --config NAME=config.json.",
        failure=Failure.TRANSIENT,
    )
