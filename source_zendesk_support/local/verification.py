"""`zendesk-local verify`: what a database holds of an account, against what Zendesk gives now.

Owns where the rows are and who signs in. The comparison is the package verify's; it reads only.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from source_zendesk_support.config.config import parse_config
from source_zendesk_support.connect import REAL_TIME
from source_zendesk_support.verify.verify_account import verify_account

from .accounts import publisher, read_account_here
from .destination import secrets_for
from .reading import reading
from .sql_held import SqlHeld
from .states import refuse_another_account, source_name

if TYPE_CHECKING:
    from .accounts import Account
    from .destination import Destination


def verify(
    account: Account,
    destination: Destination,
    streams: list[str],
    *,
    sample: int,
    as_json: bool,
    ask_password: bool,
) -> int:
    """Print the verdicts and return 0, or 1 when a stream is not what Zendesk holds.

    Raises ConnectorError.
    """
    config = read_account_here(account)
    config.setdefault("include_deleted_tickets", True)  # as `sync` has it
    settings = parse_config(config, now=REAL_TIME.now())
    secrets = secrets_for(destination, os.environ, getpass.getpass if ask_password else None)
    with reading(destination, account.name, secrets) as (connection, schema):
        held = SqlHeld(connection, schema, REAL_TIME.now())
        refuse_another_account(held.sources(), source_name(settings.base_url), schema)
        return verify_account(
            config,
            settings,
            held,
            streams,
            sample=sample,
            as_json=as_json,
            publish=publisher(account),
        )
