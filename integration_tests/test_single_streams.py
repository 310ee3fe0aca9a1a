"""The promises of single streams: how they ask, where they stop, and that deletions arrive."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from test_support.clock import CLOCK, HOUR_S
from test_support.connector.process import Connector, Destination, InProcess
from test_support.emulated_lists import listing_of, offers_cursors
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zendesk_emulator.api.exchange import Request
    from zendesk_emulator.server.site import Served

CONFIGURATION = (
    *("automations", "brands", "custom_roles", "custom_statuses", "dynamic_content_items"),
    *("group_memberships", "groups", "macros", "organization_fields", "schedules", "sla_policies"),
    *("ticket_fields", "ticket_forms", "triggers", "user_fields", "views", "webhooks"),
)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, frozen=True, limits=False) as made:
        yield made


def asked(emulator: Emulator, path: str) -> list[dict[str, list[str]]]:
    """Return the queries that were sent to a path, in order."""
    log = emulator.requests["log"]
    return [parse_qs(it["query"]) for it in log if it["path"] == f"/api/v2/{path}"]


def test_lists_are_asked_for_by_cursor_wherever_zendesk_offers_it(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog()
    emulator.site.log.reset()
    assert connector.read(catalog).code == 0
    by_cursor: dict[bool, set[str]] = {True: set(), False: set()}
    for request in emulator.requests["log"]:
        listing = listing_of(request["path"])
        if listing is not None:
            asked_so = "page%5Bsize%5D" in request["query"]
            assert asked_so is offers_cursors(listing), request
            by_cursor[asked_so].add(listing.path)
    # Everything that can be asked for by cursor is: no list ends at 10,000 records then.
    assert {"/api/v2/groups", "/api/v2/help_center/articles/*/comments"} <= by_cursor[True]
    assert {"/api/v2/workspaces", "/api/v2/custom_objects"} <= by_cursor[False]


def test_the_wall_of_pages_by_number_is_an_error_that_says_so(
    tmp_path: Path, emulator: Emulator
) -> None:
    body = {"errors": [{"code": "InvalidPaginationDepth", "title": "Too deep."}]}
    emulator.fault(path="workspaces$", status=400, body=body, skip=1)
    connector = Connector(tmp_path, emulator.base_url, page_size=1)
    output = connector.read(connector.catalog("workspaces", "tags"))
    assert output.code == 1
    assert output.counts()["workspaces"] == 1, "the pages before it were delivered"
    assert output.statuses("workspaces")[-1] == "INCOMPLETE"
    assert output.statuses("tags")[-1] == "COMPLETE"
    error = next(it for it in output.errors if it.get("stream_descriptor"))
    assert error["failure_type"] == "config_error"
    assert "10,000" in error["message"]


def test_configuration_older_than_the_start_date_comes_whole(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = Connector(tmp_path, emulator.base_url, start_date="2026-05-31T23:00:00Z")
    catalog = connector.catalog(*CONFIGURATION)
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    for name in CONFIGURATION:
        truth = emulator.truth(name)
        assert truth.must, name
        assert destination.differences(name, truth) == []


def test_audit_logs_of_one_second_come_once_each(tmp_path: Path, emulator: Emulator) -> None:
    """The window is closed at both ends, so the last second is asked for again each time."""
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog("audit_logs")
    destination = Destination(catalog)
    emulator.change("new_audit_log", count=3)
    destination.take(connector.read(catalog))
    emulator.change("new_audit_log", count=2, seed=1)
    for news in (2, 0):
        output = connector.read(catalog, destination.states())
        assert len(output.records) == news
        destination.take(output)
        assert destination.differences("audit_logs", emulator.truth("audit_logs")) == []
    last = asked(emulator, "audit_logs")[-1]
    assert len(last["filter[created_at][]"]) == 2
    assert last["sort"] == ["created_at"]


def test_ticket_audits_stop_at_the_first_wholly_old_page(
    tmp_path: Path, emulator: Emulator
) -> None:
    # Larger than the twelve that share a second: a page of equal times shows no order.
    connector = Connector(tmp_path, emulator.base_url, page_size=15)
    catalog = connector.catalog("ticket_audits")
    destination = Destination(catalog)
    first = connector.read(catalog)
    destination.take(first)
    pages = len(asked(emulator, "ticket_audits"))
    full = -(-len(emulator.truth("ticket_audits").must) // 15)
    assert pages == full + 1 >= 4, "an empty page is the last"
    assert len(first.states) == pages, "each page is a checkpoint"
    emulator.clock.advance(HOUR_S)
    emulator.change("comment", count=3)
    emulator.site.log.reset()
    output = connector.read(catalog, destination.states())
    destination.take(output)
    assert len(output.records) == 3
    assert len(asked(emulator, "ticket_audits")) == 2, "one with news, and one wholly old"
    assert destination.differences("ticket_audits", emulator.truth("ticket_audits")) == []


def test_deletions_arrive_in_whatever_order_tickets_are_deleted(tmp_path: Path) -> None:
    """The list is ordered by creation: it falls where an agent deletes a view, newest first."""
    with Emulator(
        size="tiny", seed=1, clock_at=CLOCK, frozen=True, limits=False, tickets=300
    ) as emulator:
        for row in list(emulator.account.table("deleted_tickets").rows.values()):
            emulator.change("restore_ticket", row_id=row.id)
        tickets = emulator.account.table("tickets").rows.values()
        live = sorted(row.id for row in tickets if row.status != "deleted" and not row.archived)
        connector = InProcess(tmp_path, emulator.base_url, page_size=5)
        catalog = connector.catalog("deleted_tickets")
        destination = Destination(catalog)
        for deleted in (live[20:5:-1], live[-3:], live[:2]):
            for row_id in deleted:
                emulator.change("delete_ticket", row_id=row_id)
                emulator.clock.advance(3)
            emulator.clock.advance(HOUR_S)
            output = connector.read(catalog, destination.states())
            assert output.code == 0
            assert len(output.records) == len(deleted)
            destination.take(output)
            truth = emulator.truth("deleted_tickets")
            assert destination.differences("deleted_tickets", truth) == []


@pytest.mark.parametrize("stream", ["triggers", "organization_fields"])
def test_a_record_that_moves_to_the_front_meanwhile_comes_with_the_next_sync(
    stream: str, tmp_path: Path, emulator: Emulator
) -> None:
    """A move is not a change for Zendesk: no time shows it."""
    table = emulator.account.table(stream)
    connector = InProcess(tmp_path, emulator.base_url, page_size=2)
    catalog = connector.catalog(stream)
    serve, asked_for = emulator.site.serve, []

    def serve_and_move(request: Request) -> Served:
        served = serve(request)
        asked_for.append(request.path)
        if len(asked_for) == 1:
            rows = sorted(table.rows.values(), key=lambda row: place(table.record(row)))
            first = table.record(rows[0])
            into = {"category_id": first["category_id"]} if stream == "triggers" else {}
            table.amend(rows[-1], position=-1, **into)
            emulator.account.changed()
        return served

    def place(record: dict[str, Any]) -> tuple[Any, ...]:
        return (record.get("category_id"), record["position"], record["id"])

    destination = Destination(catalog)
    emulator.site.serve = serve_and_move  # type: ignore[method-assign]
    for _ in range(2):
        emulator.clock.advance(HOUR_S)
        output = connector.read(catalog, destination.states())
        assert output.code == 0
        destination.take(output)
    assert f"/api/v2/{stream}" in asked_for
    assert destination.differences(stream, emulator.truth(stream)) == []


def test_ticket_audits_survive_a_504_in_smaller_pages(tmp_path: Path, emulator: Emulator) -> None:
    emulator.fault(path="ticket_audits$", status=504, body="upstream request timeout", count=2)
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog("ticket_audits")
    destination = Destination(catalog)
    output = connector.read(catalog)
    assert output.code == 0
    destination.take(output)
    assert destination.differences("ticket_audits", emulator.truth("ticket_audits")) == []
    sizes = [query["limit"] for query in asked(emulator, "ticket_audits")]
    assert sizes[:4] == [["200"], ["100"], ["50"], ["50"]]


def test_ticket_activities_are_asked_for_since_the_last_one(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog("ticket_activities")
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    assert "since" not in asked(emulator, "activities")[0]
    at = datetime.fromisoformat(destination.state["ticket_activities"]["updated_at"])
    emulator.clock.advance(HOUR_S)
    emulator.change("new_activity", count=2)
    emulator.site.log.reset()
    output = connector.read(catalog, destination.states())
    (since,) = asked(emulator, "activities")[0]["since"]
    assert (at - datetime.fromisoformat(since)).total_seconds() == 1
    assert len(output.records) == 2
    destination.take(output)
    truth = emulator.truth("ticket_activities")
    assert destination.differences("ticket_activities", truth) == []


def test_side_conversations_keep_their_milliseconds_and_ask_no_ticket(
    tmp_path: Path, emulator: Emulator
) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog("side_conversations")
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    truth = emulator.truth("side_conversations")
    assert destination.differences("side_conversations", truth) == []
    times = [row["updated_at"] for row in destination.tables["side_conversations"].values()]
    assert times
    assert all(re.search(r"\.\d{3}Z$", time) for time in times)
    assert not all(".000Z" in time for time in times)
    assert not [it for it in emulator.site.log.by_path if it.endswith("/side_conversations")]


def deleted(row: dict[str, Any]) -> bool:
    return bool(row.get("deleted") or row.get("is_deleted") or row.get("deleted_at"))


# How a deletion is made in the emulator, in which stream it shows, and how.
DELETIONS = {
    "groups": ("delete_group", deleted),
    "organizations": ("delete_organization", deleted),
    "users": (
        "deactivate_user",
        lambda row: row["active"] is False and "permanently_deleted" in row,
    ),
    "deleted_users": ("deactivate_user", lambda row: row["active"] is False),
    "tickets": ("delete_ticket", lambda row: row["status"] == "deleted"),
    "deleted_tickets": ("delete_ticket", deleted),
    "custom_object_records": (
        "delete_object_record",
        lambda row: row.get("name") == "[DELETED]" or "[DELETED]" in str(row),
    ),
}


@pytest.mark.parametrize("stream", DELETIONS)
def test_a_deletion_reaches_the_destination(
    tmp_path: Path, emulator: Emulator, stream: str
) -> None:
    kind, shows = DELETIONS[stream]
    connector = Connector(tmp_path, emulator.base_url, include_deleted_tickets=True)
    catalog = connector.catalog(stream)
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    before = {key for key, row in destination.tables[stream].items() if shows(row)}
    emulator.clock.advance(HOUR_S)
    emulator.change(kind)
    emulator.clock.advance(HOUR_S)
    destination.take(connector.read(catalog, destination.states()))
    after = {key for key, row in destination.tables[stream].items() if shows(row)}
    assert len(after - before) == 1
    truth = emulator.truth(stream, include_deleted_tickets=True)
    assert destination.differences(stream, truth) == []


@pytest.mark.parametrize(
    ("stream", "field"), [("brands", "is_deleted"), ("ticket_metric_events", "deleted")]
)
def test_earlier_deletions_are_delivered_too(
    tmp_path: Path, emulator: Emulator, stream: str, field: str
) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    output = connector.read(connector.catalog(stream))
    gone = {row["id"] for row in emulator.truth(stream).must if row[field]}
    assert gone, "the emulated account has some"
    assert {it["data"]["id"] for it in output.records if it["data"][field]} == gone
