"""A sync that is killed anywhere reads at most a page of a stream again, and loses nothing.

Under exports, under lists, and across a closing and an opening. A sync of the emulated account is
stopped behind a sample of its results. The states that belong to the last result came or did not.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.streams.walks import first_engine, ticket_list
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.engines import OF_OPEN_TICKETS, STREAMS, differences
from test_support.connector.in_memory import Syncs, copy_of, rows_of, take
from zendesk_emulator import Emulator
from zendesk_emulator.server.closing import Plan, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from test_support.connector.process import Destination

OPEN, CLOSED = plan_of("open"), plan_of("closed")
# The engines of the syncs before, and of the one that is killed.
STORIES: dict[str, tuple[list[Plan], Plan]] = {
    "a first sync by exports": ([], OPEN),
    "a later sync by exports": ([OPEN], OPEN),
    "a first sync by lists": ([], CLOSED),
    "a later sync by lists": ([CLOSED], CLOSED),
    "exports have closed": ([OPEN], CLOSED),
    "exports have opened": ([OPEN, CLOSED], OPEN),
    "exports close in a first sync": ([], plan_of("open", after=5)),
    "exports close in a later sync": ([OPEN], plan_of("open", after=4)),
}
PAGE = 10
KILLS = 7


@pytest.fixture(autouse=True)
def _two_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_list, "SHARES", 2)


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    seed = sum(request.node.name.encode()) % 5
    running = Emulator(size="tiny", seed=seed, clock_at=CLOCK, frozen=True, limits=False)
    yield running
    running.close()


def kill_and_resume(
    syncs: Syncs, before: Destination, now: Plan, sample: random.Random
) -> Iterator[tuple[str, Counter[str], Destination]]:
    """Yield the point of each kill, what came again, and the destination after the next sync."""
    closing = syncs.emulator.site.closing
    closing.set(now)
    results = list(syncs.results(before.state))
    whole = copy_of(before)
    once, page = take(whole, results), Counter[str]()
    for result in results:
        page |= Counter({name: len(records) for name, records in result.records})
    points = [(number, is_cut) for number in range(1, len(results) + 1) for is_cut in (True, False)]
    yield "nowhere", Counter(), whole
    for number, is_cut in sample.sample(points, min(KILLS, len(points))):
        closing.set(now)
        killed = copy_of(before)
        running = syncs.results(before.state)
        first = take(killed, [next(running) for _ in range(number)], is_cut=is_cut)
        running.close()
        came = first + syncs.sync(killed)
        again = Counter({name: count - once[name] for name, count in came.items()})
        yield f"{number} {is_cut}", again - page, killed


def read_before(syncs: Syncs, plans: list[Plan], seed: int) -> Destination:
    destination = syncs.destination()
    for number, plan in enumerate(plans):
        syncs.emulator.site.closing.set(plan)
        syncs.sync(destination)
        syncs.emulator.change("mix", count=60, seed=10 * seed + number)
        syncs.emulator.clock.advance(HOUR_S)
    return destination


@pytest.mark.parametrize("story", STORIES)
def test_a_killed_sync_loses_nothing_and_repeats_a_page(emulator: Emulator, story: str) -> None:
    syncs = Syncs(emulator, *STREAMS, page_size=PAGE, recheck_hours=1)
    plans, now = STORIES[story]
    before = read_before(syncs, plans, seed=len(story))
    # A recheck begins in the sync that meets a closing: the one killed, or the next.
    uncounted = OF_OPEN_TICKETS if "close in" in story else frozenset()
    whole = None
    for point, again, after in kill_and_resume(syncs, before, now, random.Random(story)):
        assert {name: n for name, n in again.items() if name not in uncounted} == {}, point
        whole = whole or rows_of(after)
        assert rows_of(after) == whole, point


def test_a_first_sync_that_begins_by_lists(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_engine, "WORTH_MIN", 0.0)
    syncs = Syncs(emulator, *STREAMS, page_size=PAGE, recheck_hours=1)
    whole = None
    for point, again, after in kill_and_resume(
        syncs, syncs.destination(), OPEN, random.Random("lists")
    ):
        assert again == {}, point
        whole = whole or rows_of(after)
        assert rows_of(after) == whole, point
    assert any("in this first sync: it takes about" in line for line in syncs.logs)


@pytest.mark.parametrize("plan", [OPEN, CLOSED], ids=["exports", "lists"])
def test_no_content_of_a_first_sync_waits_for_a_recheck(emulator: Emulator, plan: Plan) -> None:
    """A recheck reads tickets whole by their ids, and would hide what their list lacks."""
    emulator.site.closing.set(plan)
    syncs = Syncs(emulator, *STREAMS, recheck_hours=400)
    destination = syncs.destination()
    syncs.sync(destination)
    for name in STREAMS:
        found = differences(emulator, destination, name, by_exports=plan is OPEN)
        assert found == [], name


def test_a_closing_in_a_first_sync_repeats_few_events(emulator: Emulator) -> None:
    """Events of the export come neither from the list of audits nor ticket by ticket."""
    emulator.site.closing.set(plan_of("open", after=12, families=["ticket_events"]))
    syncs = Syncs(emulator, "ticket_events", page_size=PAGE, recheck_hours=1)
    destination = syncs.destination()
    results = list(syncs.results(destination.state))
    take(destination, results)
    assert differences(emulator, destination, "ticket_events") == []
    by_export = {it["id"] for result in results[:12] for _, rows in result.records for it in rows}
    later = [it["id"] for result in results[12:] for _, rows in result.records for it in rows]
    assert len(by_export) > 5 * PAGE
    assert sum(key in by_export for key in later) <= PAGE
