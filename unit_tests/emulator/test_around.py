"""Lists around tickets and people: filters, feeds, refusals, counters, the other dialects."""

from typing import Any
from urllib.parse import quote

import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import iso
from zendesk_emulator.truth.oracle import TRUTHS, truth

DAY_S = 86_400


def walk(ask: Any, target: str | None, key: str) -> list[dict[str, Any]]:
    found = []
    while target:
        page = ask(target)
        found += page[key]
        more = page.get("meta", {}).get("has_more")
        target = page["links"]["next"] if more else page.get("next_page")
    return found


def test_the_audit_feed_leads_back_from_the_newest(reading: Any) -> None:
    target = "/api/v2/ticket_audits?limit=7&sort_by=created_at&sort_order=desc"
    found: list[dict[str, Any]] = []
    while target:
        page = reading(target)
        found += page["audits"]
        last, target = target, page["before_url"] if page["audits"] else ""
    assert page["before_url"] == last, "an empty page that names itself"
    ids = [each["id"] for each in found]
    newest_first = sorted(found, key=lambda each: (each["created_at"], each["id"]), reverse=True)
    assert ids == [each["id"] for each in newest_first]
    by_cursor = walk(reading, "/api/v2/ticket_audits?page[size]=100", "audits")
    assert [each["id"] for each in by_cursor] == ids[::-1]
    tickets = reading.site.account.table("tickets").rows
    shown = {tickets[each["ticket_id"]] for each in found}
    assert not any(ticket.archived or ticket.status == "deleted" for ticket in shown)


def test_the_audit_feed_leads_on_to_what_is_new(ask: Any) -> None:
    after_url = ask("/api/v2/ticket_audits")["after_url"]
    nothing = ask(after_url)
    assert (nothing["audits"], nothing["after_url"]) == ([], after_url)
    event_id = next(
        each.id for each in change(ask.site.account, "comment") if each.stream == "ticket_events"
    )
    assert [each["id"] for each in ask(after_url)["audits"]] == [event_id]


@pytest.mark.parametrize(
    ("target", "code"),
    [("ticket_audits?cursor=nonsense", "InvalidCursor"),
     ("ticket_audits?page[size]=5&sort=-id", "InvalidPaginationParameter"),
     ("custom_objects/car/records?sort=name", "InvalidPaginationParameter"),
     ("incremental/custom_objects/car/cursor?cursor=nonsense", "InvalidCursor")],
)  # fmt: skip
def test_refused_feeds(reading: Any, target: str, code: str) -> None:
    status, body = reading.refused(f"/api/v2/{target}")
    assert (status, body["errors"][0]["code"]) == (400, code)


