"""The memory of events that lists keep: an export repeats none of them, and loses none."""

from __future__ import annotations

from typing import Any

from source_zendesk_support.streams.state.id_set import ids_of_text, ids_to_text
from source_zendesk_support.streams.state.lists_place import HOUR_S, MOST_SHOWN, ListsPlace
from source_zendesk_support.streams.walks.event_memory import ShownEvents, events_unrepeated

CHECKED_S = 1_780_000_000
SURE_S = CHECKED_S - HOUR_S


def event(number: int, at_s: int, ticket_id: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": number, "timestamp": at_s, "ticket_id": ticket_id, **fields}


def kept(place: ListsPlace, *events: dict[str, Any]) -> list[int]:
    return [it["id"] for it in events_unrepeated(place, list(events), "timestamp")]


def test_events_before_the_recheck_and_named_ones_are_left_out() -> None:
    place = ListsPlace(CHECKED_S + 500, checked_s=CHECKED_S, shown=ids_to_text({3}))
    events = event(1, SURE_S - 1), event(2, SURE_S), event(3, SURE_S + 9), event(4, CHECKED_S)
    assert kept(place, *events) == [2, 4]


def test_events_of_a_deleted_ticket_come_from_where_they_may_be_missing() -> None:
    gone = ((SURE_S - 900, ids_to_text({7})), (SURE_S - 100, ids_to_text({7, 8})))
    place = ListsPlace(CHECKED_S, checked_s=CHECKED_S, gone=gone)
    events = event(1, SURE_S - 901, 7), event(2, SURE_S - 900, 7), event(3, SURE_S - 200, 8)
    assert kept(place, *events) == [2]


def test_a_deletion_is_on_no_list() -> None:
    place = ListsPlace(CHECKED_S, checked_s=CHECKED_S)
    assert kept(place, event(1, 5, child_events=[{"status": "deleted"}])) == [1]
    assert kept(place, event(1, 5, child_events=["odd", {"status": "open"}])) == []


def test_where_something_is_not_known_the_export_repeats_it() -> None:
    for unknown in ({"is_whole": False}, {"gone": None}, {"checked_s": None}):
        place = ListsPlace(CHECKED_S, **{"checked_s": CHECKED_S, **unknown})
        assert kept(place, event(1, 5), {"id": "odd"}) == [1, "odd"]


def test_events_are_remembered_since_a_time_and_forgotten_after_a_recheck() -> None:
    shown = ShownEvents(ids_to_text({1}))
    shown.note([event(2, 99), event(3, 100), event(4, 200), {"id": 5}], "timestamp", 100)
    assert ids_of_text(shown.text) == {1, 3, 4}
    assert 3 in shown
    assert 2 not in shown
    shown.forget_before(150)
    assert ids_of_text(shown.text) == {4}


def test_a_state_names_no_more_events_than_it_should_hold() -> None:
    shown = ShownEvents("")
    shown.note([event(number, 5) for number in range(MOST_SHOWN + 1)], "timestamp", 0)
    assert shown.text == ""
