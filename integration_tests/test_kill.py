"""The process is killed at random moments of a first read: nothing is lost, little read twice."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from connector import Connector, Destination, Output
from test_sync import CLOCK, STREAMS, expect_equal

from source_zendesk_support.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 25
KILLS = 20
# The emulated Talk exports take no page size (unverified of Zendesk): a page is up to 1000.
OWN_PAGE = {"calls": 1000, "call_legs": 1000}


@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_kills_lose_nothing_and_repeat_at_most_a_page_each(
    tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    with Emulator(size="tiny", seed=seed, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, page_size=PAGE)
        catalog = connector.catalog()
        whole = connector.read(catalog)
        destination = Destination(catalog)
        delivered = Counter[tuple[str, object]]()
        for _ in range(KILLS):
            killed = connector.read_and_kill(
                catalog, destination.states(), after_lines=draw.randrange(1, len(whole.lines) // 8)
            )
            repeats = _take(destination, delivered, killed)
            assert all(
                count <= OWN_PAGE.get(stream, PAGE) + _border(emulator)
                for stream, count in repeats.items()
            ), repeats
        last = connector.read(catalog, destination.states())
        assert last.code == 0
        _take(destination, delivered, last)
        expect_equal(emulator, destination)


def _take(
    destination: Destination, delivered: Counter[tuple[str, object]], output: Output
) -> Counter[str]:
    """Take a run in; return how many records of each stream had been delivered before."""
    repeats = Counter[str]()
    for record in output.records:
        stream = record["stream"]
        key = (stream, destination.key_of(stream, record["data"]))
        repeats[stream] += bool(delivered[key])
        delivered[key] += 1
    destination.take(output)
    return repeats


def _border(emulator: Emulator) -> int:
    """Time exports stretch a page to the end of its last second (zendesk/api.md 2.3.4)."""
    largest = 0
    for stream, field in (("organizations", "updated_at"), ("ticket_events", "timestamp")):
        seconds = Counter(record[field] for record in emulator.truth(stream).must)
        largest = max(largest, *seconds.values())
    return largest


def test_every_stream_was_under_way_in_these_tests() -> None:
    assert len(STREAMS) == 73
