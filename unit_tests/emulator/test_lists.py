"""Paging of lists: by cursor in both dialects, by offset, and what neither takes."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings, strategies as st

from zendesk_emulator.api.help_center_listings import HELP_CENTER_LISTINGS
from zendesk_emulator.api.resources import LISTINGS
from zendesk_emulator.changes.apply import change

LISTS = [
    pytest.param(each.path, each.key, id=each.table) for each in (*LISTINGS, *HELP_CENTER_LISTINGS)
]
SUPPORT = [pytest.param(each.path, each.key, id=each.table) for each in LISTINGS]
HELP_CENTER = [pytest.param(e.path, e.key, id=e.table) for e in HELP_CENTER_LISTINGS]


def walk(ask: Any, target: str, key: str) -> list[dict[str, Any]]:
    found = []
    while True:
        page = ask(target)
        found += page[key]
        if not page["meta"]["has_more"]:
            return found
        target = page["links"]["next"]


def identity(record: dict[str, Any]) -> Any:
    return record.get("id", record.get("name"))


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 100))
@pytest.mark.parametrize(("path", "key"), LISTS)
def test_a_walk_by_cursor_shows_every_record_once(
    reading: Any, path: str, key: str, size: int
) -> None:
    found = [identity(each) for each in walk(reading, f"{path}?page[size]={size}", key)]
    assert len(found) == len(set(found))
    whole = [identity(each) for each in walk(reading, f"{path}?page[size]=100", key)]
    assert found == whole
    assert found


@pytest.mark.parametrize(("path", "key"), LISTS)
def test_the_offsets_show_the_same_records(reading: Any, path: str, key: str) -> None:
    target: str | None = f"{path}?per_page=7"
    found = []
    while target:
        page = reading(target)
        found += [identity(each) for each in page[key]]
        target = page.get("next_page")
    by_cursor = [identity(each) for each in walk(reading, f"{path}?page[size]=100", key)]
    assert sorted(found, key=str) == sorted(by_cursor, key=str)


@pytest.mark.parametrize(("path", "key"), SUPPORT)
def test_the_last_support_page_still_has_a_next(reading: Any, path: str, key: str) -> None:
    """Stop on has_more, never on links (docs/facts/zendesk-api.md#2.1)."""
    target = f"{path}.json?page[size]=100&tint=blue"
    while (page := reading(target))["meta"]["has_more"]:
        target = page["links"]["next"]
    assert page["links"]["next"].startswith(f"https://emulator.zendesk.com{path}.json?tint=blue&")
    assert "page%5Bafter%5D=" in page["links"]["next"]
    empty = reading(page["links"]["next"])
    assert empty == {
        key: [],
        "meta": {"has_more": False, "after_cursor": None, "before_cursor": None},
        "links": {"prev": None, "next": None},
    }


@pytest.mark.parametrize(("path", "key"), HELP_CENTER)
def test_help_center_links_are_absent_at_the_ends(reading: Any, path: str, key: str) -> None:
    first = reading(f"{path}.json?page[size]=1")
    assert list(first) == ["meta", "links", key]
    assert "prev" not in first["links"]
    assert ".json" not in first["links"]["last"]
    last = reading(first["links"]["last"])
    assert "next" not in last["links"]
    assert "bGFzdF9wYWdl" in first["links"]["last"]
    assert [each["id"] for each in last[key]] == [
        walk(reading, f"{path}?page[size]=1", key)[-1]["id"]
    ]


def test_help_center_offsets_have_their_own_keys(reading: Any) -> None:
    page = reading("/api/v2/help_center/articles")
    assert len(page["articles"]) == 30
    assert (page["page"], page["per_page"], page["page_count"]) == (1, 30, 2)
    assert (page["sort_by"], page["sort_order"]) == ("position", "asc")
    assert page["next_page"].endswith("/api/v2/help_center/articles?page=2")


def test_paging_back_is_paging_forth_reversed(reading: Any) -> None:
    forth = reading("/api/v2/users?page[size]=30")
    second = reading(forth["links"]["next"])
    assert reading(second["links"]["prev"])["users"] == forth["users"]


def test_a_cursor_stays_where_it_is_when_records_come(ask: Any) -> None:
    first = ask("/api/v2/groups?page[size]=3")
    rest = [each["id"] for each in ask(first["links"]["next"])["groups"]]
    change(ask.site.account, "new_group", count=5)
    again = [each["id"] for each in walk(ask, first["links"]["next"], "groups")]
    assert set(rest) <= set(again)
    assert not {each["id"] for each in first["groups"]} & set(again)


@pytest.mark.parametrize(
    ("target", "order"),
    [
        ("/api/v2/tickets?page[size]=100", lambda r: r["id"]),
        (
            "/api/v2/tickets?page[size]=100&sort=-updated_at",
            lambda r: [-ord(c) for c in r["updated_at"]],
        ),
        ("/api/v2/groups?page[size]=100", lambda r: (r["name"], r["id"])),
        ("/api/v2/tags?page[size]=100", lambda r: -r["count"]),
        ("/api/v2/ticket_fields?page[size]=100", lambda r: r["id"]),
        ("/api/v2/ticket_fields", lambda r: (r["position"], r["id"])),
        ("/api/v2/satisfaction_ratings?page[size]=100", lambda r: (r["created_at"], r["id"])),
        ("/api/v2/deleted_tickets?sort_by=deleted_at", lambda r: r["deleted_at"]),
        (
            "/api/v2/deleted_tickets?sort_by=deleted_at&sort_order=desc",
            lambda r: [-ord(c) for c in r["deleted_at"]],
        ),
    ],
)
def test_the_orders_of_lists(reading: Any, target: str, order: Callable[[Any], Any]) -> None:
    page = reading(target)
    records = next(iter(page.values()))
    assert len(records) > 1
    assert records == sorted(records, key=order)


def test_sort_by_is_silently_ignored_by_cursor(reading: Any) -> None:
    plain = reading("/api/v2/tickets?page[size]=20")["tickets"]
    asked = "/api/v2/tickets?page[size]=20&sort_by=updated_at&sort_order=desc"
    assert reading(asked)["tickets"] == plain
    by_offset = reading("/api/v2/tickets?sort_by=updated_at&sort_order=desc")["tickets"]
    assert by_offset[0]["updated_at"] == max(each["updated_at"] for each in by_offset)


@pytest.mark.parametrize("query", ["page[size]=100", "page[size]=100&sort_by=deleted_at", ""])
def test_deleted_tickets_are_ordered_by_the_creation_of_the_ticket(ask: Any, query: str) -> None:
    account = ask.site.account
    rows = account.table("tickets").rows.values()
    live = [row.id for row in rows if row.status != "deleted" and not row.archived]
    for row_id in sorted(live)[:-4:-1]:  # the newest first
        account.clock.advance(1)
        change(account, "delete_ticket", row_id=row_id)
    listed = ask(f"/api/v2/deleted_tickets?support_type_scope=all&{query}")["deleted_tickets"]
    tickets = account.table("tickets").rows
    created = [(tickets[it["id"]].created_s, it["id"]) for it in listed]
    assert created == sorted(created)
    deleted = [it["deleted_at"] for it in listed]
    assert deleted != sorted(deleted), "else this proves nothing"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/api/v2/tickets?page[size]=5&sort=subject", "InvalidPaginationParameter"),
        ("/api/v2/deleted_tickets?page[size]=5&sort=deleted_at", "InvalidPaginationParameter"),
        ("/api/v2/tickets?page[size]=5&page[after]=nonsense", "InvalidPaginationParameter"),
        ("/api/v2/help_center/articles?page[size]=5&page[after]=!", "InvalidPaginationParameter"),
        ("/api/v2/tickets.json?page=1001&per_page=10", "InvalidPaginationDepth"),
        ("/api/v2/users?page=101", "InvalidPaginationDepth"),
    ],
)
def test_refused_paging(reading: Any, target: str, code: str) -> None:
    status, body = reading.refused(target)
    assert (status, body["errors"][0]["code"]) == (400, code)


