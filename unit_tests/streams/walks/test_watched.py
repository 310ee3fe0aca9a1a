"""Running conversations are asked again although their tickets do not change, and then let go."""

from __future__ import annotations

from typing import Any

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode, encode
from source_zendesk_support.streams.state.export_position import ExportPosition, Newest
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.streams.walks.watched import MOST_WATCHED, Watched
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import Refusal, StreamRefused
from test_support.models.answers import iso

STREAM = STREAMS["conversation_log"]
NOW_S = 1_790_000_000
HOUR_S, DAY_S = 3600, 86_400


class Account:
    """An export of messaging tickets, and what was said on each."""

    def __init__(self) -> None:
        self.now_s = NOW_S
        self.tickets: dict[int, dict[str, Any]] = {}
        self.said: dict[int, list[dict[str, Any]]] = {}
        self.refused: set[int] = set()
        self.asked: list[str] = []

    def zendesk_s(self) -> int:
        return self.now_s

    def say(self, ticket: int, *texts: str) -> None:
        log = self.said.setdefault(ticket, [])
        created_at = iso(self.now_s).replace("T", " ").replace("Z", "+00:00")
        log += [{"id": text, "created_at": created_at} for text in texts]

    def touch(self, ticket: int, **fields: Any) -> None:
        old = self.tickets.get(ticket, {"status": "open", "from_messaging_channel": True})
        moved = {"id": ticket, "generated_timestamp": self.now_s}
        self.tickets[ticket] = old | moved | fields

    def get(self, path: str, params: dict[str, str], *, expects: str, size: Any) -> Page:  # noqa: ARG002
        self.asked.append(path)
        if expects == "tickets":
            after = int(params.get("cursor") or params["start_time"])
            found = [it for it in self.tickets.values() if it["generated_timestamp"] > after]
            found.sort(key=lambda it: it["generated_timestamp"])
            last = found[-1]["generated_timestamp"] if found else after
            body = {"tickets": found, "after_cursor": str(last), "end_of_stream": True}
            return Page(body, server_s=self.now_s)
        ticket = int(path.split("/")[1])
        if ticket in self.refused:
            raise StreamRefused(
                "No.",
                about=path,
                remedy="",
                status=404,
                reason=Refusal.PRODUCT,
                code="RecordNotFound",
            )
        events = [dict(it) for it in self.said.get(ticket, [])]
        return Page({"events": events, "meta": {"has_more": False}}, server_s=self.now_s)


class Reader:
    def __init__(self, make_context: Any, account: Account) -> None:
        self.make_context, self.account = make_context, account
        self.state: dict[str, Any] | None = None

    def sync(self) -> list[str]:
        context = self.make_context(self.account, self.account.zendesk_s)
        (run,) = plan_runs([STREAM], {STREAM.name: decode(STREAM, self.state)})
        came = []
        self.account.asked.clear()
        for result in STREAM.resource.walk.read(context, begin(context, run).run):
            came += [it["id"] for _, found in result.records for it in found]
            self.state = dict(result.states).get(STREAM.name, self.state)
        return came

    @property
    def logs_asked(self) -> list[str]:
        return [path for path in self.account.asked if "conversation_log" in path]


def begun(make_context: Any) -> Reader:
    account = Account()
    account.touch(1)
    account.touch(2, from_messaging_channel=False)
    account.say(1, "hello", "hi")
    reader = Reader(make_context, account)
    assert reader.sync() == ["hello", "hi"]
    assert reader.logs_asked == ["tickets/1/conversation_log"]
    return reader


def test_a_comment_without_a_change_of_the_ticket_comes_alone(make_context: Any) -> None:
    reader = begun(make_context)
    account, state = reader.account, reader.state
    assert reader.sync() == []
    assert reader.state == state
    account.say(1, "in the same second")
    assert reader.sync() == ["in the same second"]
    account.now_s += HOUR_S
    account.say(1, "later")
    assert reader.sync() == ["later"]
    assert reader.sync() == []


def test_a_changed_ticket_is_asked_once_and_gives_its_whole_log(make_context: Any) -> None:
    reader = begun(make_context)
    account = reader.account
    account.now_s += HOUR_S
    account.touch(1)
    account.say(1, "again")
    assert reader.sync() == ["hello", "hi", "again"]
    assert reader.logs_asked == ["tickets/1/conversation_log"]


def test_a_solved_ticket_is_not_asked_again(make_context: Any) -> None:
    reader = begun(make_context)
    reader.account.now_s += HOUR_S
    reader.account.touch(1, status="solved")
    reader.sync()
    assert reader.sync() == []
    assert reader.logs_asked == []


def test_a_conversation_that_rests_is_asked_once_more_and_let_go(make_context: Any) -> None:
    reader = begun(make_context)
    account = reader.account
    account.now_s += 5 * DAY_S
    account.said[1].append({"id": "just in time", "created_at": iso(NOW_S + DAY_S)})
    assert reader.sync() == ["just in time"]
    assert reader.sync() == []
    assert reader.logs_asked == []


def test_a_ticket_that_is_gone_is_let_go(make_context: Any) -> None:
    reader = begun(make_context)
    reader.account.refused.add(1)
    assert reader.sync() == []
    assert reader.logs_asked == ["tickets/1/conversation_log"]
    reader.sync()
    assert reader.logs_asked == []


def test_an_event_of_the_future_hides_none_of_today(make_context: Any) -> None:
    reader = begun(make_context)
    account = reader.account
    account.said[1].append({"id": "odd", "created_at": "2040-01-01T00:00:00Z"})
    assert reader.sync() == ["odd"]
    account.now_s += HOUR_S
    account.say(1, "today")
    assert "today" in reader.sync()


def test_a_state_names_the_newest_conversations_alone() -> None:
    watch = STREAM.children and STREAM.children.watch
    assert watch is not None
    watched = Watched(STREAM, watch, {})
    for key in range(MOST_WATCHED + 5):
        watched.was_read(str(key), {"status": "open"}, NOW_S - key)
    kept = watched.kept(NOW_S)
    assert [key for key, _ in kept[:3]] == ["0", "1", "2"]
    assert len(kept) == MOST_WATCHED + 5, "the reader of children cuts it and says so"
    watched.was_read("7", {"status": ["odd"]}, NOW_S)
    assert ("7", Newest(NOW_S - 7)) in watched.kept(NOW_S)


def test_a_position_survives_its_state() -> None:
    newest = Newest(NOW_S, frozenset({"a:0123456789ab"}))
    position = ExportPosition(NOW_S, "cursor", watched=(("1", newest), ("2", Newest(NOW_S - 1))))
    assert decode(STREAM, encode(STREAM, position)) == position
