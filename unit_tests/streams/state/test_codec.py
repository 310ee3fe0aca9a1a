"""A position survives the platform, and a state that cannot be read is never a new history."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.stream import Stream
from source_zendesk_support.streams.state.codec import NO_CURSOR, decode, encode
from source_zendesk_support.streams.state.export_position import (
    ExportPosition,
    TimePosition,
)
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.streams.state.position import MOST_SEEN, OpenList, Position
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from test_support.inputs.positions import POSITIONS, open_lists
from test_support.inputs.saved_states import AT_ISO, AT_S, sliced, through_json


def shape_of(stream: Stream) -> tuple[Any, ...]:
    """Shapes of rows on which states depend: one row of each shape stands for all."""
    keys = (tuple(stream.older_keys), tuple(stream.parent_keys))
    return (stream.position_type, bool(stream.cursor_field), stream.state_is_epoch, *keys)


REFRESH_ENDED = "__ab_full_refresh_sync_complete"
SHAPES = list({shape_of(stream): stream for stream in STREAMS.values()}.values())
INCREMENTAL = [stream for stream in SHAPES if stream.cursor_field]

# One moment in every spelling that a state was seen to have (docs/facts/published-connector.md#1.4,
# #1.6, #7).
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


def refusal(name: str, state: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        decode(STREAMS[name], state)
    return caught.value


@given(st.sampled_from(INCREMENTAL), st.data())
def test_a_position_survives_the_platform(stream, data) -> None:
    position = data.draw(POSITIONS[stream.position_type])
    state = through_json(encode(stream, position))
    assert decode(stream, state) == position
    # 6.0.0 wrote the same without a version, and ignores one.
    state.pop("v", None)
    assert decode(stream, state) == position


@given(open_lists)
def test_an_open_list_without_a_cursor_field_survives_the_platform(open_list) -> None:
    for stream in SHAPES:
        if not stream.cursor_field:
            position = stream.position_type(open_list=open_list)
            assert decode(stream, through_json(encode(stream, position))) == position


@pytest.mark.parametrize("version", [2, 0, "1", True, 1.5, [], {}], ids=str)
@pytest.mark.parametrize("stream", INCREMENTAL, ids=lambda stream: stream.name)
def test_a_version_that_is_not_ours_is_an_error_and_no_new_history(stream, version) -> None:
    error = refusal(stream.name, {stream.cursor_field: AT_S, "v": version})
    assert error.failure is Failure.CONFIG
    assert "`v`" in error.about


def test_every_kind_of_position_has_a_version() -> None:
    kinds = {stream.position_type for stream in STREAMS.values()}
    assert kinds == set(POSITIONS)
    assert all(kind.VERSION >= 1 for kind in kinds)


@pytest.mark.parametrize("stream", SHAPES, ids=lambda stream: stream.name)
def test_no_position_is_the_published_state_without_cursor(stream) -> None:
    start = stream.position_type()
    assert start.is_start
    assert encode(stream, start) == {NO_CURSOR: True}
    assert decode(stream, {NO_CURSOR: True}) == start
    assert decode(stream, {}) == start
    assert decode(stream, None) == start


@pytest.mark.parametrize("stream", SHAPES, ids=lambda stream: stream.name)
def test_a_finished_resumable_full_refresh_of_the_platform_is_not_a_position(stream) -> None:
    # Low-code connectors on airbyte-cdk write it at the end of a resumable full refresh.
    assert decode(stream, {"__ab_full_refresh_sync_complete": True}).is_start


@pytest.mark.parametrize("stream", INCREMENTAL, ids=lambda stream: stream.name)
def test_the_published_key_is_written_in_the_published_format(stream) -> None:
    state = encode(stream, stream.position_type(AT_S))
    published = str(AT_S) if stream.state_is_epoch else AT_ISO
    assert state == {stream.cursor_field: published, "v": 1}


@pytest.mark.parametrize("spelling", SPELLINGS, ids=str)
@pytest.mark.parametrize("stream", INCREMENTAL, ids=lambda stream: stream.name)
def test_every_spelling_of_a_time_is_taken_over(stream, spelling) -> None:
    assert decode(stream, {stream.cursor_field: spelling}) == stream.position_type(AT_S)


DAMAGED: list[tuple[str, Any, str]] = [
    ("tickets", {"generated_timestamp": "soon"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": True}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": [AT_S]}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": {"at": AT_S}}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "nan"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "inf"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": "170937360"}, "generated_timestamp"),
    ("tickets", {"generated_timestamp": 17093}, "generated_timestamp"),
    ("tickets", {"exports": {}}, "exports"),
    ("tickets", {"versions": "AAAA"}, "versions"),
    ("posts", {"versions": "AAAA"}, "versions"),
    ("posts", {"digests": "AAAA", "v": 1}, "digests"),
    ("posts", {"digests": ["AAAA"], "v": 1}, "digests"),
    ("tickets", {"v": 1, "time": AT_S}, "time"),
    ("tickets", {"v": 1}, "v"),
    ("ticket_events", {"v": 1, "after_cursor": "c"}, "after_cursor"),
    ("posts", {"exports": {}}, "exports"),
    ("tickets", {"generated": AT_S}, "generated"),
    ("groups", {"updated_at": 10**17}, "updated_at"),
    ("groups", {"updated_at": -(10**17)}, "updated_at"),
    ("groups", {"updated_at": "2024-13-41T00:00:00Z"}, "updated_at"),
    ("tickets", {"generated_timestamp": AT_S, "after_cursor": [5]}, "after_cursor"),
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
        {"states": [], "state": {"_ab_updated_at": AT_S}, "lookback_window": "x"},
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


WITHOUT_POSITION: list[tuple[str, Any]] = [
    ("tags", {"next_page_token": {"next_page": 5}}),
    ("brands", {"updated_at": AT_ISO}),
    ("tickets", {"generated_timestamp": ""}),
    ("tickets", {"generated_timestamp": None}),
    ("groups", {"updated_at": "None"}),
    ("posts", {"versions": ""}),
    ("groups", {"updated_at": "null", NO_CURSOR: True}),
    ("posts", {"states": [{"partition": {"id": 1}, "cursor": {REFRESH_ENDED: True}}]}),
    (
        "ticket_metrics",
        {
            "use_global_cursor": False,
            "states": [{"partition": {"ticket_id": 1}, "cursor": {"updated_at": ""}}],
            "parent_state": {"tickets": {}},
        },
    ),
]


@pytest.mark.parametrize(("name", "state"), WITHOUT_POSITION, ids=str)
def test_a_state_without_a_position_is_read_anew_with_a_warning(name, state) -> None:
    warnings: list[str] = []
    assert decode(STREAMS[name], state, warnings.append).is_start
    (warning,) = warnings
    assert name in warning
    assert "read anew" in warning


@pytest.mark.parametrize("state", [None, {}, {NO_CURSOR: True}, {REFRESH_ENDED: True}], ids=str)
def test_a_missing_state_causes_no_warning(state) -> None:
    warnings: list[str] = []
    assert decode(STREAMS["tickets"], state, warnings.append).is_start
    assert warnings == []


def test_a_position_beside_the_state_of_a_full_refresh_counts() -> None:
    position = decode(STREAMS["groups"], {NO_CURSOR: True, "updated_at": AT_ISO})
    assert position == STREAMS["groups"].position_type(AT_S)


def test_a_position_beside_an_empty_value_counts() -> None:
    position = decode(STREAMS["tickets"], {"generated_timestamp": AT_S, "after_cursor": ""})
    assert position == ExportPosition(AT_S)


def test_a_cursor_that_is_a_number_survives_the_platform() -> None:
    state = encode(STREAMS["tickets"], ExportPosition(AT_S, 5))  # type: ignore[arg-type]
    assert decode(STREAMS["tickets"], through_json(state)) == ExportPosition(AT_S, "5")


@pytest.mark.parametrize("at_s", [-62_135_596_800, -1, 1, 17093, 999_999_999], ids=str)
@pytest.mark.parametrize("stream", INCREMENTAL, ids=lambda stream: stream.name)
def test_a_time_long_before_zendesk_survives_the_platform(stream, at_s) -> None:
    position = stream.position_type(at_s)
    assert decode(stream, through_json(encode(stream, position))) == position


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
                    "v",
                    "versions",
                    "digests",
                    "read_until",
                    "exports",
                    "swept_at",
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


@given(st.sampled_from(SHAPES), json_values)
def test_any_json_is_a_position_or_a_clear_error(stream, state) -> None:
    position: Position | None = None
    refused = None
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
    assert encode(stream, TimePosition(AT_S, seen)) == {"updated_at": str(AT_S), "v": 1}
    kept = TimePosition(AT_S, frozenset(list(seen)[:MOST_SEEN]))
    assert decode(stream, encode(stream, kept)) == kept
    page = OpenList("c", AT_S, AT_S, seen)
    assert "seen" not in encode(STREAMS["groups"], ListPosition(open_list=page))["page"]
