"""The place in the lists: it survives the platform, and what cannot be read is an error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode, encode
from source_zendesk_support.streams.state.export_position import (
    ExportPosition,
    TimePosition,
    beside_lists,
    in_lists,
    lists_of,
)
from source_zendesk_support.streams.state.id_set import MOST_IDS, ids_of_text, ids_to_text
from source_zendesk_support.streams.state.lists_place import (
    MOST_DUE,
    ListsPlace,
    Sweep,
    with_due,
)
from source_zendesk_support.zendesk.errors import ConnectorError

TIMES = st.integers(1, 4_000_000_000)
SWEEPS = st.builds(Sweep, st.sampled_from(["archive", "open", "closed"]), TIMES, TIMES, TIMES)
PLACES = st.builds(
    ListsPlace,
    at_s=TIMES,
    record_id=st.integers(0, 2**62) | st.text(max_size=30),
    is_whole=st.booleans(),
    checked_s=st.none() | TIMES,
    shares=st.integers(0, 29),
    sweep=st.none() | SWEEPS,
    due=st.lists(st.tuples(TIMES, st.integers(1, 10**12)), max_size=5).map(tuple),
    alive=st.sets(st.integers(0, 10**12)).map(ids_to_text),
    shown=st.sets(st.integers(0, 10**14), max_size=9).map(ids_to_text),
    gone=st.none()
    | st.lists(st.tuples(TIMES, st.sets(st.integers(1, 10**9), min_size=1).map(ids_to_text))).map(
        tuple
    ),
    round_s=st.none() | TIMES,
    closed_s=st.none() | TIMES,
)


@given(st.sets(st.integers(0, 2**62)))
def test_ids_come_back_from_their_text(ids: set[int]) -> None:
    assert ids_of_text(ids_to_text(ids)) == ids


def test_ids_of_an_account_are_a_short_text() -> None:
    ids = set(range(1_000_000, 1_400_000, 9))
    assert len(ids_to_text(ids)) < 2 * len(ids)
    assert ids_to_text(range(MOST_IDS + 1)) == ""


@given(PLACES, st.none() | TIMES)
def test_a_place_survives_the_platform(place: ListsPlace, at_s: int | None) -> None:
    for name, old in (("tickets", ExportPosition()), ("ticket_events", TimePosition())):
        position = in_lists(old, at_s, place)
        assert decode(STREAMS[name], encode(STREAMS[name], position)) == position
        assert lists_of(position) == place


@pytest.mark.parametrize("word", ["null", "None"])
def test_a_cursor_may_be_any_word(word: str) -> None:
    for name in ("tickets", "users"):
        position = ExportPosition(500, word)
        assert decode(STREAMS[name], encode(STREAMS[name], position)) == position


def test_an_export_resumes_exactly_where_lists_have_not_moved_it() -> None:
    old = ExportPosition(500, "cursor")
    place = ListsPlace(900)
    assert in_lists(old, 500, place) == ExportPosition(500, "cursor", place)
    assert in_lists(old, 800, place) == ExportPosition(800, None, place)
    seen = TimePosition(500, frozenset({"a"}))
    assert in_lists(seen, 500, place) == TimePosition(500, frozenset({"a"}), place)
    assert in_lists(seen, 800, place) == TimePosition(800, frozenset(), place)


def test_a_place_stays_beside_the_export_until_it_is_passed() -> None:
    place = ListsPlace(900)
    assert lists_of(beside_lists(ExportPosition(899, "c"), place)) == place
    assert lists_of(beside_lists(ExportPosition(900, "c"), place)) is None


def test_a_state_that_an_export_has_written_has_no_place() -> None:
    state = encode(STREAMS["tickets"], ExportPosition(500, "x"))
    assert "lists" not in state
    assert lists_of(decode(STREAMS["tickets"], state)) is None


@pytest.mark.parametrize(
    "lists",
    [
        "x",
        [],
        {},
        {"at": "soon", "id": 1},
        {"at": "2026-01-01T00:00:00Z", "id": None},
        {"at": "2026-01-01T00:00:00Z", "id": True},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "shares": -1},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "checked_at": {}},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "due": [[1]]},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "due": [["1", 2]]},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "alive": "x"},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "shown": "x"},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "gone": True},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "gone": [["2026-01-01T00:00:00Z", "x"]]},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "sweep": {"kind": 1}},
        {"at": "2026-01-01T00:00:00Z", "id": 1, "sweep": {"kind": "open", "started_at": 1}},
    ],
)
def test_a_place_that_cannot_be_read_is_an_error_that_names_it(lists: Any) -> None:
    state = {"generated_timestamp": "500", "lists": lists, "v": 1}
    with pytest.raises(ConnectorError, match="lists") as caught:
        decode(STREAMS["tickets"], state)
    assert "tickets" in str(caught.value)


def test_a_ticket_is_due_once_and_the_soonest_are_kept() -> None:
    place = with_due(ListsPlace(1), {number: 10_000 - number for number in range(MOST_DUE + 10)})
    assert len(place.due) == MOST_DUE
    assert place.due[0] == (10_000 - MOST_DUE - 9, MOST_DUE + 9)
    moved = with_due(place, {MOST_DUE: 5})
    assert moved.due[0] == (5, MOST_DUE)
    assert [pair for pair in moved.due if pair[1] == MOST_DUE] == [(5, MOST_DUE)]
    assert all(pair[1] != MOST_DUE for pair in with_due(moved, {MOST_DUE: None}).due)
