"""Tickets that are restored while a sync removes the rows of deleted ones keep their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.walks import of_tickets
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from test_support.connector.rows_of_tickets import OF_LIST, OF_PAGES, Connected, later, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zendesk_emulator import Emulator

DAY_S = 86_400


RESTORING = [(OF_PAGES, "lists"), (OF_LIST, "exports"), (OF_LIST, "lists")]


def with_deleted_tickets(
    emulator: Emulator, names: Iterable[str], engine: str
) -> tuple[Connected, dict[int, Any]]:
    """Return a first sync, and the rows of its tickets, which have been deleted since."""
    synced = Connected(emulator, *names, engine=engine)
    held = synced.tickets()
    later(emulator, "delete_ticket", held)
    return synced, held


def restoring_after(
    emulator: Emulator, function: Callable[..., Any], tickets: Iterable[int]
) -> Callable[..., Any]:
    """Return the function; after its first call tickets are restored."""
    left = list(tickets)

    def asked(*of: Any) -> Any:
        found = function(*of)
        later(emulator, "restore_ticket", left)
        left.clear()
        return found

    return asked


@pytest.mark.parametrize(("names", "engine"), RESTORING)
def test_a_ticket_that_is_restored_after_the_list_was_read_keeps_its_rows(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], engine: str
) -> None:
    synced, held = with_deleted_tickets(emulator, names, engine)
    listed = restoring_after(emulator, of_tickets.deleted_since, held)
    monkeypatch.setattr(of_tickets, "deleted_since", listed)
    assert synced.sync() == set()
    assert {ticket: synced.below(ticket) for ticket in held} == held
    assert synced.sync() == set()
    synced.expect_rows_of_live_tickets(engine=engine)


@pytest.mark.parametrize(("names", "engine"), RESTORING)
def test_a_ticket_that_is_restored_at_the_last_moment_comes_back_with_the_next_sync(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], engine: str
) -> None:
    synced, held = with_deleted_tickets(emulator, names, engine)
    shown = restoring_after(emulator, of_tickets.shown_again, held)
    monkeypatch.setattr(of_tickets, "shown_again", shown)
    assert synced.sync() <= pairs(held)
    assert synced.sync() == set()
    assert {ticket: synced.below(ticket) for ticket in held} == held
    synced.expect_rows_of_live_tickets(engine=engine)


@pytest.mark.parametrize(("names", "engine"), RESTORING)
def test_without_a_second_word_the_rows_of_a_listed_ticket_wait(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], engine: str
) -> None:
    def refused(*_: Any) -> Any:
        raise ConnectorError("It fails.", about="", remedy="", failure=Failure.TRANSIENT)

    synced, held = with_deleted_tickets(emulator, names, engine)
    with monkeypatch.context() as patch:
        patch.setattr(of_tickets, "shown_again", refused)
        assert synced.sync() == set()
    emulator.clock.advance(5 * DAY_S)
    assert synced.sync() == pairs(held)
