"""Rows of the account: its settings, what it deletes by itself, and what surrounds its tickets.

Rests on Zendesk's OpenAPI document for Support (docs/facts/endpoints.md) and, for links to Jira, on
https://developer.zendesk.com/api-reference/ticketing/jira/links/.
"""

from __future__ import annotations

from source_zendesk_support.streams.model.deletion import HISTORY, VALUES_OF_NOW
from source_zendesk_support.streams.model.resource import (
    EXPORT_PAGE,
    ChildResource,
    Paging,
    Rereading,
    Resource,
)
from source_zendesk_support.streams.model.stream import SEEN_IN_DOCUMENTS, Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList
from source_zendesk_support.streams.walks.full_list import FullList
from source_zendesk_support.streams.walks.newer_than_cursor import NewerThanCursor
from source_zendesk_support.streams.walks.of_many import OfMany

from . import gates, transforms as extraction
from .rules import ATTRIBUTE_RESOURCE, TRIGGER_RESOURCE

_GONE = "gone from the list"

ROWS = (
    Stream(
        "account_settings",
        Resource("account/settings", FullList(), "settings", paging=Paging.WHOLE, is_object=True),
        "Settings of the account in one row: which features are on.",
        primary_key="",
        deletions=VALUES_OF_NOW,
    ),
    Stream(
        "deletion_schedules",
        Resource(
            "deletion_schedules",
            ComparedList(),
            "deletion_schedules",
            paging=Paging.WHOLE,
            unverified=SEEN_IN_DOCUMENTS,
        ),
        "What the account deletes by itself, and when.",
        cursor_field="updated_at",
        needs="the role admin",
    ),
    Stream(
        "attribute_values",
        ATTRIBUTE_RESOURCE,
        "Skills: the values of each attribute for routing.",
        transform=extraction.attribute_values,
        include=extraction.ATTRIBUTE_VALUES,
        deletions=_GONE,
    ),
    Stream(
        "agent_skills",
        Resource(
            "routing/agents/instance_values",
            OfMany("users", ({"role": "admin"}, {"role": "agent"}), "filter[agent_ids]"),
            "instance_values",
            unverified=SEEN_IN_DOCUMENTS,
            gate=gates.ENTERPRISE,
        ),
        "Which agent has which skill, and with which priority.",
        deletions=_GONE,
    ),
    Stream(
        # Not in the order of time: changes are grouped by skill. So all pages are read.
        "skill_assignments",
        Resource(
            "incremental/routing/instance_values",
            NewerThanCursor(),
            "instance_values",
            item_time="time",
            largest_page=EXPORT_PAGE,
            paging=Paging.WHOLE,
            unverified=SEEN_IN_DOCUMENTS,
            gate=gates.SKILL_EXPORT,
        ),
        "Skills that agents and tickets were given; `type` says whether they still have them.",
        cursor_field="time",
        deletions="`type` begins with unassociate",
    ),
    Stream(
        "trigger_revisions",
        TRIGGER_RESOURCE,
        "Every version of each trigger: who changed what, and when.",
        cursor_field="created_at",
        children=ChildResource(
            "triggers/{parent}/revisions",
            "trigger_revisions",
            labels={"trigger_id": "id"},
            rereading=Rereading.CHANGES,
            paging=Paging.OLDER_CURSOR,
            gate=gates.REVISIONS,
            unverified=SEEN_IN_DOCUMENTS,
        ),
        deletions=HISTORY,
    ),
    Stream(
        # Nothing lists the merges of an account. A merge moves users, tickets and domains to the
        # winner, and deletes the loser: the winners are asked, by the list of organizations.
        "organization_merges",
        Resource("organizations", ComparedList(), "organizations"),
        "Which organization was merged into which, and how far the merge is. `created_at` is the "
        "time that the id begins with.",
        cursor_field="created_at",
        transform=extraction.organization_merges,
        children=ChildResource(
            "organizations/{parent}/merges",
            "organization_merges",
            rereading=Rereading.CHANGES,
            unverified="the answer, and that a merge changes the organization that stays: only "
            "changed ones are asked again",
        ),
        needs="the role admin",
        deletions=HISTORY,
    ),
    Stream(
        "ticket_form_statuses",
        Resource(
            "ticket_form_statuses",
            FullList(),
            "ticket_form_statuses",
            paging=Paging.WHOLE,
            unverified=SEEN_IN_DOCUMENTS,
        ),
        "Which ticket form offers which statuses.",
        deletions=_GONE,
    ),
    Stream(
        "task_list_templates",
        Resource(
            "task_list_templates",
            ComparedList(),
            "task_list_templates",
            unverified=SEEN_IN_DOCUMENTS,
        ),
        "Templates of task lists for tickets.",
        cursor_field="updated_at",
    ),
    Stream(
        "approval_requests",
        Resource(
            "approval_requests",
            FullList(),
            "approval_requests",
            item_time="created_at",
            paging=Paging.BARE_CURSOR,
            unverified=SEEN_IN_DOCUMENTS,
        ),
        "Approvals that tickets wait for, with their decisions.",
        needs="the role admin; approvals",
        deletions=_GONE,
    ),
    Stream(
        "jira_links",
        Resource(
            "jira/links",
            NewerThanCursor(),
            "links",
            paging=Paging.LAST_ID,
            unverified=SEEN_IN_DOCUMENTS,
        ),
        "Which ticket is linked to which issue of Jira.",
        cursor_field="updated_at",
        needs="the role admin; the Jira integration",
    ),
    Stream(
        "monitored_twitter_handles",
        Resource(
            "channels/twitter/monitored_twitter_handles",
            ComparedList(),
            "monitored_twitter_handles",
            paging=Paging.WHOLE,
            unverified=SEEN_IN_DOCUMENTS,
        ),
        "Handles of X (formerly Twitter) that the account watches.",
        cursor_field="updated_at",
    ),
)
