"""The traces of single changes (docs/facts/zendesk-api.md#2.3.6 to #2.3.8)."""

from typing import Any

import pytest

from zendesk_emulator.changes.apply import KINDS, change
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.picking import NothingLeftError


def ticket(ask: Any, ticket_id: int) -> dict[str, Any]:
    table = ask.site.account.table("tickets")
    return table.record(table.rows[ticket_id])  # type: ignore[no-any-return]


def ids(changed: list[Any], stream: str) -> list[int]:
    return [each.id for each in changed if each.stream == stream]


def test_an_update_moves_both_times_and_writes_an_event(ask: Any) -> None:
    account = ask.site.account
    changed = change(account, "update_ticket")
    (ticket_id,), (event_id,) = ids(changed, "tickets"), ids(changed, "ticket_events")
    now_s = account.clock.now_s()
    record = ticket(ask, ticket_id)
    assert (record["updated_at"], record["generated_timestamp"]) == (iso(now_s), now_s)
    events = account.table("ticket_events")
    event = events.record(events.rows[event_id])
    assert (event["ticket_id"], event["timestamp"]) == (ticket_id, now_s)
    assert event["child_events"][0]["status"] == record["status"]
    assert event["child_events"][0]["id"] not in account.table("ticket_events").rows
    metrics = account.table("ticket_metrics")
    (metric_id,) = ids(changed, "ticket_metrics")
    assert metrics.record(metrics.rows[metric_id])["status_updated_at"] == iso(now_s)


def test_a_silent_update_moves_generated_timestamp_alone(ask: Any) -> None:
    changed = change(ask.site.account, "silent_update_ticket", row_id=2)
    assert {each.stream for each in changed} == {"tickets"}
    record = ticket(ask, 2)
    assert record["generated_timestamp"] == ask.site.account.clock.now_s()
    assert record["updated_at"] < iso(ask.site.account.clock.now_s())


def test_deleted_restored_deleted_scrubbed(ask: Any) -> None:
    account = ask.site.account
    ticket_id = change(account, "update_ticket")[0].id
    status, subject = ticket(ask, ticket_id)["status"], ticket(ask, ticket_id)["subject"]
    change(account, "delete_ticket", row_id=ticket_id)
    record = ticket(ask, ticket_id)
    assert (record["status"], record["subject"]) == ("deleted", subject)
    assert record["updated_at"] == iso(record["generated_timestamp"])
    listed = ask("/api/v2/deleted_tickets?page[size]=100&support_type_scope=all")
    first = listed["deleted_tickets"][0]
    assert (first["id"], first["previous_state"]) == (ticket_id, status)
    for child in ("", "/comments", "/audits", "/metrics"):
        answer = ask.refused(f"/api/v2/tickets/{ticket_id}{child}")
        assert answer == (404, {"error": "RecordNotFound", "description": "Not found"})
    change(account, "restore_ticket", row_id=ticket_id)
    assert ticket(ask, ticket_id)["status"] == status
    change(account, "delete_ticket", row_id=ticket_id)
    deleted_s = account.clock.now_s()
    account.clock.advance(30 * 86_400 + 100)
    scope = "&support_type_scope=all"
    assert ask(f"/api/v2/deleted_tickets?page[size]=100{scope}")["deleted_tickets"] == []
    record = ticket(ask, ticket_id)
    assert (record["subject"], record["updated_at"]) == ("SCRUBBED", iso(deleted_s))
    assert record["generated_timestamp"] == deleted_s + 30 * 86_400
    with pytest.raises(NothingLeftError):
        change(account, "scrub_ticket", row_id=ticket_id)


def test_a_deactivated_user_keeps_nothing(ask: Any) -> None:
    account = ask.site.account
    changed = change(account, "deactivate_user", seed=5)
    (user_id,) = ids(changed, "users")
    user = ask(f"/api/v2/users/{user_id}")["user"]
    assert (user["active"], user["email"], user["organization_id"]) == (False, None, None)
    assert "permanently_deleted" in user
    assert ask(f"/api/v2/users/{user_id}/identities")["identities"] == []


