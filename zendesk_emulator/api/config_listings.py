"""The lists of the configuration: business rules, fields, forms, roles, addresses, webhooks.

Orders and paging are those of docs/facts/zendesk-api.md#2.1, #2.2 and #5.3. Where those are not
sure, the row says so and `Account.paging` can choose another answer.
"""

import orjson

from zendesk_emulator.data.account import Account, order

from .exchange import Answer, Request
from .filters import deleted_users
from .resources import BY_ID, BY_POSITION, TIMES, Listing
from .sideloads import deleted_user

_RULE_SORTS = {**TIMES, "position": "position:i", "title": "title:s"}

CONFIG_LISTINGS = (
    Listing(
        "/api/v2/macros", "macros", "macros", by=order("title:s", "id:i"), sorts=_RULE_SORTS,
        scope="macros",
    ),
    Listing(
        # Zendesk names the category's position first, the trigger's own second
        # (docs/facts/zendesk-api.md#2.1)
        "/api/v2/triggers", "triggers", "triggers", sorts=_RULE_SORTS, scope="triggers",
        by=order("category_id:s", "position:i", "title:s", "id:i"),
    ),
    Listing(
        "/api/v2/trigger_categories", "trigger_categories", "trigger_categories",
        by=BY_POSITION, sorts={**TIMES, "position": "position:i", "name": "name:s"},
        paging="cursor", scope="triggers",
    ),
    Listing(
        "/api/v2/automations", "automations", "automations", by=BY_POSITION, sorts=_RULE_SORTS,
        scope="automations",
    ),
    Listing(
        "/api/v2/views", "views", "views", by=order("created_at:d", "id:i"), sorts=_RULE_SORTS,
        counted=True,
    ),
    # Offsets only, or not paged at all: both are said; offsets it is
    # (docs/facts/zendesk-api.md#2.2)
    Listing(
        "/api/v2/slas/policies", "sla_policies", "sla_policies", by=BY_POSITION, paging="offset",
        admin=True,
    ),
    Listing(
        "/api/v2/group_slas/policies", "group_sla_policies", "group_sla_policies",
        by=BY_POSITION, paging="offset", admin=True,
    ),
    Listing("/api/v2/custom_roles", "custom_roles", "custom_roles", paging="offset"),
    Listing(
        "/api/v2/ticket_forms", "ticket_forms", "ticket_forms", by=BY_POSITION, paging="offset",
    ),
    Listing(
        "/api/v2/routing/attributes", "account_attributes", "attributes", paging="offset",
    ),
    Listing("/api/v2/workspaces", "workspaces", "workspaces", by=BY_POSITION, paging="offset"),
    Listing(
        "/api/v2/resource_collections", "resource_collections", "resource_collections",
        paging="offset", admin=True,
    ),
    # Everything at once, whatever is asked (docs/facts/zendesk-api.md#2.2)
    Listing("/api/v2/custom_statuses", "custom_statuses", "custom_statuses", paging="none"),
    Listing("/api/v2/queues", "queues", "queues", paging="none", admin=True),  # unverified
    Listing("/api/v2/locales", "locales", "locales", paging="none"),
    Listing(
        "/api/v2/sharing_agreements", "sharing_agreements", "sharing_agreements", paging="none",
    ),
    Listing(
        "/api/v2/satisfaction_reasons", "satisfaction_reasons", "reasons", paging="none",
        admin=True,
    ),
    Listing(
        "/api/v2/business_hours/schedules", "schedules", "schedules", paging="none", admin=True,
    ),
    # in the order that the account has given them, which no time shows
    # (docs/facts/zendesk-api.md#5.2)
    Listing(
        "/api/v2/user_fields", "user_fields", "user_fields", by=BY_POSITION, scope="users",
    ),
    Listing(
        "/api/v2/organization_fields", "organization_fields", "organization_fields",
        by=BY_POSITION, scope="organizations",
    ),
    Listing("/api/v2/brand_agents", "brand_agents", "brand_agents", admin=True),
    Listing("/api/v2/recipient_addresses", "recipient_addresses", "recipient_addresses"),
    Listing(
        "/api/v2/dynamic_content/items", "dynamic_content_items", "items", scope="dynamic_content",
    ),
    Listing(
        "/api/v2/organization_subscriptions", "organization_subscriptions",
        "organization_subscriptions", scope="organizations",
    ),
    Listing(
        "/api/v2/suspended_tickets", "suspended_tickets", "suspended_tickets", sorts=TIMES,
        scope="tickets",
    ),
    Listing(
        "/api/v2/deleted_users", "users", "deleted_users", kept=deleted_users,
        # its updated_at is the time of deletion (docs/facts/closing-of-exports.md#2)
        projection=deleted_user, counted=True, scope="users", sorts=TIMES,
    ),
    Listing(
        "/api/v2/webhooks", "webhooks", "webhooks", by=BY_ID, dialect="webhooks", paging="cursor",
        scope="webhooks",
    ),
)  # fmt: skip


def attribute_definitions(account: Account, _: Request) -> Answer:
    """`{"definitions":{"conditions_all":[],"conditions_any":[]}}`.

    See docs/facts/zendesk-api.md#5.3.
    """
    lists: dict[str, list[object]] = {"conditions_all": [], "conditions_any": []}
    table = account.table("attribute_definitions")
    for row in table.rows.values():
        record = table.record(row)
        lists[f"conditions_{record.pop('condition')}"].append(record)
    return Answer(200, orjson.dumps({"definitions": lists}))
