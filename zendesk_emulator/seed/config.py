"""Draws what an administrator configures: ticket fields, groups, brands, tags, settings.

Record fields are those of docs/facts/records.md, documented and seen on the wire.
"""

from typing import Any

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

FIELD_BASE, GROUP_BASE, BRAND_BASE = 360_021_000_000, 360_005_000_000, 360_002_780_000
SETTINGS_ID = 1  # of the one row of settings, which has no id itself
FORM_ID = 360_000_660_811
SCHEDULE_BASE, SCHEDULE_STEP, SCHEDULES = 360_036_000_000, 7, 3
STATUS_BASE = 7_485_541_848_570  # custom_status_id of "new"; the others follow
LOOKUP_TARGET = "zen:user"

SYSTEM_FIELDS = (
    "subject", "description", "status", "tickettype", "priority", "group", "assignee",
    "custom_status",
)  # fmt: skip
# One custom field of every type Zendesk has, some twice
CUSTOM_FIELDS = (
    ("text", "Order number"), ("textarea", "Steps to reproduce"), ("checkbox", "VIP"),
    ("integer", "Seats"), ("decimal", "Amount"), ("date", "Purchase date"),
    ("regexp", "Serial number"), ("partialcreditcard", "Card"), ("tagger", "Product"),
    ("multiselect", "Topics"), ("lookup", "Account manager"), ("text", "Größe 📏"),
    ("tagger", "Country"), ("multi_lookup", "Watchers"),
)  # fmt: skip
OPTIONS = ("alpha", "beta", "gamma", "delta", "épsilon")


def custom_field_id(number: int) -> int:
    return FIELD_BASE + 1000 + 7 * number


def custom_value(draw: Draw, kind: str, lookup_id: int) -> Any:
    """A value as the API shows it for a field of this type; a third are empty."""
    if draw.chance(33):
        return False if kind == "checkbox" else None
    match kind:
        case "checkbox":
            return draw.chance(50)
        case "integer":
            return str(draw.below(500))  # numeric fields come as text ...
        case "decimal":
            return draw.between(100, 99_999) / 100  # ... or as a number, depending on the field
        case "date":
            return iso(1_700_000_000 + draw.below(900) * DAY_S)[:10]
        case "regexp":
            return f"SN-{draw.between(1000, 9999)}"
        case "partialcreditcard":
            return f"XXXXXXXXXXXX{draw.between(1000, 9999)}"
        case "tagger":
            return draw.of(OPTIONS)
        case "multiselect":
            return draw.some(OPTIONS, 3)
        case "lookup":
            return str(lookup_id)
        case "multi_lookup":
            return [str(lookup_id)]
        case "textarea":
            return f"{draw.of(words.SENTENCES)}\n{draw.of(words.SENTENCES)}"
        case _:
            return f"{draw.of(words.TAG_WORDS)}-{draw.below(10_000)}"


def lay_out_config(account: Account, size: Size, now_s: int) -> None:
    began_s = now_s - HISTORY_S
    _ticket_fields(account, began_s)
    _groups(account, size, now_s)
    _brands(account, size, began_s)
    _tags(account, size, began_s)
    settings = account.add_table("account_settings")
    settings.add(Row(SETTINGS_ID, began_s, began_s, began_s), _settings(account))


def _ticket_fields(account: Account, began_s: int) -> None:
    table = account.add_table("ticket_fields")
    draw = Draw(account.seed, 1)
    kinds = [(kind, kind.capitalize()) for kind in SYSTEM_FIELDS] + list(CUSTOM_FIELDS)
    for number, (kind, title) in enumerate(kinds):
        custom = number - len(SYSTEM_FIELDS)
        field_id = FIELD_BASE + number if custom < 0 else custom_field_id(custom)
        made_s = began_s + number
        row = Row(field_id, made_s, made_s, made_s + draw.below(300 * DAY_S))
        # neither in the order of ids nor of time: unpaged lists are ordered by position
        position = 9999 if custom >= 0 and custom % 2 else number + 1
        table.add(row, _ticket_field(account, row, kind, title, position, system=custom < 0))


def _ticket_field(
    account: Account, row: Row, kind: str, title: str, position: int, *, system: bool
) -> Record:
    record: Record = {
        "url": account.url(f"ticket_fields/{row.id}"), "id": row.id, "type": kind, "title": title,
        "raw_title": title, "description": f"{title} of the ticket", "key": None,
        "raw_description": f"{title} of the ticket", "position": position, "active": True,
        "required": kind == "subject", "collapsed_for_agents": False,
        "regexp_for_validation": r"\ASN-\d{4}\z" if kind == "regexp" else None,
        "title_in_portal": title, "raw_title_in_portal": title, "visible_in_portal": system,
        "editable_in_portal": system, "required_in_portal": kind in ("subject", "description"),
        "agent_can_edit": True, "agent_description": None, "raw_agent_description": None,
        "tag": "vip" if kind == "checkbox" else None, "created_at": iso(row.created_s),
        "updated_at": iso(row.updated_s), "removable": not system,
    }  # fmt: skip
    if kind in ("tagger", "multiselect"):
        record["custom_field_options"] = [
            {
                "id": row.id * 10 + n, "name": value.capitalize(), "default": False,
                "raw_name": value.capitalize(), "value": value,
            }
            for n, value in enumerate(OPTIONS)
        ]  # fmt: skip
    if kind in ("lookup", "multi_lookup"):
        record["relationship_target_type"] = LOOKUP_TARGET
        record["relationship_filter"] = {"all": [], "any": []}
    if kind in ("status", "priority", "tickettype"):
        options = {
            "status": ("open", "pending", "hold", "solved"),
            "priority": ("low", "normal", "high", "urgent"),
            "tickettype": ("question", "incident", "problem", "task"),
        }[kind]
        record["system_field_options"] = [
            {"name": value.capitalize(), "value": value} for value in options
        ]
        record["sub_type_id"] = 0
    return record


