"""The account a seed gives: the same every time, of its size, with the oddities promised."""

from typing import Any

import orjson
import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.sizes import SIZES, size_of


def everything(ask: Any) -> dict[str, list[bytes]]:
    account = ask.site.account
    return {
        name: [table.body(row) for row in table.rows.values()]
        for name, table in account.tables.items()
    }


def test_the_same_seed_gives_the_same_account(ask_with: Any) -> None:
    assert everything(ask_with()) == everything(ask_with())


def test_records_do_not_depend_on_when_they_are_first_served(ask_with: Any) -> None:
    early, late = ask_with(), ask_with()
    before = everything(early)
    change(late.site.account, "new_user", count=5)
    change(late.site.account, "new_ticket", count=5)
    after = everything(late)
    for name in ("tickets", "ticket_events", "users", "ticket_metrics"):
        assert after[name][: len(before[name])] == before[name]


def test_sizes_can_be_overridden() -> None:
    assert size_of("small", tickets=50).tickets == 50
    assert size_of("small", tickets=50).users == SIZES["small"].users
    with pytest.raises(TypeError):
        size_of("small", camels=1)


def test_a_ticket_is_about_two_kilobytes(reading: Any) -> None:
    table = reading.site.account.table("tickets")
    lengths = sorted(len(table.body(row)) for row in table.rows.values())
    assert 1_800 < lengths[len(lengths) // 2] < 2_800
    assert lengths[-1] > 55_000


def test_the_oddities(reading: Any) -> None:
    account = reading.site.account
    records = [
        account.table("tickets").record(row) for row in account.table("tickets").rows.values()
    ]
    text = orjson.dumps(records).decode()
    assert "🔥" in text
    values = [field["value"] for record in records for field in record["custom_fields"]]
    assert {type(value) for value in values} == {str, bool, float, list, type(None)}
    rows = list(account.table("tickets").rows.values())
    assert any(row.at_s > row.updated_s and row.status == "pending" for row in rows)  # silently
    assert any(row.archived for row in rows)
    kinds = {record["type"] for record in reading("/api/v2/ticket_fields")["ticket_fields"]}
    assert {"lookup", "multiselect", "tagger", "decimal", "regexp", "date"} <= kinds


@pytest.mark.parametrize("stream", ["tickets", "users", "organizations", "ticket_events"])
def test_many_records_share_one_second(reading: Any, stream: str) -> None:
    times = [row.at_s for row in reading.site.account.table(stream).rows.values()]
    assert max(times.count(at) for at in set(times)) >= 20


def test_times_are_in_their_natural_order(reading: Any) -> None:
    account = reading.site.account
    now_s = account.clock.now_s()
    for name in ("tickets", "users", "organizations", "satisfaction_ratings", "ticket_events"):
        for row in account.table(name).rows.values():
            assert row.created_s <= row.updated_s <= now_s - 3600, (name, row)
            assert row.at_s <= now_s - 3600
    for row in account.table("tickets").rows.values():
        assert row.updated_s <= row.at_s
        events = account.table("ticket_events").children(row.id)
        assert max(event.at_s for event in events) == row.updated_s
