"""The site as a whole: refusals, faults, addresses, headers, children, search."""

import re
from typing import Any

import orjson
import pytest

from zendesk_emulator.api.refusals import KINDS
from zendesk_emulator.changes.apply import change
from zendesk_emulator.server.faults import fault_of

EXPORT = "/api/v2/incremental/tickets/cursor?start_time=0"


@pytest.mark.parametrize(
    ("kind", "status", "envelope"),
    [
        ("plan", 403, {"title", "message"}),
        ("plan_newer", 403, {"title", "message"}),
        ("role", 403, {"title", "message"}),
        ("scope", 403, "Forbidden"),
        ("missing", 404, "InvalidEndpoint"),
        ("record_missing", 404, "RecordNotFound"),
        ("record_invalid", 422, "RecordInvalid"),
        ("feature_off", 404, "FeatureNotEnabled"),
        ("trigger_categories_off", 403, "TriggerCategoriesNotEnabled"),
    ],
)
def test_switchable_refusals(ask: Any, kind: str, status: int, envelope: Any) -> None:
    assert kind in KINDS
    ask.site.refusals.add("/api/v2/incremental", kind)
    answered, body = ask.refused(EXPORT)
    assert answered == status
    if "errors" in body:
        found = body["errors"][0]["code"]
    else:
        found = set(body["error"]) if isinstance(envelope, set) else body["error"]
    assert found == envelope
    assert ask.raw("/api/v2/tickets").status == 200
    ask.site.refusals.clear()
    assert ask.raw(EXPORT).status == 200


def test_an_unknown_refusal_is_an_error(ask: Any) -> None:
    with pytest.raises(KeyError):
        ask.site.refusals.add("/api/v2", "no_such_kind")


def test_an_unknown_help_desk(ask: Any) -> None:
    ask.site.host = "acme.zendesk.com"
    status, body = ask.refused(EXPORT)
    assert status == 404
    assert body["error"]["title"] == "No help desk at emulator.zendesk.com"
    assert ask.raw(EXPORT, headers={"host": "acme.zendesk.com:8443"}).status == 200


@pytest.mark.parametrize("path", ["/api/v2/requests/none", "/api/v2/incremental/requests", "/"])
def test_an_unknown_endpoint(ask: Any, path: str) -> None:
    assert ask.refused(path) == (404, {"error": "InvalidEndpoint", "description": "Not found"})


def test_the_usual_headers(ask: Any) -> None:
    answer = ask.raw(EXPORT)
    names = [name for name, _ in answer.headers]
    assert len(names) == len(set(names))
    assert {"x-zendesk-api-version", "x-request-id", "etag", "cache-control", "x-rate-limit"} <= {
        *names
    }
    assert answer.content_type == "application/json; charset=utf-8"


def test_limits_reach_the_answers(ask_with: Any) -> None:
    ask = ask_with(limits=True)
    assert [ask.raw(EXPORT).status for _ in range(12)] == [200] * 10 + [429] * 2
    ask.site.account.clock.advance(60)
    assert ask.raw(EXPORT).status == 200


def test_a_fault_counts_down_and_is_logged(ask: Any) -> None:
    body = {"error": "busy"}
    ask.site.faults.add(
        fault_of({"path": "incremental", "status": 503, "headers": {"Retry-After": "7"},
                  "body": body, "count": 2, "skip": 1})
    )  # fmt: skip
    statuses = [ask.raw(EXPORT).status for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    log = ask.site.log.state()
    assert log["by_status"] == {"200": 2, "503": 2}
    assert log["by_path"] == {"/api/v2/incremental/tickets/cursor": 4}
    assert [entry["fault"] for entry in log["log"]] == [None, "answer", "answer", None]
    ask.site.log.reset()
    assert ask.site.log.state()["total"] == 0


def test_a_fault_above_a_page_size(ask: Any) -> None:
    """504 on fat pages (docs/facts/zendesk-api.md#1.4)."""
    ask.site.faults.add(
        fault_of({"path": "incremental/tickets", "status": 504, "page_over": 250,
                  "body": "upstream request timeout"})
    )  # fmt: skip
    sizes = ("", "&per_page=1000", "&per_page=500", "&per_page=250", "&per_page=1")
    assert [ask.raw(EXPORT + size).status for size in sizes] == [504, 504, 504, 200, 200]
    assert ask.raw(EXPORT).body == b"upstream request timeout"
    assert ask.raw("/api/v2/users?per_page=1000").status == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [("empty", b""), ("missing_key", b'{"unexpected":true}'), ("html", b"<!DOCTYPE html>")],
)
def test_two_hundreds_that_are_none(ask: Any, kind: str, body: bytes) -> None:
    ask.site.faults.add(fault_of({"path": "tickets", "kind": kind, "count": 1}))
    answer = ask.raw(EXPORT)
    assert answer.status == 200
    assert answer.body[: len(body) or None] == body
    assert ask(EXPORT)["tickets"]


