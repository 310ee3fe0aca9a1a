"""Records by their ids, metrics beside tickets, and what the same ticket says at each endpoint."""

from typing import Any

import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import iso

ALL = "support_type_scope=all"


def exported(ask: Any, extra: str = "") -> dict[int, dict[str, Any]]:
    page = ask(f"/api/v2/incremental/tickets/cursor?start_time=0&{ALL}{extra}")
    assert page["end_of_stream"]
    return {each["id"]: each for each in page["tickets"]}


def many(ask: Any, path: str, ids: Any, extra: str = "") -> Any:
    return ask(f"/api/v2/{path}/show_many?ids={','.join(map(str, ids))}{extra}")


def batches(ids: list[int]) -> list[list[int]]:
    return [ids[n : n + 100] for n in range(0, len(ids), 100)]


def test_a_ticket_is_the_same_wherever_it_is_read(reading: Any) -> None:
    """Only exports say generated_timestamp; lists by cursor leave `fields` out."""
    whole = exported(reading)
    plain = {
        one: {name: value for name, value in ticket.items() if name != "generated_timestamp"}
        for one, ticket in whole.items()
        if ticket["status"] != "deleted"
    }
    shown = [
        ticket
        for ids in batches(list(whole))
        for ticket in many(reading, "tickets", ids)["tickets"]
    ]
    assert {each["id"]: each for each in shown} == plain
    bare = {
        one: {name: value for name, value in ticket.items() if name != "fields"}
        for one, ticket in plain.items()
    }
    target, listed = f"/api/v2/tickets?{ALL}&sort=updated_at&page[size]=100", {}
    while target:
        page = reading(target)
        listed |= {each["id"]: each for each in page["tickets"]}
        target = page["links"]["next"] if page["meta"]["has_more"] else ""
    archived = {
        row.id for row in reading.site.account.table("tickets").rows.values() if row.archived
    }
    assert listed == {one: each for one, each in bare.items() if one not in archived}
    assert archived & set(plain), "show_many shows archived tickets too"
    found = reading(
        "/api/v2/search/export?filter[type]=ticket&query=created>2000-01-01&page[size]=1000"
    )
    assert {each.pop("result_type") for each in found["results"]} == {"ticket"}
    assert {each["id"]: each for each in found["results"]} == plain
    for one in (min(archived), max(listed)):
        assert reading(f"/api/v2/tickets/{one}")["ticket"] == plain[one]


@pytest.mark.parametrize("stream", ["users", "organizations"])
def test_people_are_the_same_wherever_they_are_read(reading: Any, stream: str) -> None:
    path = f"incremental/{stream}{'/cursor' if stream == 'users' else ''}"
    whole = {each["id"]: each for each in reading(f"/api/v2/{path}?start_time=0")[stream]}
    rows = reading.site.account.table(stream).rows
    alive = {one: each for one, each in whole.items() if not rows[one].gone}
    assert 0 < len(alive) < len(whole)
    page = many(reading, stream, whole)
    assert {each["id"]: each for each in page[stream]} == alive
    assert (page["count"], page["next_page"]) == (len(alive), None)
    listed = reading(f"/api/v2/{stream}?page[size]=100&sort=updated_at")[stream]
    assert {each["id"]: each for each in listed} == alive


def test_inactive_users_only_when_they_are_asked_for(reading: Any) -> None:
    gone = [row.id for row in reading.site.account.table("users").rows.values() if row.gone]
    assert many(reading, "users", gone)["users"] == []
    shown = many(reading, "users", gone, "&include_deleted=true")["users"]
    assert [each["id"] for each in shown] == gone
    assert not any(each["active"] for each in shown)


def test_ids_that_lead_nowhere_are_left_out_and_none_comes_twice(reading: Any) -> None:
    tickets = reading.site.account.table("tickets").rows.values()
    gone = next(row.id for row in tickets if row.status == "deleted")
    alive = [row.id for row in tickets if row.status != "deleted"][:3]
    page = many(reading, "tickets", [alive[2], gone, 987654, alive[0], alive[2]])
    assert [each["id"] for each in page["tickets"]] == [alive[2], alive[0]]


