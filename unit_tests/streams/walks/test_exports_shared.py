"""Streams of an export and their children in one walk: what it asks for, and what a kill costs."""

import json
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks import export_children
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.errors import ConnectorError, StreamRefused
from test_support.models.exports import BELOW, Account, error, sync


def test_children_cost_no_request_to_the_export_and_hold_no_ticket_back(make_context) -> None:
    account = _with_tickets(7)
    sync(make_context, account, {}, "tickets")
    alone = account.requests.count("incremental/tickets/cursor")
    states: dict[str, Any] = {}
    came = sync(make_context, account, states, "side_conversations", "tickets")
    exports, below = account.requests[:alone], account.requests[alone:]
    assert set(exports) == {"incremental/tickets/cursor"}
    assert below == [f"tickets/{key}/side_conversations" for key in range(1, 8)]
    assert came["completed"] == ["tickets"]
    assert states["tickets"]["after_cursor"] == states["side_conversations"]["after_cursor"]


def _with_tickets(number: int) -> Account:
    account = Account()
    for key in range(1, number + 1):
        account.ticket(key)
    return account


def _results(make_context, account, stands, page: int) -> Iterator[PageResult]:
    """Yield the results of a sync of tickets and their side conversations."""
    rows = [STREAMS["tickets"], BELOW]
    context = make_context(account, lambda: account.now_s + 1000, largest_page=page)
    for run in plan_runs(rows, {row.name: decode(row, stands.get(row.name)) for row in rows}):
        yield from run.resource.walk.read(context, begin(context, run).run)


@pytest.mark.parametrize("page", [2, 1000])
def test_a_kill_at_any_point_loses_nothing_and_repeats_a_page_at_most(
    make_context, monkeypatch, page
) -> None:
    monkeypatch.setattr(export_children, "CHECKPOINT", 3)
    account = _with_tickets(7)
    points = len(list(_results(make_context, account, {}, page)))
    for point in range(points):
        came: dict[str, list[Any]] = {"tickets": [], "side_conversations": []}
        states: dict[str, Any] = {}
        account.errors["tickets/4/side_conversations"] = error(StreamRefused, 403)
        for result in islice(_results(make_context, account, {}, page), point):
            _take(result, came, states)
        account.errors.clear()
        for result in _results(make_context, account, json.loads(json.dumps(states)), page):
            _take(result, came, states)
        assert set(came["tickets"]) == set(range(1, 8)), point
        assert set(came["side_conversations"]) == {f"s{key}" for key in range(1, 8)}, point
        for ids in came.values():
            assert len(ids) - len(set(ids)) <= min(page, 3), point


def _take(result, came: dict[str, list[Any]], states: dict[str, Any]) -> None:
    for name, records in result.records:
        came[name] += [it["id"] for it in records]
    states |= dict(result.states)


def test_an_export_that_fails_later_costs_no_child_of_the_pages_before(make_context) -> None:
    account = _with_tickets(5)
    ask, pages = account.get, count(1)

    def failing(path, params, **more):
        if path.startswith("incremental/") and next(pages) == 3:
            raise error(ConnectorError, 500)
        return ask(path, params, **more)

    account.get = failing  # type: ignore[method-assign]
    came: dict[str, list[Any]] = {"tickets": [], "side_conversations": []}
    states: dict[str, Any] = {}
    failed: list[str] = []

    def read() -> None:
        for result in _results(make_context, account, {}, 2):
            _take(result, came, states)
            failed.extend(name for name, _ in result.failures)

    with pytest.raises(ConnectorError):
        read()
    assert came == {"tickets": [1, 2, 3, 4], "side_conversations": ["s1", "s2", "s3", "s4"]}
    assert failed == ["tickets"]
    assert states["tickets"]["after_cursor"] == states["side_conversations"]["after_cursor"]


def test_more_parents_than_may_wait_are_asked_from_the_export_again(
    make_context, monkeypatch
) -> None:
    monkeypatch.setattr(export_children, "MOST_WAITING", 0)
    account = _with_tickets(7)
    states: dict[str, Any] = {}
    came = sync(make_context, account, states, "tickets", "side_conversations")
    assert [it["id"] for it in came["side_conversations"]] == [f"s{key}" for key in range(1, 8)]
    assert account.requests.count("incremental/tickets/cursor") == 4 + 3
    assert states["tickets"]["after_cursor"] == states["side_conversations"]["after_cursor"]
