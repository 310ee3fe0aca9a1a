"""Rules and routing beside the lists of rules.py: skills' values, schedules of deletion, revisions.

Fields are those of Zendesk's OpenAPI documents (docs/facts/records.md).
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid, uuid
from zendesk_emulator.data.picking import pick

from .config import FORM_ID, STATUS_BASE
from .family import family, parent_key
from .people import ADMIN_ID
from .rows import Seed, named
from .ticket_records import an_agent

_CONDITIONS = {"all": [{"field": "created_by_user", "operator": "is", "value": "x"}], "any": []}
_ALLOWED = {"allowed": True, "rule_id": None}
_REQUEST_STATES = ("active", "approved", "rejected", "withdrawn")


def _attribute_value(account: Account, row: Row, draw: Draw) -> Record:
    above = parent_key(account, "account_attributes", row)
    return {"attribute_id": above, "name": f"{draw.of(words.TEAMS)} {row.ordinal}"}


def agent_skill(account: Account, row: Row, draw: Draw) -> Record:
    """A skill that an agent has (docs/facts/records.md)."""
    values = account.table("attribute_values")
    value = pick(values, draw, None)
    return {
        **named(account, "agent_skills", "routing/attributes/values", row),
        "agent_id": an_agent(account, draw), "agent_skill_priority": draw.of(("primary", "low")),
        "attribute_id": parent_key(account, "account_attributes", value),
        "attribute_value_id": values.key(value.id), "name": values.record(value)["name"],
    }  # fmt: skip


def skill_assignment(account: Account, row: Row, draw: Draw) -> Record:
    """That an agent or a ticket got a skill (docs/facts/records.md)."""
    is_agent = draw.chance(50)
    values = account.table("attribute_values")
    return {
        "id": uuid(row.id), "time": iso(row.updated_s),
        "type": "associate_agent" if is_agent else "associate_ticket",
        "attribute_value_id": values.key(pick(values, draw, None).id),
        "instance_id": str(an_agent(account, draw) if is_agent else draw.between(1, 40)),
    }  # fmt: skip


def _object_trigger(_: Account, row: Row, draw: Draw) -> Record:
    title = f"{draw.of(words.TEAMS)} object trigger"
    return {
        "title": title, "raw_title": title, "description": draw.of(words.SENTENCES),
        "active": draw.chance(80), "default": False, "position": row.ordinal,
        "actions": [{"field": "custom_object.make", "value": "x"}], "conditions": _CONDITIONS,
    }  # fmt: skip


def _access_rule(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "title": f"Rule {row.ordinal}", "description": draw.of(words.SENTENCES),
        "conditions": _CONDITIONS,
    }  # fmt: skip


def _permission_policy(_: Account, row: Row, __: Draw) -> Record:
    """Its id names the role (docs/facts/endpoints.md)."""
    actions = ("create", "read", "update", "delete")
    return {"role_name": f"Role {row.ordinal}", "records": dict.fromkeys(actions, _ALLOWED)}


def _deletion_schedule(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "title": f"Schedule {row.ordinal}", "description": draw.of(words.SENTENCES),
        "active": draw.chance(50), "default": False, "object": draw.of(("zen:ticket", "zen:user")),
        "conditions": {"all": [{"field": "duration_since_last_update", "operator": "greater_than",
                                "value": "P1Y"}], "any": []},
    }  # fmt: skip


def _jira_link(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "ticket_id": str(draw.between(1, 40)), "issue_id": str(5_000 + row.ordinal),
        "issue_key": f"TEST-{row.ordinal}",
    }  # fmt: skip


def _approval_request(account: Account, row: Row, draw: Draw) -> Record:
    status = draw.of(_REQUEST_STATES)
    return {
        "subject": f"Licence {row.ordinal}", "message": draw.of(words.SENTENCES), "status": status,
        "ticket_id": draw.between(1, 40), "origination_type": "API_ORIGINATION",
        "assignee_user": {"id": an_agent(account, draw), "name": "Jane"}, "assignee_group": None,
        "created_by_user": {"id": ADMIN_ID, "name": "Ada", "photo": {"content_url": None}},
        "clarification_flow_messages": [], "decided_at": None, "decisions": [],
        "withdrawn_reason": None,
    }  # fmt: skip


def _trigger_revision(account: Account, row: Row, draw: Draw) -> Record:
    """Made once: what a trigger was, and what an agent changed of it."""
    title = f"{draw.of(words.TEAMS)} {row.ordinal}"
    return {
        "author_id": an_agent(account, draw),
        "diff": {"source_id": row.id - 1, "target_id": row.id, "title": [], "active": [],
                 "actions": [], "conditions": {}, "description": []},
        "snapshot": {"title": title, "active": True, "description": None, "actions": [],
                     "conditions": {"all": [], "any": []}},
    }  # fmt: skip


def _merge(account: Account, row: Row, _: Draw) -> Record:
    """Made once; the organization that lost was deleted long ago, or is by the change."""
    return {
        "url": account.url(f"organization_merges/{ulid(row.id)}"), "winner_id": row.parent,
        "loser_id": row.parent + 1_000_000 + row.id % 1000, "status": "complete",
    }  # fmt: skip


def _form_status(_: Account, row: Row, __: Draw) -> Record:
    return {"ticket_form_id": FORM_ID, "custom_status_id": STATUS_BASE + row.ordinal}


def _task_list(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "name": f"Checklist {row.ordinal}", "description": draw.of(words.SENTENCES),
        "is_active": True, "is_required": draw.chance(30), "task_count": draw.below(9),
    }  # fmt: skip


def _twitter_handle(_: Account, row: Row, __: Draw) -> Record:
    return {
        "name": f"Emulator {row.ordinal}", "screen_name": f"@emulator{row.ordinal}",
        "twitter_user_id": row.id * 3, "avatar_url": None, "allow_reply": True, "can_reply": True,
        "brand_id": None,
    }  # fmt: skip


OBJECT = "custom_objects/*"
RULE_FAMILIES = (
    family("attribute_values", 381_001_000_000, 3,
           "routing/attributes/*/values", _attribute_value, ids=uuid, parent="account_attributes",
           paging="none"),
    family("custom_object_triggers", 381_002_000_000, 3, f"{OBJECT}/triggers",
           _object_trigger, key="triggers", touched="title", parent="custom_objects",
           paging="offset"),
    family("custom_object_access_rules", 381_003_000_000, 3,
           f"{OBJECT}/access_rules", _access_rule, key="access_rules", lacks=("url",),
           touched="title", parent="custom_objects", paging="none", admin=True),
    family("custom_object_permission_policies", 381_004_000_000, 3,
           f"{OBJECT}/permission_policies", _permission_policy, key="policies",
           lacks=("url", "created_at", "updated_at"), ids=lambda it: f"custom-role-{it}",
           touched="role_name", parent="custom_objects", paging="none", admin=True),
    family("deletion_schedules", 381_005_000_000, 3, "deletion_schedules",
           _deletion_schedule, touched="title", paging="none", admin=True),
    family("jira_links", 381_006_000_000, 6, "jira/links", _jira_link, key="links",
           lacks=("url",), touched="issue_key", paging="last_id", admin=True),
    family("approval_requests", 381_007_000, 5, "approval_requests",
           _approval_request, lacks=("url", "updated_at"), ids=ulid, touched="message",
           dialect="bare_cursor", paging="cursor", size_max=2, admin=True),
    family("trigger_revisions", 381_008_000_000, 3, "triggers/*/revisions",
           _trigger_revision, lacks=("updated_at",), touched=None, removable=False,
           parent="triggers", paging="older"),
    family("organization_merges", 381_016_000, 1, "organizations/*/merges", _merge,
           lacks=("url", "created_at", "updated_at"), ids=ulid, touched=None, removable=False,
           parent="organizations", paging="cursor", admin=True),
    family("ticket_form_statuses", 381_009_000, 4, "ticket_form_statuses",
           _form_status, lacks=("url", "created_at", "updated_at"), ids=ulid, touched=None,
           paging="none"),
    family("task_list_templates", 381_010_000, 3, "task_list_templates",
           _task_list, ids=ulid, paging="cursor"),
    family("monitored_twitter_handles", 381_011_000_000, 2,
           "channels/twitter/monitored_twitter_handles", _twitter_handle, lacks=("url",),
           paging="none"),
)  # fmt: skip
# Served for the ids of agents alone (api/family_listings.py)
AGENT_SKILLS = Seed(
    "agent_skills", "agent_skill", 381_014_000_000, 9, agent_skill, "agent_skill_priority", key=uuid
)
# Exported alone (api/other_exports.py)
SKILL_ASSIGNMENTS = Seed(
    "skill_assignments", "skill_assignment", 381_015_000_000, 8, skill_assignment, None, key=uuid,
    removable=False,
)  # fmt: skip
