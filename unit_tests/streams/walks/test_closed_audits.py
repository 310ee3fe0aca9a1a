"""The events of closed tickets in a first sync by lists: all of them, and each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from test_support.clock import CLOCK
from test_support.connector.in_memory import Syncs
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    running = Emulator(size="tiny", seed=1, clock_at=CLOCK, frozen=True, limits=False)
    yield running
    running.close()


@pytest.mark.parametrize("complete", [False, True])
def test_the_list_and_the_tickets_deliver_no_event_twice(
    emulator: Emulator, *, complete: bool
) -> None:
    start = {"complete_tickets": True, "start_date": "2026-01-01T00:00:00Z"} if complete else {}
    syncs = Syncs(emulator, "ticket_events", engine="lists", recheck_hours=400, **start)
    destination = syncs.destination()
    counts = syncs.sync(destination)
    held = {row["id"] for row in destination.tables["ticket_events"].values()}
    assert counts["ticket_events"] == len(held)
    tickets = emulator.account.table("tickets").rows
    events = emulator.account.table("ticket_events").rows.values()
    if not complete:  # below a deleted ticket Zendesk shows nothing
        assert held == {it.id for it in events if tickets[it.parent].status != "deleted"}
