"""Rows of omnichannel routing: what agents can take, what they do, and each one's part of a ticket.

Rests on https://developer.zendesk.com/api-reference/agent-availability/introduction/
(docs/facts/zendesk-api.md#5.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.deletion import HISTORY
from source_zendesk_support.streams.model.resource import Paging, Resource
from source_zendesk_support.streams.model.stream import Stream
from source_zendesk_support.streams.walks.engagements import EngagementFeed
from source_zendesk_support.streams.walks.full_list import FullList
from source_zendesk_support.streams.walks.seen_changes import SeenChanges
from source_zendesk_support.streams.walks.snapshots import SNAPSHOT_AT
from source_zendesk_support.zendesk.body import BARE

from . import gates, json_api

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENVELOPE = "envelope, paging and fields"


def _by_agent(items: list[dict[str, Any]], page: Mapping[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG001
    """Return assignees with the agent's id as their key, under whichever name it came."""
    return [it if "id" in it else {**it, "id": it.get("agent_id")} for it in items]


ROWS = (
    Stream(
        "engagements",
        Resource(
            "engagements",
            EngagementFeed(),
            "agent_engagement_data",
            item_time="engagement_end_time",
            paging=Paging.START_AND_ID,
            unverified="pages of more than 10; how long after its end an engagement appears",
            gate=gates.OMNICHANNEL,
        ),
        "Each agent's part of a ticket: waiting, first reply, messages, how it began and ended. "
        "Zendesk keeps 90 days: what is not read by then is lost.",
        primary_key="engagement_id",
        cursor_field="engagement_end_time",
        deletions=f"{HISTORY}, 90 days",
    ),
    Stream(
        "agent_availabilities",
        Resource(
            "agent_availabilities",
            SeenChanges(),
            "data",
            item_time=SNAPSHOT_AT,
            prepare=json_api.availabilities,
            unverified=f"{_ENVELOPE}; work items beyond the first page of a channel are counted, "
            "not listed",
            gate=gates.OMNICHANNEL,
        ),
        "What each agent can take: status, channels with capacity and work. A new record for each "
        "change since the last sync, with the time it was seen.",
        cursor_field=SNAPSHOT_AT,
        deletions=HISTORY,
    ),
    Stream(
        "agent_statuses",
        Resource(
            "agent_availabilities/agent_statuses",
            FullList(),
            "data",
            or_key="default",
            prepare=json_api.statuses,
            unverified=_ENVELOPE,
            gate=gates.OMNICHANNEL,
        ),
        "Statuses that agents can have, Zendesk's own and those of the account.",
        deletions="gone from the list",
    ),
    Stream(
        "capacity_rules",
        Resource(
            "capacity/rules",
            FullList(),
            BARE,
            or_key="capacity_rules",
            paging=Paging.WHOLE,
            unverified="that all rules come at once",
            gate=gates.OMNICHANNEL,
        ),
        "Capacity rules: how much work of each channel agents take at once, and a few of their "
        "agents.",
        deletions="gone from the list",
    ),
    Stream(
        "capacity_rule_assignees",
        Resource(
            "capacity/rules/assignees",
            FullList(),
            "assignees",
            prepare=_by_agent,
            unverified="fields, and pages of more than 20",
            gate=gates.OMNICHANNEL,
        ),
        "Which agent has which capacity rule.",
        deletions="gone from the list",
    ),
)
