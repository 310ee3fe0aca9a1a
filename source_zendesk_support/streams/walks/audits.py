"""Audits of tickets in the shape in which the export of ticket events gives them.

An audit and an event are one record with one id, told by two endpoints: the account's list of
audits, and the incremental export. Pure. Fields that an audit lacks are null and listed in
docs/when-zendesk-closes-the-exports.md. Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/
(docs/facts/zendesk-api.md#2.3.12, #5.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_OF_AN_EVENT = frozenset({"type", "metadata"})
_OF_A_FIELD = frozenset({"field_name", "value"})
_COMMENTS = frozenset({"Comment", "VoiceComment"})
# Text in audits, numbers in the export (docs/facts/closing-of-exports.md#2.3); organization_id is
# text in both, and of other ids the export was not seen.
_NUMBERS_OF_THE_EXPORT = frozenset({"requester_id", "assignee_id", "group_id"})


def event_of(audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ticket event that an audit is, with the ids it has in the export."""
    metadata = _object(audit.get("metadata"))
    created_at = audit.get("created_at")
    return {
        "id": audit.get("id"),
        "ticket_id": audit.get("ticket_id"),
        "timestamp": _epoch_s(created_at),
        "created_at": created_at,
        "updater_id": audit.get("author_id"),
        "via": None,
        "via_reference_id": _rule_id(audit.get("via")),
        "system": _system(metadata.get("system")),
        "metadata": _object(metadata.get("custom")),
        "event_type": "Audit",
        "child_events": [
            _child(event, audit) for event in audit.get("events") or () if isinstance(event, dict)
        ],
    }


def _child(event: Mapping[str, Any], audit: Mapping[str, Any]) -> dict[str, Any]:
    kind = event.get("type")
    child = {name: value for name, value in event.items() if name not in _NOT_OF_AN_EVENT}
    field = event.get("field_name")
    if isinstance(field, str) and field:
        child = {name: value for name, value in child.items() if name not in _OF_A_FIELD}
        child[field] = _as_exported(field, event.get("value"))
        if field == "tags":
            child |= _moved_tags(event)
    child["event_type"] = kind
    child.setdefault("via_reference_id", _rule_id(event.get("via")))
    if kind in _COMMENTS:
        child["type"] = kind
        child.setdefault("audit_id", audit.get("id"))
        child.setdefault("created_at", audit.get("created_at"))
        child.setdefault("author_id", audit.get("author_id"))
        child.setdefault("attachments", [])
        child.setdefault("via", audit.get("via"))
    elif not isinstance(child.get("via"), str):
        child["via"] = None
    return child


def _as_exported(field: str, value: Any) -> Any:
    """Return the value in the type that it has in the export."""
    if field in _NUMBERS_OF_THE_EXPORT and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value


def _moved_tags(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a change of tags added and removed, which the export says beside the tags."""
    now, before = _texts(event.get("value")), _texts(event.get("previous_value"))
    return {
        "added_tags": [tag for tag in now if tag not in before],
        "removed_tags": [tag for tag in before if tag not in now],
    }


def _texts(value: Any) -> list[str]:
    """Return tags, which come as a list or as one text with spaces."""
    if isinstance(value, str):
        return value.split()
    return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


def _system(system: Any) -> dict[str, Any]:
    """Return where the author was; the export leaves the address out.

    See docs/facts/zendesk-api.md#2.3.12.
    """
    return {name: value for name, value in _object(system).items() if name != "ip_address"}


def _rule_id(via: Any) -> int | None:
    """Return the id of the trigger or automation that acted, if one did."""
    if not isinstance(via, dict) or via.get("channel") != "rule":
        return None
    rule = _object(_object(via.get("source")).get("from"))
    found = rule.get("id")
    return found if isinstance(found, int) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _epoch_s(value: Any) -> int | None:
    try:
        return parse_time(value)
    except ValueError:
        return None
