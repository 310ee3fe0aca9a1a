"""The user's JSON turned into one frozen, typed Config, older layouts included.

Owns every rule about what may be configured, and every default. Never sends anything, and never
quotes a value that could be a secret. The fields are described to users in spec.json.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from .credentials import parse_credentials
from .deletions import Deletions
from .privacy import Privacy, parse_privacy
from .validators import boolean, choice, integer, text, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .credentials import Credentials

DEFAULT_HISTORY = timedelta(days=730)  # two years, as the published connector reads
DEFAULT_NUM_WORKERS = 3
MIN_NUM_WORKERS, MAX_NUM_WORKERS = 1, 40  # 1 was allowed by published versions before 5.6
DEFAULT_RATING_LOOKBACK_DAYS = 30  # docs/delivery.md, "Ratings that change later"
MAX_PAGE_SIZE = 1000  # the largest page of an incremental export (docs/facts/zendesk-api.md#2.3)
# The published default, for ticket_comments alone; forms wrote it into configurations without being
# asked (docs/facts/published-connector.md#2). As a bound on every page it would make exports ten
# times as expensive.
PUBLISHED_PAGE_SIZE = 100
DEFAULT_RETRY_PATIENCE_S = 600
DEFAULT_HELP_CENTER_SWEEP_HOURS = 24  # docs/delivery.md, "Children of unchanged articles and posts"
# Changes that move no time of a ticket are found by asking again: daily costs a request for each
# hundred open tickets (docs/when-zendesk-closes-the-exports.md).
DEFAULT_RECHECK_HOURS = 24
DEFAULT_RATE_LIMIT_PATIENCE_S = 7200  # another integration's nightly run is over by then
DEFAULT_API_USAGE_PERCENT = 90  # agents and other integrations keep working on the rest
# Zendesk's own ceiling over all sources (docs/facts/zendesk-api.md#1.1)
MAX_REQUESTS_PER_MINUTE = 100_000
# An HTTP header can carry these: no line ends, and nothing that requests cannot encode.
_MARKETPLACE_TEXT = re.compile(r"[ -~]{1,200}\Z")
# A subdomain (docs/facts/zendesk-api.md#6.3), and round it what people paste: the rest of an
# address.
_SUBDOMAIN = re.compile(
    r"(?:(?:https?:)?//)?(?:[^@/?#]*@)?(?P<subdomain>[a-z][a-z0-9-]{2,62})(?:\.zendesk\.com)?"
    r"(?::[0-9]+)?(?:[/?#].*)?\Z"
)
# The address is matched as a whole, and no parser of URLs takes it apart. Parsers disagree on where
# a host ends. One that sees `.zendesk.com` where another sees `evil.com\` would give the
# credentials away.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>localhost|127\.0\.0\.1|\[::1\]"
    r"|(?<=https://)(?:[a-z0-9-]{1,63}\.)+zendesk\.com)(?::(?P<port>[0-9]{1,5}))?/?\Z"
)


class Engine(Enum):
    """The engine that reads tickets, users, organizations and their histories."""

    AUTO = "auto"  # exports where Zendesk answers them, lists where it refuses them
    EXPORTS = "exports"
    LISTS = "lists"


@dataclass(frozen=True, slots=True)
class Marketplace:
    """The Marketplace app that requests name to Zendesk; None where it is not set."""

    name: str | None = None
    organization_id: str | None = None
    app_id: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a user can set.

    `start_is_given`: the user's own word, and not our default. `page_size` None: as large as the
    server serves. `requests_per_minute` None: as many as the account allows, of which
    `api_usage_percent` are ours.
    """

    base_url: str
    credentials: Credentials
    start_at: datetime
    start_is_given: bool = True
    num_workers: int = DEFAULT_NUM_WORKERS
    include_deleted_tickets: bool = False
    page_size: int | None = None
    satisfaction_ratings_lookback_days: int = DEFAULT_RATING_LOOKBACK_DAYS
    retry_patience_s: int = DEFAULT_RETRY_PATIENCE_S
    help_center_sweep_hours: int = DEFAULT_HELP_CENTER_SWEEP_HOURS
    rate_limit_patience_s: int = DEFAULT_RATE_LIMIT_PATIENCE_S
    requests_per_minute: int | None = None
    api_usage_percent: int = DEFAULT_API_USAGE_PERCENT
    skip_unavailable_streams: bool = False
    typed_custom_fields: bool = False
    marketplace: Marketplace = Marketplace()
    privacy: Privacy = field(default_factory=Privacy)
    engine: Engine = Engine.AUTO
    recheck_hours: int = DEFAULT_RECHECK_HOURS
    archived_ticket_events: bool = False
    complete_tickets: bool = False
    set_up_interval_hours: int = 0
    deletions: Deletions = Deletions.VANISHED


