"""Draws how the account is set up: roles, statuses, forms, fields, addresses, languages, webhooks.

Record fields are those of docs/facts/records.md, documented and seen on the wire.
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid, uuid

from . import hours
from .config import (
    BRAND_BASE,
    FIELD_BASE,
    FORM_ID,
    SCHEDULE_BASE,
    SCHEDULE_STEP,
    SCHEDULES,
    STATUS_BASE,
)
from .people import ADMIN_ID, ORGANIZATION_BASE, USER_BASE
from .rows import Seed, named, stamps

_CATEGORIES = ("new", "open", "pending", "hold", "solved", "closed")
_LABELS = ("agent_label", "raw_agent_label", "end_user_label", "raw_end_user_label")
_DESCRIPTIONS = (
    "description", "raw_description", "end_user_description", "raw_end_user_description",
)  # fmt: skip
_LANGUAGES = (("en-US", "English"), ("de", "Deutsch"), ("pt-BR", "Português"), ("ja", "日本語"))
_USER_FIELDS = (("plan", "dropdown"), ("score", "integer"), ("newsletter", "checkbox"),
                ("birthday", "date"), ("sponsor", "lookup"))  # fmt: skip
_ORGANIZATION_FIELDS = (("contract", "dropdown"), ("seats", "integer"), ("renewal", "date"))


def custom_role(_: Account, row: Row, draw: Draw) -> Record:
    """`configuration` holds words, booleans and objects (docs/facts/records.md)."""
    return {
        "id": row.id, **stamps(row), "name": f"{draw.of(words.TEAMS)} role",
        "description": draw.of(words.SENTENCES), "role_type": draw.of((0, 1, 2, 3)),
        "team_member_count": draw.below(30),
        "configuration": {
            "chat_access": True, "end_user_list_access": "full", "explore_access": "edit",
            "light_agent": draw.chance(30), "macro_access": "full", "report_access": "none",
            "manage_roles": "all-except-self", "ticket_access": "within-groups",
            "custom_objects": {"car": {"scopes": ["read", "update"]}}, "voice_access": True,
        },
    }  # fmt: skip


def custom_status(account: Account, row: Row, _: Draw) -> Record:
    """The six standard ones, and a few of the account's own."""
    category = _CATEGORIES[row.ordinal % len(_CATEGORIES)]
    own = row.ordinal >= len(_CATEGORIES)
    label = f"{category.capitalize()} 💤" if own else category.capitalize()
    labels = dict.fromkeys(_LABELS, label) | dict.fromkeys(_DESCRIPTIONS, f"{label} tickets")
    return {
        **named(account, "custom_statuses", "custom_statuses", row), **labels,
        "status_category": category, "active": True, "default": not own,
    }  # fmt: skip


def ticket_form(account: Account, row: Row, draw: Draw) -> Record:
    name = f"{draw.of(words.TEAMS)} form {row.ordinal}"
    child = {"id": FIELD_BASE + 1, "is_required": False,
             "required_on_statuses": {"type": "SOME_STATUSES", "statuses": ["new"]}}  # fmt: skip
    condition = {"parent_field_id": FIELD_BASE, "value": "alpha", "child_fields": [child]}
    return {
        **named(account, "ticket_forms", "ticket_forms", row), "name": name, "raw_name": name,
        "display_name": name, "raw_display_name": name, "position": row.ordinal + 1,
        "active": draw.chance(80), "default": row.ordinal == 0, "end_user_visible": True,
        "in_all_brands": row.ordinal == 0, "restricted_brand_ids": [BRAND_BASE],
        "ticket_field_ids": [FIELD_BASE, FIELD_BASE + 1], "agent_conditions": [condition],
        "end_user_conditions": [], "deleted_at": None, "form_type": "ticket",
    }  # fmt: skip


def _field(account: Account, table: str, row: Row, key: str, kind: str) -> Record:
    title = key.replace("_", " ").capitalize()
    record: Record = {
        **named(account, table, table, row), "type": kind, "key": key, "title": title,
        "raw_title": title, "description": f"{title} of them", "position": 9_999 - row.ordinal,
        "raw_description": f"{title} of them", "active": True, "system": False,
        "regexp_for_validation": None,
    }  # fmt: skip
    if kind == "checkbox":
        record["tag"] = key
    if kind == "dropdown":
        record["custom_field_options"] = [
            {"id": row.id * 10 + n, "name": value, "raw_name": value, "value": value}
            for n, value in enumerate(("gold", "silver"))
        ]
    if kind == "lookup":
        record["relationship_target_type"] = "zen:user"
        record["relationship_filter"] = {"all": [], "any": []}
    return record


