"""The states of an account in a database, in the table that version 6.0.0 has written.

Owns the form of a row, and the refusal of a schema with the states of another account: they would
be taken for this one's, and nothing of it be read. Writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TABLE = "_airbyte_state"
COLUMNS = ("source_name", "stream_name", "table_name", "state_json", "last_updated")
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


def to_text(stream: str, state: Any) -> str:
    """Return a state as its row holds it."""
    return orjson.dumps(to_message(stream, state)).decode()


def from_text(text: str) -> Any:
    """Return the state that a row holds. Raises ValueError or KeyError when it holds none."""
    return orjson.loads(text)["stream"]["stream_state"] or {}


def to_message(stream: str, state: Any) -> dict[str, Any]:
    """Return a state as the connector takes it."""
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": state},
    }


def to_file(states: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the content of the connector's state file."""
    return [to_message(name, state) for name, state in states.items()]
