"""One history, read three ways: exported events, the feed of audits, a ticket's own audits."""

from typing import Any

import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import iso
from zendesk_emulator.seed.event_records import COMMENTS

KINDS = ("new_ticket", "comment", "tag", "update_ticket", "new_rating", "delete_ticket")


@pytest.fixture(scope="module")
def lived(ask_with: Any) -> Any:
    """An account with history of every kind, read after the hold-back of the exports."""
    ask = ask_with(tickets=60)
    for kind in KINDS:
        change(ask.site.account, kind, count=5)
        ask.site.account.clock.advance(7)
    ask.site.account.clock.advance(100)
    return ask


def events(ask: Any) -> dict[int, dict[str, Any]]:
    target = "/api/v2/incremental/ticket_events?start_time=0&include=comment_events"
    page = ask(f"{target}&support_type_scope=all")
    assert page["end_of_stream"]
    return {each["id"]: each for each in page["ticket_events"]}


def feed(ask: Any, query: str = "page[size]=100&sort=created_at") -> list[dict[str, Any]]:
    target, found = f"/api/v2/ticket_audits?{query}", []
    while True:
        page = ask(target)
        found += page["audits"]
        if not page["meta"]["has_more"]:
            return found
        target = page["links"]["next"]


def older_feed(ask: Any, limit: int) -> list[dict[str, Any]]:
    page, found = ask(f"/api/v2/ticket_audits?limit={limit}"), []
    while page["audits"]:
        found += page["audits"]
        page = ask(page["before_url"])
    assert page["before_cursor"] is not None
    return found


def own_audits(ask: Any, ticket_id: int) -> list[dict[str, Any]]:
    audits: list[dict[str, Any]] = ask(f"/api/v2/tickets/{ticket_id}/audits?per_page=100")["audits"]
    return audits


def fields_of(child: dict[str, Any]) -> tuple[Any, ...]:
    """A child of the export names its field as the facts say audits do."""
    known = {"id", "via", "via_reference_id", "event_type", "previous_value", "added_tags",
             "removed_tags"}  # fmt: skip
    ((name, value),) = [(name, value) for name, value in child.items() if name not in known]
    text = str(value) if name.endswith("_id") and value is not None else value
    return (child["id"], child["event_type"], name, text, child.get("previous_value"))


def test_an_audit_is_the_event_with_the_same_ids(lived: Any) -> None:
    exported, audits = events(lived), feed(lived)
    assert len(audits) > 100
    for audit in audits:
        event = exported[audit["id"]]
        assert (audit["ticket_id"], audit["created_at"]) == (
            event["ticket_id"],
            event["created_at"],
        )
        assert audit["author_id"] == event["updater_id"]
        assert audit["metadata"]["system"] == {**event["system"], "ip_address": "192.0.2.1"}
        assert set(audit["via"]) == {"channel", "source"}
        assert [it["id"] for it in audit["events"]] == [it["id"] for it in event["child_events"]]
        for inner, child in zip(audit["events"], event["child_events"], strict=True):
            if child["event_type"] in ("Create", "Change"):
                assert fields_of(child) == (
                    inner["id"], inner["type"], inner["field_name"], inner["value"],
                    inner.get("previous_value"),
                )  # fmt: skip
                rule = (inner.get("via") or {}).get("source", {}).get("from", {}).get("id")
                assert rule == child["via_reference_id"]


def test_a_comment_has_one_id_and_one_text_everywhere(lived: Any) -> None:
    exported, compared = events(lived), 0
    for audit in feed(lived):
        below = {
            each["id"]: each
            for each in lived(f"/api/v2/tickets/{audit['ticket_id']}/comments")["comments"]
        }
        children = {each["id"]: each for each in exported[audit["id"]]["child_events"]}
        for comment in audit["events"]:
            if comment["type"] not in COMMENTS:
                continue
            compared += 1
            child = children[comment["id"]]
            assert "created_at" not in comment
            assert comment.items() <= {**child, "via": comment.get("via")}.items()
            assert comment.get("via", audit["via"]) == child["via"]
            assert child["created_at"] == audit["created_at"]
            assert comment["audit_id"] == audit["id"]
            shared = {name: each for name, each in comment.items() if name != "via"}
            assert shared.items() <= below[comment["id"]].items()
    assert compared > 50


