"""States: damaged ones are refused by name, those of every published version are taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from test_support.connector.process import InProcess
from test_support.inputs.refusals import CATALOG, expect_one_error, row
from test_support.inputs.saved_states import state_of

if TYPE_CHECKING:
    from pathlib import Path

    from zendesk_emulator import Emulator


@pytest.mark.parametrize(
    "state",
    [
        [{"type": "STREAM"}],
        [{"stream": {"stream_descriptor": {}}}],
        [3],
        ["tickets"],
        {"type": "STREAM"},
        [state_of("tickets", 5)],
        [state_of("tickets", "soon")],
        [state_of("tickets", [])],
        [{"type": "GLOBAL", "global": 3}],
    ],
    ids=str,
)
def test_states_of_the_wrong_shape(tmp_path: Path, emulator: Emulator, state: Any) -> None:
    catalog = {"streams": [row("tickets", mode="incremental")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, state)
    expect_one_error(output, "config_error")
    assert output.records == []


DAMAGED: list[tuple[str, dict[str, Any], str]] = [
    ("tickets", {"generated_timestamp": "soon"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": []}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": True}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "1e999"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "1709373602", "after_cursor": [5]}, "after_cursor"),
    ("organizations", {"updated_at": "1709373602", "seen": "x"}, "seen"),
    ("tickets", {"charge_id": "ch_1", "created": 1709373602}, "charge_id"),
    ("ticket_metrics", {"use_global_cursor": False, "states": 5}, "states"),
    ("ticket_metrics", {"state_type": "date-range", "slices": 5}, "slices"),
    ("users", {"updated_at": "2024-99-01T00:00:00Z"}, "updated_at"),
    ("organizations", {"updated_at": {"a": 1}}, "updated_at"),
    ("groups", {"updated_at": "never"}, "updated_at"),
    ("groups", {"updated_at": "2024-01-01T00:00:00Z", "page": 3}, "page"),
    ("groups", {"updated_at": "2024-01-01T00:00:00Z", "page": {}}, "page"),
    ("groups", {"page": {"after_cursor": "c", "started_at": "x"}}, "started_at"),
    ("satisfaction_ratings", {"updated_at": [1]}, "updated_at"),
    ("ticket_events", {"timestamp": "?"}, "timestamp"),
]


@pytest.mark.parametrize(("stream", "state", "key"), DAMAGED, ids=str)
def test_a_damaged_state_is_refused_by_name(
    tmp_path: Path, emulator: Emulator, stream: str, state: dict[str, Any], key: str
) -> None:
    catalog = {"streams": [row(stream, mode="incremental"), row("tags")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, [state_of(stream, state)])
    expect_one_error(output, "config_error")
    (error,) = [e for e in output.errors if e.get("stream_descriptor")]
    assert stream in error["message"]
    assert key in error["message"]
    assert output.statuses(stream) == ["STARTED", "INCOMPLETE"]
    assert output.statuses("tags")[-1] == "COMPLETE"
    assert output.counts()[stream] == 0


# States of each version of the published connector, and where each stream resumes.
EPOCH, TEXT = 1_709_373_602, "2024-03-02T10:00:02Z"
FLOOR = 1_772_323_200  # from where a state of the search-based tickets is read again
PARTITIONS = {
    "use_global_cursor": False,
    "states": [{"partition": {"ticket_id": 1}, "cursor": {"_ab_updated_at": str(EPOCH + 9)}}],
    "state": {"_ab_updated_at": str(EPOCH + 99)},
    "lookback_window": 1,
    "parent_state": {"tickets": {"generated_timestamp": EPOCH}},
}
TAKEN_OVER: list[tuple[str, str, dict[str, Any], int | None]] = [
    ("0.x", "tickets", {"updated_at": TEXT}, EPOCH),
    ("1.0", "tickets", {"generated_timestamp": EPOCH}, EPOCH),
    ("python era", "users", {"updated_at": TEXT, "_last_end_time": EPOCH + 1}, EPOCH),
    ("python era", "ticket_metrics", {"generated_timestamp": EPOCH}, EPOCH),
    ("2.x", "ticket_metrics", {"updated_at": TEXT}, EPOCH),
    ("3.x", "ticket_metrics", {"_ab_updated_at": EPOCH}, EPOCH),
    ("4.9", "ticket_metrics", PARTITIONS, EPOCH),
    ("4.9", "tickets", {"generated_timestamp": str(EPOCH)}, EPOCH),
    ("4.9", "users", {"updated_at": str(EPOCH)}, EPOCH),
    ("4.9", "user_identities", {"updated_at": str(EPOCH)}, EPOCH),
    ("4.9", "organizations", {"updated_at": str(EPOCH)}, EPOCH),
    ("4.9", "ticket_comments", {"created_at": str(EPOCH)}, EPOCH),
    ("tests of 4.9", "ticket_comments", {"timestamp": str(EPOCH)}, EPOCH),
    ("4.9", "ticket_metric_events", {"time": str(EPOCH)}, EPOCH),
    ("4.9", "groups", {"updated_at": TEXT}, None),
    ("4.9", "tags", {"__ab_no_cursor_state_message": True}, None),
    ("4.10", "brands", {"__ab_full_refresh_sync_complete": True}, None),
    ("5.2", "tickets", {"updated_at": str(FLOOR + 5_000_000)}, FLOOR),
    ("5.4", "ticket_events", {"timestamp": EPOCH}, EPOCH),
    ("5.6", "tickets", {"generated_timestamp": str(EPOCH)}, EPOCH),
    (
        "concurrent",
        "users",
        {"state_type": "date-range", "slices": [{"start": "0", "end": str(EPOCH)}]},
        EPOCH,
    ),
]


@pytest.mark.parametrize(
    ("stream", "state", "start_s"),
    [case[1:] for case in TAKEN_OVER],
    ids=[f"{version} {stream}" for version, stream, _, _ in TAKEN_OVER],
)
def test_states_of_every_published_version_are_taken_over(
    tmp_path: Path, emulator: Emulator, stream: str, state: dict[str, Any], start_s: int | None
) -> None:
    mode = "full_refresh" if stream in ("tags", "brands") else "incremental"
    emulator.site.log.reset()
    output = InProcess(tmp_path, emulator.base_url).read(
        {"streams": [row(stream, mode=mode)]}, [state_of(stream, state)]
    )
    assert output.code == 0, output.errors
    assert output.statuses(stream)[-1] == "COMPLETE"
    first = emulator.requests["log"][0]["query"]
    if start_s is not None:
        assert f"start_time={start_s}" in first.split("&")


PASTED = [{"streamDescriptor": {"name": "tickets"}, "streamState": TAKEN_OVER[1][2]}]


@pytest.mark.parametrize(
    "state",
    [
        PASTED,
        {"stateType": "stream", "connectionId": "c", "streamState": PASTED},
        {"state_type": "STREAM", "state": [state_of("tickets", TAKEN_OVER[1][2])]},
        {"data": {"tickets": TAKEN_OVER[1][2]}},
    ],
    ids=["a connection's page", "the API", "the database", "legacy"],
)
def test_a_state_that_a_platform_shows_is_gone_on_from(
    tmp_path: Path, emulator: Emulator, state: Any
) -> None:
    emulator.site.log.reset()
    catalog = {"streams": [row("tickets", mode="incremental")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, state)
    assert output.code == 0, output.errors
    assert f"start_time={EPOCH}" in emulator.requests["log"][0]["query"].split("&")


@pytest.mark.parametrize(
    "state", [{"ticket": TAKEN_OVER[1][2]}, {"streams": {"tickets": TAKEN_OVER[1][2]}}], ids=str
)
def test_a_state_that_names_no_stream_begins_nothing_anew(
    tmp_path: Path, emulator: Emulator, state: Any
) -> None:
    emulator.site.log.reset()
    catalog = {"streams": [row("tickets", mode="incremental")]}
    output = InProcess(tmp_path, emulator.base_url).read(catalog, state)
    error = expect_one_error(output, "config_error")
    (key,) = state
    assert f"`{key}`" in error["message"]
    assert emulator.requests["total"] == 0


FUTURE = {
    "tickets": {"generated_timestamp": "7952342400"},
    "ticket_metrics": {"_ab_updated_at": "7952342400"},
    "users": {"updated_at": "7952342400"},
    "organizations": {"updated_at": "7952342400"},
    "ticket_comments": {"created_at": "7952342400"},
    "ticket_metric_events": {"time": "7952342400"},
    "groups": {"updated_at": "2222-01-01T00:00:00Z"},
    "group_memberships": {"updated_at": "2222-01-01T00:00:00Z"},
    "ticket_fields": {"updated_at": "2222-01-01T00:00:00Z"},
    "deleted_tickets": {"deleted_at": "2222-01-01T00:00:00Z"},
    "satisfaction_ratings": {"updated_at": "7952342400"},
}


def test_a_cursor_in_the_future_asks_nothing_and_keeps_the_state(
    tmp_path: Path, emulator: Emulator
) -> None:
    catalog = {"streams": [row(name, mode="incremental") for name in FUTURE]}
    emulator.site.log.reset()
    output = InProcess(tmp_path, emulator.base_url).read(
        catalog, [state_of(name, state) for name, state in FUTURE.items()]
    )
    assert output.code == 0
    assert emulator.requests["total"] == 0
    assert output.records == []
    kept = {
        state["stream"]["stream_descriptor"]["name"]: state["stream"]["stream_state"]
        for state in output.states
    }
    assert kept == {name: {**state, "v": 1} for name, state in FUTURE.items()}
    for name in FUTURE:
        assert output.statuses(name) == ["STARTED", "COMPLETE"]


def test_states_of_streams_that_are_not_selected_are_left_alone(
    tmp_path: Path, emulator: Emulator
) -> None:
    state = [state_of("charges", {"created": 5}), state_of("tickets", {"foreign": 1})]
    output = InProcess(tmp_path, emulator.base_url).read(CATALOG, state)
    assert output.code == 0
