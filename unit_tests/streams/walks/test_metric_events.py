"""Metric events in every shape of the sideload, and when a running SLA target comes due."""

from typing import Any

import pytest

from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.streams.walks.metric_events import (
    due_s,
    has_happened,
    metric_events_of,
)

START = 1_780_000_000
HOUR_S = 3600
FIRST, SECOND = {"id": 1, "ticket_id": 7}, {"id": 2, "ticket_id": 8}


def event(kind: str, at_s: int, **more: Any) -> dict[str, Any]:
    return {
        "id": at_s, "metric": "reply_time", "instance_id": 1, "type": kind,
        "time": format_time(at_s), "deleted": False, **more,
    }  # fmt: skip


def sla(at_s: int, target_s: int, **more: Any) -> dict[str, Any]:
    return event("apply_sla", at_s, sla={"target_in_seconds": target_s, "target": 1}, **more)


@pytest.mark.parametrize(
    ("tickets", "page"),
    [
        ([{"id": 7}, {"id": 8}], {"metric_events": [FIRST, SECOND]}),
        ([{"id": 7}, {"id": 8}], {"metric_events": {"reply_time": [FIRST, SECOND]}}),
        ([{"id": 7}, {"id": 8}], {"metric_events": {"7": {"reply_time": [FIRST]}, "8": [SECOND]}}),
        ([{"id": 7, "metric_events": [FIRST]}, {"id": 8, "metric_events": [SECOND]}], {}),
        (
            [
                {"id": 7, "metric_events": {"reply_time": [FIRST], "resolution_time": []}},
                {"id": 8, "metric_events": {"agent_work_time": [SECOND]}},
            ],
            {},
        ),
    ],
)
def test_every_shape_gives_the_same_events(
    tickets: list[dict[str, Any]], page: dict[str, Any]
) -> None:
    assert metric_events_of(tickets, page) == [FIRST, SECOND]


def test_a_sideload_that_was_not_served_is_not_an_empty_one() -> None:
    assert metric_events_of([{"id": 7}], {}) is None
    assert metric_events_of([{"id": 7, "metric_events": []}, {"id": 8}], {}) is None
    assert metric_events_of([], {}) == []
    assert metric_events_of([{"id": 7, "metric_events": None}], {}) == []


def test_a_running_target_comes_due() -> None:
    events = [event("activate", START), sla(START, HOUR_S)]
    assert due_s(events, START + 1) == START + HOUR_S
    assert due_s(reversed(events), START + 1) == START + HOUR_S


def test_a_target_that_is_past_is_not_due_again() -> None:
    events = [event("activate", START), sla(START, HOUR_S)]
    assert due_s(events, START + HOUR_S) is None


def test_a_pause_stops_the_clock_and_counts_what_ran() -> None:
    paused = [event("activate", START), sla(START, HOUR_S), event("pause", START + 600)]
    assert due_s(paused, START + 700) is None
    again = [*paused, event("activate", START + 5000)]
    assert due_s(again, START + 5001) == START + 5000 + HOUR_S - 600


def test_a_fulfilled_target_never_comes_due() -> None:
    events = [event("activate", START), sla(START, HOUR_S), event("fulfill", START + 60)]
    assert due_s(events, START + 61) is None


def test_a_breach_that_is_listed_ahead_says_when() -> None:
    coming = event("breach", START + 90)
    assert due_s([coming], START) == START + 90
    assert not has_happened(coming, START)
    assert has_happened(coming, START + 90)
    assert due_s([{**coming, "deleted": True}], START) is None


def test_the_first_of_several_metrics_counts() -> None:
    other = {"metric": "requester_wait_time"}
    events = [
        event("activate", START), sla(START, HOUR_S),
        event("activate", START, **other), sla(START, 60, **other),
        event("activate", START, instance_id=2),
    ]  # fmt: skip
    assert due_s(events, START + 1) == START + 60
    assert due_s(events, START + 61) == START + HOUR_S


def test_a_target_without_seconds_is_in_minutes() -> None:
    policy = event("apply_sla", START, group_sla={"target": 2})
    assert due_s([event("activate", START), policy], START) == START + 120


def test_an_event_without_a_time_is_delivered_and_sets_no_date() -> None:
    assert has_happened({"id": 1, "type": "breach"}, 0)
    assert (
        due_s([{"id": 1, "type": "breach"}, {"id": 2, "type": "activate", "time": None}], 0) is None
    )
