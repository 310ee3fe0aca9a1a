"""The truth of histories: what the stored events say of fields, schedules and SLA targets.

Written apart from what the connector derives, so that one checks the other: it walks the stored
events once and knows by construction which child is about which field.
"""

import json
from collections.abc import Callable, Iterable, Iterator

from zendesk_emulator.data.account import Account, Record

from .rules import Query, Rule, Truth, exported

_ABOUT_NO_FIELD = {
    "id", "via", "via_reference_id", "event_type", "previous_value", "added_tags", "removed_tags",
}  # fmt: skip
_SAME = ("ticket_id", "created_at", "timestamp", "updater_id")


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _changes(event: Record) -> Iterator[Record]:
    kinds = ("Create", "Change")
    shown = [child for child in event["child_events"] if child["event_type"] in kinds]
    creates = any(child["event_type"] == "Create" for child in shown)
    seen: list[str] = []
    for child in shown:
        (field,) = set(child) - _ABOUT_NO_FIELD
        shared = {"field": field, "rule_id": child["via_reference_id"]}
        is_create, before = child["event_type"] == "Create", child.get("previous_value")
        if creates and not is_create and field not in seen and before:
            yield {
                **shared, "id": f"{child['id']}.{field}.before", "value": _as_text(before),
                "previous_value": None, "is_initial": True, "is_inferred": True,
            }  # fmt: skip
        seen.append(field)
        yield {
            **shared, "id": f"{child['id']}.{field}", "value": _as_text(child[field]),
            "previous_value": None if is_create else _as_text(before), "is_initial": is_create,
            "is_inferred": False,
        }  # fmt: skip


def field_rows(events: Iterable[Record]) -> Iterator[Record]:
    for event in events:
        shared = {**{name: event[name] for name in _SAME}, "event_id": event["id"]}
        for number, row in enumerate(_changes(event)):
            yield {**row, **shared, "position": number}


def schedule_rows(events: Iterable[Record]) -> Iterator[Record]:
    for event in events:
        for child in event["child_events"]:
            if child["event_type"] == "ScheduleAssignment":
                yield {
                    **{name: event[name] for name in _SAME}, "event_id": event["id"],
                    "id": child["id"], "schedule_id": child["new_schedule_id"],
                    "previous_schedule_id": child["previous_schedule_id"],
                    "rule_id": child["via_reference_id"],
                }  # fmt: skip


def sla_policy_rows(events: Iterable[Record]) -> Iterator[Record]:
    for event in events:
        target = event.get("sla") or event.get("group_sla")
        if target is not None:
            yield {
                **{key: event[key] for key in ("id", "ticket_id", "metric", "instance_id")},
                "time": event["time"], "deleted": event["deleted"],
                "policy": str(target["policy"]["id"]), "is_group_sla": "group_sla" in event,
                "policy_title": target["policy"]["title"],
                "target_in_seconds": target["target_in_seconds"],
                "business_hours": target["business_hours"],
            }  # fmt: skip


def _derived(table: str, rows: Callable[[Iterable[Record]], Iterator[Record]]) -> Rule:
    """Return the rule of a stream whose rows stand in the records of another."""

    def rule(account: Account, query: Query) -> Truth:
        whole = exported(account, table, query)
        return Truth("id", list(rows(whole.must)), whole.may)

    return rule


RULES: dict[str, Rule] = {
    "ticket_field_history": _derived("ticket_events", field_rows),
    "ticket_schedule_history": _derived("ticket_events", schedule_rows),
    "ticket_sla_policy_history": _derived("ticket_metric_events", sla_policy_rows),
}
