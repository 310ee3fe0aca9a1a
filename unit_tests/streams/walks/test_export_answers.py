"""The walks of the incremental exports over prepared answers: ends, borders and standstills."""

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.state.export_position import ExportPosition, TimePosition
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.request import PageSize

TICKETS = STREAMS["tickets"]
ORGANIZATIONS = STREAMS["organizations"]


class Answers:
    """A client that gives prepared pages, one after the other."""

    def __init__(self, *bodies: dict[str, Any]) -> None:
        self.bodies = list(bodies)
        self.sent: list[dict[str, str]] = []

    def get(
        self, path: str, params: dict[str, str], *, expects: str, size: PageSize, **_lacks: Any
    ) -> Page:
        assert path
        assert expects
        assert size.value
        self.sent.append(dict(params))
        return Page(self.bodies.pop(0), server_s=1_700_010_000)


def read_all(make_context, stream, client, position) -> list[Any]:
    run = WalkRun(stream.resource, (stream,), {stream.name: position})
    return list(stream.resource.walk.read(make_context(client, lambda: 1_700_010_000), run))


def test_a_missing_end_is_not_an_end(make_context) -> None:
    """Defect 4 of the published connector: without `end_of_stream` it stopped silently."""
    client = Answers(
        {"tickets": [{"id": 1, "generated_timestamp": 1_700_000_005}], "after_cursor": "a"},
        {"tickets": [], "after_cursor": "b", "end_of_stream": False},
        {"tickets": [{"id": 2, "generated_timestamp": 1_700_000_006}], "after_cursor": None},
    )
    deliveries = read_all(make_context, TICKETS, client, ExportPosition(1))
    ids = [[record["id"] for record in dict(it.records)["tickets"]] for it in deliveries]
    assert ids == [[1], [], [2]]
    # A page without records moves the place, and the time not back.
    assert dict(deliveries[1].states)["tickets"] == {
        "generated_timestamp": "1700000005",
        "after_cursor": "b",
        "v": 1,
    }
    # An end without a cursor keeps the last place, or the next sync would begin anew.
    assert dict(deliveries[-1].states)["tickets"] == {
        "generated_timestamp": "1700000006",
        "after_cursor": "b",
        "v": 1,
    }


def test_the_end_of_an_empty_export_keeps_the_place(make_context) -> None:
    client = Answers({"tickets": [], "after_cursor": None, "end_of_stream": True})
    position = ExportPosition(500, "500|9")
    [delivery] = read_all(make_context, TICKETS, client, position)
    assert decode(TICKETS, dict(delivery.states)["tickets"]) == position


def test_a_page_with_the_cursor_that_was_sent_makes_no_progress(make_context) -> None:
    client = Answers({"tickets": [{"id": 1}], "after_cursor": "c", "end_of_stream": False})
    with pytest.raises(ConnectorError, match="no progress"):
        read_all(make_context, TICKETS, client, ExportPosition(5, "c"))


def test_more_records_in_one_second_than_a_page_is_an_error_and_does_not_loop(make_context) -> None:
    page = {
        "organizations": [{"id": 1, "updated_at": 500}],
        "end_time": 500,
        "end_of_stream": False,
    }
    client = Answers(page, page)
    with pytest.raises(ConnectorError, match="no progress"):
        read_all(make_context, ORGANIZATIONS, client, TimePosition(500))


def test_a_taken_over_position_without_news_is_an_end(make_context) -> None:
    """The first sync after the published connector repeats its border, and must not fail on it."""
    stream = STREAMS["ticket_metric_events"]
    page = {
        "ticket_metric_events": [{"id": 1, "time": "2024-03-02T10:00:02Z"}],
        "count": 1,
        "end_time": 1709373602,
        "next_page": "https://x.zendesk.com/next?start_time=1709373602",
    }
    client = Answers(page, page)
    position = decode(stream, {"time": "1709373602"})
    deliveries = read_all(make_context, stream, client, position)
    records = [record["id"] for it in deliveries for _, found in it.records for record in found]
    assert records == [1]
    assert dict(deliveries[-1].states)["ticket_metric_events"]["time"] == "1709373602"