@pytest.mark.parametrize("kind", ["new_identity", "update_identity"])
def test_an_identity_touches_its_user(ask: Any, kind: str) -> None:
    changed = change(ask.site.account, kind)
    (user_id,) = ids(changed, "users")
    now = iso(ask.site.account.clock.now_s())
    assert ask(f"/api/v2/users/{user_id}")["user"]["updated_at"] == now


def test_a_rating_is_changed_and_stays_where_it_was_created(ask: Any) -> None:
    account = ask.site.account
    changed = change(account, "update_rating")
    (rating_id,), (ticket_id,) = ids(changed, "satisfaction_ratings"), ids(changed, "tickets")
    ratings = account.table("satisfaction_ratings")
    rating = ratings.record(ratings.rows[rating_id])
    assert rating["updated_at"] == iso(account.clock.now_s()) > rating["created_at"]
    assert ticket(ask, ticket_id)["satisfaction_rating"]["score"] == rating["score"]


def test_a_new_tag_counts(ask: Any) -> None:
    before = {tag["name"]: tag["count"] for tag in ask("/api/v2/tags?page[size]=100")["tags"]}
    change(ask.site.account, "tag", count=3)
    after = {tag["name"]: tag["count"] for tag in ask("/api/v2/tags?page[size]=100")["tags"]}
    assert sum(after.values()) == sum(before.values()) + 3


def test_unknown_kinds_and_ids_are_errors(ask: Any) -> None:
    for how in ({"kind": "no_such_kind"}, {"kind": "update_ticket", "row_id": 10**9}):
        with pytest.raises(KeyError):
            change(ask.site.account, **how)


def test_changes_are_fixed_by_their_seed(ask_with: Any) -> None:
    first, second = (change(ask_with().site.account, "mix", count=40, seed=9) for _ in range(2))
    assert first == second
    assert first != change(ask_with().site.account, "mix", count=40, seed=10)


@pytest.fixture(scope="module")
def untouched(ask_with: Any) -> dict[str, dict[int, bytes]]:
    """The records of an account like the one of `ask`, before any change."""
    return bodies(ask_with().site.account)


def bodies(account: Any) -> dict[str, dict[int, bytes]]:
    return {
        name: {row.id: table.body(row) for row in table.rows.values()}
        for name, table in account.tables.items()
    }


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_changes_what_is_served(ask: Any, untouched: Any, kind: str) -> None:
    account = ask.site.account
    if kind == "archive_ticket":  # of the closed ones the seed leaves some unarchived
        assert any(r.status == "closed" and not r.archived for r in
                   account.table("tickets").rows.values())  # fmt: skip
    if kind == "meet_sla":  # which begins to run first
        change(account, "apply_sla")
        untouched = bodies(account)
    revision = account.revision
    changed = change(account, kind, seed=3)
    assert changed
    assert account.revision > revision
    for each in changed:
        assert each.kind == kind
        table = account.table(each.stream)
        row = table.rows.get(each.id)
        now = None if row is None else table.body(row)
        assert now != untouched[each.stream].get(each.id), each


@pytest.mark.parametrize("kind", ["new_agent_skill", "assign_skill"])
def test_a_skill_that_is_nowhere_is_given_to_no_agent(ask: Any, kind: str) -> None:
    account = ask.site.account
    values = account.table("attribute_values")
    for row in list(values.rows.values()):
        values.remove(row)
    with pytest.raises(NothingLeftError):
        change(account, kind)


def test_the_last_organization_is_merged_into_none(ask: Any) -> None:
    account = ask.site.account
    rows = account.table("organizations").rows
    alive = [key for key, row in rows.items() if not row.gone]
    for key in alive[1:]:
        change(account, "delete_organization", row_id=key)
    with pytest.raises(NothingLeftError):
        change(account, "merge_organizations")
    assert not rows[alive[0]].gone