def test_a_probable_fault_happens_sometimes(ask: Any) -> None:
    ask.site.faults.add(fault_of({"path": "groups", "status": 500, "probability": 0.5}))
    statuses = [ask.raw("/api/v2/groups").status for _ in range(60)]
    assert 10 < statuses.count(500) < 50


@pytest.mark.parametrize("wrong", [{"path": "x", "kind": "no"}, {"path": "("}, {"way": 1}])
def test_wrong_faults_are_errors(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, re.error)):
        fault_of(wrong)


def test_one_ticket_and_its_children(ask: Any) -> None:
    rows = ask.site.account.table("tickets").rows
    row = next(r for r in rows.values() if r.status != "deleted" and not r.archived)
    shown = ask(f"/api/v2/tickets/{row.id}.json?include=users")
    assert shown["ticket"]["id"] == row.id
    assert "generated_timestamp" not in shown["ticket"]
    assert shown["ticket"]["requester_id"] in [user["id"] for user in shown["users"]]
    assert ask(f"/api/v2/tickets/{row.id}/metrics")["ticket_metric"]["ticket_id"] == row.id
    audits = ask(f"/api/v2/tickets/{row.id}/audits")["audits"]
    assert audits == sorted(audits, key=lambda audit: (audit["created_at"], audit["id"]))
    assert [each["type"] for each in audits[0]["events"][:2]] == ["Comment", "Create"]
    comments = ask(f"/api/v2/tickets/{row.id}/comments?page[size]=1")
    assert comments["comments"][0]["audit_id"] == audits[0]["id"]
    assert "event_type" not in comments["comments"][0]
    count = ask(f"/api/v2/tickets/{row.id}/comments/count")["count"]["value"]
    assert count == len(ask(f"/api/v2/tickets/{row.id}/comments")["comments"])
    newest = ask(f"/api/v2/tickets/{row.id}/audits?page[size]=100&sort=-created_at")["audits"]
    assert newest[0]["created_at"] == audits[-1]["created_at"]


def test_archived_tickets_have_unpaged_audits(ask: Any) -> None:
    rows = ask.site.account.table("tickets").rows
    row = next(r for r in rows.values() if r.archived)
    page = ask(f"/api/v2/tickets/{row.id}/audits?page[size]=1")
    assert page["count"] == len(page["audits"])
    assert "meta" not in page


def test_search_export_walks_newest_first_and_expires(reading: Any, ask: Any) -> None:
    target = (
        "/api/v2/search/export?filter[type]=ticket&page[size]=20"
        "&query=created>=2025-01-01T00:00:00Z created<2026-01-01"
    )
    found: list[dict[str, Any]] = []
    while True:
        page = reading(target)
        found += page["results"]
        assert "count" not in page
        if not page["meta"]["has_more"]:
            break
        target = page["links"]["next"]
    tickets = reading.site.account.table("tickets")
    in_2025 = [
        row for row in tickets.rows.values()
        if row.status != "deleted" and tickets.record(row)["created_at"][:4] == "2025"
    ]  # fmt: skip
    newest_first = sorted(in_2025, key=lambda row: (-row.created_s, row.id))
    assert [each["id"] for each in found] == [row.id for row in newest_first]
    assert {each["result_type"] for each in found} == {"ticket"}
    first = ask("/api/v2/search/export?filter[type]=ticket&page[size]=5&query=created>2020-01-01")
    ask.site.account.clock.advance(3601)
    assert ask.raw(first["links"]["next"]).status == 400


def test_plain_search_ends_at_a_thousand(reading: Any) -> None:
    found = reading("/api/v2/search?query=type:user")
    assert found["count"] == reading("/api/v2/users/count")["count"]["value"]
    status, body = reading.refused("/api/v2/search?query=x&page=11&per_page=100")
    assert (status, body["error"]) == (422, "invalid")
    assert reading.refused("/api/v2/search?query=x&page[size]=5")[0] == 400
    assert reading.refused("/api/v2/search/export?query=type:user&filter[type]=user")[0] == 400


def test_pages_are_kept_until_the_account_changes(ask: Any) -> None:
    first = ask.raw("/api/v2/groups?page[size]=100").body
    assert ask.raw("/api/v2/groups?page[size]=100").body is first
    change(ask.site.account, "update_group")
    second = ask.raw("/api/v2/groups?page[size]=100").body
    assert second is not first
    assert orjson.loads(second)["groups"] != orjson.loads(first)["groups"]