def test_a_border_repeat_that_changed_is_delivered(make_context) -> None:
    def page(name: str) -> dict[str, Any]:
        return {
            "organizations": [{"id": 1, "name": name, "updated_at": 500}],
            "end_time": 500,
            "end_of_stream": True,
        }

    position = TimePosition(400)
    names = []
    for name in ("a", "a", "b", "b"):
        [delivery] = read_all(make_context, ORGANIZATIONS, Answers(page(name)), position)
        names += [record["name"] for record in dict(delivery.records)["organizations"]]
        position = decode(ORGANIZATIONS, dict(delivery.states)["organizations"])
    assert names == ["a", "b"]


def test_both_members_of_a_walk_get_every_page(make_context) -> None:
    members = (STREAMS["tickets"], STREAMS["ticket_metrics"])
    client = Answers(
        {
            "tickets": [{"id": 1, "generated_timestamp": 1_700_000_005, "metric_set": {"id": 10}}],
            "after_cursor": "a",
            "end_of_stream": False,
        },
        {
            "tickets": [{"id": 2, "generated_timestamp": 1_700_000_006, "metric_set": None}],
            "after_cursor": "b",
            "end_of_stream": True,
        },
    )
    starts = {member.name: ExportPosition() for member in members}
    run = WalkRun(members[0].resource, members, starts)
    deliveries = list(run.resource.walk.read(make_context(client, lambda: 1_700_010_000), run))
    assert [sent["include"] for sent in client.sent] == ["metric_sets", "metric_sets"]
    assert dict(deliveries[0].records) == {
        "tickets": [{"id": 1, "generated_timestamp": 1_700_000_005}],
        "ticket_metrics": [
            {"id": 10, "generated_timestamp": 1_700_000_005, "_ab_updated_at": 1_700_000_005}
        ],
    }
    assert dict(deliveries[1].states) == {
        "tickets": {"generated_timestamp": "1700000006", "after_cursor": "b", "v": 1},
        "ticket_metrics": {"_ab_updated_at": "1700000006", "after_cursor": "b", "v": 1},
    }
    alone = [decode(member, dict(deliveries[1].states)[member.name]) for member in members]
    assert alone[0] == alone[1]  # so the next sync shares the walk again


def test_a_ticket_dated_in_the_future_moves_the_position_to_zendesks_time(make_context) -> None:
    tickets = [{"id": 1, "generated_timestamp": 1_700_099_999}]
    client = Answers({"tickets": tickets, "after_cursor": "a", "end_of_stream": True})
    [delivery] = read_all(make_context, TICKETS, client, ExportPosition(1))
    assert decode(TICKETS, dict(delivery.states)["tickets"]) == ExportPosition(1_700_010_000, "a")


@pytest.mark.parametrize("end_s", [1_700_010_001, 10**19, 253_402_300_800])
def test_an_end_in_the_future_moves_the_position_to_the_newest_record(make_context, end_s) -> None:
    rows = [{"id": 1, "updated_at": 700}, {"id": 2, "updated_at": 1_700_020_000}]
    client = Answers({"organizations": rows, "end_time": end_s, "end_of_stream": True})
    [delivery] = read_all(make_context, ORGANIZATIONS, client, TimePosition(500))
    position = decode(ORGANIZATIONS, dict(delivery.states)["organizations"])
    assert position.at_s == 700


def test_an_end_in_the_future_that_no_record_explains_is_an_error(make_context) -> None:
    page = {"organizations": [], "end_time": 10**19, "end_of_stream": False}
    with pytest.raises(ConnectorError, match="in the future") as caught:
        read_all(make_context, ORGANIZATIONS, Answers(page), TimePosition(500))
    assert caught.value.failure is Failure.TRANSIENT
