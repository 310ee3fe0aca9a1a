"""Rows of tickets and of what happens to them.

Rests on https://developer.zendesk.com/api-reference/ticketing/introduction/
(docs/facts/zendesk-api.md#5.1).
"""

from __future__ import annotations

from source_zendesk_support.records.custom_columns import TICKET
from source_zendesk_support.streams.model.deletion import (
    HISTORY,
    LIST_OF_DELETIONS,
    LISTED_OR_MISSING,
    WITH_TICKET,
    DeletedWhere,
)
from source_zendesk_support.streams.model.resource import ChildResource, Paging, Rereading, Resource
from source_zendesk_support.streams.model.stream import CustomFields, FileRecord, Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList
from source_zendesk_support.streams.walks.full_list import FullList
from source_zendesk_support.streams.walks.look_back import LookBack
from source_zendesk_support.streams.walks.newer_than_cursor import NewerThanCursor
from source_zendesk_support.streams.walks.newest_first import NewestFirst
from source_zendesk_support.streams.walks.since import Since

from . import comment_transforms, gates, ticket_history as history, transforms as extraction
from .listed import listed, whole
from .ticket_resources import (
    ALL_SUPPORT_TYPES,
    CONVERSATION_RESOURCE,
    METRIC_EVENT_RESOURCE,
    OLDER_TICKET_KEYS,
    PYTHON_ERA,
    TICKET_EVENT_RESOURCE,
    TICKET_KEYS,
    TICKET_RESOURCE,
)

DELETED_EVENT = DeletedWhere("deleted", True, time_field="time")
DELETED_AS_READ = "`deleted`, as it was when the event was read"

