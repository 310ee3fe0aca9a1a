"""SET_UP: the streams that administrators alone change, which may be read at intervals.

Owns the list. A stream without a cursor is never one of them: a destination takes what a sync
delivers of it for all there is. Rests on docs/facts/zendesk-api.md#5.
"""

from __future__ import annotations

SET_UP = frozenset(
    {
        "article_labels",
        "content_tags",
        "custom_object_fields",
        "custom_roles",
        "custom_statuses",
        "deletion_schedules",
        "dynamic_content_items",
        "group_memberships",
        "group_sla_policies",
        "groups",
        "it_asset_locations",
        "it_asset_statuses",
        "it_asset_types",
        "locales",
        "macros",
        "monitored_twitter_handles",
        "oauth_clients",
        "organization_fields",
        "organization_merges",
        "permission_groups",
        "queues",
        "recipient_addresses",
        "resource_collections",
        "satisfaction_reasons",
        "schedules",
        "sharing_agreements",
        "sla_policies",
        "task_list_templates",
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
