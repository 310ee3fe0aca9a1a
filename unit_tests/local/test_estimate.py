"""The cost of a first sync: requests of each walk by bucket, and the minutes they need."""

from collections import Counter

import pytest

from source_zendesk_support.config.config import Engine
from source_zendesk_support.local.estimate import (
    chosen_engines,
    forecast,
    has_lists,
    minutes_by_bucket,
)
from source_zendesk_support.local.stream_selection import select
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.engine import FirstEngine
from source_zendesk_support.zendesk.errors import ConnectorError
from test_support.models.exports import BELOW

LIMITS = {
    "account": 600,
    "help-center": 600,
    "incremental-exports": 10,
    "incremental-exports-cursor": 20,
    "deleted-tickets": 10,
    "search-export": 100,
    "side-conversation-events": 60,
    "custom-object-exports": 10,
    "talk-exports": 10,
    "tags-index": 100,
    "webhooks": 100,
}


def costs(names: str, largest_page: int | None = None, **counts: int) -> dict[str, Counter[str]]:
    found = forecast([STREAMS[name] for name in names.split(",")], counts, largest_page)
    return {cost.stream: cost.requests for cost in found}


def test_pages_draw_on_every_bucket_of_their_path() -> None:
    pages = {"account": 13, "incremental-exports": 13}
    assert costs("tickets", tickets=12_001) == {"tickets": pages}
    assert costs("tickets", 100, tickets=150) == {
        "tickets": {"account": 2, "incremental-exports": 2}
    }


def test_streams_of_one_walk_cost_once_and_stay_apart() -> None:
    found = forecast([STREAMS["tickets"], STREAMS["ticket_metrics"]], {"tickets": 5000}, None)
    assert [cost.requests.total() for cost in found] == [10, 0]
    assert [cost.shared_with for cost in found] == [None, "tickets"]


def test_lists_cost_more_requests_of_another_bucket_and_leave_the_archive_open() -> None:
    tickets, users = STREAMS["tickets"], STREAMS["users"]
    counts = {"tickets": 12_001, "users": 150}
    found = forecast([tickets, users], counts, None, with_lists=True)
    assert [cost.requests for cost in found] == [{"account": 121}, {"account": 2}]
    assert [cost.is_known for cost in found] == [False, True]
    same = [forecast([STREAMS["macros"]], {}, None, with_lists=it) for it in (False, True)]
    assert same[0] == same[1]
    assert has_lists(tickets)
    assert not has_lists(STREAMS["calls"])


def test_children_cost_a_request_for_each_parent_and_no_promise_is_made() -> None:
    (cost,) = forecast([BELOW], {"tickets": 2500}, None)
    assert cost.requests == {"incremental-exports": 3, "account": 3 + 2500}
    assert not cost.is_known


def test_a_list_without_a_count_costs_at_least_a_request() -> None:
    (cost,) = forecast([STREAMS["macros"]], {}, None)
    assert (cost.records, cost.requests, cost.is_known) == (None, {"account": 1}, False)


def test_the_bucket_that_needs_longest_binds() -> None:
    found = forecast(
        [STREAMS["tickets"], STREAMS["users"]], {"tickets": 60_000, "users": 1000}, None
    )
    minutes = minutes_by_bucket(found, LIMITS)
    assert minutes == {
        "account": 61 / 600,
        "incremental-exports": 6.0,
        "incremental-exports-cursor": 0.05,
    }


def test_every_stream_has_a_cost_and_every_bucket_a_limit() -> None:
    found = forecast(STREAMS.values(), {}, None)
    assert sorted(cost.stream for cost in found) == sorted(STREAMS)
    assert minutes_by_bucket(found, LIMITS)
    assert all(cost.requests or cost.shared_with for cost in found)


def test_streams_are_chosen_by_name() -> None:
    assert select(None) == list(STREAMS)
    assert select(" tickets,users,tickets ") == ["tickets", "users"]
    for wrong in ("ticket", "tickets,nonsense", "", ","):
        with pytest.raises(ConnectorError, match="--streams"):
            select(wrong)


@pytest.mark.parametrize(
    ("wanted", "is_closed", "said"),
    [
        (
            Engine.AUTO,
            False,
            "A first sync reads lists instead of a, b, and exports for the others",
        ),
        (Engine.AUTO, True, "A first sync reads lists."),
        (Engine.LISTS, False, "A first sync reads lists."),
        (Engine.EXPORTS, False, "A first sync reads exports."),
    ],
)
def test_the_plan_names_the_engines_of_a_first_sync(
    wanted: Engine, is_closed: bool, said: str
) -> None:
    first = FirstEngine(frozenset({"b", "a"}), 400.4, 300.0)
    sentence = chosen_engines(wanted, first, is_closed=is_closed)
    assert sentence.startswith(said)
    if "a, b" in said:
        assert "at least 300 minutes, and 400 with exports alone" in sentence


def test_a_small_account_begins_with_exports() -> None:
    assert chosen_engines(Engine.AUTO, FirstEngine(), is_closed=False).endswith("reads exports.")
