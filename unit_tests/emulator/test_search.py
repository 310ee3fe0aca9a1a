"""The search index: windows by creation, what is in it, and how far it is behind."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest

from zendesk_emulator import Emulator
from zendesk_emulator.api.exchange import Request
from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import iso
from zendesk_emulator.server.command import main
from zendesk_emulator.server.control import PREFIX, control

EVER = "created>2000-01-01"
DELAY_S = 120


def found(ask: Any, query: str = EVER, kind: str = "ticket", size: int = 1000) -> list[Any]:
    target = f"/api/v2/search/export?filter[type]={kind}&page[size]={size}&query={quote(query)}"
    records = []
    while target:
        page = ask(target)
        records += page["results"]
        target = page["links"]["next"]
    return records


def count(ask: Any, query: str) -> int:
    found_count: int = ask(f"/api/v2/search/count?query={quote(query)}")["count"]
    return found_count


def ids(records: list[Any]) -> list[int]:
    return [each["id"] for each in records]


@pytest.mark.parametrize("kind", ["ticket", "user", "organization"])
def test_windows_by_creation_cover_everything_once(reading: Any, kind: str) -> None:
    whole = found(reading, kind=kind)
    times = sorted(each["created_at"] for each in whole)
    middle, late = times[len(times) // 2], times[-3]
    windows = [f"{EVER} created<{middle}", f"created>={middle} created<{late}", f"created>={late}"]
    parts = [found(reading, window, kind, size=7) for window in windows]
    assert [one for part in reversed(parts) for one in part] == whole
    assert all(parts)
    assert [each["created_at"] for each in whole] == times[::-1]
    assert [count(reading, f"type:{kind} {window}") for window in windows] == [*map(len, parts)]


def test_the_index_has_archived_tickets_and_no_deleted_ones(reading: Any) -> None:
    rows = reading.site.account.table("tickets").rows.values()
    assert set(ids(found(reading))) == {row.id for row in rows if row.status != "deleted"}
    assert any(row.archived for row in rows)
    users = reading.site.account.table("users").rows.values()
    assert set(ids(found(reading, kind="user"))) == {row.id for row in users if not row.gone}


def test_a_count_without_a_type_is_of_all(reading: Any) -> None:
    kinds = ("ticket", "user", "organization", "group")
    assert count(reading, EVER) == sum(count(reading, f"type:{kind} {EVER}") for kind in kinds)
    assert reading.refused("/api/v2/search/count")[0] == 400


def test_a_new_ticket_comes_into_the_index_later(ask: Any) -> None:
    account = ask.site.account
    before = ids(found(ask))
    new = next(each.id for each in change(account, "new_ticket") if each.stream == "tickets")
    for waited_s in (0, DELAY_S - 1):
        account.clock.advance(waited_s)
        assert ids(found(ask)) == before
        assert count(ask, f"type:ticket {EVER}") == len(before)
    account.clock.advance(1)
    assert ids(found(ask)) == [new, *before]
    assert ask(f"/api/v2/tickets/{new}")["ticket"] == {
        name: value for name, value in found(ask)[0].items() if name != "result_type"
    }


def test_a_changed_ticket_is_shown_as_it_was_until_the_index_follows(ask: Any) -> None:
    account = ask.site.account
    old = {each["id"]: each for each in found(ask)}
    written = [change(account, "update_ticket", seed=n)[0] for n in range(2)]
    account.clock.advance(60)
    ticket = written[0].id
    change(account, "update_ticket", row_id=ticket)
    first, second = account.clock.now() - 60, account.clock.now()
    assert {each["id"]: each for each in found(ask)} == old
    account.clock.advance(60)
    shown = {each["id"]: each for each in found(ask)}
    assert shown[ticket]["updated_at"] == iso(first)
    assert found(ask, f"updated>={iso(second)}") == []
    account.clock.advance(60)
    shown = {each["id"]: each for each in found(ask)}
    assert shown[ticket]["updated_at"] == iso(second)
    assert ids(found(ask, f"updated>={iso(second)}")) == [ticket]


def test_a_deleted_ticket_stays_in_the_index_for_a_while(ask: Any) -> None:
    account = ask.site.account
    gone = change(account, "delete_ticket")[0].id
    assert gone in ids(found(ask))
    account.clock.advance(DELAY_S)
    assert gone not in ids(found(ask))


def test_the_delay_can_be_chosen(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def post(delay_s: Any) -> int:
        request = Request("POST", f"{PREFIX}search", body=orjson.dumps({"delay_s": delay_s}))
        return control(ask.site, request).status

    assert post(0) == 200
    new = next(e.id for e in change(ask.site.account, "new_ticket") if e.stream == "tickets")
    assert ids(found(ask))[0] == new
    assert [post(wrong) for wrong in (-1, 3601, "soon", None)] == [400] * 4
    with Emulator(search_delay_s=7, frozen=True) as emulator:
        assert emulator.account.search_delay_s == 7
    for wrong in ("3601", "soon"):
        with pytest.raises(SystemExit):
            main(["--search-delay", wrong])
        assert "is not a number of seconds up to 3600" in capsys.readouterr().err


def test_states_are_dropped_after_an_hour(ask: Any) -> None:
    account = ask.site.account
    table = account.table("tickets")
    for _ in range(3):
        change(account, "update_ticket")
        account.clock.advance(3601)
    change(account, "update_ticket")
    kept = [state for states in table.past._states.values() for state in states]
    assert {replaced_s for replaced_s, _ in kept} == {account.clock.now_s()}


def test_a_cursor_lives_an_hour(ask: Any) -> None:
    page = ask(f"/api/v2/search/export?filter[type]=ticket&page[size]=5&query={EVER}")
    ask.site.account.clock.advance(3600)
    assert ask(page["links"]["next"])["results"]
    ask.site.account.clock.advance(1)
    status, body = ask.refused(page["links"]["next"])
    assert (status, body["errors"][0]["code"]) == (400, "InvalidPaginationParameter")