def parse_config(raw: Any, *, now: datetime) -> Config:
    """Return the Config of a user's JSON. Unknown fields are tolerated: platforms add them.

    Raises ConnectorError (config) that names the field and what to do, and quotes no value.
    """
    if not isinstance(raw, dict):
        raise wrong("The configuration is not a JSON object.", "(root)", "Give an object.")
    page_size = integer(raw, "page_size", 0, 1, MAX_PAGE_SIZE)
    return Config(
        base_url=_base_url(raw),
        credentials=parse_credentials(raw),
        start_at=_start_at(raw, now),
        start_is_given=raw.get("start_date") not in (None, ""),
        num_workers=integer(
            raw, "num_workers", DEFAULT_NUM_WORKERS, MIN_NUM_WORKERS, MAX_NUM_WORKERS
        ),
        include_deleted_tickets=boolean(raw, "include_deleted_tickets"),
        page_size=None if page_size in (0, PUBLISHED_PAGE_SIZE) else page_size,
        satisfaction_ratings_lookback_days=integer(
            raw, "satisfaction_ratings_lookback_days", DEFAULT_RATING_LOOKBACK_DAYS, 0, 3650
        ),
        retry_patience_s=integer(
            raw, "retry_patience_seconds", DEFAULT_RETRY_PATIENCE_S, 0, 86_400
        ),
        help_center_sweep_hours=integer(
            raw, "help_center_sweep_hours", DEFAULT_HELP_CENTER_SWEEP_HOURS, 0, 8760
        ),
        rate_limit_patience_s=integer(
            raw, "rate_limit_patience_seconds", DEFAULT_RATE_LIMIT_PATIENCE_S, 0, 86_400
        ),
        requests_per_minute=integer(raw, "requests_per_minute", 0, 1, MAX_REQUESTS_PER_MINUTE)
        or None,
        api_usage_percent=integer(raw, "api_usage_percent", DEFAULT_API_USAGE_PERCENT, 1, 100),
        skip_unavailable_streams=boolean(raw, "skip_unavailable_streams"),
        typed_custom_fields=boolean(raw, "typed_custom_fields"),
        marketplace=_marketplace(raw),
        privacy=parse_privacy(raw),
        engine=choice(raw, "engine", Engine.AUTO),
        recheck_hours=integer(raw, "recheck_hours", DEFAULT_RECHECK_HOURS, 0, 8760),
        archived_ticket_events=boolean(raw, "archived_ticket_events"),
        complete_tickets=boolean(raw, "complete_tickets"),
        set_up_interval_hours=integer(raw, "set_up_interval_hours", 0, 0, 8760),
        deletions=choice(raw, "deletions", Deletions.VANISHED),
    )


def _start_at(raw: Mapping[str, Any], now: datetime) -> datetime:
    if raw.get("start_date") in (None, ""):
        return (now - DEFAULT_HISTORY).replace(microsecond=0)
    try:
        at = datetime.fromisoformat(raw["start_date"])
    except (TypeError, ValueError):
        raise wrong(
            "The value is not a date.", "start_date", "Write it as 2024-01-31T00:00:00Z."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _marketplace(raw: Mapping[str, Any]) -> Marketplace:
    given = raw.get("marketplace")
    if given is None:
        return Marketplace()
    if not isinstance(given, dict):
        raise wrong("The value is not an object.", "marketplace", "Give its fields, or remove it.")
    found: dict[str, str] = {}
    for name in ("name", "organization_id", "app_id"):
        value = given.get(name)
        if value in (None, ""):
            continue
        if not isinstance(value, str) or not _MARKETPLACE_TEXT.match(value.strip()):
            raise wrong(
                "The value is not a plain text.",
                f"marketplace.{name}",
                "Copy it from the Zendesk Marketplace portal.",
            )
        found[name] = value.strip()
    return Marketplace(**found)


def _base_url(raw: Mapping[str, Any]) -> str:
    """Return scheme and host of the account; `base_url` may lead to a loopback address only."""
    subdomain = _subdomain(raw)
    given = raw.get("base_url")
    if given is None:
        return f"https://{subdomain}.zendesk.com"
    match = _ADDRESS.match(given.strip().lower()) if isinstance(given, str) else None
    if match is None or int(match["port"] or 0) > 65_535:
        raise wrong(
            "The address is neither on this machine nor under zendesk.com, so no credentials are "
            "sent to it.",
            "base_url",
            "Remove the field; it is for tests against an emulator.",
        )
    port = f":{match['port']}" if match["port"] else ""
    return f"{match['scheme']}://{match['host']}{port}"


def _subdomain(raw: Mapping[str, Any]) -> str:
    """Return the subdomain, forgiving what people paste: an address, spaces, capitals."""
    match = _SUBDOMAIN.match(text(raw, "subdomain", "subdomain").lower())
    if match is None:
        raise wrong(
            "This cannot be the subdomain of a Zendesk account: it has 3 to 63 letters, digits and "
            "hyphens and begins with a letter.",
            "subdomain",
            "Give the first part of your Zendesk address: acme for https://acme.zendesk.com.",
        )
    return match["subdomain"]
