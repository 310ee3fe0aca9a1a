"""Rechecks of the engine `lists`: what no list shows arrives within its bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.streams.walks import ticket_list
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.engine_account import Account
from zendesk_emulator import Emulator
from zendesk_emulator.api import audits, lists

if TYPE_CHECKING:
    from pathlib import Path


def test_a_silent_change_arrives_within_the_recheck(tmp_path: Path) -> None:
    """The bound that the documentation states: no later than the first sync after the hours."""
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets")
        account.connector.config["recheck_hours"] = 24
        account.sync()
        open_ticket = next(
            it["id"] for it in emulator.truth("tickets").must if it["status"] == "open"
        )
        emulator.change("silent_update_ticket", row_id=open_ticket, seed=1)
        for _ in range(23):
            emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["tickets"] == 0, "a recheck a day is what it costs"
        emulator.clock.advance(2 * HOUR_S)
        account.sync()
        assert account.differences() == []
        held = account.destination.tables["tickets"]
        assert any(ticket["id"] == open_ticket for ticket in held.values())
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["tickets"] == 0


@pytest.mark.parametrize("kind", ["close_by_automation", "merge_ticket", "silent_update_ticket"])
def test_a_ticket_that_is_closed_silently_arrives_with_the_next_recheck(
    tmp_path: Path, kind: str
) -> None:
    """It is among those that are not closed no longer, whose search does not find it."""
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets", "ticket_metrics")
        account.sync()
        for seed in range(1 if kind == "close_by_automation" else 3):  # few are solved
            emulator.clock.advance(HOUR_S)
            tickets = {it["id"]: it["status"] for it in emulator.truth("tickets").must}
            alive = {key for key, status in tickets.items() if status != "closed"}
            changed = {each.id for each in emulator.change(kind, seed=seed)} & alive
            assert changed or kind == "silent_update_ticket"
            emulator.clock.advance(HOUR_S)
            account.sync()
            found = [it for it in account.differences() if int(it.split()[1][:-1]) in alive]
            assert found == []


@pytest.mark.parametrize("engine", ["auto", "lists"])
def test_a_ticket_that_is_closed_silently_after_the_last_export_arrives(
    tmp_path: Path, engine: str
) -> None:
    """No list knows which tickets the export has shown as not closed."""
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False) as emulator:
        account = Account(tmp_path, emulator, "tickets", "ticket_metric_events")
        solved = next(it["id"] for it in emulator.truth("tickets").must if it["status"] == "solved")
        emulator.change("tag", row_id=solved, seed=1)
        emulator.clock.advance(HOUR_S)
        account.sync()
        emulator.clock.advance(4 * 24 * HOUR_S)
        emulator.change("tag", seed=1)  # the export is not old
        account.sync()
        (closed, *_) = emulator.change("close_by_automation", row_id=solved, seed=1)
        emulator.clock.advance(HOUR_S)
        account.connector.config["engine"] = engine
        account.close()
        account.sync()
        held = {it["id"]: it for it in account.destination.tables["tickets"].values()}
        assert held[closed.id]["status"] == "closed"


@pytest.mark.parametrize(
    ("is_seen_later", "is_newest_first"), [(True, True), (False, True), (True, False)]
)
def test_an_audit_that_the_list_skips_comes_with_the_recheck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_seen_later: bool, is_newest_first: bool
) -> None:
    """By a second look, and where the list never shows it, by the audits of its ticket.

    The second look asks for pages of 1000, newest first, and copes with another order.
    """
    wants_cursors = lists.wants_cursors
    if not is_newest_first:
        monkeypatch.setattr(
            lists,
            "wants_cursors",
            lambda asked: asked.path.endswith("/ticket_audits") or wants_cursors(asked),
        )
    skipped: set[int] = set()
    shown = audits.in_feed
    monkeypatch.setattr(
        audits, "in_feed", lambda account, row: row.id not in skipped and shown(account, row)
    )
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "ticket_events")
        account.connector.config["recheck_hours"] = 5
        account.sync()
        written = emulator.change("comment", count=3, seed=1)
        skipped |= {it.id for it in written if it.stream == "ticket_events"}
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["ticket_events"] == 0
        if is_seen_later:
            skipped.clear()
            emulator.change("new_user", seed=1)  # the account is looked at anew
        emulator.clock.advance(5 * HOUR_S)
        assert account.sync().counts()["ticket_events"] == 3
        asked = [it["query"] for it in emulator.requests["log"] if "_audits" in it["path"]]
        assert [query for query in asked if "limit=1000" in query]
        assert account.differences() == []
        emulator.clock.advance(6 * HOUR_S)
        assert account.sync().counts()["ticket_events"] == 0, "what was delivered is known"


def test_a_breach_comes_when_it_is_due_though_no_ticket_moves(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "ticket_metric_events")
        account.connector.config["recheck_hours"] = 400  # later than all of this test
        account.sync()
        emulator.change("apply_sla", seed=1)
        events = emulator.site.account.table("ticket_metric_events").rows.values()
        (breach,) = [row for row in events if row.at_s > emulator.clock.now_s()]
        emulator.change("comment", row_id=breach.parent, seed=1)
        emulator.clock.advance(120)
        account.sync()
        held = account.destination.tables["ticket_metric_events"]
        assert all(event["id"] != breach.id for event in held.values()), "it has not happened"
        emulator.clock.advance(breach.at_s - emulator.clock.now_s() + 120)
        account.sync()
        assert any(event["id"] == breach.id for event in held.values())
        assert account.differences() == []
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["ticket_metric_events"] == 0, "it is asked for once"


def test_closed_tickets_are_rechecked_in_shares(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=3, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets")
        account.sync()
        closed = [it["id"] for it in emulator.truth("tickets").must if it["status"] == "closed"]
        assert closed
        for ticket_id in closed:
            emulator.change("silent_update_ticket", row_id=ticket_id, seed=ticket_id)
        emulator.clock.advance(HOUR_S)
        for _ in range(30):
            account.sync()
        assert account.differences() == []


def test_a_deleted_organization_comes_without_an_audit_log_too(tmp_path: Path) -> None:
    """By what was there before; one that the list alone leaves out is not taken for deleted."""
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        emulator.site.refusals.add("/api/v2/audit_logs", "plan")
        account = Account(tmp_path, emulator, "organizations")
        account.sync()
        changed = emulator.change("delete_organization", count=2, seed=1)
        gone = {each.id for each in changed if each.stream == "organizations"}
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["organizations"] == 2
        held = {it["id"]: it for it in account.destination.tables["organizations"].values()}
        assert {key for key, it in held.items() if it.get("deleted_at")} == gone
        emulator.clock.advance(HOUR_S)
        assert account.sync().counts()["organizations"] == 0, "it is delivered once"
        there = [key for key in held if key not in gone]
        emulator.change("delete_organization", count=len(there) - 5, seed=2)
        emulator.clock.advance(HOUR_S)
        output = account.sync()
        assert output.counts()["organizations"] == 0
        assert "more than a third of all: none is taken for deleted" in output.logs


def test_silent_changes_of_closed_tickets_arrive_within_a_round_of_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of tickets that were created and closed during the round."""
    monkeypatch.setattr(ticket_list, "SHARES", 3)
    with Emulator(size="tiny", seed=4, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, page_size=20)
        account.sync()
        for round_ in range(3):
            account.change(40 + round_)
            for _ in range(3):
                account.sync()
                emulator.clock.advance(HOUR_S)
            assert account.differences() == [], f"after round {round_}"


def test_deleted_tickets_come_with_lists_too_where_they_are_wanted(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=2, clock_at=CLOCK, limits=False, exports="closed") as emulator:
        account = Account(tmp_path, emulator, "tickets", include_deleted_tickets=True)
        account.sync()
        (gone,) = {each.id for each in emulator.change("delete_ticket", seed=1)} & {
            ticket["id"] for ticket in account.destination.tables["tickets"].values()
        }
        emulator.clock.advance(HOUR_S)
        account.sync()
        held = {it["id"]: it for it in account.destination.tables["tickets"].values()}
        assert held[gone]["status"] == "deleted"
        named = {it["id"] for it in emulator.truth("deleted_tickets").must}
        assert named <= {key for key, it in held.items() if it["status"] == "deleted"}