ROWS = (
    Stream(
        "tickets",
        TICKET_RESOURCE,
        "Tickets, archived and AI-agent ones included. A deleted ticket is left out unless the "
        "configuration asks for it; deleted_tickets names it.",
        cursor_field="generated_timestamp",
        state_is_epoch=True,
        transform=extraction.tickets_without_metrics,
        older_keys=OLDER_TICKET_KEYS,
        count="tickets/count",
        custom_fields=CustomFields("ticket_fields", TICKET),
        deletions="left out, or `status: deleted` when asked for; named by deleted_tickets",
        deleted_where=DeletedWhere("status", "deleted"),
    ),
    Stream(
        "ticket_metrics",
        TICKET_RESOURCE,
        "Reply, resolution and wait times of each ticket, archived ones included.",
        cursor_field="_ab_updated_at",
        state_is_epoch=True,
        transform=extraction.metric_sets,
        include=extraction.METRIC_SETS,
        count="tickets/count",  # a ticket has one set of metrics
        older_keys={"generated_timestamp": None, "updated_at": None, **PYTHON_ERA},
        parent_keys=TICKET_KEYS,
        deletions=WITH_TICKET,
    ),
    Stream(
        "ticket_events",
        TICKET_EVENT_RESOURCE,
        "Every update of a ticket with its changes and comments as child events.",
        cursor_field="timestamp",
        state_is_epoch=True,
        older_keys=PYTHON_ERA,
        deletions=HISTORY,
    ),
    Stream(
        "ticket_comments",
        TICKET_EVENT_RESOURCE,
        "Public and private comments of tickets, those of calls too, with their attachments.",
        cursor_field="created_at",
        state_is_epoch=True,
        transform=comment_transforms.comments,
        older_keys={"timestamp": None, **PYTHON_ERA},
        deletions=WITH_TICKET,
    ),
    Stream(
        "attachments",
        TICKET_EVENT_RESOURCE,
        "Files attached to ticket comments: their metadata, and their bytes when files are asked "
        "for.",
        cursor_field="created_at",
        state_is_epoch=True,
        transform=comment_transforms.attachments,
        file=FileRecord(
            "content_url",
            "attachments/{key}",
            "attachment",
            ("id", "ticket_id", "comment_id", "audit_id", "created_at", "timestamp"),
        ),
        deletions=WITH_TICKET,
    ),
    Stream(
        "ticket_field_history",
        TICKET_EVENT_RESOURCE,
        "Every value that a field of a ticket has had: one row for its beginning and each change.",
        cursor_field="timestamp",
        state_is_epoch=True,
        transform=history.field_history,
        deletions=HISTORY,
    ),
    Stream(
        "ticket_schedule_history",
        TICKET_EVENT_RESOURCE,
        "Which schedule of business hours a ticket had from when on.",
        cursor_field="timestamp",
        state_is_epoch=True,
        transform=history.schedule_history,
        deletions=HISTORY,
    ),
    Stream(
        "ticket_metric_events",
        METRIC_EVENT_RESOURCE,
        "Starts, pauses, fulfilments and breaches of ticket metrics and SLA targets.",
        cursor_field="time",
        state_is_epoch=True,
        older_keys={"updated_at": None, **PYTHON_ERA},
        deletions=DELETED_AS_READ,
        deleted_where=DELETED_EVENT,
    ),
    Stream(
        "ticket_sla_policy_history",
        METRIC_EVENT_RESOURCE,
        "Targets that SLA policies set for a metric of a ticket, one row each time.",
        cursor_field="time",
        state_is_epoch=True,
        transform=history.sla_policy_history,
        deletions=DELETED_AS_READ,
        deleted_where=DELETED_EVENT,
    ),
    Stream(
        "deleted_tickets",
        # Ordered by the tickets' creation, and by cursor `sort_by` does nothing: no page tells that
        # only older deletions follow, so all 30 days are read, at 1000 a minute.
        Resource(
            "deleted_tickets",
            NewerThanCursor(),
            "deleted_tickets",
            item_time="deleted_at",
            params=ALL_SUPPORT_TYPES,
        ),
        "Tickets deleted within the last 30 days: who deleted them, and when.",
        cursor_field="deleted_at",
        needs="permission to view deleted tickets",
        deletions=f"{LIST_OF_DELETIONS} (30 days)",
    ),
    Stream(
        "ticket_audits",
        # Newest first by the older cursor, as production traffic has it; a cursor-paginated answer,
        # and one in another order, is read too (docs/facts/zendesk-api.md#2.1 and #5.1). Either
        # cursor names created_at and id, which never change: in one direction or the other times
        # are in order, so pages that fall tell that only older ones follow.
        Resource(
            "ticket_audits",
            NewestFirst(),
            "audits",
            item_time="created_at",
            params={"sort_by": "created_at", "sort_order": "desc"},
            largest_page=200,  # what the published connector asks for, and is served
            paging=Paging.OLDER_CURSOR,
            unverified="pages of more than 200; the order, which is read off the pages; whether "
            "deleted tickets are left out",
        ),
        "Audits of tickets that are not archived: who changed what. Zendesk says that the list may "
        "skip some, and those of a restored ticket may be missing; ticket_events is whole.",
        cursor_field="created_at",
        needs="admin",
        deletions=HISTORY,
    ),
    Stream(
        "ticket_skips",
        Resource("skips", NewerThanCursor(), "skips", params={"sort_order": "desc"}),
        "Tickets that agents skipped in a view, and why; archived tickets left out.",
        cursor_field="updated_at",
        needs="reports permission",
        deletions=HISTORY,
    ),
    Stream(
        "ticket_activities",
        Resource(
            "activities",
            Since(),
            "activities",
            unverified="whether `since` includes its own second",
        ),
        "Activities of the last 30 days that concern the signed-in agent.",
        cursor_field="updated_at",
        deletions=HISTORY,
    ),
    Stream(
        "side_conversation_events",
        CONVERSATION_RESOURCE,
        "What was written in side conversations, and other changes of them, event by event.",
        cursor_field="created_at",
        deletions=HISTORY,
    ),
    Stream(
        "side_conversations",
        CONVERSATION_RESOURCE,
        "Side conversations of tickets: by e-mail, Slack, Teams or child ticket.",
        cursor_field="updated_at",
        children=ChildResource(
            "tickets/{parent}/side_conversations",
            "side_conversations",
            rereading=Rereading.CHANGES,
            paging=Paging.NUMBER,
            probe=(CONVERSATION_RESOURCE.path, CONVERSATION_RESOURCE.key, {"start_time": "0"}),
            gate=gates.SIDE_CONVERSATIONS,
        ),
        parent_keys=TICKET_KEYS,
        deletions=WITH_TICKET,
    ),
    Stream(
        "satisfaction_ratings",
        Resource(
            "satisfaction_ratings",
            LookBack(),
            "satisfaction_ratings",
            gate=gates.SATISFACTION_RATINGS,
        ),
        "Customer satisfaction ratings; those that change within the look-back come again.",
        cursor_field="updated_at",
        state_is_epoch=True,
        older_keys=PYTHON_ERA,
        count="satisfaction_ratings/count",
        deletions=WITH_TICKET,
    ),
    Stream(
        "satisfaction_reasons",
        Resource(
            "satisfaction_reasons",
            ComparedList(),
            "reasons",
            paging=Paging.WHOLE,
            gate=gates.SATISFACTION_RATINGS,
        ),
        "Reasons that customers can give for a bad rating.",
        cursor_field="updated_at",
        deletions=LISTED_OR_MISSING,
        deleted_where=DeletedWhere("deleted_at", time_field="deleted_at"),
    ),
    whole(
        "suspended_tickets",
        "Messages that Zendesk holds back as spam or for another cause.",
        needs="permission to manage suspended tickets",
    ),
    whole(
        "bookmarks",
        "Tickets that the agent who signed in has bookmarked; archived tickets left out.",
        needs="an agent",
    ),
    listed(
        "sharing_agreements",
        ComparedList(),
        "Agreements to share tickets with other accounts.",
        paging=Paging.WHOLE,
    ),
    Stream(
        "tags",
        Resource("tags", FullList(), "tags"),
        "The 20,000 tags most used in the last 60 days, with their counts.",
        primary_key="name",
        count="tags/count",
        deletions="gone from the list",
    ),
)
