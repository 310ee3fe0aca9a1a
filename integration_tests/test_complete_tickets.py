"""Tickets older than the start date: how many lives are cut, and that they can be whole."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from test_support.clock import CLOCK
from test_support.connector.account_truth import deleted
from test_support.connector.process import Destination, InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

STREAMS = ("ticket_events", "ticket_comments", "ticket_field_history")
START = CLOCK - timedelta(days=200)
START_DATE = START.strftime("%Y-%m-%dT%H:%M:%SZ")
START_S = int(START.timestamp())


def by_ticket(emulator: Emulator) -> dict[int, list[dict[str, Any]]]:
    found = defaultdict(list)
    for event in emulator.truth("ticket_events").must:
        found[event["ticket_id"]].append(event)
    return found


def cut(emulator: Emulator) -> dict[int, list[dict[str, Any]]]:
    """Return the events of tickets that are older than the start and have changed since."""
    return {
        ticket: events
        for ticket, events in by_ticket(emulator).items()
        if events[0]["timestamp"] < START_S <= events[-1]["timestamp"]
    }


def silent_lives(emulator: Emulator, without: set[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the events of tickets that were exported since the start without an event of it."""
    exported = {
        ticket["id"]
        for ticket in emulator.truth("tickets").must
        if ticket["generated_timestamp"] >= START_S
    }
    return {
        ticket: events
        for ticket, events in by_ticket(emulator).items()
        if ticket in exported - without and events[-1]["timestamp"] < START_S
    }


@pytest.mark.parametrize("engine", ["exports", "lists"])
def test_older_tickets_are_whole_where_that_is_wanted(engine: str, tmp_path: Path) -> None:
    with Emulator("tiny", seed=5, tickets=200, clock_at=CLOCK, limits=False) as emulator:
        connector = InProcess(
            tmp_path,
            emulator.base_url,
            start_date=START_DATE,
            engine=engine,
            complete_tickets=True,
            archived_ticket_events=True,
        )
        catalog = connector.catalog(*STREAMS)
        destination = Destination(catalog)
        first = connector.read(catalog)
        assert first.code == 0
        destination.take(first)
        gone = deleted(emulator)
        older = {ticket: it for ticket, it in cut(emulator).items() if ticket not in gone}
        assert len(older) > 5
        expect_whole(destination, older)
        silent = silent_lives(emulator, without=gone)
        if engine == "lists":  # which name no time of a silent change
            archived = {
                it["id"] for it in emulator.truth("tickets").must if it["status"] == "closed"
            }
            silent = {ticket: events for ticket, events in silent.items() if ticket in archived}
        assert len(silent) > 5
        expect_whole(destination, silent)
        if engine == "exports":
            counts = f"{len(older)} that have changed since and {len(silent)} that have not"
            assert counts in first.logs

        quiet_one = min(
            ticket["id"]
            for ticket in emulator.truth("tickets").must
            if ticket["id"] not in older and ticket["status"] not in ("closed", "deleted")
        )
        assert by_ticket(emulator)[quiet_one][-1]["timestamp"] < START_S
        emulator.change("comment", row_id=quiet_one)
        emulator.clock.advance(3600)
        second = connector.read(catalog, destination.states())
        destination.take(second)
        expect_whole(destination, {quiet_one: by_ticket(emulator)[quiet_one]})


def expect_whole(destination: Destination, lives: dict[int, list[dict[str, Any]]]) -> None:
    held = {record["id"]: record for record in destination.tables["ticket_events"].values()}
    for events in lives.values():
        assert {event["id"] for event in events} <= held.keys()
    histories = defaultdict(set)
    for row in destination.tables["ticket_field_history"].values():
        histories[row["ticket_id"]].add(row["field"])
    assert all("requester_id" in histories[ticket] for ticket in lives), "Create names it alone"


def test_how_many_lives_are_cut_is_said(tmp_path: Path) -> None:
    with Emulator("tiny", seed=5, tickets=200, clock_at=CLOCK, limits=False) as emulator:
        connector = InProcess(tmp_path, emulator.base_url, start_date=START_DATE)
        catalog = connector.catalog(*STREAMS)
        output = connector.read(catalog)
        lines = [line for line in output.logs.splitlines() if "older than start_date" in line]
        assert len(lines) == 1
        assert f" {len(cut(emulator))} tickets that are older than start_date" in lines[0]
