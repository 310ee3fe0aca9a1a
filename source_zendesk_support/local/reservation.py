"""Whose a schema is: one account's, and no other's.

Owns the name under which PyAirbyte keeps an account's states, and the refusal of a schema with the
states of another: they would be taken for this one's, and nothing of it be read. Writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
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
