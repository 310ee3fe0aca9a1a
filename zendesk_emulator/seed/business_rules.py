"""Draws business rules: macros, triggers and their categories, automations, views, SLAs, routing.

Record fields are those of docs/facts/records.md, documented and seen on the wire.
"""

from typing import Any

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid

from .config import BRAND_BASE, FORM_ID, GROUP_BASE, custom_field_id
from .event_records import RULE_ID
from .people import ADMIN_ID
from .rows import Seed, named
from .service_levels import POLICIES, POLICY_BASE, POLICY_STEP

CATEGORY_BASE, CATEGORIES, CATEGORY_STEP = 10_001, 4, 3
MACRO_BASE = 360_005_374_000

# Values of actions are text, numbers, lists and null: a field for each is in each set
_ACTIONS: tuple[dict[str, Any], ...] = (
    {"field": "status", "value": "solved"},
    {"field": "comment_value", "value": ["channel:all", "Thank you! 🙏"]},
    {"field": "group_id", "value": str(GROUP_BASE)},
    {"field": f"custom_fields_{custom_field_id(2)}", "value": True},
    {"field": "notification_user", "value": ["requester_id", "Subject", "Body {{ticket.title}}"]},
    {"field": "remove_tags", "value": "vip"},
)
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {"field": "status", "operator": "less_than", "value": "solved"},
    {"field": "current_tags", "operator": "includes", "value": "hello"},
    {"field": "NEW", "operator": "greater_than", "value": "24"},
    {"field": "brand_id", "operator": "is", "value": str(BRAND_BASE)},
)


def _rule(account: Account, table: str, row: Row, draw: Draw) -> Record:
    # titles repeat, so that the order (title, id) needs both of its columns
    title = draw.of(words.SUBJECTS).format(n=row.ordinal % 5)
    return {
        **named(account, table, table, row), "title": title, "raw_title": title,
        "active": not draw.chance(20), "default": row.ordinal == 0, "position": row.ordinal % 50,
    }  # fmt: skip


def _conditions(draw: Draw) -> Record:
    return {"all": draw.some(_CONDITIONS, 3), "any": draw.some(_CONDITIONS, 2)}


def macro(account: Account, row: Row, draw: Draw) -> Record:
    """Personal ones carry a restriction (docs/facts/zendesk-api.md#5.3)."""
    restriction = {"type": "Group", "id": GROUP_BASE, "ids": [GROUP_BASE]}
    return {
        **_rule(account, "macros", row, draw), "actions": draw.some(_ACTIONS, 4),
        "description": None if draw.chance(50) else draw.of(words.SENTENCES),
        "restriction": draw.of((None, restriction, {"type": "User", "id": ADMIN_ID})),
    }  # fmt: skip


def trigger(account: Account, row: Row, draw: Draw) -> Record:
    """`category_id` is text (docs/facts/zendesk-api.md#5.3)."""
    category = CATEGORY_BASE + CATEGORY_STEP * (row.ordinal % CATEGORIES)
    return {
        **_rule(account, "triggers", row, draw), "actions": draw.some(_ACTIONS, 3),
        "conditions": _conditions(draw), "category_id": str(category),
        "description": None if draw.chance(50) else draw.of(words.SENTENCES),
    }  # fmt: skip


def trigger_category(account: Account, row: Row, draw: Draw) -> Record:
    record = named(account, "trigger_categories", "trigger_categories", row)
    del record["url"]
    return {**record, "name": f"{draw.of(words.TEAMS)} triggers", "position": row.ordinal}


def automation(account: Account, row: Row, draw: Draw) -> Record:
    return {
        **_rule(account, "automations", row, draw), "actions": draw.some(_ACTIONS, 2),
        "conditions": _conditions(draw),
    }  # fmt: skip


def view(account: Account, row: Row, draw: Draw) -> Record:
    """`execution`, `conditions`, `restriction` (docs/facts/zendesk-api.md#5.3)."""
    return {
        **_rule(account, "views", row, draw), "conditions": _conditions(draw),
        "description": None if draw.chance(50) else draw.of(words.SENTENCES),
        "execution": {
            "group_by": "status", "group_order": "asc", "sort_by": "updated", "sort_order": "desc",
            "group": {"id": "status", "title": "Status", "order": "asc"},
            "sort": {"id": "updated", "title": "Updated", "order": "desc"},
            "columns": [{"id": "status", "title": "Status"}], "fields": [], "custom_fields": [],
        },
        "restriction": {"type": "Group", "id": GROUP_BASE} if draw.chance(20) else None,
    }  # fmt: skip


