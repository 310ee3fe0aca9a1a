"""Lists of set-up that the user has read at intervals only."""

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.set_up import SET_UP
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.codec import NO_CURSOR, decode
from source_zendesk_support.streams.walks.intervals import Intervals
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

DAY_S = 86_400
NOW_S = 1_772_323_200
NOW = "2026-03-01T00:00:00Z"
STATE = {"updated_at": "2026-01-02T00:00:00Z", "seen": ["1:a"], "v": 1}
FAULT = ConnectorError("No.", about="GET", remedy="", failure=Failure.TRANSIENT)


class Client:
    """It knows the time once it was asked."""

    def __init__(self, now_s: int) -> None:
        self.now_s = now_s
        self.times_asked = 0

    def ask_time(self) -> None:
        self.times_asked += 1

    def zendesk_s(self) -> int:
        return self.now_s


def intervals(saved: dict[str, Any], now_s: int = NOW_S) -> Intervals:
    client: Any = Client(now_s)
    return Intervals(SET_UP, DAY_S, saved, client)


def run_of(*names: str, **states: Any) -> WalkRun:
    rows = tuple(STREAMS[name] for name in names)
    positions = {row.name: decode(row, states.get(row.name)) for row in rows}
    return WalkRun(rows[0].resource, rows, positions)


def state(*results: PageResult) -> dict[str, Any]:
    return {name: it for result in results for name, it in result.states}


def test_a_stream_that_was_read_rests_until_the_interval_is_over() -> None:
    found = state(*intervals({}).follow(iter([PageResult((), (("groups", STATE),))])))
    assert found["groups"] == {**STATE, "read_at": NOW}
    run = run_of("groups", **found)
    for passed_s, rests in ((0, True), (DAY_S - 1, True), (DAY_S, False), (-1, False)):
        later = intervals(found, now_s=NOW_S + passed_s)
        assert [it.name for it in later.resting(run)] == ["groups"] * rests, passed_s
    # A stream that rests keeps its state, and when it was read.
    later = intervals(found, now_s=NOW_S + 5)
    assert state(later.kept(run, later.resting(run))) == found


def test_only_set_up_rests() -> None:
    saved = {name: {**STATE, "read_at": NOW} for name in ("groups", "users", "tickets")}
    assert intervals(saved).resting(run_of("users")) == ()
    assert intervals(saved).resting(run_of("groups")) != ()
    results = [PageResult((), (("tickets", STATE),))]
    assert list(intervals({}).follow(iter(results))) == results


def test_a_parent_rests_while_its_children_are_read() -> None:
    saved = {"ticket_fields": {**STATE, "read_at": NOW}}
    run = run_of("ticket_fields", "ticket_field_options")
    assert [it.name for it in intervals(saved).resting(run)] == ["ticket_fields"]


def test_children_rest_while_their_parents_are_read() -> None:
    saved = {"custom_object_fields": {**STATE, "read_at": NOW}}
    run = run_of("custom_objects", "custom_object_fields", "custom_object_records")
    assert [it.name for it in intervals(saved).resting(run)] == ["custom_object_fields"]


def test_a_stream_that_failed_or_has_nothing_is_read_by_the_next_sync() -> None:
    failed = PageResult((), (("groups", STATE),), failures=(("groups", FAULT),))
    empty = PageResult((), (("queues", {NO_CURSOR: True}),))
    for result in (failed, empty):
        assert list(intervals({}).follow(iter([result]))) == [result]

    def broken():
        yield PageResult((), (("groups", STATE),))
        raise FAULT

    following = intervals({}).follow(broken())
    assert state(next(following)) == {"groups": STATE}
    with pytest.raises(ConnectorError):
        next(following)


@pytest.mark.parametrize("value", ["soon", None, [], True, {"at": 1}])
def test_a_time_that_cannot_be_read_is_none(value: Any) -> None:
    saved = {"groups": {**STATE, "read_at": value}}
    assert intervals(saved).resting(run_of("groups")) == ()


def test_the_time_of_reading_is_not_a_position() -> None:
    groups = STREAMS["groups"]
    assert decode(groups, {**STATE, "read_at": NOW}) == decode(groups, STATE)
    assert decode(groups, {NO_CURSOR: True, "read_at": NOW}) == groups.position_type()


def test_a_stream_that_a_destination_would_empty_never_rests() -> None:
    assert STREAMS.keys() >= SET_UP
    for name in SET_UP:
        assert STREAMS[name].cursor_field, name
