"""A reader that follows docs/facts/zendesk-api.md ends with exactly what `truth` demands."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from test_support.plain_lists import START_S
from test_support.plain_reader import Reader
from zendesk_emulator.changes.apply import change
from zendesk_emulator.truth.oracle import TRUTHS, truth
from zendesk_emulator.truth.rules import key_of


def assert_true(reader: Reader, stream: str) -> None:
    told = truth(reader.ask.site.account, stream, start_s=START_S, include_deleted_tickets=True)
    held = reader.held[stream]
    must = {key_of(told, record): record for record in told.must}
    assert len(must) == len(told.must)
    missing = must.keys() - held.keys()
    assert not missing, (stream, missing)
    assert {key: held[key] for key in must} == must, stream
    assert held.keys() - must.keys() <= set(told.may), stream


@settings(max_examples=4, deadline=None)
@given(seeds=st.lists(st.integers(0, 2**32), min_size=3, max_size=3))
def test_three_syncs_with_changes_between_them(ask_with: Any, seeds: list[int]) -> None:
    reader = Reader(ask_with(cluster=20))
    account = reader.ask.site.account
    reader.sync()
    for seed in seeds:
        change(account, "mix", count=60, seed=seed)
        account.clock.advance(40)
        reader.sync()  # half of it is held back ...
        account.clock.advance(21)
        reader.sync()  # ... until here
        for stream in TRUTHS:
            assert_true(reader, stream)
    account.clock.advance(31 * 86_400)  # what was deleted is scrubbed by itself
    reader.sync()
    account.clock.advance(61)
    reader.sync()
    for stream in TRUTHS:
        assert_true(reader, stream)


def test_deleted_tickets_are_demanded_only_when_asked_for(ask: Any) -> None:
    account = ask.site.account
    ticket_id = change(account, "delete_ticket")[0].id
    account.clock.advance(61)
    without = truth(account, "tickets")
    assert ticket_id in without.may
    assert all(record["status"] != "deleted" for record in without.must)
    with_deleted = truth(account, "tickets", include_deleted_tickets=True)
    assert next(r for r in with_deleted.must if r["id"] == ticket_id)["status"] == "deleted"
    metric_ids = {record["ticket_id"] for record in truth(account, "ticket_metrics").must}
    assert ticket_id not in metric_ids


def test_a_change_of_the_last_minute_may_still_be_held_as_it_was(ask: Any) -> None:
    ticket_id = change(ask.site.account, "update_ticket")[0].id
    told = truth(ask.site.account, "tickets")
    assert ticket_id in told.may
    assert ticket_id not in [record["id"] for record in told.must]
    ask.site.account.clock.advance(60)
    assert ticket_id in [record["id"] for record in truth(ask.site.account, "tickets").must]


def test_removed_memberships_are_allowed(ask: Any) -> None:
    gone = change(ask.site.account, "remove_group_membership")[0].id
    told = truth(ask.site.account, "group_memberships")
    assert gone in told.may
    assert gone not in [record["id"] for record in told.must]


def test_an_unknown_stream_is_an_error(ask: Any) -> None:
    with pytest.raises(KeyError):
        truth(ask.site.account, "no_such_stream")
