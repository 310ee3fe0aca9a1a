"""Each walk of an export shows every record as often as docs/facts/zendesk-api.md#2.3 says."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from zendesk_emulator.api.cursors import export_position
from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.account import EXPORT

START_S = 1_780_272_000  # 2026-06-01T00:00:00Z, where the test clock stands


def expected(ask: Any, table: str, start_s: int) -> list[int]:
    index = ask.site.account.index(table, EXPORT)
    return [row.id for row in index.rows if row.at_s >= start_s]


def walk_cursor(ask: Any, target: str, key: str) -> list[dict[str, Any]]:
    found = []
    while True:
        page = ask(target)
        assert list(page) == [
            key, "after_url", "before_url", "after_cursor", "before_cursor", "end_of_stream",
        ]  # fmt: skip
        assert page["before_url"] is page["before_cursor"] is None
        found += page[key]
        if page["end_of_stream"]:
            return found
        target = page["after_url"]


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 150), start_s=st.integers(1_700_000_000, START_S - 61))
@pytest.mark.parametrize(("path", "key"), [("tickets", "tickets"), ("users", "users")])
def test_a_cursor_walk_shows_every_record_once(
    reading: Any, path: str, key: str, size: int, start_s: int
) -> None:
    first = (
        f"/api/v2/incremental/{path}/cursor?start_time={start_s}&per_page={size}"
        "&support_type_scope=all"
    )
    found = walk_cursor(reading, first, key)
    assert [record["id"] for record in found] == expected(reading, key, start_s)


def walk_time(ask: Any, target: str, key: str) -> list[int]:
    """Every id as often as it was shown; fails when a page ends where another one ended."""
    found: list[int] = []
    ends: set[int] = set()
    while True:
        page = ask(target)
        ids = [record["id"] for record in page[key]]
        assert page["count"] == len(ids)
        found += ids
        if page["end_of_stream"]:
            return found
        assert page["end_time"] not in ends, "no progress"
        ends.add(page["end_time"])
        target = page["next_page"]


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 150), start_s=st.integers(0, START_S - 61))
@pytest.mark.parametrize("path", ["tickets", "users", "ticket_events"])
def test_a_time_walk_shows_every_record_once(
    reading: Any, path: str, size: int, start_s: int
) -> None:
    """A page never ends within a second, so that +1 loses nothing.

    See docs/facts/zendesk-api.md#2.3.4.
    """
    target = (
        f"/api/v2/incremental/{path}?start_time={start_s}&per_page={size}&support_type_scope=all"
    )
    assert walk_time(reading, target, path) == expected(reading, path, start_s)


@settings(max_examples=30, deadline=None)
# a page that one second fills makes no progress, so pages are larger than the cluster of 20
@given(size=st.integers(25, 150), start_s=st.integers(0, START_S - 61))
def test_organizations_are_repeated_at_every_border(reading: Any, size: int, start_s: int) -> None:
    target = f"/api/v2/incremental/organizations?start_time={start_s}&per_page={size}"
    found = walk_time(reading, target, "organizations")
    assert list(dict.fromkeys(found)) == expected(reading, "organizations", start_s)
    borders = max(0, -(-len(set(found)) // size) - 1)
    assert len(found) - len(set(found)) >= borders


def test_a_page_of_one_runs_on_to_the_end_of_the_second(reading: Any) -> None:
    pages, target = [], "/api/v2/incremental/tickets?start_time=0&per_page=1&support_type_scope=all"
    while True:
        page = reading(target)
        pages.append(page)
        if page["end_of_stream"]:
            break
        last = page["tickets"][-1]["generated_timestamp"]
        assert page["end_time"] == last + 1
        target = page["next_page"]
    assert max(page["count"] for page in pages) > 20  # the bulk jobs of the seed
    assert pages[-1]["end_time"] == pages[-1]["tickets"][-1]["generated_timestamp"]
    again = reading(pages[-1]["next_page"])
    assert [t["id"] for t in again["tickets"]] == [t["id"] for t in pages[-1]["tickets"]]


def test_a_time_page_keeps_its_keys_in_order(reading: Any) -> None:
    page = reading("/api/v2/incremental/tickets.json?start_time=0&per_page=5")
    assert list(page) == ["tickets", "count", "end_of_stream", "next_page", "end_time"]
    assert page["next_page"].startswith(
        "https://emulator.zendesk.com/api/v2/incremental/tickets.json?per_page=5&start_time="
    )


def test_organizations_end_at_their_last_second_and_loop_when_a_second_is_too_full(
    ask_with: Callable[..., Any],
) -> None:
    """The loop that every client must notice (docs/facts/zendesk-api.md#2.3.4)."""
    ask = ask_with(organizations=60, cluster=40)
    page = ask("/api/v2/incremental/organizations?start_time=0&per_page=5")
    seen = set()
    while page["end_time"] not in seen:
        seen.add(page["end_time"])
        page = ask(page["next_page"])
    assert not page["end_of_stream"]
    # The page is not extended to the end of its second, which has half of `cluster`.
    assert len(page["organizations"]) == 5
    assert {it["updated_at"] for it in page["organizations"]} == {
        page["organizations"][0]["updated_at"]
    }


def test_the_last_minute_is_withheld(ask: Any) -> None:
    ticket_id = ask.site.account.table("tickets").next_id()
    change(ask.site.account, "new_ticket")
    target = "/api/v2/incremental/tickets/cursor?start_time=0&support_type_scope=all"
    before = ask(target)
    assert ticket_id not in [t["id"] for t in before["tickets"]]
    ask.site.account.clock.advance(59)
    assert ask(before["after_url"])["tickets"] == []
    ask.site.account.clock.advance(1)
    after = ask(before["after_url"])
    assert [t["id"] for t in after["tickets"]] == [ticket_id]
    assert export_position(after["after_cursor"]) == (START_S, ticket_id)


@pytest.mark.parametrize(
    ("ago_s", "status"), [(61, 200), (60, 200), (59, 400), (0, 400), (-600, 400)]
)
def test_a_start_in_the_last_minute_is_refused(ask: Any, ago_s: int, status: int) -> None:
    for path in ("tickets/cursor", "tickets", "users", "organizations", "ticket_events"):
        answer = ask.raw(f"/api/v2/incremental/{path}?start_time={START_S - ago_s}")
        assert answer.status == status
        assert (b'"code":"StartTimeTooRecent"' in answer.body) == (status == 400)


@pytest.mark.parametrize("query", ["", "start_time=now", "cursor=%21", "start_time=0&per_page=x"])
def test_other_nonsense_is_refused(ask: Any, query: str) -> None:
    assert ask.raw(f"/api/v2/incremental/tickets/cursor?{query}").status == 400


def test_an_empty_export_resumes_where_it_was_asked(ask: Any) -> None:
    """Before 60 seconds have passed there is nothing, but a cursor.

    See docs/facts/zendesk-api.md#2.3.3.
    """
    target = f"/api/v2/incremental/tickets/cursor?start_time={START_S - 60}"
    page = ask(target)
    assert page["tickets"] == []
    assert page["end_of_stream"] is True
    assert ask(page["after_url"])["after_cursor"] == page["after_cursor"]
    by_time = ask(f"/api/v2/incremental/tickets?start_time={START_S - 60}")
    assert (by_time["count"], by_time["end_time"], by_time["next_page"]) == (0, None, None)


def test_after_url_repeats_the_other_parameters(ask: Any) -> None:
    page = ask(
        "/api/v2/incremental/tickets/cursor.json"
        "?start_time=0&per_page=2&include=metric_sets&exclude_deleted=true"
    )
    url = page["after_url"]
    assert url.startswith("https://emulator.zendesk.com/api/v2/incremental/tickets/cursor.json?")
    assert "per_page=2&include=metric_sets&exclude_deleted=true" in url
    assert "start_time" not in url


@pytest.mark.parametrize(
    ("scope", "kinds"), [(None, {"agent"}), ("ai_agent", {"ai_agent"}),
                         ("all", {"agent", "ai_agent"})],
)  # fmt: skip
def test_ai_agent_tickets_are_missing_by_default(
    ask: Any, scope: str | None, kinds: set[str]
) -> None:
    asked = "" if scope is None else f"&support_type_scope={scope}"
    page = ask(f"/api/v2/incremental/tickets?start_time=0{asked}")
    assert {ticket["support_type"] for ticket in page["tickets"]} == kinds
    events = ask(f"/api/v2/incremental/ticket_events?start_time=0{asked}")
    shown = {event["ticket_id"] for event in events["ticket_events"]}
    assert shown == {ticket["id"] for ticket in page["tickets"]}


def test_deleted_tickets_come_unless_they_are_excluded(ask: Any) -> None:
    target = "/api/v2/incremental/tickets/cursor?start_time=0&support_type_scope=all"
    everything = ask(target)["tickets"]
    alive = ask(f"{target}&exclude_deleted=true")["tickets"]
    deleted = [ticket for ticket in everything if ticket["status"] == "deleted"]
    assert len(everything) == len(alive) + len(deleted)
    fresh = [t for t in deleted if t["subject"] != "SCRUBBED"]
    scrubbed = [t for t in deleted if t["subject"] == "SCRUBBED"]
    assert fresh
    assert scrubbed
    assert all(ticket["custom_fields"] for ticket in fresh)
    for ticket in scrubbed:
        assert (ticket["description"], ticket["tags"], ticket["custom_fields"]) == ("X", [], [])
        assert ticket["group_id"] is ticket["assignee_id"] is ticket["organization_id"] is None


def test_metric_sets_are_embedded_and_null_when_deleted(ask: Any) -> None:
    page = ask(
        "/api/v2/incremental/tickets/cursor?start_time=0&include=metric_sets&support_type_scope=all"
    )
    assert "metric_sets" not in page
    for ticket in page["tickets"]:
        if ticket["status"] == "deleted":
            assert ticket["metric_set"] is None
        else:
            assert ticket["metric_set"]["ticket_id"] == ticket["id"]


def test_other_sideloads_are_top_level_and_once(ask: Any) -> None:
    page = ask("/api/v2/incremental/tickets?start_time=0&include=users,groups,organizations")
    ids = [user["id"] for user in page["users"]]
    assert len(ids) == len(set(ids))
    assert {ticket["requester_id"] for ticket in page["tickets"]} <= set(ids)
    users = ask("/api/v2/incremental/users/cursor?start_time=0&include=identities")
    owners = {identity["user_id"] for identity in users["identities"]}
    assert owners == {user["id"] for user in users["users"] if user["active"]}


def test_inactive_users_say_whether_they_are_gone_for_good(ask: Any) -> None:
    users = ask("/api/v2/incremental/users/cursor?start_time=0")["users"]
    inactive = [user for user in users if not user["active"]]
    assert {user["permanently_deleted"] for user in inactive} == {True, False}
    assert all(user["email"] is None for user in inactive)
    assert not any("permanently_deleted" in user for user in users if user["active"])


def test_comments_are_full_only_when_asked_for(ask: Any) -> None:
    def children(include: str) -> list[dict[str, Any]]:
        page = ask(f"/api/v2/incremental/ticket_events?start_time=0{include}")
        return [
            child for event in page["ticket_events"] for child in event["child_events"]
            if child["event_type"] == "Comment"
        ]  # fmt: skip

    notes, full = children(""), children("&include=comment_events")
    assert [child["id"] for child in notes] == [child["id"] for child in full]
    assert not any("body" in child for child in notes)
    assert all(child["comment_present"] for child in notes)
    assert all(child["plain_body"] for child in full)
    assert {type(child["via"]) for child in full} == {dict, str}


@settings(max_examples=15, deadline=None)
@given(size=st.integers(1, 1000))
def test_metric_events_by_cursor_and_by_time_are_the_same(reading: Any, size: int) -> None:
    target = f"/api/v2/incremental/ticket_metric_events?start_time=0&page[size]={size}"
    ids = []
    while True:
        page = reading(target)
        ids += [event["id"] for event in page["ticket_metric_events"]]
        assert len(page["ticket_metric_events"]) <= size
        if not page["meta"]["has_more"]:
            break
        target = page["links"]["next"]
    by_time = reading("/api/v2/incremental/ticket_metric_events?start_time=0")
    assert list(by_time) == ["ticket_metric_events", "count", "next_page", "end_time"]
    assert ids == [event["id"] for event in by_time["ticket_metric_events"]]
