"""IT asset management: assets, their types with fields, statuses and locations.

Fields are those of Zendesk's OpenAPI document for Support (docs/facts/endpoints.md).
"""

from zendesk_emulator.data import words
from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.ids import ulid

from .family import family
from .people import ADMIN_ID
from .ticket_records import someone

ITAM = "it_asset_management"
TYPE_BASE, STATUS_BASE, LOCATION_BASE = 382_001_000, 382_002_000, 382_003_000
_CATEGORIES = ("available", "in_use", "unavailable", "end_of_life")


def _type(_: Account, row: Row, draw: Draw) -> Record:
    return {
        "name": f"{draw.of(words.TEAMS)} device {row.ordinal}", "description": None,
        "external_id": None, "field_keys": ["imei"], "hierarchy_depth": 1, "parent_id": None,
        "is_standard": row.ordinal == 0, "created_by_user_id": ADMIN_ID,
        "updated_by_user_id": ADMIN_ID,
    }  # fmt: skip


def _field(_: Account, row: Row, __: Draw) -> Record:
    return {
        "key": f"imei_{row.ordinal}", "title": "IMEI", "raw_title": "IMEI", "description": "IMEI",
        "raw_description": "IMEI", "type": "text", "position": 9999, "active": True,
        "system": False, "required": False, "readonly": False, "regexp_for_validation": None,
        "properties": {"is_unique": False},
    }  # fmt: skip


def _status(_: Account, row: Row, __: Draw) -> Record:
    category = _CATEGORIES[row.ordinal % len(_CATEGORIES)]
    return {
        "name": category.capitalize(), "category": category, "description": "An asset",
        "external_id": None, "is_standard": True,
    }  # fmt: skip


def _location(_: Account, row: Row, draw: Draw) -> Record:
    return {"name": f"{draw.of(words.REGIONS)} office {row.ordinal}", "external_id": None}


def _asset(account: Account, row: Row, draw: Draw) -> Record:
    return {
        "name": f"Laptop {row.ordinal}", "asset_tag": f"tag-{row.ordinal}", "external_id": None,
        "asset_type_id": ulid(TYPE_BASE), "status_id": ulid(STATUS_BASE),
        "location_id": ulid(LOCATION_BASE), "user_id": someone(account, draw),
        "organization_id": None, "manufacturer": draw.of(words.COMPANIES), "model": None,
        "serial_number": f"SN-{row.id}", "notes": draw.of(words.SENTENCES), "vendor": None,
        "purchase_cost": 999.99, "purchase_date": "2025-11-03", "warranty_expiration": None,
        "custom_field_values": {"imei": str(draw.below(10**9)), "managed": "yes"},
    }  # fmt: skip


ASSET_FAMILIES = (
    family("it_asset_types", TYPE_BASE, 3, f"{ITAM}/asset_types", _type,
           key="asset_types", ids=ulid, paging="none"),
    family("it_asset_fields", 382_004_000_000, 3, f"{ITAM}/asset_types/*/fields",
           _field, key="fields", touched="description", parent="it_asset_types", paging="none"),
    family("it_asset_statuses", STATUS_BASE, 4, f"{ITAM}/statuses", _status,
           key="statuses", ids=ulid, paging="none"),
    family("it_asset_locations", LOCATION_BASE, 3, f"{ITAM}/locations", _location,
           key="locations", ids=ulid, paging="cursor"),
    family("it_assets", 382_005_000, 9, f"{ITAM}/assets", _asset, key="assets", ids=ulid,
           touched="notes", paging="cursor"),
)  # fmt: skip
