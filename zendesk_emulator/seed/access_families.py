"""Sign-ins: sessions, OAuth clients and tokens.

Fields are those of Zendesk's OpenAPI document for Support (docs/facts/endpoints.md). A value
that stands in place of a secret is not one: clients must leave it out all the same.
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw

from .family import family
from .people import ADMIN_ID
from .ticket_records import someone

CLIENT_BASE = 383_001_000_000
HIDDEN = "never-to-be-shown"


def _session(account: Account, row: Row, draw: Draw) -> Record:
    return {
        "user_id": someone(account, draw), "authenticated_at": iso(row.created_s),
        "last_seen_at": iso(row.updated_s),
    }  # fmt: skip


def _client(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "name": f"{draw.of(words.COMPANIES)} app {row.ordinal}", "company": "Emulator",
        "description": draw.of(words.SENTENCES), "global": False, "kind": "confidential",
        "identifier": f"client_{row.ordinal}", "logo_url": None, "user_id": ADMIN_ID,
        "redirect_uri": ["https://app.example/callback"], "secret": HIDDEN,
    }  # fmt: skip


def _global_client(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "name": f"{draw.of(words.COMPANIES)} global", "company": "Emulator", "kind": "public",
        "description": draw.of(words.SENTENCES), "identifier": f"global_{row.ordinal}",
        "logo_url": None,
    }  # fmt: skip


def _token(_: Account, row: Row, __: Draw) -> Record:
    return {
        "client_id": CLIENT_BASE, "user_id": ADMIN_ID, "scopes": ["read", "tickets:write"],
        "expires_at": None, "refresh_token_expires_at": None, "used_at": iso(row.updated_s),
        "token": HIDDEN, "refresh_token": HIDDEN,
    }  # fmt: skip


ACCESS_FAMILIES = (
    family("sessions", 383_002_000_000, 6, "sessions", _session,
           lacks=("created_at", "updated_at"), touched=None, paging="cursor"),
    family("oauth_clients", CLIENT_BASE, 4, "oauth/clients", _client,
           key="clients", touched="description", admin=True),
    family("oauth_global_clients", 383_003_000_000, 3,
           "oauth/global_clients", _global_client, key="global_clients",
           lacks=("url", "created_at", "updated_at"), touched="description", admin=True),
    family("oauth_tokens", 383_004_000_000, 5, "oauth/tokens", _token,
           key="tokens", lacks=("updated_at",), touched=None, admin=True),
)  # fmt: skip
