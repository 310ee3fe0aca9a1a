"""Lists without a cursor rest in a database of one's own, and nowhere else."""

from datetime import UTC, datetime, timedelta

import pytest

from source_zendesk_support.local.pieces import Piece
from source_zendesk_support.local.resting import note_reading, resting
from source_zendesk_support.streams.catalog.set_up import SET_UP, WHOLE_SET_UP
from source_zendesk_support.streams.catalog.table import STREAMS

READ_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
ENDED = {"__ab_no_cursor_state_message": True}


def states(**given: dict[str, object]) -> dict[str, dict[str, object]]:
    """Return the states that a sync leaves that has read these streams to their end."""
    piece = Piece(states=dict(given), ended=set(given))
    note_reading(piece, READ_AT)
    return piece.states


@pytest.mark.parametrize(
    ("later", "rests"),
    [
        (timedelta(0), True),
        (DAY - timedelta(seconds=1), True),
        (DAY, False),
        (timedelta(hours=-1), False),  # a wrong clock wrote the time
    ],
)
def test_a_list_rests_until_the_interval_has_passed(later: timedelta, rests: bool) -> None:
    found = resting(states(brands=ENDED), DAY, READ_AT + later)
    assert found == ({"brands"} if rests else set())


def test_without_an_interval_nothing_rests() -> None:
    assert resting(states(brands=ENDED), timedelta(0), READ_AT) == frozenset()


def test_other_streams_and_states_of_other_versions_never_rest() -> None:
    others = {"tags": ENDED, "groups": {"updated_at": "2026-05-01T00:00:00Z"}}
    assert states(**others) == others
    odd = {"sections": {"read_at": "soon"}, "badges": {"read_at": None}, "ivrs": []}
    held = {"brands": ENDED, **odd, **states(**others)}
    assert resting(held, DAY, READ_AT) == frozenset()


def test_a_list_that_did_not_end_does_not_rest() -> None:
    piece = Piece(states={"brands": ENDED})
    note_reading(piece, READ_AT)
    assert resting(piece.states, DAY, READ_AT) == frozenset()


def test_the_streams_have_no_cursor_and_each_stream_is_in_one_list() -> None:
    assert {name for name in WHOLE_SET_UP if STREAMS[name].cursor_field} == set()
    assert set() == SET_UP & WHOLE_SET_UP