@pytest.mark.parametrize("path", ["tickets", "users", "organizations"])
def test_ids_have_a_number_and_a_form(reading: Any, path: str) -> None:
    assert many(reading, path, range(1, 101))["count"] <= 100
    status, body = reading.refused(f"/api/v2/{path}/show_many?ids={','.join(map(str, range(101)))}")
    assert (status, body["error"], body["max_count"]) == (400, "TooManyValues", 100)
    for wrong in ("", "?ids=", "?ids=1,two"):
        status, body = reading.refused(f"/api/v2/{path}/show_many{wrong}")
        assert (status, body["error"]["title"]) == (400, "Invalid attribute")


def test_metric_sets_lie_beside_listed_tickets_and_within_the_others(reading: Any) -> None:
    nested = {
        one: ticket["metric_set"]
        for one, ticket in exported(reading, "&include=metric_sets").items()
        if ticket["metric_set"]
    }
    page = reading(f"/api/v2/tickets?{ALL}&page[size]=50&sort=updated_at&include=metric_sets")
    assert not any("metric_set" in ticket for ticket in page["tickets"])
    beside = {each["ticket_id"]: each for each in page["metric_sets"]}
    assert list(beside) == [each["id"] for each in page["tickets"]]
    assert beside == {one: nested[one] for one in beside}
    shown = many(reading, "tickets", list(nested)[:100], "&include=metric_sets")
    assert "metric_sets" not in shown
    for ticket in shown["tickets"]:
        assert ticket["metric_set"] == nested[ticket["id"]]
        single = reading(f"/api/v2/tickets/{ticket['id']}/metrics")["ticket_metric"]
        assert single == nested[ticket["id"]]


def test_metric_events_are_the_same_in_the_export_beside_tickets_and_below_them(
    reading: Any,
) -> None:
    events = reading("/api/v2/incremental/ticket_metric_events?start_time=0")[
        "ticket_metric_events"
    ]
    by_ticket: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        by_ticket.setdefault(event["ticket_id"], []).append(event)
    page = reading(f"/api/v2/tickets?{ALL}&page[size]=30&include=metric_sets,metric_events")
    assert len(page["metric_sets"]) == len(page["tickets"]) == 30
    expected = [event for each in page["tickets"] for event in by_ticket[each["id"]]]
    assert by_id(page["metric_events"]) == by_id(expected)
    for ticket in page["tickets"]:
        path = f"/api/v2/tickets/{ticket['id']}/metric_events"
        below = reading(path)["ticket_metric_events"]
        assert below == sorted(by_ticket[ticket["id"]], key=lambda it: (it["time"], it["id"]))
        by_cursor = reading(f"{path}?page[size]=100")
        assert (by_cursor["ticket_metric_events"], by_cursor["meta"]["has_more"]) == (below, False)


def by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda each: each["id"])


def test_a_ticket_without_metric_events_answers_an_empty_object(ask: Any) -> None:
    account = ask.site.account
    events = account.table("ticket_metric_events")
    ticket = next(row for row in account.table("tickets").rows.values() if row.status != "deleted")
    for event in list(events.children(ticket.id)):
        events.remove(event)
    assert ask(f"/api/v2/tickets/{ticket.id}/metric_events") == {}
    gone = next(row for row in account.table("tickets").rows.values() if row.status == "deleted")
    assert ask.raw(f"/api/v2/tickets/{gone.id}/metric_events").status == 404


def test_identities_below_a_user_are_those_of_the_export(reading: Any) -> None:
    page = reading("/api/v2/incremental/users/cursor?start_time=0&include=identities")
    by_user: dict[int, list[Any]] = {}
    for identity in page["identities"]:
        by_user.setdefault(identity["user_id"], []).append(identity)
    for user in page["users"]:
        below = reading(f"/api/v2/users/{user['id']}/identities?page[size]=100")["identities"]
        assert below == by_id(by_user.get(user["id"], []))


def test_a_deleted_user_says_when_it_was_deleted(ask: Any) -> None:
    account = ask.site.account
    account.clock.advance(1000)
    deleted_at = iso(account.clock.now())
    user = next(each.id for each in change(account, "deactivate_user") if each.stream == "users")
    listed = ask("/api/v2/deleted_users?page[size]=100&sort=-updated_at")["deleted_users"]
    assert (listed[0]["id"], listed[0]["updated_at"]) == (user, deleted_at)
    times = [each["updated_at"] for each in listed]
    assert times == sorted(times, reverse=True)
