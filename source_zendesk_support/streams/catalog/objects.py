"""Rows of custom objects: the objects, their fields and their records.

Rests on https://developer.zendesk.com/api-reference/custom-data/custom-objects/custom_objects/
(docs/facts/zendesk-api.md#2.3 and #5.3).
"""

from __future__ import annotations

from source_zendesk_support.streams.model.stream import (
    ChildResource,
    Paging,
    Rereading,
    Resource,
    Stream,
)
from source_zendesk_support.streams.walks.compared_list import ComparedList

CUSTOM_OBJECT_RESOURCE = Resource(
    "custom_objects", ComparedList(), "custom_objects", paging=Paging.WHOLE
)

ROWS = (
    Stream(
        "custom_objects",
        CUSTOM_OBJECT_RESOURCE,
        "Custom objects of the account: their names and settings.",
        primary_key="key",
        cursor_field="updated_at",
        needs="custom objects",
    ),
    Stream(
        "custom_object_fields",
        CUSTOM_OBJECT_RESOURCE,
        "Fields of each custom object.",
        cursor_field="updated_at",
        children=ChildResource(
            "custom_objects/{parent}/fields",
            "custom_object_fields",
            parent_key="key",
            labels={"custom_object_key": "key"},
            rereading=Rereading.ALWAYS,
        ),
        needs="custom objects",
    ),
    Stream(
        "custom_object_records",
        CUSTOM_OBJECT_RESOURCE,
        "Records of each custom object; a deleted one has its fields replaced by [DELETED].",
        cursor_field="updated_at",
        children=ChildResource(
            "incremental/custom_objects/{parent}/cursor",
            "custom_object_records",
            parent_key="key",
            rereading=Rereading.ALWAYS,
            is_export=True,
            list_path="custom_objects/{parent}/records",
        ),
        needs="custom objects; admin",
        deletions="fields replaced by `[DELETED]`",
    ),
)
