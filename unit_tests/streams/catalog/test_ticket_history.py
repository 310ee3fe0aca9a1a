"""Histories of a ticket: beginnings, order within a second, and the same rows from both engines."""

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.ticket_history import (
    field_history,
    schedule_history,
    sla_policy_history,
)
from source_zendesk_support.streams.walks.audits import event_of


def child(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "via": "Mail", "via_reference_id": None, "event_type": kind, **fields}


def event(*children: Any, number: int = 10) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": 7,
        "timestamp": 1_700_000_000,
        "created_at": "2023-11-14T22:13:20Z",
        "updater_id": 3,
        "child_events": list(children),
    }


def said(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("position", "field", "previous_value", "value", "is_initial", "is_inferred")
    return [tuple(row[name] for name in names) for row in rows]


def test_a_life_has_its_beginning_and_each_change_in_order() -> None:
    rows = field_history(
        [
            event(
                {"id": 11, "event_type": "Comment", "body": "Hello"},
                child("Create", 12, status="new"),
                child("Create", 13, requester_id=5),
                child("Change", 14, status="open", previous_value="new"),
                child("Change", 15, group_id=9, previous_value="8"),
                child("Change", 16, group_id=10, previous_value=9),
                child("Change", 17, **{"360021001000": ["a", "b"]}, previous_value=None),
            )
        ],
        {},
    )
    assert said(rows) == [
        (0, "status", None, "new", True, False),
        (1, "requester_id", None, "5", True, False),
        (2, "status", "new", "open", False, False),
        (3, "group_id", None, "8", True, True),
        (4, "group_id", "8", "9", False, False),
        (5, "group_id", "9", "10", False, False),
        (6, "360021001000", None, '["a","b"]', False, False),
    ]
    assert [row["id"] for row in rows[2:5]] == ["14.status", "15.group_id.before", "15.group_id"]
    same = {"event_id": 10, "ticket_id": 7, "updater_id": 3, "timestamp": 1_700_000_000}
    assert all(same.items() <= row.items() for row in rows)


def test_a_later_change_leaves_the_beginning_to_its_previous_value() -> None:
    """A row depends on its event alone: whether it is a ticket's first change no event says."""
    rows = field_history([event(child("Change", 20, priority="high", previous_value="low"))], {})
    assert said(rows) == [(0, "priority", "low", "high", False, False)]


@pytest.mark.parametrize("before", [None, "", []])
def test_a_field_that_was_empty_has_no_inferred_beginning(before: Any) -> None:
    made = event(child("Create", 1, status="new"), child("Change", 2, x="y", previous_value=before))
    assert [row["field"] for row in field_history([made], {})] == ["status", "x"]


def test_odd_events_are_skipped() -> None:
    made = event(None, "word", {"id": 1}, child("Create", 2, status="new"), child("Cc", 3, x=1))
    assert [row["field"] for row in field_history([made, {"id": 5}, event()], {})] == ["status"]


def audit(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": 10,
        "ticket_id": 7,
        "created_at": "2023-11-14T22:13:20Z",
        "author_id": 3,
        "events": list(events),
        "metadata": {},
        "via": {"channel": "email"},
    }


def test_audits_give_the_same_rows_as_the_export() -> None:
    exported = event(
        child("Create", 12, group_id=5),
        child("Create", 13, tags=["a", "b"], added_tags=["a", "b"], removed_tags=[]),
        child("Change", 14, assignee_id=6, previous_value=4),
        child("Change", 15, first_reply_time={"minutes": 60}, previous_value=None),
        child("ScheduleAssignment", 16, previous_schedule_id=None, new_schedule_id=8),
    )
    listed = audit(
        {"id": 12, "type": "Create", "field_name": "group_id", "value": "5"},
        {"id": 13, "type": "Create", "field_name": "tags", "value": "a b"},
        {
            "id": 14,
            "type": "Change",
            "field_name": "assignee_id",
            "value": "6",
            "previous_value": "4",
        },
        {
            "id": 15,
            "type": "Change",
            "field_name": "first_reply_time",
            "value": {"minutes": 60},
            "previous_value": None,
        },
        {
            "id": 16,
            "type": "ScheduleAssignment",
            "previous_schedule_id": None,
            "new_schedule_id": 8,
        },
    )
    for derive in (field_history, schedule_history):
        assert derive([exported], {}) == derive([event_of(listed)], {}) != []


def test_targets_are_in_seconds_and_other_metric_events_have_none() -> None:
    policy = {"id": 5, "title": "Fast", "description": None}
    applied = {"id": 1, "ticket_id": 7, "type": "apply_sla", "metric": "reply_time"}
    rows = sla_policy_history(
        [
            applied | {"sla": {"target": 60, "business_hours": True, "policy": policy}},
            {
                "id": 2,
                "type": "apply_group_sla",
                "group_sla": {"target_in_seconds": 90, "policy": {"id": "01H", "title": "Team"}},
            },
            {"id": 3, "type": "breach"},
            {"id": 4, "type": "apply_sla", "sla": "odd"},
        ],
        {},
    )
    shown = ("id", "policy", "policy_title", "target_in_seconds", "business_hours", "is_group_sla")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        (1, "5", "Fast", 3600, True, False),
        (2, "01H", "Team", 90, None, True),
        (4, None, None, None, None, False),
    ]
