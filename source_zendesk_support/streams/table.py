"""STREAMS: one frozen row per stream, and the feeds (walks of one resource) they are taken from.

Owns the data in which streams differ; behaviour is in the walks. Names, keys, cursor fields and
state formats are those of the published connector, whose connections are taken over.
Rests on https://developer.zendesk.com/api-reference/ (zendesk/api.md 2.3 and 5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from . import extraction
from .extraction import items_as_they_are

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .extraction import Take

EXPORT_PAGE = 1000  # the most an incremental export serves (zendesk/api.md 2.3)
LIST_PAGE = 100  # the most a cursor-paginated list serves (zendesk/api.md 2.1)


class Walk(Enum):
    """A way of reading Zendesk, named after its own mechanism."""

    CURSOR_EXPORT = "cursor export"
    TIME_EXPORT = "time export"
    FULL_LIST = "list, full refresh"
    FILTERED_LIST = "list, everything read, only news emitted"
    NEWEST_FIRST_LIST = "list, newest first, stops at the first wholly old page"
    LOOK_BACK_LIST = "list, filtered by creation, read again within a look-back"


@dataclass(frozen=True, slots=True)
class Feed:
    """One resource and how to walk it. Several streams can be taken from one walk.

    `key` is where a page holds its items, `item_time` their field that the position follows.
    `without_deleted` are sent too, unless the user wants deleted tickets.
    """

    path: str
    walk: Walk
    key: str
    item_time: str = "updated_at"
    params: Mapping[str, str] = field(default_factory=dict)
    without_deleted: Mapping[str, str] = field(default_factory=dict)
    largest_page: int = LIST_PAGE


@dataclass(frozen=True, slots=True)
class Stream:
    """One row of the catalog.

    `take` gets the stream's records out of a page; `include` is the sideload it needs for that.
    `older_keys` are keys of states that earlier connectors wrote, each with the latest epoch second
    it can be believed to, or None.
    """

    name: str
    feed: Feed
    description: str
    primary_key: str = "id"
    cursor_field: str | None = None
    state_is_epoch: bool = False  # epoch seconds as text; else ISO 8601
    take: Take = items_as_they_are
    include: str | None = None
    older_keys: Mapping[str, int | None] = field(default_factory=dict)


# Versions 5.2.0 to 5.4.x of the published connector read tickets from the search and lost changes
# that leave `updated_at` alone; it became whole again from 2026-03-01 on (compatibility.md 1.6).
SEARCH_ERA_FLOOR_S = 1_772_323_200
# Python-era versions (up to 4.7) wrote the API's own end_time beside the cursor.
_PYTHON_ERA: Mapping[str, int | None] = {"_last_end_time": None}

# `support_type_scope`: without it the tickets of AI agents are missing (zendesk/api.md 2.3.10).
ALL_SUPPORT_TYPES = {"support_type_scope": "all"}

TICKET_FEED = Feed(
    "incremental/tickets/cursor",
    Walk.CURSOR_EXPORT,
    "tickets",
    item_time="generated_timestamp",
    params=ALL_SUPPORT_TYPES,
    without_deleted={"exclude_deleted": "true"},
    largest_page=EXPORT_PAGE,
)
USER_FEED = Feed("incremental/users/cursor", Walk.CURSOR_EXPORT, "users", largest_page=EXPORT_PAGE)
# Comments are asked for always, so that ticket_events never depend on who else is selected.
TICKET_EVENT_FEED = Feed(
    "incremental/ticket_events",
    Walk.TIME_EXPORT,
    "ticket_events",
    item_time="timestamp",
    params={"include": "comment_events", **ALL_SUPPORT_TYPES},
    largest_page=EXPORT_PAGE,
)

_ROWS = (
    Stream(
        "tickets",
        TICKET_FEED,
        "Tickets, archived and AI-agent ones included. A deleted ticket is left out unless the "
        "configuration asks for it; deleted_tickets names it.",
        cursor_field="generated_timestamp",
        state_is_epoch=True,
        take=extraction.tickets_without_metrics,
        older_keys={"updated_at": SEARCH_ERA_FLOOR_S, **_PYTHON_ERA},
    ),
    Stream(
        "ticket_metrics",
        TICKET_FEED,
        "Reply, resolution and wait times of each ticket, archived ones included.",
        cursor_field="_ab_updated_at",
        state_is_epoch=True,
        take=extraction.metric_sets,
        include="metric_sets",
        older_keys={"generated_timestamp": None, "updated_at": None, **_PYTHON_ERA},
    ),
    Stream(
        "users",
        USER_FEED,
        "Agents and end users; a deleted user comes inactive, with permanently_deleted.",
        cursor_field="updated_at",
        state_is_epoch=True,
        older_keys=_PYTHON_ERA,
    ),
    Stream(
        "user_identities",
        USER_FEED,
        "E-mail addresses, phone numbers and other identities of each changed user.",
        cursor_field="updated_at",
        state_is_epoch=True,
        take=extraction.identities,
        include="identities",
        older_keys=_PYTHON_ERA,
    ),
    Stream(
        "organizations",
        Feed(
            "incremental/organizations",
            Walk.TIME_EXPORT,
            "organizations",
            largest_page=EXPORT_PAGE,
        ),
        "Organizations; a deleted one has deleted_at.",
        cursor_field="updated_at",
        state_is_epoch=True,
        older_keys=_PYTHON_ERA,
    ),
    Stream(
        "ticket_events",
        TICKET_EVENT_FEED,
        "Every update of a ticket with its changes and comments as child events.",
        cursor_field="timestamp",
        state_is_epoch=True,
        older_keys=_PYTHON_ERA,
    ),
    Stream(
        "ticket_comments",
        TICKET_EVENT_FEED,
        "Public and private comments of tickets, with their attachments.",
        cursor_field="created_at",
        state_is_epoch=True,
        take=extraction.comments,
        older_keys={"timestamp": None, **_PYTHON_ERA},
    ),
    Stream(
        "ticket_metric_events",
        Feed(
            "incremental/ticket_metric_events",
            Walk.TIME_EXPORT,
            "ticket_metric_events",
            item_time="time",
            largest_page=EXPORT_PAGE,
        ),
        "Starts, pauses, fulfilments and breaches of ticket metrics and SLA targets.",
        cursor_field="time",
        state_is_epoch=True,
        older_keys={"updated_at": None, **_PYTHON_ERA},
    ),
    Stream(
        "deleted_tickets",
        Feed(
            "deleted_tickets",
            Walk.NEWEST_FIRST_LIST,
            "deleted_tickets",
            item_time="deleted_at",
            params=ALL_SUPPORT_TYPES,
        ),
        "Tickets deleted within the last 30 days: who deleted them, and when.",
        cursor_field="deleted_at",
    ),
    Stream(
        "groups",
        # Deleted groups are asked for: a ticket may still refer to them (zendesk/api.md 5.2).
        Feed("groups", Walk.FILTERED_LIST, "groups", params={"exclude_deleted": "false"}),
        "Groups of agents; a deleted one has deleted true.",
        cursor_field="updated_at",
    ),
    Stream(
        "group_memberships",
        Feed("group_memberships", Walk.FILTERED_LIST, "group_memberships"),
        "Which agent is in which group.",
        cursor_field="updated_at",
    ),
    Stream(
        "organization_memberships",
        Feed("organization_memberships", Walk.FILTERED_LIST, "organization_memberships"),
        "Which user is in which organization.",
        cursor_field="updated_at",
    ),
    Stream(
        "ticket_fields",
        Feed("ticket_fields", Walk.FILTERED_LIST, "ticket_fields"),
        "System and custom fields of tickets, with the options of drop-down fields.",
        cursor_field="updated_at",
    ),
    Stream(
        "tags",
        Feed("tags", Walk.FULL_LIST, "tags"),
        "The 20,000 tags most used in the last 60 days, with their counts.",
        primary_key="name",
    ),
    Stream(
        "brands",
        Feed("brands", Walk.FULL_LIST, "brands", params={"include_deleted": "true"}),
        "Brands that the signed-in agent can see; a deleted one has is_deleted true.",
    ),
    Stream(
        "satisfaction_ratings",
        Feed("satisfaction_ratings", Walk.LOOK_BACK_LIST, "satisfaction_ratings"),
        "Customer satisfaction ratings; those that change within the look-back come again.",
        cursor_field="updated_at",
        state_is_epoch=True,
        older_keys=_PYTHON_ERA,
    ),
)

STREAMS: Mapping[str, Stream] = MappingProxyType({row.name: row for row in _ROWS})
