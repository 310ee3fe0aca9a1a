"""Rows of who signs in and by what: sessions, OAuth clients and tokens. Never a secret.

Rests on https://developer.zendesk.com/api-reference/ticketing/oauth/oauth_tokens/ and its
neighbours (docs/facts/endpoints.md).
"""

from __future__ import annotations

from source_zendesk_support.streams.model.deletion import HISTORY
from source_zendesk_support.streams.model.resource import Resource
from source_zendesk_support.streams.model.stream import SEEN_IN_DOCUMENTS, Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList
from source_zendesk_support.streams.walks.full_list import FullList
from source_zendesk_support.streams.walks.newer_than_cursor import NewerThanCursor

from . import transforms as extraction

_ADMIN = "the role admin"

ROWS = (
    Stream(
        "sessions",
        Resource(
            "sessions",
            NewerThanCursor(),
            "sessions",
            item_time="last_seen_at",
            unverified="whether `last_seen_at` moves without delay",
        ),
        "Sessions of the account's users; who is not an admin sees only their own.",
        cursor_field="last_seen_at",
        deletions=HISTORY,
        needs=_ADMIN,
    ),
    Stream(
        "oauth_clients",
        Resource("oauth/clients", ComparedList(), "clients", unverified=SEEN_IN_DOCUMENTS),
        "OAuth clients of the account: their names and addresses, never a secret.",
        cursor_field="updated_at",
        transform=extraction.without_secrets,
        needs=_ADMIN,
    ),
    Stream(
        "oauth_global_clients",
        Resource(
            "oauth/global_clients", FullList(), "global_clients", unverified=SEEN_IN_DOCUMENTS
        ),
        "OAuth clients of others that users of the account have authorized.",
        transform=extraction.without_secrets,
        needs=_ADMIN,
        deletions="gone from the list",
    ),
    Stream(
        "oauth_tokens",
        Resource(
            "oauth/tokens",
            FullList(),
            "tokens",
            params={"all": "true"},
            unverified=SEEN_IN_DOCUMENTS,
        ),
        "OAuth tokens of all users: their scopes and last use, never a part of the token.",
        transform=extraction.without_secrets,
        needs=_ADMIN,
        deletions="gone from the list",
    ),
)
