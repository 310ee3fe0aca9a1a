"""A first read and three incremental reads leave a destination that equals the account."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from test_support.clock import CLOCK, HOUR_S
from test_support.connector.account_truth import COMPARED, deleted, expect_equal
from test_support.connector.process import BEFORE_ALL, Connector, Destination
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("seed", "include_deleted"), [(1, False), (2, True)])
def test_destination_equals_the_account_after_each_of_four_syncs(
    tmp_path: Path, seed: int, include_deleted: bool
) -> None:
    with Emulator(size="tiny", seed=seed, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(
            tmp_path,
            emulator.base_url,
            include_deleted_tickets=include_deleted,
            page_size=50,
            satisfaction_ratings_lookback_days=3650,  # the changes below are to ratings of any age
            help_center_sweep_hours=0,
            recheck_hours=0,  # so do engagements that began long before they ended
        )
        catalog = connector.catalog()
        assert {row["stream"]["name"] for row in catalog["streams"]} == set(COMPARED)
        destination = Destination(catalog)
        were_deleted: set[int] = set()
        for sync in range(4):
            output = connector.read(catalog, destination.states())
            assert output.code == 0, output.errors
            assert output.stderr == ""
            destination.take(output)
            expect_equal(
                emulator, destination, were_deleted, include_deleted_tickets=include_deleted
            )
            were_deleted |= deleted(emulator)
            emulator.change("mix", count=60, seed=100 * seed + sync)
            emulator.clock.advance(HOUR_S)


def test_nothing_is_delivered_twice_when_nothing_has_changed(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url)
        catalog = connector.catalog()
        destination = Destination(catalog)
        destination.take(connector.read(catalog))
        states = destination.states()
        emulator.clock.advance(HOUR_S)
        again = connector.read(catalog, states)
        assert again.code == 0
        incremental = {
            row["stream"]["name"] for row in catalog["streams"] if row["sync_mode"] == "incremental"
        }
        assert {name: n for name, n in again.counts().items() if name in incremental} == {}
        destination.take(again)
        assert destination.states() == states


def test_a_later_start_date_bounds_exports_and_not_configuration(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=4, clock_at=CLOCK, limits=False) as emulator:
        start_s = emulator.clock.now_s() - 30 * 24 * HOUR_S
        connector = Connector(tmp_path, emulator.base_url, start_date="2026-05-02T00:00:00Z")
        catalog = connector.catalog()
        destination = Destination(catalog)
        destination.take(connector.read(catalog))
        expect_equal(emulator, destination, start_s=start_s)


def test_older_audits_of_a_restored_ticket_come_with_ticket_events_alone(tmp_path: Path) -> None:
    """docs/delivery.md states it: the feed leaves out deleted tickets and is newest first."""
    with Emulator(size="tiny", seed=6, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url)
        catalog = connector.catalog("ticket_audits", "ticket_events")
        destination = Destination(catalog)
        (gone, *_) = (each.id for each in emulator.change("delete_ticket", seed=1))
        emulator.clock.advance(HOUR_S)
        destination.take(connector.read(catalog))
        emulator.change("restore_ticket", row_id=gone)
        emulator.clock.advance(HOUR_S)
        destination.take(connector.read(catalog, destination.states()))
        truth = emulator.truth("ticket_audits").must
        came = {audit["id"] for audit in destination.tables["ticket_audits"].values()}
        lacking = [audit for audit in truth if audit["id"] not in came]
        assert lacking
        assert {audit["ticket_id"] for audit in lacking} == {gone}
        events = {event["id"] for event in destination.tables["ticket_events"].values()}
        assert {audit["id"] for audit in truth} <= events
        assert destination.differences("ticket_events", emulator.truth("ticket_events")) == []
        whole = connector.read(connector.catalog("ticket_audits", mode="full_refresh"))
        assert {it["data"]["id"] for it in whole.records} == {audit["id"] for audit in truth}


def test_without_a_start_date_audit_logs_go_back_ten_years_and_others_two(tmp_path: Path) -> None:
    """As published: who takes over a connection without a start date misses nothing."""
    at = datetime.now(UTC) - timedelta(days=3 * 365)
    with Emulator(size="tiny", seed=1, clock_at=at, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url)
        del connector.config["start_date"]
        catalog = connector.catalog("audit_logs", "ticket_audits", "groups")
        destination = Destination(catalog)
        output = connector.read(catalog)
        assert output.code == 0, output.errors
        destination.take(output)
        for name in ("audit_logs", "groups"):
            assert emulator.truth(name).must
            assert destination.differences(name, emulator.truth(name)) == []
        assert emulator.truth("ticket_audits").must
        assert destination.tables["ticket_audits"] == {}


@pytest.mark.parametrize("place", ["records", "content_tags"])
def test_content_tags_are_read_from_either_envelope(tmp_path: Path, place: str) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        rows = emulator.truth("content_tags").must
        emulator.fault(
            path="guide/content_tags$",
            status=200,
            headers={"Content-Type": "application/json"},
            body={place: rows, "meta": {"has_more": False}},
        )
        connector = Connector(tmp_path, emulator.base_url)
        catalog = connector.catalog("content_tags")
        destination = Destination(catalog)
        destination.take(connector.read(catalog))
        assert destination.differences("content_tags", emulator.truth("content_tags")) == []


def test_every_page_of_tickets_is_a_state_and_the_counts_add_up(tmp_path: Path) -> None:
    with Emulator(size="small", seed=1, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, page_size=200)
        output = connector.read(connector.catalog("tickets"))
    kinds = [
        message["type"]
        if message["type"] != "TRACE"
        else message["trace"].get("stream_status", {}).get("status")
        for message in output.messages
    ]
    last_state = max(index for index, kind in enumerate(kinds) if kind == "STATE")
    assert last_state < kinds.index("COMPLETE")
    records_before_state = Counter[int]()
    page = 0
    for kind in kinds:
        records_before_state[page] += kind == "RECORD"
        page += kind == "STATE"
    counts = [state["sourceStats"]["recordCount"] for state in output.states]
    assert counts == [records_before_state[index] for index in range(len(counts))]
    assert sum(counts) == len(output.records)
    assert max(counts) <= 200
    assert output.statuses("tickets") == ["STARTED", "RUNNING", "COMPLETE"]


def test_requests_are_as_few_as_the_api_needs(tmp_path: Path) -> None:
    with Emulator(size="small", seed=1, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url, include_deleted_tickets=True)
        catalog = connector.catalog("tickets", "ticket_metrics", "users", "user_identities")
        emulator.site.log.reset()
        output = connector.read(catalog)
        requests = emulator.site.log.by_path
    counts = output.counts()
    for path, stream in (("tickets", "tickets"), ("users", "users")):
        pages = -(-counts[stream] // 1000)
        assert requests[f"/api/v2/incremental/{path}/cursor"] == pages
    # And one count of each, for the estimates of a first read.
    assert sum(requests.values()) == 2 + sum(
        -(-counts[stream] // 1000) for stream in ("tickets", "users")
    )


def test_a_stream_is_the_same_whatever_else_is_selected(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=5, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url)
        together = connector.read(connector.catalog())
        for name in ("tickets", "ticket_metrics", "users", "ticket_events", "ticket_comments"):
            alone = connector.read(connector.catalog(name))
            assert [r["data"] for r in alone.records] == [
                r["data"] for r in together.records if r["stream"] == name
            ]


def test_unknown_stream_is_incomplete_and_the_others_continue(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        connector = Connector(tmp_path, emulator.base_url)
        catalog = connector.catalog("groups")
        strange = {**catalog["streams"][0], "stream": {**catalog["streams"][0]["stream"]}}
        strange["stream"]["name"] = "chat_sessions"
        catalog["streams"].insert(0, strange)
        output = connector.read(catalog)
    assert output.code == 1
    assert output.statuses("chat_sessions")[-1] == "INCOMPLETE"
    assert output.statuses("groups") == ["STARTED", "RUNNING", "COMPLETE"]
    error = next(e for e in output.errors if e.get("stream_descriptor"))
    assert error["stream_descriptor"]["name"] == "chat_sessions"
    assert error["failure_type"] == "config_error"


def test_the_history_begins_where_the_account_does() -> None:
    """The other tests rely on this start date lying before everything."""
    with Emulator(size="tiny", seed=1, clock_at=CLOCK, limits=False) as emulator:
        oldest = min(ticket["generated_timestamp"] for ticket in emulator.truth("tickets").must)
    assert oldest > 1_420_070_400, BEFORE_ALL
