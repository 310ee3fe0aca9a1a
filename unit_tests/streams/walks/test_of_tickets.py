"""The word of pages on tickets, and the keys that belong to them."""

from __future__ import annotations

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.key_memory import KeyMemory
from source_zendesk_support.streams.state.known_keys import MOST_KEYS, KnownKeys
from source_zendesk_support.streams.walks.said_of_tickets import are_deleted, keys_of_tickets

COMMENTS = STREAMS["ticket_comments"]


def event(ticket: Any, *changes: Any) -> dict[str, Any]:
    return {"id": 1, "ticket_id": ticket, "child_events": list(changes)}


GONE = {"status": "deleted", "previous_value": "open"}
BACK = {"status": "open", "previous_value": "deleted"}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([event(1, GONE)], {"1": True}),
        ([event(1, BACK)], {"1": False}),
        ([event(1, GONE), event(1, BACK)], {"1": False}),
        ([event(1, BACK), event(1, {"body": "x"}, GONE)], {"1": True}),
        ([event(1, {"status": "open", "previous_value": "new"})], {}),
        # A subject may be this word, and so may be what a comment says.
        ([event(1, {"subject": "deleted", "previous_value": "deleted"})], {}),
        ([event(1, {"body": "deleted"}), event(2, None, "deleted", 7)], {}),
        ([{"id": 3, "ticket_id": 1, "child_events": None}], {}),
        ([{"id": 3, "status": "deleted"}, {"id": 4, "status": "open"}], {"3": True, "4": False}),
    ],
)
def test_of_each_ticket_the_last_word_counts(items: Any, said: dict[str, bool]) -> None:
    assert are_deleted(items) == said


def test_keys_stand_below_their_ticket() -> None:
    records = [{"id": 5, "ticket_id": 1}, {"id": 6, "ticket_id": 2}, {"id": 7, "ticket_id": 1}]
    assert keys_of_tickets(COMMENTS, records) == {"1": [5, 7], "2": [6]}


def test_as_many_keys_as_are_promised_are_kept_and_come_back() -> None:
    memory = KeyMemory(None)
    for ticket in range(MOST_KEYS // 4):
        memory.meet(range(9_000_000_000 + 4 * ticket, 9_000_000_004 + 4 * ticket), str(ticket))
    memory.hide(memory.keys_of("17"))
    known = memory.known()
    assert known is not None
    assert len(known.keys) < 5 * MOST_KEYS  # bytes of the state
    again = KeyMemory(KnownKeys.from_json(COMMENTS, known.to_json()))
    assert again.count == MOST_KEYS
    assert again.forget_hidden() == {"17": {9_000_000_068 + n for n in range(4)}}
    assert not again.keys_of("17")
    memory.meet([1], "0")
    assert memory.is_full
