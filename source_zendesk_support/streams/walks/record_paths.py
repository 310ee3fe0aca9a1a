"""The paths of single records, and the names of groups of children.

Pure. A group is named by the ids of its parents as they stand in a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from source_zendesk_support.streams.state.key_memory import BELOW
from source_zendesk_support.streams.state.known_keys import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.resource import ChildResource, Resource
    from source_zendesk_support.streams.model.stream import Sideload
    from source_zendesk_support.streams.state.known_keys import Key

_BETWEEN = " "  # the key of a child and what it is asked for by


def path_id(value: Any) -> str:
    """Return an id as it stands in a path."""
    return quote(str(value), safe="")


def group_name(grandparent: str, parent: str) -> str:
    """Return the name of the children below a parent; `grandparent` is "" without one."""
    return f"{grandparent}{BELOW}{parent}" if grandparent else parent


def list_record_path(resource: Resource, key: Any) -> str:
    """Return the path of one record of a list."""
    return f"{resource.path}/{path_id(key)}"


def child_record_path(level: ChildResource, group: str, address: Any) -> str:
    """Return the path of one child of a group."""
    grandparent, _, parent = group.rpartition(BELOW)
    path = level.record_path or f"{level.path}/{{key}}"
    return path.format(parent=parent, grandparent=grandparent, key=path_id(address))


def sideload_record_path(sideload: Sideload, group: str, key: Any) -> str:
    """Return the path of one record of a sideloaded list, below its item."""
    return f"{sideload.path.format(id=group)}/{path_id(key)}"


def remembered_key(level: ChildResource, key: Any, child: Mapping[str, Any]) -> Any:
    """Return the key of a child as it is remembered, with what it is asked for by."""
    address = child.get(level.asked_by) if level.asked_by else None
    return key if address is None else f"{key}{_BETWEEN}{address}"


def plain_key(level: ChildResource, key: Key) -> Key:
    """Return the key of a child that was remembered."""
    plain = str(key).partition(_BETWEEN)[0] if level.asked_by else key
    return key_of(plain) or plain


def address_of(level: ChildResource, key: Key) -> Key:
    """Return by what a remembered child is asked for."""
    return str(key).partition(_BETWEEN)[2] or key if level.asked_by else key


def parent_path(resource: Resource, level: ChildResource, group: str) -> str:
    """Return the path of the parent of a group, or of a parent of that."""
    grandparent, _, parent = group.rpartition(BELOW)
    if level.below is None or not grandparent:
        return list_record_path(resource, parent)
    return child_record_path(level.below, grandparent, parent)