def user_field(account: Account, row: Row, _: Draw) -> Record:
    key, kind = _USER_FIELDS[row.ordinal % len(_USER_FIELDS)]
    key = key if row.ordinal < len(_USER_FIELDS) else f"{key}_{row.ordinal}"
    return _field(account, "user_fields", row, key, kind)


def organization_field(account: Account, row: Row, _: Draw) -> Record:
    key, kind = _ORGANIZATION_FIELDS[row.ordinal % len(_ORGANIZATION_FIELDS)]
    key = key if row.ordinal < len(_ORGANIZATION_FIELDS) else f"{key}_{row.ordinal}"
    return _field(account, "organization_fields", row, key, kind)


def account_attribute(account: Account, row: Row, draw: Draw) -> Record:
    """A skill; ids are UUIDs (docs/facts/zendesk-api.md#5.3)."""
    return {
        **named(account, "account_attributes", "routing/attributes", row),
        "name": f"{draw.of(words.TEAMS)} skill",
    }


def brand_agent(account: Account, row: Row, draw: Draw) -> Record:
    """Its id is a number written as text (docs/facts/records.md)."""
    return {
        **named(account, "brand_agents", "brand_agents", row), "brand_id": BRAND_BASE,
        "user_id": USER_BASE if draw.chance(50) else ADMIN_ID,
    }  # fmt: skip


def recipient_address(account: Account, row: Row, draw: Draw) -> Record:
    return {
        **named(account, "recipient_addresses", "recipient_addresses", row),
        "name": draw.of(words.TEAMS), "email": f"team{row.ordinal}@emulator.example",
        "brand_id": BRAND_BASE, "default": True if row.ordinal == 0 else None,
        "forwarding_status": "unknown", "spf_status": "verified", "cname_status": "verified",
        "domain_verification_status": "verified", "domain_verification_code": None,
    }  # fmt: skip


def sharing_agreement(account: Account, row: Row, draw: Draw) -> Record:
    return {
        **named(account, "sharing_agreements", "sharing_agreements", row),
        "name": f"{draw.of(words.COMPANIES)} @ Zendesk", "status": "accepted",
        "partner_name": draw.of((None, "jira")), "type": draw.of(("inbound", "outbound")),
        "remote_subdomain": "partner",
    }  # fmt: skip


def dynamic_content_item(account: Account, row: Row, draw: Draw) -> Record:
    """An item carries its variants, one a language (docs/facts/records.md)."""
    base = named(account, "dynamic_content_items", "dynamic_content/items", row)
    variants = [
        {**stamps(row), "id": row.id * 10 + n, "url": f"{base['url']}/variants/{n}",
         "content": draw.of(words.SENTENCES), "locale_id": locale_id, "outdated": False,
         "active": True, "default": n == 0}
        for n, locale_id in enumerate((1, 8))
    ]  # fmt: skip
    return {
        **base, "name": f"Greeting {row.ordinal}", "placeholder": f"{{{{dc.hi_{row.ordinal}}}}}",
        "default_locale_id": 1, "outdated": draw.chance(20), "variants": variants,
    }  # fmt: skip


def locale(account: Account, row: Row, _: Draw) -> Record:
    code, name = _LANGUAGES[row.ordinal]
    return {**named(account, "locales", "locales", row), "locale": code, "name": name}


def resource_collection(_: Account, row: Row, draw: Draw) -> Record:
    resource = {"deleted": False, "identifier": f"email_{draw.below(90)}", "type": "triggers",
                "resource_id": 10_824_486_485_524}  # fmt: skip
    return {"id": row.id, **stamps(row), "resources": [resource]}


def satisfaction_reason(account: Account, row: Row, draw: Draw) -> Record:
    value = draw.of(words.SENTENCES)
    return {
        **named(account, "satisfaction_reasons", "satisfaction_reasons", row), "value": value,
        "raw_value": value, "reason_code": 1000 + row.ordinal, "deleted_at": None,
    }  # fmt: skip


def webhook(account: Account, row: Row, draw: Draw) -> Record:
    """ULIDs; the actors are text (docs/facts/records.md)."""
    record = named(account, "webhooks", "webhooks", row)
    del record["url"]
    return {
        **record, "name": f"{draw.of(words.COMPANIES)} hook", "status": "active",
        "description": draw.of(words.SENTENCES), "endpoint": "https://hook.example/in",
        "subscriptions": ["conditional_ticket_events"], "http_method": "POST",
        "request_format": "json", "created_by": str(ADMIN_ID), "updated_by": str(ADMIN_ID),
        "authentication": {"type": "bearer_token", "add_position": "header"},
    }  # fmt: skip


