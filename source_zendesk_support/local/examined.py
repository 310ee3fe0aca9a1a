"""An account that is asked for a person who waits: signed in, with what it can read.

Owns the short patience of `plan` and `doctor`, and where rotated tokens go. Reads no stream.
Rests on docs/facts/zendesk-api.md#6.1.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from source_zendesk_support.connect import REAL_TIME, open_client
from source_zendesk_support.discovery import (
    ASKING_PATIENCE_S,
    ASKING_RATE_LIMIT_PATIENCE_S,
    is_oauth,
)
from source_zendesk_support.streams.catalog.availability import examine, fault_of
from source_zendesk_support.zendesk.timeouts import Patience

from .accounts import publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from source_zendesk_support.config.config import Config
    from source_zendesk_support.streams.catalog.availability import Access
    from source_zendesk_support.zendesk.client import ZendeskClient

    from .accounts import Account


@contextmanager
def examined(
    account: Account, config: Mapping[str, Any], settings: Config, log: Callable[[str], None]
) -> Iterator[tuple[ZendeskClient, Access]]:
    """Yield a client of the account, and what its sign-in can read.

    Raises ConnectorError when it cannot be asked, or when every sync with it would fail.
    """
    client = open_client(
        config,
        settings,
        publish=publisher(account),
        log=log,
        patience=Patience(ASKING_PATIENCE_S, ASKING_RATE_LIMIT_PATIENCE_S),
        clocks=REAL_TIME,
    )
    with closing(client):
        access = examine(client, is_oauth=is_oauth(settings), log=log)
        fault = fault_of(access)
        if fault:
            raise fault
        yield client, access
