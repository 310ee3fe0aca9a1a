"""A ticket that is restored brings its events while lists are read, as it does with exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from test_support.clock import CLOCK, HOUR_S
from test_support.connector.engines import differences
from test_support.connector.in_memory import Syncs, take
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from test_support.connector.process import Destination

NAMES = ("ticket_events", "ticket_comments", "ticket_field_history")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    running = Emulator(
        size="tiny", seed=3, clock_at=CLOCK, frozen=True, limits=False, exports="closed"
    )
    yield running
    running.close()


@pytest.fixture
def syncs(emulator: Emulator) -> Syncs:
    return Syncs(emulator, *NAMES, recheck_hours=2)


def happen(emulator: Emulator, kind: str, row_id: int | None = None) -> int:
    (changed, *_) = emulator.change(kind, row_id=row_id, seed=1)
    emulator.clock.advance(3 * HOUR_S)
    return changed.id


def expect_all(emulator: Emulator, destination: Destination) -> None:
    for name in NAMES:
        assert differences(emulator, destination, name) == [], name


def test_one_that_was_deleted_before_a_first_sync(emulator: Emulator, syncs: Syncs) -> None:
    ticket = happen(emulator, "delete_ticket")
    destination = syncs.destination()
    syncs.sync(destination)
    held = destination.tables["ticket_events"]
    assert not any(it["ticket_id"] == ticket for it in held.values())
    happen(emulator, "restore_ticket", ticket)
    syncs.sync(destination)
    assert any(it["ticket_id"] == ticket for it in held.values())
    expect_all(emulator, destination)
    emulator.clock.advance(3 * HOUR_S)
    assert syncs.sync(destination).total() == 0, "it is read whole once"


def test_one_whose_last_events_were_not_read(emulator: Emulator, syncs: Syncs) -> None:
    destination = syncs.destination()
    syncs.sync(destination)
    ticket = happen(emulator, "comment")
    happen(emulator, "delete_ticket", ticket)
    syncs.sync(destination)
    happen(emulator, "restore_ticket", ticket)
    syncs.sync(destination)
    expect_all(emulator, destination)


def test_a_kill_within_its_recheck_loses_none_of_them(emulator: Emulator, syncs: Syncs) -> None:
    ticket = happen(emulator, "delete_ticket")
    destination = syncs.destination()
    syncs.sync(destination)
    happen(emulator, "restore_ticket", ticket)
    results = list(syncs.results(destination.state))
    for number in range(1, len(results)):
        take(destination, results[:number], is_cut=True)
    syncs.sync(destination)
    expect_all(emulator, destination)


def test_a_refused_list_of_deleted_tickets_stops_nothing(emulator: Emulator, syncs: Syncs) -> None:
    emulator.site.refusals.add("/api/v2/deleted_tickets", "role")
    destination = syncs.destination()
    for _ in range(2):
        syncs.sync(destination)
        emulator.clock.advance(3 * HOUR_S)
    assert "deleted" not in destination.state["ticket_events"]["lists"]
