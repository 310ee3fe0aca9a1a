"""Changes that move no `updated_at`: what a reader by that time alone never sees."""

from typing import Any

import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.changes.quiet import KINDS, SLA_METRIC, TARGET_S
from zendesk_emulator.data.clock import iso
from zendesk_emulator.truth.oracle import truth

ALL = "support_type_scope=all"
HOUR_S = 3600
SILENT = (
    "silent_update_ticket", "archive_ticket", "close_by_automation", "merge_ticket", "merge_users",
    "apply_sla",
)  # fmt: skip


def exported(ask: Any) -> dict[int, dict[str, Any]]:
    page = ask(f"/api/v2/incremental/tickets/cursor?start_time=0&{ALL}")
    return {each["id"]: each for each in page["tickets"]}


def by_list(ask: Any, since: str) -> dict[int, dict[str, Any]]:
    """Records that a reader of the list by updated_at finds new."""
    page = ask(f"/api/v2/tickets?{ALL}&sort=-updated_at&page[size]=100")
    return {each["id"]: each for each in page["tickets"] if each["updated_at"] >= since}


def demanded(ask: Any, stream: str) -> dict[Any, dict[str, Any]]:
    return {each["id"]: each for each in truth(ask.site.account, stream).must}


@pytest.mark.parametrize("kind", SILENT)
def test_silent_changes_are_in_the_export_and_in_the_truth_alone(ask: Any, kind: str) -> None:
    account = ask.site.account
    before = exported(ask)
    at_s = account.clock.now_s()
    change(account, kind, seed=3)
    updated = by_list(ask, iso(at_s))
    account.clock.advance(61)
    after = exported(ask)
    changed = {one for one in after if after[one] != before[one]} - set(updated)
    assert changed, "something must have happened"
    for one in changed:
        assert after[one]["generated_timestamp"] == at_s
        assert after[one]["updated_at"] == before[one]["updated_at"]
        shown = ask(f"/api/v2/tickets/show_many?ids={one}")["tickets"][0]
        assert shown.items() <= after[one].items()
    expected = truth(account, "tickets").must
    assert {each["id"]: each for each in expected} == {
        one: each for one, each in after.items() if each["status"] != "deleted"
    }


def test_an_automation_closes_what_was_solved(ask: Any) -> None:
    before = exported(ask)
    one = change(ask.site.account, "close_by_automation")[0].id
    assert before[one]["status"] == "solved"
    assert ask(f"/api/v2/tickets/{one}")["ticket"]["status"] == "closed"


def test_a_merged_ticket_closes_and_the_other_one_says_so(ask: Any) -> None:
    merged, kept = [e.id for e in change(ask.site.account, "merge_ticket") if e.stream == "tickets"]
    tickets = ask(f"/api/v2/tickets/show_many?ids={merged},{kept}")["tickets"]
    assert tickets[0]["status"] == "closed"
    assert "closed_by_merge" in tickets[0]["tags"]
    said = ask(f"/api/v2/tickets/{kept}/comments?sort_by=created_at&sort_order=desc")["comments"]
    assert any(f"#{merged} was closed and merged" in each["body"] for each in said)
    assert tickets[1]["updated_at"] == iso(ask.site.account.clock.now())


def test_merged_users_hand_over_tickets_and_identities(ask: Any) -> None:
    account = ask.site.account
    before = exported(ask)
    identities = {
        one: {each["id"] for each in ask(f"/api/v2/users/{one}/identities")["identities"]}
        for one in account.table("users").rows
    }
    written = change(account, "merge_users")
    kept, merged = [each.id for each in written if each.stream == "users"]
    account.clock.advance(61)
    after = exported(ask)
    moved = [one for one in before if before[one]["requester_id"] == merged]
    moved = [one for one in moved if before[one]["status"] != "deleted"]
    assert moved
    assert {after[one]["requester_id"] for one in moved} == {kept}
    shown = ask(f"/api/v2/users/{kept}/identities?page[size]=100")["identities"]
    assert {each["id"] for each in shown} == identities[kept] | identities[merged]
    assert {each["user_id"] for each in shown} == {kept}
    assert all(f"/users/{kept}/" in each["url"] for each in shown)
    assert ask(f"/api/v2/users/{merged}/identities")["identities"] == []
    assert merged in [each["id"] for each in ask("/api/v2/deleted_users")["deleted_users"]]
    assert set(demanded(ask, "user_identities")) >= {each["id"] for each in shown}


def breaches(ask: Any, ticket: int) -> list[dict[str, Any]]:
    target = "/api/v2/incremental/ticket_metric_events?start_time=0"
    found = ask(target)["ticket_metric_events"]
    return [each for each in found if (each["ticket_id"], each["type"]) == (ticket, "breach")]


def beside(ask: Any, ticket: int) -> list[dict[str, Any]]:
    page = ask(f"/api/v2/tickets/show_many?ids={ticket}&include=metric_events")
    found: list[dict[str, Any]] = page["metric_events"]
    return found


def test_a_breach_to_come_is_beside_its_ticket_before_the_export_has_it(ask: Any) -> None:
    account = ask.site.account
    written = change(account, "apply_sla")
    ticket = written[0].id
    breach = max(each.id for each in written if each.stream == "ticket_metric_events")
    due = iso(account.clock.now() + TARGET_S)
    earlier = breaches(ask, ticket)
    (coming,) = [each for each in beside(ask, ticket) if each["id"] == breach]
    assert (coming["type"], coming["metric"], coming["time"]) == ("breach", SLA_METRIC, due)
    below = ask(f"/api/v2/tickets/{ticket}/metric_events")["ticket_metric_events"]
    assert below[-1] == coming
    account.clock.advance(TARGET_S)
    before = (exported(ask)[ticket], demanded(ask, "ticket_metrics"))
    assert breaches(ask, ticket) == earlier
    assert breach not in demanded(ask, "ticket_metric_events")
    assert breach in truth(account, "ticket_metric_events").may
    account.clock.advance(60)
    assert breaches(ask, ticket) == [*earlier, coming]
    assert demanded(ask, "ticket_metric_events")[breach] == coming
    assert (exported(ask)[ticket], demanded(ask, "ticket_metrics")) == before


def test_a_breach_that_is_prevented_never_happens(ask: Any) -> None:
    account = ask.site.account
    ticket = change(account, "apply_sla")[0].id
    earlier = breaches(ask, ticket)
    account.clock.advance(HOUR_S)
    change(account, "meet_sla", row_id=ticket)
    account.clock.advance(TARGET_S)
    assert breaches(ask, ticket) == earlier
    assert not any(each["time"] > iso(account.clock.now()) for each in beside(ask, ticket))
    assert ask(f"/api/v2/tickets/{ticket}")["ticket"]["updated_at"] == iso(
        account.clock.now() - TARGET_S
    )


def test_no_quiet_change_is_part_of_a_mix(ask: Any) -> None:
    assert not {each.kind for each in change(ask.site.account, "mix", count=400)} & set(KINDS)
