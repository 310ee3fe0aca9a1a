"""The events of closed tickets in a first sync by lists: all of them, and few of them twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.streams.walks.ticket_list import NOT_ARCHIVED_S
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
def test_only_events_of_tickets_that_may_be_archived_come_twice(
    emulator: Emulator, *, complete: bool
) -> None:
    start = {"complete_tickets": True, "start_date": "2026-01-01T00:00:00Z"} if complete else {}
    syncs = Syncs(emulator, "ticket_events", engine="lists", recheck_hours=400, **start)
    came = Counter(
        (event["id"], event["ticket_id"])
        for result in syncs.results({})
        for _, events in result.records
        for event in events
    )
    tickets = emulator.account.table("tickets").rows
    archived_s = emulator.clock.now() - NOT_ARCHIVED_S
    for (_, ticket), times in came.items():
        assert times == 1 or (times == 2 and tickets[ticket].updated_s < archived_s)
    assert sum(times == 1 for times in came.values()) > len(came) / 2
    if not complete:  # below a deleted ticket Zendesk shows nothing
        there = emulator.account.table("ticket_events").rows.values()
        assert {key for key, _ in came} == {
            it.id for it in there if tickets[it.parent].status != "deleted"
        }
