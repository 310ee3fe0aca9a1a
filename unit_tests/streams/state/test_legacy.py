"""Every state that a connector of the published line wrote is taken over."""

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.catalog.ticket_resources import SEARCH_ERA_FLOOR_S
from source_zendesk_support.streams.state.codec import decode
from test_support.inputs.saved_states import AT_ISO, AT_S, LATER_S, sliced, through_json


# One partition of the published ticket_metrics
# (docs/facts/published-connector.md#1.4).
def partition(ticket_id: int, at: Any) -> dict[str, Any]:
    return {
        "partition": {"ticket_id": ticket_id, "parent_slice": {}},
        "cursor": {"_ab_updated_at": at},
    }


OLDER: list[tuple[str, str, dict[str, Any], int | None]] = [
    # --- flat states under another key
    ("tickets", "search era", {"updated_at": str(AT_S)}, AT_S),
    ("tickets", "search era, int", {"updated_at": AT_S}, AT_S),
    ("tickets", "before 1.0.0", {"updated_at": AT_ISO}, AT_S),
    (
        "tickets",
        "search era, past the floor",
        {"updated_at": str(SEARCH_ERA_FLOOR_S + 1)},
        SEARCH_ERA_FLOOR_S,
    ),
    ("tickets", "far future", {"updated_at": "2222-01-01T00:00:00Z"}, SEARCH_ERA_FLOOR_S),
    ("tickets", "search era, not a number", {"updated_at": "soon"}, SEARCH_ERA_FLOOR_S),
    ("tickets", "search era, infinite", {"updated_at": "inf"}, SEARCH_ERA_FLOOR_S),
    (
        "tickets",
        "today's key beside the search era's",
        {"updated_at": str(AT_S), "generated_timestamp": str(LATER_S)},
        LATER_S,
    ),
    ("ticket_metrics", "int", {"_ab_updated_at": AT_S}, AT_S),
    ("ticket_metrics", "before 3.0", {"generated_timestamp": AT_S}, AT_S),
    ("ticket_metrics", "oldest", {"updated_at": AT_ISO}, AT_S),
    ("ticket_metrics", "a failed first sync", {"_ab_updated_at": "0"}, None),
    ("ticket_comments", "its tests' key", {"timestamp": str(AT_S)}, AT_S),
    (
        "ticket_comments",
        "a foreign key carried along",
        {"timestamp": str(AT_S), "created_at": str(LATER_S)},
        LATER_S,
    ),
    ("ticket_metric_events", "oldest", {"updated_at": AT_ISO}, AT_S),
    *[
        (
            name,
            "python era",
            {STREAMS[name].cursor_field: AT_ISO, "_last_end_time": LATER_S},
            AT_S,
        )
        for name in (
            "tickets",
            "users",
            "organizations",
            "ticket_comments",
            "ticket_metric_events",
            "satisfaction_ratings",
        )
    ],
    ("users", "python era, no record yet", {"_last_end_time": AT_S}, AT_S),
    # --- slices of a concurrent cursor
    (
        "users",
        "one slice",
        sliced({"start": "0", "end": str(LATER_S), "most_recent_cursor_value": str(AT_S)}),
        AT_S,
    ),
    ("users", "one slice without records", sliced({"start": "0", "end": str(AT_S)}), AT_S),
    (
        "groups",
        "one slice in ISO with ms",
        sliced(
            {
                "start": "2024-01-01T00:00:00.000Z",
                "end": "2024-03-04T10:00:00.000Z",
                "most_recent_cursor_value": "2024-03-02T10:00:02.000Z",
            }
        ),
        AT_S,
    ),
    (
        "users",
        "a gap between slices, in any order",
        sliced(
            {"start": str(LATER_S), "end": str(LATER_S + 9)},
            {"start": "0", "end": str(AT_S)},
        ),
        AT_S,
    ),
    ("users", "no slice yet", sliced(), None),
    # --- one state per ticket over a walk of tickets
    *[
        (
            "ticket_metrics",
            f"partitions, parent {at!r}",
            {
                "use_global_cursor": False,
                "states": [partition(1, "1700000000"), partition(2, str(LATER_S))],
                "state": {"_ab_updated_at": str(LATER_S)},
                "lookback_window": 7,
                "parent_state": {"tickets": {"generated_timestamp": at}},
            },
            AT_S,
        )
        for at in (AT_S, str(AT_S), AT_ISO)
    ],
    (
        "ticket_metrics",
        "parent of the search era",
        {
            "states": [partition(1, str(AT_S))],
            "parent_state": {"tickets": {"updated_at": str(SEARCH_ERA_FLOOR_S + 99)}},
        },
        SEARCH_ERA_FLOOR_S,
    ),
    (
        "ticket_metrics",
        "parent in slices",
        {
            "states": [],
            "parent_state": {"tickets": sliced({"start": "0", "end": str(AT_S)})},
        },
        AT_S,
    ),
    (
        "ticket_metrics",
        "global cursor",
        {
            "use_global_cursor": True,
            "state": {"_ab_updated_at": str(AT_S)},
            "lookback_window": 0,
            "parent_state": {"tickets": {"generated_timestamp": str(LATER_S)}},
        },
        LATER_S,
    ),
    (
        "ticket_metrics",
        "global cursor without parent",
        {
            "use_global_cursor": True,
            "state": {"_ab_updated_at": str(AT_S)},
            "lookback_window": 100,
            "parent_state": {},
        },
        AT_S - 100,
    ),
    (
        "ticket_metrics",
        "no parent, a window as text",
        {"use_global_cursor": False, "state": {"_ab_updated_at": AT_S}, "lookback_window": "2"},
        AT_S - 2,
    ),
    (
        "ticket_metrics",
        "states of a failed sync only",
        {"use_global_cursor": False, "states": [partition(1, LATER_S), partition(2, str(AT_S))]},
        AT_S,
    ),
    (
        "ticket_metrics",
        "a failed first sync, partitioned",
        {"use_global_cursor": False, "states": [], "state": {"_ab_updated_at": "0"}},
        None,
    ),
    (
        "ticket_metrics",
        "a first sync that failed before its first ticket",
        {"use_global_cursor": False, "states": [], "lookback_window": 0, "parent_state": {}},
        None,
    ),
    (
        "ticket_metrics",
        "an older cursor inside",
        {"use_global_cursor": True, "state": {"generated_timestamp": AT_S}},
        AT_S,
    ),
]


@pytest.mark.parametrize(
    ("name", "state", "at_s"),
    [(name, state, at_s) for name, _, state, at_s in OLDER],
    ids=[f"{name}: {what}" for name, what, _, _ in OLDER],
)
def test_an_older_state_is_taken_over(name, state, at_s) -> None:
    before = through_json(state)
    assert decode(STREAMS[name], state) == STREAMS[name].position_type(at_s)
    assert state == before
