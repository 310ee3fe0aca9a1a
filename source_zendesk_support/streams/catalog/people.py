"""Rows of people: users, organizations, groups, roles, brands, and the calls of Talk.

Rests on https://developer.zendesk.com/api-reference/ticketing/users/users/ and its neighbours, and
on https://developer.zendesk.com/api-reference/voice/talk-api/incremental_exports/
(docs/facts/zendesk-api.md#2.3 and #5.2).
"""

from __future__ import annotations

from source_zendesk_support.records.custom_columns import ORGANIZATION, USER
from source_zendesk_support.streams.model.deletion import HISTORY, LIST_OF_DELETIONS, DeletedWhere
from source_zendesk_support.streams.model.resource import EXPORT_PAGE, Paging, Resource
from source_zendesk_support.streams.model.stream import CustomFields, Stream
from source_zendesk_support.streams.walks.by_engine import ByEngine
from source_zendesk_support.streams.walks.compared_list import ComparedList
from source_zendesk_support.streams.walks.cursor_export import CursorExport
from source_zendesk_support.streams.walks.newer_than_cursor import NewerThanCursor
from source_zendesk_support.streams.walks.organization_list import OrganizationList
from source_zendesk_support.streams.walks.people_lists import UserList
from source_zendesk_support.streams.walks.time_export import TimeExport

from . import gates, transforms as extraction
from .listed import listed, whole
from .ticket_resources import PYTHON_ERA

USER_RESOURCE = Resource(
    "incremental/users/cursor",
    ByEngine(CursorExport(), UserList()),
    "users",
    largest_page=EXPORT_PAGE,
    gate=gates.EXPORTS,
)


def _talk(name: str, description: str) -> Stream:
    """An export without `end_of_stream`, each page of which repeats a record of the last one."""
    resource = name.removeprefix("call_")
    return Stream(
        name,
        Resource(
            f"channels/voice/stats/incremental/{resource}",
            TimeExport(),
            resource,
            largest_page=EXPORT_PAGE,
            unverified="`updated_at`, which no recorded record shows: without it the record at a "
            "page's border comes twice",
            gate=gates.TALK,
        ),
        description,
        cursor_field="updated_at",
        state_is_epoch=True,
        deletions=HISTORY,
    )


ROWS = (
    Stream(
        "users",
        USER_RESOURCE,
        "Agents and end users; a deleted user comes inactive, with permanently_deleted.",
        cursor_field="updated_at",
        state_is_epoch=True,
        older_keys=PYTHON_ERA,
        count="users/count",
        custom_fields=CustomFields("user_fields", USER),
        deletions="`active: false`, `permanently_deleted`",
        deleted_where=DeletedWhere("active", False),
    ),
    Stream(
        "user_identities",
        USER_RESOURCE,
        "E-mail addresses, phone numbers and other identities of each changed user.",
        cursor_field="updated_at",
        state_is_epoch=True,
        transform=extraction.identities,
        include=extraction.IDENTITIES,
        older_keys=PYTHON_ERA,
    ),
    whole(
        # Whole each time: it is unknown whether a permanent deletion moves `updated_at`.
        "deleted_users",
        "Deleted users; of those deleted for good, little is left.",
        deletions=LIST_OF_DELETIONS,
    ),
    Stream(
        "organizations",
        Resource(
            "incremental/organizations",
            ByEngine(TimeExport(), OrganizationList()),
            "organizations",
            largest_page=EXPORT_PAGE,
            gate=gates.EXPORTS,
        ),
        "Organizations; a deleted one has deleted_at.",
        cursor_field="updated_at",
        state_is_epoch=True,
        older_keys=PYTHON_ERA,
        count="organizations/count",
        custom_fields=CustomFields("organization_fields", ORGANIZATION),
        deletions="`deleted_at`",
        deleted_where=DeletedWhere("deleted_at", time_field="deleted_at"),
    ),
    listed(
        # Not compared, though a rename may move `organization_name` alone: there may be one for
        # each end user, and a state keeps twelve characters for each record that is compared.
        "organization_memberships",
        NewerThanCursor(),
        "Which user is in which organization.",
    ),
    whole(
        "organization_subscriptions",
        "Which user follows the tickets of which organization.",
    ),
    listed(
        # Deleted groups are asked for: a ticket may still refer to them
        # (docs/facts/zendesk-api.md#5.2).
        "groups",
        NewerThanCursor(),
        "Groups of agents; a deleted one has deleted true.",
        params={"exclude_deleted": "false"},
        count="groups/count",
        deletions="`deleted`",
        deleted_where=DeletedWhere("deleted", True),
    ),
    listed(
        "group_memberships",
        NewerThanCursor(),
        "Which agent is in which group.",
    ),
    listed(
        # Compared: the number of members moves without `updated_at`.
        "custom_roles",
        ComparedList(),
        "Roles of agents and what they may do.",
        paging=Paging.NUMBER,
        gate=gates.ENTERPRISE,
    ),
    whole(
        "brands",
        "Brands that the signed-in agent can see; a deleted one has is_deleted true.",
        params={"include_deleted": "true"},
        deletions="`is_deleted`",
        deleted_where=DeletedWhere("is_deleted", True),
    ),
    whole(
        "brand_agents",
        "Which agent works for which brand.",
        needs="admin",
    ),
    _talk("calls", "Calls of Talk: who, how long, waiting, cost and quality."),
    _talk("call_legs", "Legs of Talk calls: each agent's and customer's part of a call."),
)
