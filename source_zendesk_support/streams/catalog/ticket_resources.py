"""Resources that several streams of tickets share, and the keys of their older states.

Owns the requests alone; the rows are in `tickets`. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.resource import EXPORT_PAGE, Resource
from source_zendesk_support.streams.walks.audit_feed import AuditFeed
from source_zendesk_support.streams.walks.by_engine import ByEngine
from source_zendesk_support.streams.walks.conversation_feed import ConversationFeed
from source_zendesk_support.streams.walks.cursor_export import CursorExport
from source_zendesk_support.streams.walks.metric_event_list import MetricEventList
from source_zendesk_support.streams.walks.ticket_list import TicketList
from source_zendesk_support.streams.walks.time_export import TimeExport

from . import gates

if TYPE_CHECKING:
    from collections.abc import Mapping

# Versions 5.2.0 to 5.4.x of the published connector read tickets from the search and lost changes
# that leave `updated_at` alone; it became whole again from 2026-03-01 on
# (docs/facts/published-connector.md#1.6).
SEARCH_ERA_FLOOR_S = 1_772_323_200
# Python-era versions (up to 4.7) wrote the API's own end_time beside the cursor.
PYTHON_ERA: Mapping[str, int | None] = {"_last_end_time": None}

# `support_type_scope`: without it the tickets of AI agents are missing
# (docs/facts/zendesk-api.md#2.3.10).
ALL_SUPPORT_TYPES = {"support_type_scope": "all"}

TICKET_RESOURCE = Resource(
    "incremental/tickets/cursor",
    ByEngine(CursorExport(), TicketList()),
    "tickets",
    item_time="generated_timestamp",
    params=ALL_SUPPORT_TYPES,
    without_deleted={"exclude_deleted": "true"},
    largest_page=EXPORT_PAGE,
    gate=gates.EXPORTS,
)

CONVERSATION_RESOURCE = Resource(
    "tickets/side_conversations/events",
    ConversationFeed(TICKET_RESOURCE),
    "events",
    item_time="created_at",
    largest_page=EXPORT_PAGE,
    gate=gates.SIDE_CONVERSATIONS,
    unverified="the size of a page; how far back the feed reaches; whether each change of a "
    "conversation is an event",
)

# Comments are asked for always, so that ticket_events never depend on who else is selected.
TICKET_EVENT_RESOURCE = Resource(
    "incremental/ticket_events",
    ByEngine(TimeExport(), AuditFeed()),
    "ticket_events",
    item_time="timestamp",
    params={"include": "comment_events", **ALL_SUPPORT_TYPES},
    largest_page=EXPORT_PAGE,
    has_lives=True,
    gate=gates.EXPORTS,
)

# `include_changes` is not sent. Zendesk documents only that it makes the data consistent. The
# events that it adds, and their places in time, were never seen.
METRIC_EVENT_RESOURCE = Resource(
    "incremental/ticket_metric_events",
    ByEngine(TimeExport(), MetricEventList()),
    "ticket_metric_events",
    item_time="time",
    largest_page=EXPORT_PAGE,
    gate=gates.EXPORTS,
)

# The state of the tickets: `generated_timestamp`, or the key that a version of its time wrote.
OLDER_TICKET_KEYS: Mapping[str, int | None] = {"updated_at": SEARCH_ERA_FLOOR_S, **PYTHON_ERA}

TICKET_KEYS: Mapping[str, int | None] = {"generated_timestamp": None, **OLDER_TICKET_KEYS}
