"""The preset `no_personal_data`: what of each stream is kept, hashed or dropped.

A list of what is kept, never of what is hidden: a field that no list names is dropped. Names,
e-mail addresses, phone numbers and other identifiers are hashed, so that rows can still be counted
and joined; free text and everything undeclared is dropped.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import orjson

from source_zendesk_support.config.privacy import PrivacyAction

from .tree import KEPT, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTS = orjson.loads(
    resources.files("source_zendesk_support.privacy").joinpath("no_personal_data.json").read_bytes()
)
# Streams of what admins have set up. They hold words of the company, not of its customers.
SET_UP = frozenset(_LISTS["set_up_streams"])
# Text fields that hold a time, a state, a kind or a number of Zendesk's own.
_KEPT = frozenset(_LISTS["kept"])
_HASHED = frozenset(_LISTS["hashed"])
# Changes of a ticket with a fixed set of values; other changes may hold anything.
SAFE_CHANGES = frozenset(_LISTS["kept_in_child_events"])
# Of these, fields that identify a person or are secret.
_SET_UP_HASHED = frozenset({"organization_name"})
_SET_UP_DROPPED = frozenset({"custom_headers", "signing_secret", "signature_template"})
# Numbers that say where a person was.
_DROPPED_NUMBERS = frozenset({"latitude", "longitude"})
# Hidden row by row, by the field that each row names (privacy/field_history.py).
_BY_ROW = frozenset({"field", "value", "previous_value"})
# Here `value` and `name` are the words of customers, or of fields that may hold anything.
_DROPPED = frozenset(
    {
        ("custom_object_records", "name"),
        ("ticket_audits", "events", "value"),
        ("ticket_skips", "ticket", "custom_fields", "value"),
        ("ticket_skips", "ticket", "fields", "value"),
        ("tickets", "custom_fields", "value"),
        ("tickets", "fields", "value"),
    }
)


def preset_of(stream: str, schema: Mapping[str, Any], copies: Mapping[str, Field]) -> Field:
    """Return the tree of a stream under the preset.

    `copies` are the trees of other streams' records that stand inside this one's, by their place.
    """
    if stream in SET_UP:
        inner = dict.fromkeys(_SET_UP_HASHED, Field(PrivacyAction.HASH))
        return Field(None, {**inner, **dict.fromkeys(_SET_UP_DROPPED, Field(PrivacyAction.DROP))})
    return _tree((stream,), schema, copies)


def _tree(path: tuple[str, ...], schema: Mapping[str, Any], copies: Mapping[str, Field]) -> Field:
    copied = copies.get(".".join(path[1:]))
    if copied is not None:
        return copied
    if "properties" in schema:
        inner = {
            name: _tree((*path, name), it, copies) for name, it in schema["properties"].items()
        }
        return Field(None, inner, PrivacyAction.DROP)
    if isinstance(schema.get("items"), dict):
        return _tree(path, schema["items"], copies)
    return Field(_action(path, schema))


def _action(path: tuple[str, ...], schema: Mapping[str, Any]) -> PrivacyAction:
    name = path[-1]
    if path[0] == "ticket_field_history" and name in _BY_ROW:
        return PrivacyAction.KEEP
    declared = schema.get("type")
    types = {declared} if isinstance(declared, str) else set(declared or ()) - {"null"}
    if path in _DROPPED or not types or types & {"object", "array"}:
        return PrivacyAction.DROP
    if types <= {"integer", "number", "boolean"}:
        return PrivacyAction.DROP if name in _DROPPED_NUMBERS else PrivacyAction.KEEP
    if name in _KEPT:
        return PrivacyAction.KEEP
    return PrivacyAction.HASH if name in _HASHED else PrivacyAction.DROP


def child_event(comment: Field) -> Field:
    """Return the tree of a child event: that of a comment, and changes that cannot be personal."""
    safe = dict.fromkeys(SAFE_CHANGES, KEPT)
    return Field(None, {**comment.inner, **safe}, PrivacyAction.DROP)
