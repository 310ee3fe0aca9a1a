"""The process is killed at random moments of a first read: nothing is lost, little read twice."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from test_support.clock import CLOCK
from test_support.connector.account_truth import COMPARED, expect_equal
from test_support.connector.checkpoints import begun_anew, largest_pages, pages
from test_support.connector.process import Connector, Destination, Output
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

PAGE = 25
KILLS = 20
# The emulated Talk exports take no page size (unverified of Zendesk): a page is up to 1000.
OWN_PAGE = {"calls": 1000, "call_legs": 1000}
# Streams of which a page has any number of records: the field that names whose they are.
OWNER = {
    "article_attachments": "article_id",
    "article_comments": "source_id",
    "article_translations": "source_id",
    "article_votes": "item_id",
    "conversation_log": "ticket_id",
    "post_comment_votes": "post_id",
    "post_comments": "post_id",
    "post_votes": "post_id",
    "side_conversations": "ticket_id",
    "ticket_field_history": "event_id",
    "ticket_field_options": "ticket_field_id",
    "user_identities": "user_id",
}


def test_twenty_kills_lose_nothing_and_repeat_at_most_a_page_each(tmp_path: Path) -> None:
    draw = random.Random(1)
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, page_size=PAGE)
        catalog = connector.catalog()
        whole = connector.read(catalog)
        largest = largest_pages(whole)
        destination = Destination(catalog)
        delivered = Counter[tuple[str, object]]()
        for _ in range(KILLS):
            states = destination.states()
            killed = connector.read_and_kill(
                catalog, states, after_lines=draw.randrange(1, len(whole.lines) // 8)
            )
            repeats = _take(destination, delivered, killed)
            for stream in begun_anew(states):
                del repeats[stream]
            assert repeats <= largest, repeats - largest
        last = connector.read(catalog, destination.states())
        assert last.code == 0
        _take(destination, delivered, last)
        expect_equal(emulator, destination)


def test_between_two_states_of_a_stream_stands_a_page(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, page_size=PAGE)
        whole = connector.read(connector.catalog())
        border = _border(emulator)
    comments = [it["data"] for it in whole.records if it["stream"] == "article_comments"]
    article_of = {comment["id"]: comment["source_id"] for comment in comments}
    seen = Counter[str]()
    for stream, records in pages(whole):
        items: Collection[object] = records
        if stream in OWNER:
            items = {record[OWNER[stream]] for record in records}
        elif stream == "article_comment_votes":
            items = {article_of[record["item_id"]] for record in records}
        assert len(items) <= OWN_PAGE.get(stream, PAGE) + border, stream
        seen[stream] += bool(records)
    assert seen.keys() == set(COMPARED)
    assert min(seen[stream] for stream in ("tickets", "organizations", "article_votes")) > 1


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
    """Time exports stretch a page to the end of its last second.

    See docs/facts/zendesk-api.md#2.3.4.
    """
    largest = 0
    for stream, field in (("organizations", "updated_at"), ("ticket_events", "timestamp")):
        seconds = Counter(record[field] for record in emulator.truth(stream).must)
        largest = max(largest, *seconds.values())
    return largest
