"""SET_UP: the streams that administrators alone change, which may be read at intervals.

Owns the list. A stream without a cursor is never one of them: a destination takes what a sync
delivers of it for all there is. Rests on docs/facts/zendesk-api.md#5.
"""

from __future__ import annotations

SET_UP = frozenset(
    {
        "content_tags",
        "custom_roles",
        "custom_statuses",
        "dynamic_content_items",
        "group_memberships",
        "group_sla_policies",
        "groups",
        "locales",
        "macros",
        "organization_fields",
        "permission_groups",
        "queues",
        "recipient_addresses",
        "resource_collections",
        "satisfaction_reasons",
        "schedules",
        "sharing_agreements",
        "sla_policies",
        "ticket_fields",
        "ticket_forms",
        "topics",
        "trigger_categories",
        "triggers",
        "user_segments",
        "views",
        "webhooks",
        "workspaces",
    }
)
