"""Streams whose records can be counted before the reading, and the cost of it."""

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.streams.walks.counts import estimates
from source_zendesk_support.streams.walks.runs import plan_runs


class Client:
    def __init__(self, **counts: int | None) -> None:
        self.counts = counts
        self.asked: list[str] = []

    def count(self, path: str) -> int | None:
        self.asked.append(path)
        return self.counts.get(path.removesuffix("/count"))


def run_of(*names: str, **positions: ListPosition):
    starts = {name: STREAMS[name].position_type() for name in names}
    (run,) = plan_runs([STREAMS[name] for name in names], starts | positions)
    return run


def test_a_ticket_has_one_set_of_metrics_and_is_counted_once() -> None:
    client = Client(tickets=7)
    found = estimates(client, run_of("tickets", "ticket_metrics"))
    assert found == {"tickets": 7, "ticket_metrics": 7}
    assert client.asked == ["tickets/count"]


def test_identities_cannot_be_counted_with_their_users() -> None:
    assert estimates(Client(users=7), run_of("users", "user_identities")) == {"users": 7}


@pytest.mark.parametrize("name", ["brands", "deleted_tickets", "ticket_events"])
def test_a_stream_without_a_count_costs_nothing(name: str) -> None:
    client = Client()
    assert estimates(client, run_of(name)) == {}
    assert client.asked == []


def test_a_stream_that_continues_has_no_estimate() -> None:
    client = Client(groups=7)
    assert estimates(client, run_of("groups", groups=ListPosition(5))) == {}
    assert client.asked == []


def test_a_missing_count_is_not_an_estimate() -> None:
    assert estimates(Client(), run_of("groups")) == {}
    assert estimates(Client(groups=0), run_of("groups")) == {"groups": 0}


def test_only_what_a_record_each_is_counted_of_has_a_count() -> None:
    assert {name for name, row in STREAMS.items() if row.count} == {
        "tickets", "ticket_metrics", "users", "organizations", "groups", "ticket_fields", "tags",
        "satisfaction_ratings",
    }  # fmt: skip