def sla_policy(account: Account, row: Row, draw: Draw) -> Record:
    """The target stands in the metric's own unit and in seconds (docs/facts/zendesk-api.md#5.3)."""
    title, targets = POLICIES[row.ordinal % len(POLICIES)]
    return {
        **named(account, "sla_policies", "slas/policies", row),
        "title": title, "position": row.ordinal + 1,
        "description": draw.of(words.SENTENCES), "metric_settings": None,
        "filter": {
            # the value of a filter is text, a number or a list of them
            "all": [{"field": "brand_id", "operator": "is", "value": BRAND_BASE},
                    {"field": "type", "operator": "is", "value": "incident"}],
            "any": [{"field": "current_tags", "operator": "includes", "value": ["vip", "bug"]}],
        },
        "policy_metrics": [
            {"priority": priority, "metric": "first_reply_time", "target": target_s // 60,
             "target_in_seconds": target_s, "business_hours": business}
            for priority, (target_s, business) in targets.items()
        ],
    }  # fmt: skip


def group_sla_policy(account: Account, row: Row, draw: Draw) -> Record:
    target = draw.between(1, 48) * 3600
    return {
        **named(account, "group_sla_policies", "group_slas/policies", row),
        "title": f"{draw.of(words.TEAMS)} group SLA", "position": row.ordinal + 1,
        "description": draw.of(words.SENTENCES),
        "filter": {"all": [
            {"field": "current_group_id", "operator": "includes", "value": [GROUP_BASE]}
        ]},
        "policy_metrics": [
            {"priority": "low", "metric": "group_ownership_time", "target": target,
             "business_hours": False}
        ],
    }  # fmt: skip


def queue(account: Account, row: Row, draw: Draw) -> Record:
    """Omnichannel routing (docs/facts/records.md)."""
    name = f"{draw.of(words.TEAMS)} queue {row.ordinal}"
    return {
        **named(account, "queues", "queues", row), "name": name,
        "description": draw.of(words.SENTENCES), "order": row.ordinal + 1,
        "priority": draw.between(1, 5), "definition": _conditions(draw),
        "primary_groups": {"count": 1, "groups": [{"id": GROUP_BASE, "name": "Support"}]},
        "secondary_groups": {"count": 0, "groups": []},
    }  # fmt: skip


def workspace(account: Account, row: Row, draw: Draw) -> Record:
    """Contextual workspaces; macros selected for it come embedded (docs/facts/records.md)."""
    selected = {"id": MACRO_BASE, "title": "Close and redirect", "active": True, "usage_7d": 0}
    return {
        **named(account, "workspaces", "workspaces", row),
        "title": f"{draw.of(words.TEAMS)} workspace", "description": draw.of(words.SENTENCES),
        "activated": draw.chance(80), "position": row.ordinal + 1, "ticket_form_id": FORM_ID,
        "prefer_workspace_app_order": True, "macro_ids": [MACRO_BASE],
        "apps": [{"id": 360_000_080_413, "expand": False, "position": 1}],
        "conditions": _conditions(draw), "selected_macros": [selected],
    }  # fmt: skip


RULE_SEEDS = (
    Seed(
        "trigger_categories", "trigger_category", CATEGORY_BASE, CATEGORIES, trigger_category,
        "name", key=str, step=CATEGORY_STEP, removable=False,
    ),
    Seed("macros", "macro", MACRO_BASE, "rules", macro, "title"),
    Seed("triggers", "trigger", 360_006_100_000, "rules", trigger, "title"),
    Seed("automations", "automation", RULE_ID, "rules", automation, "title"),
    Seed("views", "view", 360_006_900_000, "rules", view, "title"),
    Seed(
        "sla_policies", "sla_policy", POLICY_BASE, len(POLICIES), sla_policy, "description",
        step=POLICY_STEP,
    ),
    Seed(
        "group_sla_policies", "group_sla_policy", 41_000, 3, group_sla_policy, "title", key=ulid,
    ),
    Seed("queues", "queue", 42_000, 4, queue, "name", key=ulid),
    Seed("workspaces", "workspace", 360_000_313_300, 3, workspace, "title"),
)  # fmt: skip
