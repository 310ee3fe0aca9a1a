"""States of the published connector resume where they are: no new history.

See docs/facts/published-connector.md#1.6.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from test_support.clock import CLOCK, HOUR_S
from test_support.connector.process import Destination, InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEARCH_ERA_FLOOR_S = 1_772_323_200  # 2026-03-01T00:00:00Z
# Where a record's own time stands; a list gives it as ISO 8601, an export of events as epoch.
TIMES = {
    "tickets": "generated_timestamp",
    "ticket_metrics": "generated_timestamp",
    "users": "updated_at",
    "organizations": "updated_at",
    "ticket_events": "timestamp",
    "ticket_comments": "timestamp",
    "ticket_metric_events": "time",
    "groups": "updated_at",
    "group_memberships": "updated_at",
    "organization_memberships": "updated_at",
    "ticket_fields": "updated_at",
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=6, clock_at=CLOCK, limits=False) as running:
        yield running


def epoch(value: int | str) -> int:
    return value if isinstance(value, int) else int(datetime.fromisoformat(value).timestamp())


def iso(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def middle_of(emulator: Emulator, stream: str) -> int:
    times = sorted(epoch(record[TIMES[stream]]) for record in must_with_times(emulator, stream))
    return times[len(times) // 2]


def must_with_times(emulator: Emulator, stream: str) -> list[dict[str, Any]]:
    """A metric set has no time of its own: it moves with its ticket."""
    records = emulator.truth(stream).must
    if stream != "ticket_metrics":
        return list(records)
    tickets = {ticket["id"]: ticket for ticket in emulator.truth("tickets").must}
    moved = "generated_timestamp"
    return [{**record, moved: tickets[record["ticket_id"]][moved]} for record in records]


def partitions(cursor: dict[str, Any], parent: dict[str, Any]) -> dict[str, Any]:
    return {
        "use_global_cursor": False,
        "states": [{"partition": {"ticket_id": 1, "parent_slice": {}}, "cursor": cursor}],
        "state": cursor,
        "lookback_window": 1,
        "parent_state": {"tickets": parent},
    }


def shapes(at_s: int) -> list[tuple[str, dict[str, Any]]]:
    """Every flat and nested shape, with the stream it is for."""
    e, i = str(at_s), iso(at_s)
    cursors = [
        ("tickets", "generated_timestamp"),
        ("ticket_metrics", "_ab_updated_at"),
        ("users", "updated_at"),
        ("organizations", "updated_at"),
        ("ticket_events", "timestamp"),
        ("ticket_comments", "created_at"),
        ("ticket_metric_events", "time"),
        ("groups", "updated_at"),
        ("group_memberships", "updated_at"),
        ("organization_memberships", "updated_at"),
        ("ticket_fields", "updated_at"),
    ]
    found: list[tuple[str, dict[str, Any]]] = []
    for stream, key in cursors:
        # Every form of a value is a case of unit_tests/streams/state/test_codec.py.
        found += [(stream, {key: value}) for value in (e, i)]
        slices = [{"start": "0", "end": e, "most_recent_cursor_value": e}]
        found.append((stream, {"state_type": "date-range", "slices": slices}))
    found += [
        ("ticket_comments", {"timestamp": e}),
        ("ticket_comments", {"timestamp": at_s, "created_at": e}),
        ("ticket_metrics", {"generated_timestamp": at_s}),
        ("ticket_metrics", {"updated_at": i}),
        ("ticket_metrics", partitions({"_ab_updated_at": e}, {"generated_timestamp": e})),
        ("ticket_metrics", partitions({"_ab_updated_at": e}, {"generated_timestamp": at_s})),
    ]
    return found


def given(stream: str, state: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": stream}, "stream_state": state},
        }
    ]


SHAPES = [(stream, number) for number, (stream, _) in enumerate(shapes(0))]


@pytest.mark.parametrize("stream", sorted({stream for stream, _ in SHAPES}))
def test_every_older_shape_resumes_from_its_place(
    tmp_path: Path, emulator: Emulator, stream: str
) -> None:
    at_s = middle_of(emulator, stream)
    everything = must_with_times(emulator, stream)
    expected = {record["id"] for record in everything if epoch(record[TIMES[stream]]) >= at_s}
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog(stream)
    states = [state for name, state in shapes(at_s) if name == stream]
    for state in states:
        output = connector.read(catalog, given(stream, state))
        assert output.code == 0, (state, output.errors)
        found = {record["data"]["id"] for record in output.records}
        assert expected <= found <= expected | set(emulator.truth(stream).may), state
        assert len(found) < len(everything), state


def test_search_era_tickets_begin_at_the_floor_at_the_latest(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog("tickets")
    late = str(SEARCH_ERA_FLOOR_S + 20 * 24 * HOUR_S)
    for value in (late, "not a number"):
        output = connector.read(catalog, given("tickets", {"updated_at": value}))
        found = [record["data"]["generated_timestamp"] for record in output.records]
        everything = [t["generated_timestamp"] for t in emulator.truth("tickets").must]
        assert sorted(found) == sorted(g for g in everything if g >= SEARCH_ERA_FLOOR_S)


def test_a_zero_left_by_a_failed_sync_is_not_a_position(tmp_path: Path, emulator: Emulator) -> None:
    connector = InProcess(tmp_path, emulator.base_url, start_date="2026-05-20T00:00:00Z")
    catalog = connector.catalog("ticket_metrics")
    zero = connector.read(catalog, given("ticket_metrics", {"_ab_updated_at": "0"}))
    none = connector.read(catalog)
    assert zero.counts() == none.counts()


@pytest.mark.parametrize("stream", ["tickets", "groups", "ticket_metric_events"])
def test_a_position_in_the_future_costs_no_request_and_stays(
    tmp_path: Path, emulator: Emulator, stream: str
) -> None:
    key = {"tickets": "generated_timestamp", "groups": "updated_at"}.get(stream, "time")
    value = "2222-01-01T00:00:00Z"
    connector = InProcess(tmp_path, emulator.base_url)
    catalog = connector.catalog(stream)
    emulator.site.log.reset()
    output = connector.read(catalog, given(stream, {key: value}))
    assert output.code == 0
    assert sum(emulator.site.log.by_path.values()) == 0
    assert output.statuses(stream)[-1] == "COMPLETE"
    (state,) = output.states
    kept = state["stream"]["stream_state"][key]
    assert kept in (value, str(epoch(value)))


def test_the_published_full_refresh_state_reads_everything(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = InProcess(tmp_path, emulator.base_url)
    for stream in ("tags", "brands", "deleted_tickets"):
        catalog = connector.catalog(stream)
        output = connector.read(catalog, given(stream, {"__ab_no_cursor_state_message": True}))
        destination = Destination(catalog)
        destination.take(output)
        assert destination.differences(stream, emulator.truth(stream)) == []
