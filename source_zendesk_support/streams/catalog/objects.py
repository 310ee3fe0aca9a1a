"""Rows of custom objects: the objects, their fields and their records.

Rests on https://developer.zendesk.com/api-reference/custom-data/custom-objects/custom_objects/
(docs/facts/zendesk-api.md#2.3 and #5.3).
"""

from __future__ import annotations

from source_zendesk_support.streams.model.deletion import DeletedWhere
from source_zendesk_support.streams.model.resource import ChildResource, Paging, Rereading, Resource
from source_zendesk_support.streams.model.stream import SEEN_IN_DOCUMENTS, Stream
from source_zendesk_support.streams.walks.compared_list import ComparedList

CUSTOM_OBJECT_RESOURCE = Resource(
    "custom_objects", ComparedList(), "custom_objects", paging=Paging.WHOLE
)


def _below(
    name: str, path: str, key: str, description: str, *, needs: str, paging: Paging
) -> Stream:
    """Return the row of a small list below each object, which every sync delivers whole."""
    return Stream(
        name,
        CUSTOM_OBJECT_RESOURCE,
        description,
        children=ChildResource(
            f"custom_objects/{{parent}}/{path}",
            key,
            parent_key="key",
            labels={"custom_object_key": "key"},
            rereading=Rereading.ALWAYS,
            paging=paging,
            unverified=SEEN_IN_DOCUMENTS,
        ),
        needs=needs,
        deletions="gone from the list",
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
            labels={"custom_object_key": "key"},
            rereading=Rereading.ALWAYS,
            is_export=True,
            list_path="custom_objects/{parent}/records",
            record_path="custom_objects/{parent}/records/{key}",
        ),
        needs="custom objects; admin",
        deletions="fields replaced by `[DELETED]`",
        deleted_where=DeletedWhere("name", "[DELETED]"),
    ),
    _below(
        "custom_object_triggers",
        "triggers",
        "triggers",
        "Triggers of each custom object.",
        needs="custom objects",
        paging=Paging.NUMBER,
    ),
    _below(
        "custom_object_access_rules",
        "access_rules",
        "access_rules",
        "Conditions under which a role may see records of a custom object.",
        needs="custom objects; admin",
        paging=Paging.WHOLE,
    ),
    _below(
        "custom_object_permission_policies",
        "permission_policies",
        "policies",
        "What each role may do with records of a custom object.",
        needs="custom objects; admin",
        paging=Paging.WHOLE,
    ),
)
