"""Rows of business rules and of the account's set-up.

Rests on https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/ and its
neighbours (docs/facts/zendesk-api.md#5.3). Small lists: delivered whole the first time, whatever
start date. Only a list whose order cannot change without `updated_at` finds repeats by that
time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.deletion import HISTORY, LISTED_OR_MISSING, DeletedWhere
from source_zendesk_support.streams.model.resource import ChildResource, Paging, Rereading, Resource
from source_zendesk_support.streams.model.stream import Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList
from source_zendesk_support.streams.walks.created_window import CreatedWindow
from source_zendesk_support.streams.walks.full_list import FullList
from source_zendesk_support.streams.walks.newer_than_cursor import NewerThanCursor
from source_zendesk_support.streams.walks.snapshots import WithSnapshots

from . import gates, transforms as extraction
from .listed import listed, whole

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.gate import Gate

# Whether some lists are paged by number or not at all is documented both ways
# (docs/facts/zendesk-api.md#2.2).
_EITHER_WAY = "paging: by number, by cursor or not at all"
# As the published connector has it, whose users know their whole history of changes by it.
TEN_YEARS_S = 3650 * 86_400

TICKET_FIELD_RESOURCE = Resource("ticket_fields", ComparedList(), "ticket_fields")
SCHEDULE_RESOURCE = Resource(
    "business_hours/schedules",
    ComparedList(),
    "schedules",
    paging=Paging.WHOLE,
    unverified=_EITHER_WAY,
    gate=gates.SERVICE_LEVELS,
)


ATTRIBUTE_RESOURCE = Resource(
    "routing/attributes",
    FullList(),
    "attributes",
    paging=Paging.NUMBER,
    gate=gates.ENTERPRISE,
)
MACRO_RESOURCE = Resource("macros", WithSnapshots(NewerThanCursor()), "macros")
# Compared: ordered by positions too, their category's and their own.
TRIGGER_RESOURCE = Resource("triggers", ComparedList(), "triggers")
AUTOMATION_RESOURCE = Resource("automations", WithSnapshots(FullList()), "automations")
VIEW_RESOURCE = Resource(
    "views",
    WithSnapshots(NewerThanCursor()),
    "views",
)


def _by_number(path: str, key: str, gate: Gate) -> Resource:
    return Resource(
        path, ComparedList(), key, paging=Paging.NUMBER, unverified=_EITHER_WAY, gate=gate
    )


ROWS = (
    Stream(
        "ticket_fields",
        TICKET_FIELD_RESOURCE,
        "System and custom fields of tickets, with the options of drop-down fields.",
        cursor_field="updated_at",
        count="ticket_fields/count",
    ),
    Stream(
        "ticket_field_options",
        TICKET_FIELD_RESOURCE,
        "Options of drop-down and multi-select ticket fields.",
        children=ChildResource(
            "ticket_fields/{parent}/options",
            "custom_field_options",
            only_where="custom_field_options",
            labels={"ticket_field_id": "id"},
            rereading=Rereading.ALWAYS,
        ),
        deletions="gone from the list",
    ),
    listed(
        "ticket_forms",
        ComparedList(),
        "Forms: which fields they show, to whom, and under which conditions.",
        paging=Paging.NUMBER,
        unverified=_EITHER_WAY,
        gate=gates.TICKET_FORMS,
        deletions=LISTED_OR_MISSING,
        deleted_where=DeletedWhere("deleted_at", time_field="deleted_at"),
    ),
    whole(
        "user_fields",
        "Custom fields of users.",
    ),
    listed(
        # Compared: ordered by their position, which may move without `updated_at` (unverified). One
        # that is moved while the pages are read is missed, and comes with the next sync.
        "organization_fields",
        ComparedList(),
        "Custom fields of organizations.",
    ),
    listed(
        "custom_statuses",
        ComparedList(),
        "Ticket statuses of the account's own.",
        paging=Paging.WHOLE,
    ),
    Stream(
        "macros",
        MACRO_RESOURCE,
        "Macros that the signed-in agent can see; an admin sees all.",
        cursor_field="updated_at",
    ),
    Stream(
        "triggers",
        TRIGGER_RESOURCE,
        "Triggers: their conditions and actions.",
        cursor_field="updated_at",
    ),
    listed(
        "trigger_categories",
        ComparedList(),
        "Categories of triggers.",
        needs="trigger categories switched on",
    ),
    Stream(
        "automations",
        AUTOMATION_RESOURCE,
        "Automations: their conditions and actions.",
        deletions="gone from the list",
    ),
    Stream(
        "views",
        VIEW_RESOURCE,
        "Views: which tickets they show, and how.",
        cursor_field="updated_at",
    ),
    Stream(
        "sla_policies",
        _by_number("slas/policies", "sla_policies", gates.SERVICE_LEVELS),
        "SLA policies: which tickets they cover, and their targets.",
        cursor_field="updated_at",
    ),
    Stream(
        "group_sla_policies",
        _by_number("group_slas/policies", "group_sla_policies", gates.ENTERPRISE),
        "SLA policies for the time that groups hold tickets.",
        cursor_field="updated_at",
    ),
    Stream(
        "schedules",
        SCHEDULE_RESOURCE,
        "Business hours: their intervals and time zone.",
        cursor_field="updated_at",
    ),
    Stream(
        "schedule_holidays",
        SCHEDULE_RESOURCE,
        "Holidays of each schedule.",
        children=ChildResource(
            "business_hours/schedules/{parent}/holidays",
            "holidays",
            labels={"schedule_id": "id"},
            rereading=Rereading.ALWAYS,
            paging=Paging.WHOLE,
        ),
        deletions="gone from the list",
    ),
    Stream(
        "account_attributes",
        ATTRIBUTE_RESOURCE,
        "Attributes for routing by skills.",
        deletions="gone from the list",
    ),
    Stream(
        "attribute_definitions",
        Resource(
            "routing/attributes/definitions",
            FullList(),
            "definitions",
            paging=Paging.WHOLE,
            gate=gates.ENTERPRISE,
            is_object=True,
        ),
        "Conditions that routing by skills can use; `condition` says all or any.",
        primary_key="",
        transform=extraction.attribute_definitions,
        deletions="gone from the list",
    ),
    listed(
        "queues",
        ComparedList(),
        "Queues of omnichannel routing.",
        paging=Paging.WHOLE,
        unverified=_EITHER_WAY,
        needs="admin; omnichannel routing",
    ),
    listed(
        "workspaces",
        ComparedList(),
        "Contextual workspaces.",
        paging=Paging.NUMBER,
        unverified=_EITHER_WAY,
        needs="contextual workspaces (Enterprise)",
    ),
    Stream(
        "dynamic_content_items",
        # Compared: it is unknown whether a changed variant moves the item's `updated_at`.
        Resource("dynamic_content/items", ComparedList(), "items"),
        "Dynamic content and its variants by language.",
        cursor_field="updated_at",
    ),
    listed(
        "recipient_addresses",
        NewerThanCursor(),
        "Support addresses and the state of their verification.",
    ),
    listed(
        "resource_collections",
        ComparedList(),
        "Resources that were created together, as apps do.",
        paging=Paging.NUMBER,
        unverified=_EITHER_WAY,
        needs="admin",
    ),
    listed(
        "locales",
        ComparedList(),
        "Languages of the account.",
        paging=Paging.WHOLE,
    ),
    listed(
        "webhooks",
        NewerThanCursor(),
        "Webhooks: where they send what.",
        needs="admin",
    ),
    Stream(
        "audit_logs",
        # `filter[created_at][]` is added by the walk; oldest first, so that it can resume.
        Resource(
            "audit_logs",
            CreatedWindow(),
            "audit_logs",
            item_time="created_at",
            params={"sort": "created_at"},
            default_history_s=TEN_YEARS_S,
            gate=gates.ENTERPRISE,
        ),
        "Changes of the account's settings, rules and people: who, what, from where.",
        cursor_field="created_at",
        deletions=HISTORY,
    ),
)
