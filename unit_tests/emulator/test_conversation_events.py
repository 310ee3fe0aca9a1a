"""The feed of side conversation events (docs/facts/closing-of-exports.md#2.4)."""

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import epoch_s, iso

FEED = "/api/v2/tickets/side_conversations/events"


def walk(ask: Any, start_s: int = 0, extra: str = "") -> list[list[dict[str, Any]]]:
    target, pages = f"{FEED}?start_time={start_s}{extra}", []
    while target:
        page = ask(target)
        assert list(page)[:4] == ["count", "end_time", "events", "next_page"]
        assert page["count"] == len(page["events"])
        pages.append(page["events"])
        target = page["next_page"]
    return pages


def second(event: dict[str, Any]) -> int:
    return epoch_s(event["created_at"][:19] + "Z")


def test_every_conversation_has_its_events_from_the_first(reading: Any) -> None:
    (events,) = walk(reading)
    conversations = reading.site.account.table("side_conversations")
    expected = conversations.records(conversations.rows.values())
    assert {each["side_conversation_id"] for each in events} == {each["id"] for each in expected}
    for each in expected:
        own = [event for event in events if event["side_conversation_id"] == each["id"]]
        assert [event["type"] for event in own] == ["create", "reply"][: len(own)]
        assert own[0]["created_at"] == each["created_at"]
        assert own[-1]["created_at"] == each["message_added_at"]
        assert {event["ticket_id"] for event in own} == {each["ticket_id"]}
    assert [second(event) for event in events] == sorted(second(event) for event in events)
    assert len({event["id"] for event in events}) == len(events)


def test_pages_overlap_in_their_last_second(ask_with: Any) -> None:
    ask = ask_with(tickets=200)
    (whole,) = walk(ask)
    pages = walk(ask, extra="&per_page=9")
    assert len(pages) > 4
    for one, following in pairwise(pages):
        assert second(one[-1]) == second(following[0])
    seen = {event["id"]: event for page in pages for event in page}
    assert list(seen.values()) == whole
    page = ask(f"{FEED}?start_time=0&per_page=9&include=side_conversations")
    again = parse_qs(urlsplit(page["next_page"]).query)
    assert again["start_time"] == [str(page["end_time"])]
    assert again["include"] == ["side_conversations"]
    assert {each["id"] for each in page["side_conversations"]} == {
        event["side_conversation_id"] for event in page["events"]
    }


def test_the_feed_says_which_tickets_to_ask(ask: Any) -> None:
    account = ask.site.account
    account.clock.advance(100)
    since_s = account.clock.now_s()
    assert walk(ask, since_s) == [[]]
    written = change(account, "new_side_conversation") + change(account, "reply_side_conversation")
    tickets = {each.id for each in written if each.stream == "tickets"}
    (events,) = walk(ask, since_s)
    assert {event["ticket_id"] for event in events} == tickets
    assert [event["type"] for event in events] == ["create", "reply"]
    for event in events:
        assert event["created_at"].startswith(iso(since_s)[:-1])
        below = ask(f"/api/v2/tickets/{event['ticket_id']}/side_conversations")
        changed = [
            it for it in below["side_conversations"] if it["id"] == event["side_conversation_id"]
        ]
        assert changed[0]["updated_at"] == event["created_at"]


@pytest.mark.parametrize("query", ["", "?start_time=soon"])
def test_a_start_is_needed(reading: Any, query: str) -> None:
    assert reading.refused(FEED + query)[0] == 400


def test_the_feed_is_for_admins(reading: Any) -> None:
    agent = reading.site.sign_in.issue(frozenset({"read"}), admin=False)
    assert reading.raw(f"{FEED}?start_time=0", auth=f"Bearer {agent.access}").status == 403