@pytest.mark.parametrize("target", ["/api/v2/users?page=0", "/api/v2/users?per_page=many"])
def test_numbers_that_are_none(reading: Any, target: str) -> None:
    status, body = reading.refused(target)
    assert (status, body["error"]["title"]) == (400, "Invalid attribute")


def test_a_larger_page_is_clamped(ask_with: Callable[..., Any]) -> None:
    ask = ask_with(groups=130)
    page = ask("/api/v2/groups?page[size]=1000")
    assert len(page["groups"]) == 100
    assert parse_qs(urlsplit(page["links"]["next"]).query)["page[size]"] == ["100"]
    assert len(ask("/api/v2/groups?per_page=1000")["groups"]) == 100


def test_offset_links_repeat_per_page_only_when_given(reading: Any) -> None:
    page = reading("/api/v2/users.json?per_page=30&page=2")
    assert page["next_page"].endswith("/api/v2/users.json?per_page=30&page=3")
    assert page["previous_page"].endswith("/api/v2/users.json?per_page=30&page=1")
    assert page["count"] == reading("/api/v2/users/count")["count"]["value"]


def test_lists_leave_records_out(reading: Any) -> None:
    tickets = walk(reading, "/api/v2/tickets?page[size]=100&support_type_scope=all", "tickets")
    assert not any("generated_timestamp" in each or "fields" in each for each in tickets)
    assert "fields" in reading("/api/v2/tickets")["tickets"][0]
    rows = reading.site.account.table("tickets").rows
    assert {each["id"] for each in tickets} == {
        row.id for row in rows.values() if row.status != "deleted" and not row.archived
    }
    assert all(user["active"] for user in walk(reading, "/api/v2/users?page[size]=100", "users"))


@pytest.mark.parametrize(
    ("path", "key", "switch", "mark"),
    [("groups", "groups", "exclude_deleted=false", "deleted"),
     ("brands", "brands", "include_deleted=true", "is_deleted")],
)  # fmt: skip
def test_deleted_ones_on_request(reading: Any, path: str, key: str, switch: str, mark: str) -> None:
    assert not any(each[mark] for each in reading(f"/api/v2/{path}")[key])
    assert any(each[mark] for each in reading(f"/api/v2/{path}?{switch}")[key])


def test_ratings_are_filtered_by_their_creation(reading: Any) -> None:
    times = [
        row.created_s for row in reading.site.account.table("satisfaction_ratings").rows.values()
    ]
    middle = sorted(times)[len(times) // 2]
    after = reading(f"/api/v2/satisfaction_ratings?page[size]=100&start_time={middle}")
    before = reading(f"/api/v2/satisfaction_ratings?page[size]=100&end_time={middle - 1}")
    assert len(after["satisfaction_ratings"]) == sum(at >= middle for at in times)
    assert len(after["satisfaction_ratings"]) + len(before["satisfaction_ratings"]) == len(times)
    good = reading("/api/v2/satisfaction_ratings?score=good")["satisfaction_ratings"]
    assert {each["score"] for each in good} == {"good"}
    now_s = reading.site.account.clock.now_s()
    status, body = reading.refused(f"/api/v2/satisfaction_ratings?start_time={now_s}")
    assert (status, body["errors"][0]["code"]) == (400, "StartTimeTooRecent")
