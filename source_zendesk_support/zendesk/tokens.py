"""OAuth tokens as values: what is stored of them, and when they end.

Pure, and without the HTTP library: `zendesk-local` reads configurations without sending anything.
Rests on docs/facts/zendesk-api.md#6.1 and #6.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of OAuth tokens. `expires_at` is None when Zendesk set no end."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None


def parse_token_expiry(text: str) -> datetime | None:
    """Return the stored `token_expiry_date` as an aware datetime; None when it cannot be read."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