def _groups(account: Account, size: Size, now_s: int) -> None:
    table = account.add_table("groups")
    for number in range(size.groups):
        draw = Draw(account.seed, 2, number)
        created_s = draw.between(now_s - HISTORY_S, now_s - 60 * DAY_S)
        updated_s = draw.between(created_s, now_s - QUIET_S)
        deleted = number == 3 or (number > 3 and draw.chance(6))
        row = Row(GROUP_BASE + 3 * number, updated_s, created_s, updated_s, gone=deleted)
        table.add(row, group_record(account, row, number, draw))


def group_record(account: Account, row: Row, number: int, draw: Draw) -> Record:
    # names repeat, so that the order (name, id) needs both of its columns
    name = f"{draw.of(words.TEAMS)} {draw.of(words.REGIONS)}"
    return {
        "url": account.url(f"groups/{row.id}"), "id": row.id, "is_public": not draw.chance(20),
        "name": name, "description": "" if draw.chance(40) else f"Team {number} 🛠",
        "default": number == 0, "deleted": row.gone, "created_at": iso(row.created_s),
        "updated_at": iso(row.updated_s),
    }  # fmt: skip


def _brands(account: Account, size: Size, began_s: int) -> None:
    table = account.add_table("brands")
    for number in range(size.brands):
        draw = Draw(account.seed, 3, number)
        made_s = began_s + number * DAY_S
        deleted = number > 0 and number % 3 == 2
        row = Row(BRAND_BASE + 11 * number, made_s, made_s, made_s + DAY_S, gone=deleted)
        subdomain = account.subdomain if number == 0 else f"{account.subdomain}-{number}"
        table.add(row, _brand(account, row, number, subdomain, draw))


def _brand(account: Account, row: Row, number: int, subdomain: str, draw: Draw) -> Record:
    return {
        "url": account.url(f"brands/{row.id}"), "id": row.id,
        "name": f"{draw.of(words.COMPANIES)} {number}",
        "brand_url": f"https://{subdomain}.zendesk.com", "subdomain": subdomain,
        "host_mapping": f"help.{subdomain}.example" if number == 1 else None,
        "has_help_center": number < 2, "active": not row.gone, "default": number == 0,
        "help_center_state": "enabled" if number < 2 else "disabled", "is_deleted": row.gone,
        "logo": None, "ticket_form_ids": [FORM_ID],
        "signature_template": "{{agent.signature}}", "created_at": iso(row.created_s),
        "updated_at": iso(row.updated_s),
    }  # fmt: skip


def _tags(account: Account, size: Size, began_s: int) -> None:
    table = account.add_table("tags")
    for number in range(size.tags):
        draw = Draw(account.seed, 4, number)
        word = words.TAG_WORDS[number % len(words.TAG_WORDS)]
        turn = number // len(words.TAG_WORDS)
        row = Row(number + 1, began_s, began_s, began_s)
        # many share a count: the order (-score, id) needs its id (docs/facts/zendesk-api.md#2.1)
        table.add(row, {"name": f"{word}_{turn}" if turn else word, "count": draw.between(1, 40)})


def _settings(account: Account) -> Record:
    """The parts of account/settings that clients read (docs/facts/zendesk-api.md#5.1, #5.3)."""
    return {
        "branding": {"header_color": "78A300", "text_color": "FFFFFF", "favicon_url": None},
        "apps": {"use": True, "create_private": True, "create_public": False},
        "tickets": {
            "comments_public_by_default": True, "list_newest_comments_first": True,
            "collaboration": True, "private_attachments": False, "tagging": True,
            "markdown_ticket_comments": False, "emoji_autocompletion": True,
        },
        "active_features": {
            "ticket_forms": True, "customer_satisfaction": True, "user_org_fields": True,
            "organization_access_enabled": True, "business_hours": True, "explore": True,
            "light_agents": True, "sandbox": False, "voice": True, "ticket_tagging": True,
        },
        "api": {"accepted_api_agreement": True, "api_token_access": "true"},
        "localization": {
            "locale_ids": [1, 8], "time_zone": "Berlin", "iana_time_zone": "Europe/Berlin",
        },
        "brands": {"default_brand_id": BRAND_BASE, "require_brand_on_new_tickets": False},
        "side_conversations": {"show_in_context_panel": True},
        "lotus": {"prefer_lotus": True},
        "routing": {"enabled": True, "max_email_capacity": 0, "max_messaging_capacity": 0},
        "account": {"subdomain": account.subdomain},
    }  # fmt: skip
