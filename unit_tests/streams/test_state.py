"""Every state that a connector of ours or of the published line wrote is taken over."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.state import (
    MOST_SEEN,
    NO_CURSOR,
    START,
    OpenList,
    Position,
    decode,
    encode,
    format_time,
    parse_time,
)
from source_zendesk_support.streams.table import SEARCH_ERA_FLOOR_S, STREAMS
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

AT_S = 1709373602  # 2024-03-02T10:00:02Z
AT_ISO = "2024-03-02T10:00:02Z"
LATER_S = 1709546400
INCREMENTAL = [stream for stream in STREAMS.values() if stream.cursor_field]
LISTS = [stream for stream in STREAMS.values() if not stream.feed.path.startswith("incremental/")]

# One moment in every spelling that a state was seen to have (compatibility.md 1.4, 1.6, 7).
SPELLINGS = [
    AT_ISO,
    "2024-03-02T10:00:02+00:00",
    "2024-03-02T10:00:02+0000",
    "2024-03-02T11:00:02+01:00",
    "2024-03-02T05:00:02-05:00",
    "2024-03-02T10:00:02.677Z",
    "2024-03-02T10:00:02.677000+00:00",
    "2024-03-02T10:00:02",
    "2024-03-02 10:00:02",
    AT_S,
    str(AT_S),
    f" {AT_S} ",
    float(AT_S),
    f"{AT_S}.0",
    AT_S * 1000 + 677,
    str(AT_S * 1000 + 677),
]

epochs = st.integers(min_value=1, max_value=4_000_000_000)
marks = st.frozensets(st.from_regex(r"[0-9]{1,6}:[0-9a-f]{12}", fullmatch=True), max_size=5)
cursors = st.text(min_size=1, max_size=40)
open_lists = st.builds(OpenList, cursors, epochs, st.none() | epochs, marks)


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    """The way of a state through a platform."""
    kept: dict[str, Any] = json.loads(json.dumps(state))
    return kept


def refusal(name: str, state: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        decode(STREAMS[name], state)
    return caught.value


@given(st.sampled_from(INCREMENTAL), epochs, st.none() | cursors, marks, st.none() | open_lists)
def test_a_position_survives_the_platform(stream, at_s, after_cursor, seen, open_list) -> None:
    position = Position(at_s, after_cursor, seen, open_list)
    assert decode(stream, through_json(encode(stream, position))) == position


@given(st.sampled_from(list(STREAMS.values())), marks, open_lists)
def test_an_open_first_list_survives_the_platform(stream, seen, open_list) -> None:
    position = Position(seen=seen, open_list=open_list)
    assert decode(stream, through_json(encode(stream, position))) == position


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_no_position_is_the_published_state_without_cursor(stream) -> None:
    assert encode(stream, START) == {NO_CURSOR: True}
    assert decode(stream, {NO_CURSOR: True}) == START
    assert decode(stream, {}) == START
    assert decode(stream, None) == START


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_finished_resumable_full_refresh_of_the_platform_is_no_position(stream) -> None:
    # What low-code connectors on airbyte-cdk write at the end of a resumable full refresh.
    assert decode(stream, {"__ab_full_refresh_sync_complete": True}) == START


@pytest.mark.parametrize("stream", INCREMENTAL, ids=lambda stream: stream.name)
def test_the_published_key_is_written_in_the_published_format(stream) -> None:
    state = encode(stream, Position(AT_S))
    published = str(AT_S) if stream.state_is_epoch else AT_ISO
    assert state == {stream.cursor_field: published}


@pytest.mark.parametrize("spelling", SPELLINGS, ids=str)
@pytest.mark.parametrize("stream", INCREMENTAL, ids=lambda stream: stream.name)
def test_every_spelling_of_a_time_is_taken_over(stream, spelling) -> None:
    assert decode(stream, {stream.cursor_field: spelling}) == Position(AT_S)


# What one partition of the published ticket_metrics looks like (compatibility.md 1.4).
def partition(ticket_id: int, at: Any) -> dict[str, Any]:
    return {
        "partition": {"ticket_id": ticket_id, "parent_slice": {}},
        "cursor": {"_ab_updated_at": at},
    }


def sliced(*slices: dict[str, Any]) -> dict[str, Any]:
    return {"state_type": "date-range", "slices": list(slices)}


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
    assert decode(STREAMS[name], state) == Position(at_s)
    assert state == before


DAMAGED: list[tuple[str, Any, str]] = [
    ("tickets", {"generated_timestamp": "soon"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": ""}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": True}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": [AT_S]}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": {"at": AT_S}}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "nan"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "inf"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": None}, "generated_timestamp"),
    ("tickets", {"generated": AT_S}, "generated"),
    ("groups", {"updated_at": 10**17}, "updated_at"),
    ("groups", {"updated_at": -(10**17)}, "updated_at"),
    ("groups", {"updated_at": "2024-13-41T00:00:00Z"}, "updated_at"),
    ("tickets", {"generated_timestamp": AT_S, "after_cursor": 5}, "after_cursor"),
    ("tickets", {"generated_timestamp": AT_S, "after_cursor": ""}, "after_cursor"),
    ("organizations", {"updated_at": AT_S, "seen": "1:ab"}, "seen"),
    ("organizations", {"updated_at": AT_S, "seen": [1]}, "seen"),
    ("groups", {"page": []}, "page"),
    ("groups", {"page": {"after_cursor": "c"}}, "page.started_at"),
    ("groups", {"page": {"started_at": AT_ISO}}, "page.after_cursor"),
    ("groups", {"page": {"after_cursor": "c", "started_at": "x"}}, "page.started_at"),
    (
        "groups",
        {"page": {"after_cursor": "c", "started_at": AT_ISO, "newest_at": "x"}},
        "page.newest_at",
    ),
    ("groups", {"page": {"after_cursor": "c", "started_at": AT_ISO, "seen": 1}}, "seen"),
    ("brands", {"updated_at": AT_ISO}, "updated_at"),
    ("users", {"state_type": "date-range"}, "slices"),
    ("users", {"state_type": "date-range", "slices": [1]}, "slices"),
    ("users", sliced({"start": "0"}), "slices.end"),
    ("users", sliced({"end": "5"}), "slices.start"),
    ("ticket_metrics", {"use_global_cursor": True}, "use_global_cursor"),
    ("ticket_metrics", {"use_global_cursor": True, "state": "x"}, "state"),
    ("ticket_metrics", {"states": 5}, "states"),
    ("ticket_metrics", {"states": [], "state": {"_ab_updated_at": "x"}}, "_ab_updated_at"),
    (
        "ticket_metrics",
        {"states": [], "state": {"_ab_updated_at": 9}, "lookback_window": "x"},
        "lookback_window",
    ),
    (
        "ticket_metrics",
        {"states": [], "parent_state": {"tickets": {"generated_timestamp": "x"}}},
        "generated_timestamp",
    ),
    ("tickets", "1709373602", "tickets"),
    ("tickets", [AT_S], "tickets"),
    ("tickets", AT_S, "tickets"),
]


@pytest.mark.parametrize(("name", "state", "key"), DAMAGED, ids=[str(row[:2]) for row in DAMAGED])
def test_a_damaged_state_is_an_error_of_the_user_and_no_new_history(name, state, key) -> None:
    error = refusal(name, state)
    assert error.failure is Failure.CONFIG
    assert key in error.about + error.what
    assert "reset the stream" in error.remedy


def test_the_error_names_the_stream() -> None:
    assert "stream groups" in refusal("groups", {"updated_at": "soon"}).about


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "updated_at",
                    "generated_timestamp",
                    "_ab_updated_at",
                    "deleted_at",
                    "after_cursor",
                    "seen",
                    "page",
                    "started_at",
                    "newest_at",
                    "state_type",
                    "slices",
                    "start",
                    "end",
                    "most_recent_cursor_value",
                    "use_global_cursor",
                    "states",
                    "state",
                    "cursor",
                    "lookback_window",
                    "parent_state",
                    "tickets",
                    "_last_end_time",
                    NO_CURSOR,
                ]
            ),
            inner | st.just("date-range") | st.just(AT_ISO),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(list(STREAMS.values())), json_values)
def test_any_json_is_a_position_or_a_clear_error(stream, state) -> None:
    position, refused = None, None
    try:
        position = decode(stream, state)
    except ConnectorError as error:
        refused = error
    if position is None:
        assert refused is not None
        assert refused.failure is Failure.CONFIG
        assert stream.name in refused.about
    elif stream.cursor_field:  # what was understood can be written again
        assert decode(stream, through_json(encode(stream, position))) == position


def test_more_marks_than_a_state_should_hold_are_left_out() -> None:
    stream = STREAMS["organizations"]
    seen = frozenset(f"{number}:ab" for number in range(MOST_SEEN + 1))
    assert encode(stream, Position(AT_S, seen=seen)) == {"updated_at": str(AT_S)}
    kept = frozenset(list(seen)[:MOST_SEEN])
    assert decode(stream, encode(stream, Position(AT_S, seen=kept))).seen == kept
    opened = OpenList("c", AT_S, AT_S, seen)
    assert "seen" not in encode(STREAMS["groups"], Position(open_list=opened))["page"]


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_times_are_read_as_they_are_written(at) -> None:
    at_s = int(at.replace(tzinfo=UTC).timestamp())
    assert parse_time(format_time(at_s)) == parse_time(str(at_s)) == parse_time(at_s) == at_s


@pytest.mark.parametrize("value", [None, "", "x", "nan", "inf", "-inf", True, [], {}, 10**30])
def test_what_is_no_time_is_refused(value) -> None:
    with pytest.raises(ValueError):
        parse_time(value)