def organization_subscription(_: Account, row: Row, draw: Draw) -> Record:
    """It has no updated_at: it is made and taken away (docs/facts/records.md)."""
    return {
        "id": row.id, "organization_id": ORGANIZATION_BASE, "user_id": USER_BASE + draw.below(9),
        "created_at": iso(row.created_s),
    }  # fmt: skip


def schedule(_: Account, row: Row, draw: Draw) -> Record:
    """Minutes since Sunday 00:00 (docs/facts/zendesk-api.md#5.3)."""
    return {
        "id": row.id, "name": f"{draw.of(words.REGIONS)} hours", **stamps(row),
        "time_zone": hours.zone_of(row.ordinal)[0],
        "intervals": [
            {"start_time": day + hours.OPENS_MIN, "end_time": day + hours.CLOSES_MIN}
            for day in (1_440 * weekday for weekday in hours.WORKDAYS)
        ],
    }  # fmt: skip


def suspended_ticket(account: Account, row: Row, draw: Draw) -> Record:
    text = draw.of(words.SENTENCES)
    return {
        **named(account, "suspended_tickets", "suspended_tickets", row), "attachments": [],
        "author": {"id": USER_BASE, "name": "Mr. Roboto", "email": "roboto@example.com"},
        "brand_id": BRAND_BASE, "cause": "Detected as spam", "cause_id": 0, "content": text,
        "content_html": f"<p>{text}</p>", "error_messages": None, "ticket_id": None,
        "message_id": f"<{row.id}@example.com>", "recipient": "support@emulator.example",
        "subject": draw.of(words.SUBJECTS).format(n=row.ordinal),
        "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
    }  # fmt: skip


def bookmark(account: Account, row: Row, draw: Draw) -> Record:
    """Return a bookmark of the admin, of a ticket that is neither closed nor deleted."""
    tickets = account.table("tickets")
    alive = [it for it in tickets.rows.values() if it.status not in ("closed", "deleted")]
    found = draw.of(alive)
    row.parent, ticket = found.id, tickets.record(found)
    shown = ("id", "priority", "raw_subject", "requester_id", "subject", "url")
    record = named(account, "bookmarks", "bookmarks", row)
    del record["updated_at"]
    return {**record, "ticket": {name: ticket[name] for name in shown}}


SETUP_SEEDS = (
    Seed("custom_roles", "custom_role", 360_000_111_222, 4, custom_role, "description"),
    Seed(
        "custom_statuses", "custom_status", STATUS_BASE, 9, custom_status, "description", step=1,
        removable=False,
    ),
    Seed("ticket_forms", "ticket_form", FORM_ID, 4, ticket_form, "display_name"),
    Seed("user_fields", "user_field", 360_027_000_000, 5, user_field, "description"),
    Seed(
        "organization_fields", "organization_field", 360_028_000_000, 3, organization_field,
        "description",
    ),
    Seed(
        "account_attributes", "account_attribute", 360_030_000_000, 5, account_attribute, "name",
        key=uuid,
    ),
    Seed("brand_agents", "brand_agent", 51_000, 6, brand_agent, None, key=str),
    Seed(
        "recipient_addresses", "recipient_address", 360_031_000_000, 4, recipient_address, "name",
    ),
    Seed(
        "sharing_agreements", "sharing_agreement", 360_032_000_000, 2, sharing_agreement, "status",
    ),
    Seed(
        "dynamic_content_items", "dynamic_content_item", 360_033_000_000, "rules",
        dynamic_content_item, "name",
    ),
    Seed("locales", "locale", 1, len(_LANGUAGES), locale, None, removable=False),
    Seed(
        "resource_collections", "resource_collection", 10_002, 2, resource_collection, None,
    ),
    Seed(
        "satisfaction_reasons", "satisfaction_reason", 360_000_123_000, 5, satisfaction_reason,
        "value", step=1,
    ),
    Seed("webhooks", "webhook", 53_000, 5, webhook, "description", key=ulid),
    Seed(
        "organization_subscriptions", "organization_subscription", 360_035_000_000, "rules",
        organization_subscription, None,
    ),
    Seed(
        "schedules", "schedule", SCHEDULE_BASE, SCHEDULES, schedule, "name", step=SCHEDULE_STEP,
        below=("schedule_holidays",),
    ),
    Seed(
        "suspended_tickets", "suspended_ticket", 360_037_000_000, 8, suspended_ticket, "content",
    ),
    Seed("bookmarks", "bookmark", 360_038_000_000, 5, bookmark, None),
)  # fmt: skip
