"""Histories of a ticket, derived from pages that other streams are taken from: no request more.

Pure. A row depends on its event alone, never on the page or the sync it came with. So syncs of any
size deliver the same rows. Both engines give the same: values are text, ids included.
Rests on https://developer.zendesk.com/documentation/ticketing/reference-guides/
ticket-audit-events-reference/ (docs/facts/zendesk-api.md#2.3.12, #2.3.18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Record = dict[str, Any]

CREATE, CHANGE, SCHEDULE = "Create", "Change", "ScheduleAssignment"
TAGS = "tags"
# Keys of a Create or Change child beside the field that it is about.
_NOT_A_FIELD = frozenset(
    {
        *("id", "via", "via_reference_id", "event_type", "previous_value"),
        *("added_tags", "removed_tags", "audit_id", "created_at"),
    }
)
_POLICIES = {"apply_sla": "sla", "apply_group_sla": "group_sla"}


def field_history(
    items: list[Record],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[Record]:
    """Return a row for each field that an event set or changed, in the order of the changes."""
    return [row for event in items for row in _numbered(event)]


def _numbered(event: Record) -> Iterator[Record]:
    """Yield the rows of one event with their place in it, which orders what shares a second."""
    for position, row in enumerate(_rows(event)):
        yield {**row, **_of_event(event), "position": position}


def _rows(event: Record) -> Iterator[Record]:
    """Yield the rows of one event: beginnings that Create names, changes, inferred beginnings.

    A ticket begins with the fields of its Create children, and triggers change it in the same
    event. The first change of a field that Create does not name says how the field began.
    """
    children = _children(event, CREATE, CHANGE)
    is_creation = any(child["event_type"] == CREATE for child in children)
    named: set[str] = set()
    for child in children:
        is_initial = child["event_type"] == CREATE
        before = child.get("previous_value")
        for field in (name for name in child if name not in _NOT_A_FIELD):
            key = f"{child.get('id')}.{field}"
            own = {"field": field, "rule_id": child.get("via_reference_id")}
            is_first = field not in named
            if is_creation and is_first and not is_initial and before not in (None, "", []):
                yield {**own, **_beginning(f"{key}.before", field, before), "is_inferred": True}
            named.add(field)
            if is_initial:
                yield {**own, **_beginning(key, field, child[field]), "is_inferred": False}
                continue
            yield {
                **own,
                "id": key,
                "value": _text(field, child[field]),
                "previous_value": _text(field, before),
                "is_initial": False,
                "is_inferred": False,
            }


def _beginning(key: str, field: str, value: Any) -> Record:
    return {"id": key, "value": _text(field, value), "previous_value": None, "is_initial": True}


def schedule_history(
    items: list[Record],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[Record]:
    """Return a row for each time that a ticket got a schedule, or lost it."""
    return [
        {
            **_of_event(event),
            "id": child.get("id"),
            "schedule_id": child.get("new_schedule_id"),
            "previous_schedule_id": child.get("previous_schedule_id"),
            "rule_id": child.get("via_reference_id"),
        }
        for event in items
        for child in _children(event, SCHEDULE)
    ]


def sla_policy_history(
    items: list[Record],
    page: Mapping[str, Any],  # noqa: ARG001
) -> list[Record]:
    """Return a row for each target that a policy has set for a metric of a ticket."""
    return [_applied(event) for event in items if event.get("type") in _POLICIES]


def _applied(event: Record) -> Record:
    kind = _POLICIES[event["type"]]
    target = _object(event.get(kind))
    policy = _object(target.get("policy"))
    seconds, minutes = target.get("target_in_seconds"), target.get("target")
    if seconds is None and isinstance(minutes, int | float):
        seconds = 60 * minutes  # older events have minutes alone
    is_group = kind == "group_sla"
    return {
        **{name: event.get(name) for name in ("id", "ticket_id", "metric", "instance_id", "time")},
        "policy": None if policy.get("id") is None else str(policy["id"]),
        "policy_title": policy.get("title"),
        "target_in_seconds": seconds,
        "business_hours": target.get("business_hours"),
        "is_group_sla": is_group,
        "deleted": event.get("deleted"),
    }


def _of_event(event: Record) -> Record:
    """Return what a row takes from its event: which one it is, when it was, and who did it."""
    return {
        "ticket_id": event.get("ticket_id"),
        "event_id": event.get("id"),
        "created_at": event.get("created_at"),
        "timestamp": event.get("timestamp"),
        "updater_id": event.get("updater_id"),
    }


def _children(event: Record, *kinds: str) -> list[Record]:
    """Return the children of some kinds; what is not an object among them is skipped."""
    children = event.get("child_events") or ()
    return [it for it in children if isinstance(it, dict) and it.get("event_type") in kinds]


def _text(field: str, value: Any) -> str | None:
    """Return a value as text, alike in the types that exports and audits give it."""
    if value is None or isinstance(value, str):
        if field == TAGS and value is not None:
            return dumps(value.split()).decode()  # older audits write tags with spaces
        return value
    return dumps(value).decode()


def _object(value: Any) -> Record:
    return value if isinstance(value, dict) else {}
