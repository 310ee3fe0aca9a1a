"""Questions of check and discover to an account: what it can read, and its custom fields.

Owns short timeouts for interactive commands, catalog entries, and the printing of rotated tokens
when no read loop is running. Never decides which error fails a command.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (catalog).
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from .config.config import Engine, Marketplace
from .config.credentials import ApiTokenCredentials
from .config.notices import retirement_notice
from .connect import open_client
from .protocol.selected_stream import FULL_REFRESH, INCREMENTAL
from .records.custom_columns import properties_of
from .records.deletion import with_deleted_at
from .records.schema import load_schema
from .streams.catalog.availability import why_not
from .streams.catalog.custom_fields import list_columns
from .streams.catalog.export_access import (
    MARKETPLACE_NOTICE,
    closed_exports,
    export_diagnosis,
)
from .streams.catalog.table import STREAMS
from .zendesk.errors import StreamRefused
from .zendesk.timeouts import Patience

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping

    from .config.config import Config
    from .config.deletions import Deletions
    from .privacy.privacy_plan import PrivacyPlan
    from .protocol.messages import Message
    from .signals import Stop
    from .streams.catalog.availability import Access
    from .streams.model.stream import Stream
    from .zendesk.client import ZendeskClient
    from .zendesk.timeouts import Clocks

# check and discover answer a person who waits: a fault that lasts longer than this is an error, not
# waited out. A used-up API limit is over within its minute.
ASKING_PATIENCE_S = 5.0
ASKING_RATE_LIMIT_PATIENCE_S = 65.0
UNAVAILABLE = "This account cannot read the stream %s: %s."


@contextmanager
def asking(
    logger: logging.Logger,
    config: Mapping[str, Any],
    settings: Config,
    clocks: Clocks,
    stop: Stop,
) -> Iterator[ZendeskClient]:
    """Open a client for a person who waits for the answer; warn of a sign-in that will end."""
    if notice := retirement_notice(settings.credentials):
        logger.warning(notice)
    client = open_client(
        config,
        settings,
        publish=print_now,
        log=logger.info,
        patience=Patience(ASKING_PATIENCE_S, ASKING_RATE_LIMIT_PATIENCE_S),
        clocks=clocks,
        stop=stop,
    )
    try:
        yield client
    finally:
        client.close()


def is_oauth(settings: Config) -> bool:
    """Return whether an access token signs in, which has scopes, and not an API token."""
    return not isinstance(settings.credentials, ApiTokenCredentials)


def unavailable_streams(access: Access) -> dict[str, str]:
    """Return why, by the names of the streams that this account cannot read."""
    reasons = {name: why_not(stream, access) for name, stream in STREAMS.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def exports_sentence(access: Access, settings: Config) -> str | None:
    """Return what a user should know of the incremental exports; None when nothing is wrong.

    Raises ConnectorError when they are refused and the configuration wants nothing else.
    """
    has_marketplace = settings.marketplace != Marketplace()
    if access.exports_refused is None:
        return MARKETPLACE_NOTICE if has_marketplace else None
    sentence = export_diagnosis(
        access.exports_refused,
        role=access.role,
        has_marketplace=has_marketplace,
        reads_lists=settings.engine is not Engine.EXPORTS,
    )
    if settings.engine is Engine.EXPORTS:
        raise closed_exports(sentence)
    return sentence


def custom_properties(client: ZendeskClient, logger: logging.Logger) -> dict[str, dict[str, Any]]:
    """Return the properties that custom fields add, by stream.

    Raises ConnectorError when they cannot be listed; a refused list adds none, and is logged.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, stream in STREAMS.items():
        if stream.custom_fields is None:
            continue
        try:
            found[name] = properties_of(list_columns(client, stream.custom_fields))
        except StreamRefused as error:
            logger.warning("The stream %s has no columns for custom fields: %s", name, error)
    return found


def catalog_row(
    stream: Stream,
    unavailable: str | None,
    custom_fields: dict[str, Any],
    privacy: PrivacyPlan,
    deletions: Deletions,
) -> dict[str, Any]:
    """Return the stream's catalog entry; its description says if it is unavailable."""
    schema = load_schema(stream.name)
    schema["description"] = stream.description
    if unavailable:
        schema["description"] += f" This account cannot read it: {unavailable}."
    schema["properties"] |= custom_fields
    if stream.shows_deletions(deletions):
        schema = with_deleted_at(schema)
    schema = privacy.schema(stream.name, schema)
    row = {
        "name": stream.name,
        "json_schema": schema,
        "supported_sync_modes": modes_of(stream),
        "source_defined_cursor": True if stream.cursor_field else None,
        "default_cursor_field": [stream.cursor_field] if stream.cursor_field else None,
        "source_defined_primary_key": [[stream.primary_key]] if stream.primary_key else None,
        "is_resumable": True,
        "is_file_based": True if stream.file else None,
    }
    return {key: value for key, value in row.items() if value is not None}


def modes_of(stream: Stream) -> list[str]:
    """Return the ways in which a stream can be read."""
    modes = [FULL_REFRESH]
    if stream.cursor_field:
        modes.append(INCREMENTAL)
    return modes


def print_now(message: Message) -> None:
    """Print at once: in check and discover no loop stands between a thread and stdout."""
    sys.stdout.write(orjson.dumps(message).decode() + "\n")
    sys.stdout.flush()
