"""Rows of IT asset management: assets, their types with fields, statuses and locations.

Rests on Zendesk's OpenAPI document for Support (docs/facts/endpoints.md). No answer was seen on the
wire.
"""

from __future__ import annotations

from source_zendesk_support.streams.model.resource import ChildResource, Paging, Rereading, Resource
from source_zendesk_support.streams.model.stream import SEEN_IN_DOCUMENTS, Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList

from . import gates


def _resource(name: str, paging: Paging) -> Resource:
    return Resource(
        f"it_asset_management/{name}",
        ComparedList(),
        name,
        paging=paging,
        unverified=SEEN_IN_DOCUMENTS,
        gate=gates.ASSETS,
    )


_TYPES = _resource("asset_types", Paging.WHOLE)

ROWS = (
    Stream(
        "it_assets",
        _resource("assets", Paging.CURSOR),
        "IT assets: what they are, who has them, what they cost.",
        cursor_field="updated_at",
    ),
    Stream(
        "it_asset_types",
        _TYPES,
        "Types of IT assets, and how they are nested.",
        cursor_field="updated_at",
    ),
    Stream(
        "it_asset_fields",
        _TYPES,
        "Fields of each type of IT asset.",
        children=ChildResource(
            "it_asset_management/asset_types/{parent}/fields",
            "fields",
            labels={"asset_type_id": "id"},
            rereading=Rereading.ALWAYS,
            paging=Paging.WHOLE,
        ),
        deletions="gone from the list",
    ),
    Stream(
        "it_asset_statuses",
        _resource("statuses", Paging.WHOLE),
        "Statuses of IT assets.",
        cursor_field="updated_at",
    ),
    Stream(
        "it_asset_locations",
        _resource("locations", Paging.CURSOR),
        "Locations of IT assets.",
        cursor_field="updated_at",
    ),
)
