"""The rows that went with deleted tickets, in a state."""

from __future__ import annotations

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state import gone_tickets
from source_zendesk_support.streams.state.gone_tickets import GoneTickets
from source_zendesk_support.zendesk.errors import ConnectorError

RATINGS = STREAMS["satisfaction_ratings"]
DAY_S = 86_400


def test_a_state_keeps_tickets_by_day_and_forgets_the_oldest() -> None:
    gone = GoneTickets()
    gone.add("7", {70, 71}, 5 * DAY_S)
    gone.add("8", {"a b"}, 6 * DAY_S)
    gone.hold("8", 80)
    again = GoneTickets.from_json(RATINGS, gone.to_json())
    assert sorted(again.tickets()) == ["7", "8"]
    assert (again.keys_of("7"), again.keys_of("8")) == ({70, 71}, {"a b", 80})
    again.forget_before(6 * DAY_S + 5)
    assert again.tickets() == ["8"]
    again.add("8", {81}, 9 * DAY_S)  # deleted once more
    again.forget_before(9 * DAY_S)
    assert again.keys_of("8") == {81}
    again.forget("8")
    again.forget("9")
    assert (again.to_json(), "8" in again, again.keys_of("8")) == ({}, False, frozenset())


def test_beyond_the_bound_the_earliest_day_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gone_tickets, "MOST_KEYS", 3)
    gone = GoneTickets()
    gone.add("7", {70, 71}, 5 * DAY_S)
    gone.add("8", {80}, 6 * DAY_S)
    assert not gone.is_cut
    gone.hold("8", 81)
    assert (gone.tickets(), gone.is_cut) == (["8"], True)


@pytest.mark.parametrize("value", [7, [], {"today": ""}, {"2026-01-01": "x"}, {"2026-01-01": 7}])
def test_a_state_of_another_kind_is_named(value: Any) -> None:
    with pytest.raises(ConnectorError, match="gone_with_tickets"):
        GoneTickets.from_json(RATINGS, value)