def test_activities_of_thirty_days_since(ask: Any) -> None:
    now_s = ask.site.account.clock.now_s()
    page = ask("/api/v2/activities?page[size]=100")
    made = [each["created_at"] for each in page["activities"]]
    assert made == sorted(made, reverse=True)
    assert min(made) >= iso(now_s - 30 * DAY_S)
    assert len(made) < len(ask.site.account.table("ticket_activities").rows)
    assert {user["id"] for user in page["actors"]} == {
        each["actor_id"] for each in page["activities"]
    }
    since = made[len(made) // 2]
    later = ask(f"/api/v2/activities?page[size]=100&since={since}")["activities"]
    assert [each["created_at"] for each in later] == [each for each in made if each >= since]
    ask.site.account.clock.advance(31 * DAY_S)
    assert ask("/api/v2/activities")["activities"] == []
    assert ask.refused("/api/v2/activities?since=yesterday")[0] == 400


def test_audit_logs_between_two_times(reading: Any) -> None:
    whole = walk(reading, "/api/v2/audit_logs?page[size]=100", "audit_logs")
    made = [each["created_at"] for each in whole]
    assert made == sorted(made, reverse=True)
    first, last = made[-5], made[4]
    name = quote("filter[created_at][]")
    between = f"/api/v2/audit_logs?page[size]=100&{name}={first}&{name}={last}&sort=created_at"
    found = [each["created_at"] for each in walk(reading, between, "audit_logs")]
    assert found == sorted(each for each in made if first <= each <= last)
    actions = walk(reading, "/api/v2/audit_logs?filter[action]=login", "audit_logs")
    assert {each["action"] for each in actions} == {"login"}
    assert reading.refused(f"/api/v2/audit_logs?{name}={first}")[0] == 400


def test_side_conversations_are_precise_and_some_are_refused(reading: Any) -> None:
    statuses, found = set(), []
    for ticket in reading.site.account.table("tickets").rows.values():
        answer = reading.raw(f"/api/v2/tickets/{ticket.id}/side_conversations")
        statuses.add(answer.status)
        assert (answer.status == 404) == (ticket.status == "deleted")
        if answer.status == 200:
            page = reading(f"/api/v2/tickets/{ticket.id}/side_conversations?per_page=1")
            assert page["count"] >= len(page["side_conversations"])
            found += page["side_conversations"]
    assert statuses == {200, 403, 404, 422}
    for each in found:
        assert len(each["id"]) == 36
        assert each["updated_at"][-5:-1].startswith(".")
        assert each["created_at"] <= each["updated_at"]


@pytest.mark.parametrize(
    ("kind", "stream", "counter"),
    [("new_article_vote", "articles", "vote_count"), ("new_post_vote", "posts", "vote_count"),
     ("new_post_comment", "posts", "comment_count"),
     ("new_article_comment_vote", "article_comments", "vote_count"),
     ("new_post_comment_vote", "post_comments", "vote_count"),
     ("turn_article_vote", "articles", "vote_sum")],
)  # fmt: skip
def test_a_child_moves_the_counter_of_its_record_and_not_the_time(
    ask: Any, kind: str, stream: str, counter: str
) -> None:
    account = ask.site.account
    table = account.table(stream)
    before = {row.id: table.record(row) for row in table.rows.values()}
    (changed,) = [each for each in change(account, kind) if each.stream == stream]
    after = table.record(table.rows[changed.id])
    assert after[counter] != before[changed.id][counter]
    assert {**after, counter: 0, "vote_sum": 0} == {
        **before[changed.id], counter: 0, "vote_sum": 0,
    }  # fmt: skip
    assert counter in truth(account, stream).drifting


def test_counters_say_what_is_there(reading: Any) -> None:
    for article in walk(reading, "/api/v2/help_center/articles?page[size]=100", "articles"):
        path = f"/api/v2/help_center/articles/{article['id']}/votes?page[size]=2"
        votes = walk(reading, path, "votes")
        assert article["vote_count"] == len(votes)
        assert article["vote_sum"] == sum(vote["value"] for vote in votes)
        assert "comment_count" not in article


def test_the_community_has_two_addresses(reading: Any) -> None:
    page = reading("/api/v2/community/posts?page[size]=5")
    assert "/api/v2/help_center/community/posts?" in page["links"]["next"]
    assert len(walk(reading, "/api/v2/community/posts?page[size]=5", "posts")) == 12
    reading.site.refusals.add("/api/v2/community", "no_help_center")
    for path in ("/api/v2/community/posts", "/api/v2/help_center/community/topics"):
        answer = reading.raw(path)
        assert answer.status == 404
        assert b"The page you were looking for doesn't exist" in answer.body
    reading.site.refusals.clear()


@pytest.mark.parametrize(
    "path",
    ["help_center/articles/1/votes", "community/posts/1/comments", "ticket_fields/1/options",
     "business_hours/schedules/x/holidays", "tickets/9999/side_conversations"],
)  # fmt: skip
def test_below_what_is_not_there(reading: Any, path: str) -> None:
    assert reading.refused(f"/api/v2/{path}") == (
        404, {"error": "RecordNotFound", "description": "Not found"},
    )  # fmt: skip


def test_a_comment_belongs_to_its_own_article(reading: Any) -> None:
    comments = reading.site.account.table("article_comments")
    row = next(iter(comments.rows.values()))
    articles = reading.site.account.table("articles").rows
    other = next(each for each in articles if each != row.parent)
    path = "/api/v2/help_center/articles/{}/comments/{}/votes"
    assert reading.raw(path.format(row.parent, row.id)).status == 200
    assert reading.raw(path.format(other, row.id)).status == 404


def test_webhooks_show_no_cursor_on_the_last_page(reading: Any) -> None:
    page = reading("/api/v2/webhooks?page[size]=2")
    assert list(page) == ["meta", "links", "webhooks"]
    assert page["links"]["next"].startswith("https://emulator.zendesk.com:443/api/v2/webhooks?")
    last = reading("/api/v2/webhooks")
    assert (last["meta"], last["links"]) == ({"has_more": False}, {})


@pytest.mark.parametrize(
    ("paging", "keys"),
    [(None, {"custom_statuses"}), ("offset", {"next_page", "count"}), ("cursor", {"meta"})],
)  # fmt: skip
def test_a_list_is_paged_as_a_test_chooses(ask: Any, paging: str | None, keys: set[str]) -> None:
    """Where the facts are not sure, the emulator can give either answer."""
    path = "/api/v2/custom_statuses"
    if paging is not None:
        ask.site.account.paging[path] = paging
        ask.site.account.changed()
    page = ask(f"{path}?page[size]=2")
    assert keys <= set(page)
    assert len(page["custom_statuses"]) == (2 if paging == "cursor" else 9)


def test_deleted_records_of_custom_objects(ask: Any) -> None:
    path = "/api/v2/incremental/custom_objects/car/cursor?start_time=0"
    whole = ask(path)
    assert list(whole) == [
        "after_cursor", "after_url", "before_cursor", "before_url", "custom_object_records",
        "filter", "meta",
    ]  # fmt: skip
    records = whole["custom_object_records"]
    gone = [each for each in records if each["name"] == "[DELETED]"]
    assert 0 < len(gone) < len(records)
    for each in gone:
        assert {*each["custom_object_fields"].values(), each["external_id"]} == {"[DELETED]"}
    alive = ask(f"{path}&filter[exclude_deleted]=true")
    assert len(alive["custom_object_records"]) == len(records) - len(gone)
    listed = walk(ask, "/api/v2/custom_objects/car/records?page[size]=5", "custom_object_records")
    assert {each["id"] for each in listed} == {
        each["id"] for each in alive["custom_object_records"]
    }
    status, body = ask.refused("/api/v2/incremental/custom_objects/none/cursor?start_time=0")
    assert (status, body["errors"][0]["code"]) == (404, "CustomObjectNotFound")


@pytest.mark.parametrize(
    ("path", "description"),
    [("channels/voice/stats/incremental/calls", None), ("incremental/custom_objects/car/cursor",
      "Rate limit exceeded. Maximum 10 requests per minute.")],
)  # fmt: skip
def test_exports_with_limits_of_their_own(
    ask_with: Any, path: str, description: str | None
) -> None:
    ask = ask_with(limits=True)
    target = f"/api/v2/{path}?start_time=0"
    assert [ask.raw(target).status for _ in range(11)] == [200] * 10 + [429]
    body = ask.refused(target)[1]
    if description is not None:
        assert body["errors"][0]["title"] == description
    assert ask.raw("/api/v2/incremental/tickets/cursor?start_time=0").status == 200


def test_configuration_is_older_than_any_start(reading: Any) -> None:
    for path, key in (("macros", "macros"), ("triggers", "triggers"), ("views", "views")):
        records = walk(reading, f"/api/v2/{path}?page[size]=3", key)
        oldest = [each["updated_at"] for each in records if each["updated_at"] < "2016"]
        assert len(oldest) > 1
        assert len(set(oldest)) == 1  # the second of the set-up


def test_every_stream_has_records_and_keys_of_its_own(reading: Any) -> None:
    for stream in TRUTHS:
        assert truth(reading.site.account, stream).must, stream