def test_each_event_names_one_field(lived: Any) -> None:
    first = own_audits(lived, feed(lived)[0]["ticket_id"])[0]["events"]
    assert first[0]["type"] in COMMENTS
    assert first[1]["type"] == "Create"
    created = {each["field_name"]: each["value"] for each in first[1:] if "field_name" in each}
    assert {"subject", "requester_id", "status", "tags"} <= set(created)
    assert created["requester_id"].isdigit()
    changes = [
        (event, child)
        for event in events(lived).values()
        for child in event["child_events"]
        if child["event_type"] == "Change" and "tags" in child
    ]
    assert changes
    for _, child in changes:
        came, went = set(child["added_tags"]), set(child["removed_tags"])
        assert set(child["tags"]) == (set(child["previous_value"]) | came) - went


def test_both_dialects_tell_the_same_feed(lived: Any) -> None:
    by_cursor = feed(lived)
    assert feed(lived, "page[size]=7") == by_cursor
    assert feed(lived, "page[size]=100&sort=-created_at") == sorted(
        by_cursor, key=lambda it: (-_second(it), it["id"])
    )
    for limit in (13, 1000):
        assert older_feed(lived, limit) == by_cursor[::-1]
    asked = lived(f"/api/v2/ticket_audits?limit={10**6}")
    assert len(asked["audits"]) == min(1000, len(by_cursor))


def _second(audit: dict[str, Any]) -> int:
    at = audit["created_at"]
    return int(at.translate(str.maketrans("", "", "-:TZ")))


def test_the_feed_leaves_out_what_a_ticket_itself_still_tells(lived: Any) -> None:
    fed = {each["id"]: each for each in feed(lived)}
    archived = 0
    for row in lived.site.account.table("tickets").rows.values():
        if row.status == "deleted":
            assert not any(each["ticket_id"] == row.id for each in fed.values())
            continue
        own = own_audits(lived, row.id)
        assert [each["id"] for each in own] == [
            event["id"] for event in events(lived).values() if event["ticket_id"] == row.id
        ]
        if row.archived:
            archived += 1
            assert not any(each["id"] in fed for each in own)
        else:
            assert own == [fed[each["id"]] for each in own]
    assert archived > 1


def test_the_tail_of_the_feed_begins_at_a_stored_pair(ask: Any) -> None:
    last = ask("/api/v2/ticket_audits?page[size]=100&sort=created_at")
    while last["meta"]["has_more"]:
        last = ask(last["links"]["next"])
    ask.site.account.clock.advance(5)
    written = change(ask.site.account, "comment", count=3)
    new = [each.id for each in written if each.stream == "ticket_events"]
    shown = ask(last["links"]["next"])["audits"]
    assert {each["id"] for each in shown} <= set(new)
    assert shown


def test_a_deleted_organization_is_in_the_audit_log(ask: Any) -> None:
    account = ask.site.account
    target = (
        "/api/v2/audit_logs?page[size]=100&filter[source_type]=organization&filter[action]=destroy"
    )
    rows = account.table("organizations").rows
    gone = {row.id: iso(row.updated_s) for row in rows.values() if row.gone}
    logged = ask(target)["audit_logs"]
    assert {each["source_id"]: each["created_at"] for each in logged} == gone
    account.clock.advance(10)
    written = change(account, "delete_organization")
    deleted = next(each.id for each in written if each.stream == "organizations")
    newest = ask(target)["audit_logs"][0]
    assert (newest["source_id"], newest["created_at"]) == (deleted, iso(account.clock.now()))
    assert newest["id"] in [each.id for each in written if each.stream == "audit_logs"]
