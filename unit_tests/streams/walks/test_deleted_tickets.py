"""The records of a deleted ticket go with it and come back with it, and no others do.

Streams of exports hear of a deletion from their pages; the others, and lists, from Zendesk's list
of deleted tickets.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from source_zendesk_support.zendesk.errors import ConnectorError
from test_support.connector.in_memory import take
from test_support.connector.rows_of_tickets import OF_LIST, OF_PAGES, Connected, later, pairs
from zendesk_emulator.data.account import REFUSED
from zendesk_emulator.data.picking import NothingLeftError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zendesk_emulator import Emulator

FEED = "side_conversations/events"
DAY_S = 86_400


@pytest.mark.parametrize("engine", ["exports", "lists"])
@pytest.mark.parametrize("kind", ["pages", "list", "list, without the feed"])
def test_it_goes_with_its_ticket_and_comes_back(emulator: Emulator, kind: str, engine: str) -> None:
    if kind == "list, without the feed":
        emulator.fault(path=FEED, status=403, body={"error": {}})
    names = OF_PAGES if kind == "pages" else OF_LIST
    synced = Connected(emulator, *names, engine=engine)
    held = synced.tickets()

    later(emulator, "delete_ticket", held)
    assert synced.sync() == pairs(held)
    assert not any(any(synced.below(ticket).values()) for ticket in held)
    assert synced.sync() == set()

    later(emulator, "restore_ticket", held)
    assert synced.sync() == set()
    assert {ticket: synced.below(ticket) for ticket in held} == held
    synced.expect_rows_of_live_tickets(engine=engine)
    assert synced.sync() == set()


@pytest.mark.parametrize("names", [OF_PAGES, OF_LIST], ids=["pages", "list"])
@pytest.mark.parametrize("engine", ["exports", "lists"])
def test_three_rounds_of_change_leave_the_rows_of_tickets_that_are_there(
    emulator: Emulator, names: tuple[str, ...], engine: str
) -> None:
    synced = Connected(emulator, *names, page_size=5, engine=engine)
    for seed in range(3):
        emulator.change("mix", count=60, seed=seed)
        emulator.change("delete_ticket", count=3, seed=seed)
        emulator.change("restore_ticket", count=2, seed=seed)
        emulator.clock.advance(3600)
        synced.sync()
        synced.expect_rows_of_live_tickets(engine=engine)


@pytest.mark.parametrize("names", [OF_PAGES, OF_LIST], ids=["pages", "list"])
@pytest.mark.parametrize("engine", ["exports", "lists"])
def test_tickets_that_go_and_come_back_while_they_are_read(
    emulator: Emulator, names: tuple[str, ...], engine: str
) -> None:
    synced = Connected(emulator, *names, page_size=5, engine=engine)
    for seed in range(2):
        results = []
        for number, result in enumerate(synced.syncs.results(synced.destination.state)):
            results.append(result)
            emulator.clock.advance(20)
            kind = ("delete_ticket", "restore_ticket", "comment")[(number + seed) % 3]
            with suppress(NothingLeftError):
                emulator.change(kind, seed=100 * seed + number)
        take(synced.destination, results)
        emulator.clock.advance(3600)
    synced.sync()
    synced.expect_rows_of_live_tickets(engine=engine)


def hide_all(how: str) -> Callable[[Emulator], None]:
    def hide(emulator: Emulator) -> None:
        for stream in OF_LIST:
            for row_id in emulator.account.table(stream).rows:
                emulator.hide(stream, row_id, how)

    return hide


FAULTS: dict[str, Callable[[Emulator], None]] = {
    "the list is refused": lambda it: it.fault(path="deleted_tickets", status=403, body={}),
    "the list is missing": lambda it: it.fault(
        path="deleted_tickets", status=404, body={"error": "InvalidEndpoint"}
    ),
    "the list fails": lambda it: it.fault(path="deleted_tickets", status=500),
    "the list is no JSON": lambda it: it.fault(path="deleted_tickets", kind="html"),
    "the list is empty": lambda it: it.fault(path="deleted_tickets", kind="short_list"),
}
OTHERS: dict[str, Callable[[Emulator], None]] = {
    "all lists are empty": lambda it: it.fault(path="[a-z]$", kind="short_list"),
    "what is below tickets is refused": lambda it: it.fault(
        path=r"tickets/\d+/", status=403, body={"error": {}}
    ),
    "what is below tickets is missing": lambda it: it.fault(
        path=r"tickets/\d+/", status=404, body={"error": "RecordNotFound"}
    ),
    "tickets are not shown by their ids": lambda it: it.fault(path="show_many", kind="short_list"),
    "a filter hides all": hide_all("filtered"),
    "a role hides all": hide_all(REFUSED),
}


@pytest.mark.parametrize("fault", [*FAULTS, *OTHERS])
@pytest.mark.parametrize("names", [OF_PAGES, OF_LIST], ids=["pages", "list"])
def test_no_row_of_a_live_ticket_is_removed(
    emulator: Emulator, names: tuple[str, ...], fault: str
) -> None:
    synced = Connected(emulator, *names, engine="lists" if names == OF_PAGES else "exports")
    {**FAULTS, **OTHERS}[fault](emulator)
    for seed in range(2):
        emulator.change("mix", count=20, seed=seed)
        emulator.clock.advance(3600)
        before = {name: dict(rows) for name, rows in synced.destination.tables.items()}
        with suppress(ConnectorError):  # what is refused as a whole may fail
            synced.sync()
        tickets = emulator.account.table("tickets").rows
        gone = [row for name, rows in before.items() for key, row in rows.items()
                if key not in synced.destination.tables[name]]  # fmt: skip
        assert all(tickets[row["ticket_id"]].status == "deleted" for row in gone)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_deletion_that_is_not_listed_waits(emulator: Emulator, fault: str) -> None:
    synced = Connected(emulator, *OF_LIST)
    held = synced.tickets()
    FAULTS[fault](emulator)
    later(emulator, "delete_ticket", held)
    assert synced.sync() == set()
    is_said = any("searches for deleted tickets that were cut short" in it
                  for it in synced.syncs.left_out)  # fmt: skip
    assert is_said is (fault != "the list is empty")
    emulator.site.faults.clear()
    assert synced.sync() == pairs(held)


RESTORE_FAULTS: dict[str, Callable[[Emulator], None]] = {
    "tickets are refused": lambda it: it.fault(path="show_many", status=403, body={}),
    "tickets fail": lambda it: it.fault(path="show_many", status=500),
    "tickets are not shown": lambda it: it.fault(path="show_many", kind="short_list"),
    "rows are refused": lambda it: it.fault(
        path=r"(tickets|ratings)/\d+", status=403, body={"error": {}}
    ),
    "rows fail": lambda it: it.fault(path=r"/\d+/side_conversations|ratings/\d+", status=500),
}


@pytest.mark.parametrize("fault", RESTORE_FAULTS)
def test_a_restored_ticket_that_cannot_be_asked_for_waits(emulator: Emulator, fault: str) -> None:
    synced = Connected(emulator, *OF_LIST)
    held = synced.tickets()
    later(emulator, "delete_ticket", held)
    synced.sync()
    RESTORE_FAULTS[fault](emulator)
    later(emulator, "restore_ticket", held)
    with suppress(ConnectorError):
        assert synced.sync() == set()
    emulator.site.faults.clear()
    assert synced.sync() == set()
    assert {ticket: synced.below(ticket) for ticket in held} == held


def test_a_ticket_cannot_come_back_after_thirty_days(emulator: Emulator) -> None:
    synced = Connected(emulator, *OF_LIST)
    held = synced.tickets()
    later(emulator, "delete_ticket", held)
    synced.sync()
    assert synced.destination.state["satisfaction_ratings"]["gone_with_tickets"]
    emulator.clock.advance(20 * DAY_S)
    assert synced.sync() == set()
    emulator.clock.advance(12 * DAY_S)
    assert synced.sync() == set()
    assert all("gone_with_tickets" not in it for it in synced.destination.state.values())
    emulator.clock.advance(32 * DAY_S)
    synced.sync()
    late = "satisfaction_ratings: 1 searches for deleted tickets more than 30 days after"
    assert any(line.startswith(late) for line in synced.syncs.left_out)


def test_a_ticket_that_is_deleted_again_can_come_back_for_thirty_days_more(
    emulator: Emulator,
) -> None:
    synced = Connected(emulator, *OF_LIST)
    held = synced.tickets()
    later(emulator, "delete_ticket", held)
    synced.sync()
    emulator.clock.advance(20 * DAY_S)
    later(emulator, "restore_ticket", held)
    later(emulator, "delete_ticket", held)
    assert synced.sync() == set()
    emulator.clock.advance(20 * DAY_S)
    synced.sync()
    later(emulator, "restore_ticket", held)
    synced.sync()
    assert {ticket: synced.below(ticket) for ticket in held} == held


@pytest.mark.parametrize("names", [OF_PAGES, OF_LIST], ids=["pages", "list"])
def test_a_ticket_that_was_deleted_and_restored_between_two_syncs_keeps_its_rows(
    emulator: Emulator, names: tuple[str, ...]
) -> None:
    synced = Connected(emulator, *names, page_size=2)
    held = synced.tickets()
    later(emulator, "delete_ticket", held)
    for _ in range(8):  # so that other pages lie between
        emulator.clock.advance(600)
        emulator.change("comment")
    later(emulator, "restore_ticket", held)
    assert synced.sync() == set()
    for ticket, before in held.items():
        assert all(keys <= synced.below(ticket)[name] for name, keys in before.items())


@pytest.mark.parametrize("mode", ["vanished", "off"])
def test_it_stays_where_the_user_does_not_ask(emulator: Emulator, mode: str) -> None:
    synced = Connected(emulator, *OF_PAGES, *OF_LIST, deletions=mode)
    held = synced.tickets()
    later(emulator, "delete_ticket", held)
    assert synced.sync() == set()
    assert {ticket: synced.below(ticket) for ticket in held} == held
    assert all("known" not in state for state in synced.destination.state.values())
