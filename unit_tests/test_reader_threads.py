"""Walks on threads: no walk holds up another, is silent, or outlives the process."""

import signal
import threading
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from source_zendesk_support import reader
from source_zendesk_support.outbox import OUTBOX_PAGES, Outbox, ask_first
from source_zendesk_support.protocol.messages import log_message
from source_zendesk_support.protocol.outcome import SyncResult
from source_zendesk_support.signals import Stop
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.context import WalkContext
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.model.walk import WalkRun
from test_support.models.scripted_walks import context, messages_of, page, runs_of, short

T = TypeVar("T")


def test_waiting_walks_stop_no_other(walks) -> None:
    """Three exports wait for room in their bucket while everything else is read to its end."""
    room = threading.Event()
    waiting = [
        "incremental/tickets/cursor",
        "incremental/organizations",
        "incremental/ticket_events",
    ]
    for path in waiting:
        walks.scripts[path] = [room]
    others = [name for name, row in STREAMS.items() if row.resource.path not in waiting]
    for name in others:
        walks.scripts.setdefault(STREAMS[name].resource.path, []).extend(
            page(name, [number], number) for number in range(5)
        )
    complete = set()
    for message in messages_of(context(), runs_of(*STREAMS)):
        kind, name, _ = short(message)
        if kind == "COMPLETE":
            complete.add(name)
        if complete == set(others):
            room.set()
    assert complete == set(STREAMS)


def test_a_silent_sync_says_that_it_lives(walks, monkeypatch) -> None:
    monkeypatch.setattr(reader, "LONGEST_SILENCE_S", 0.01)
    silence = threading.Event()
    walks.scripts["groups"] = [silence, page("groups", [1], 1)]
    lines = []
    for message in messages_of(context(), runs_of("groups")):
        if message["type"] == "LOG":
            lines.append(message["log"]["message"])
            silence.set()
    assert lines
    assert "Still reading" in lines[0]


def test_a_note_is_printed_before_its_thread_continues(walks) -> None:
    """New tokens must have left the process before they are used: the old ones are dead."""
    outbox, printed, order = Outbox(), log_message("new tokens"), []

    def walk(_context: WalkContext, _run: WalkRun) -> Iterator[PageResult]:
        outbox.print_first(printed)
        order.append("used")
        yield page("groups", [1], 1)

    walks.read = walk
    for message in messages_of(context(), runs_of("groups"), outbox):
        if message is printed:
            assert order == []
            order.append("printed")
    assert order == ["printed", "used"]


def test_log_lines_of_walks_keep_their_place(walks) -> None:
    outbox = Outbox()

    def walk(_context: WalkContext, _run: WalkRun) -> Iterator[PageResult]:
        yield page("groups", [1], 1)
        outbox.log("between two pages")
        yield page("groups", [2], 2)

    walks.read = walk
    found = [short(it) for it in messages_of(context(), runs_of("groups"), outbox)]
    place = found.index(("LOG", None, "between two pages"))
    assert found[place - 1] == ("STATE", "groups", {"at": 1})
    assert found[place + 1] == ("RECORD", "groups", 2)


def test_no_more_pages_wait_than_memory_allows(walks) -> None:
    """The messages are not read: a walk may run ahead by the outbox and one page at most."""
    made, outbox = [], Outbox()
    enough = threading.Event()

    def walk(_context: WalkContext, _run: WalkRun) -> Iterator[PageResult]:
        for number in range(50):
            made.append(number)
            if len(made) > OUTBOX_PAGES:
                enough.set()
            yield page("groups", [number], number)

    walks.read = walk
    messages = messages_of(context(), runs_of("groups"), outbox)
    taken = 0
    for message in messages:
        if message["type"] == "RECORD":
            taken += 1
            # One page is in our hands, some in the outbox, one held by the walk that waits.
            assert len(made) <= taken + OUTBOX_PAGES + 2
    assert taken == 50
    assert enough.is_set()


def test_a_consumer_that_stops_leaves_no_thread_that_keeps_the_process(walks) -> None:
    walks.scripts["groups"] = [page("groups", [number], number) for number in range(100)]
    messages = messages_of(context(), runs_of("groups"))
    assert short(next(messages))[0] == "STARTED"
    assert short(next(messages))[0] == "RUNNING"
    left = [thread for thread in threading.enumerate() if thread.name == "walk groups"]
    messages.close()
    assert left
    assert all(thread.daemon for thread in left)


def test_a_walk_that_waits_says_so_for_each_of_its_streams(walks) -> None:
    until = datetime(2026, 3, 1, tzinfo=UTC)
    made = context()

    def notify(when: datetime | None) -> PageResult:
        made.client.notices["tickets, ticket_metrics"](when)
        return page("tickets", [], 1)

    class Telling(list):
        def __iter__(self):
            yield notify(until)
            yield notify(None)

    walks.scripts["incremental/tickets/cursor"] = Telling([1])
    messages = list(messages_of(made, runs_of("tickets", "ticket_metrics")))
    statuses = [
        message["trace"]["stream_status"]
        for message in messages
        if "stream_status" in message.get("trace", {})
    ]
    for name in ("tickets", "ticket_metrics"):
        own = [status for status in statuses if status["stream_descriptor"]["name"] == name]
        assert [status["status"] for status in own] == [
            "STARTED", "RUNNING", "RUNNING", "COMPLETE",
        ]  # fmt: skip
        reset_ms = int(until.timestamp()) * 1000
        assert own[1]["reasons"] == [
            {"type": "RATE_LIMITED", "rate_limited": {"quota_reset": reset_ms}}
        ]
        assert "reasons" not in own[2]


def test_told_to_stop_the_page_in_hand_is_printed_with_its_state(walks) -> None:
    never = threading.Event()
    walks.scripts["groups"] = [page("groups", [1, 2], 1), never]
    walks.scripts["tags"] = [never]
    stop, outcome = Stop(), SyncResult()
    found = []
    for message in messages_of(context(), runs_of("groups", "tags"), Outbox(), outcome, stop):
        found.append(short(message))
        if message["type"] == "RECORD":
            stop.signal = "SIGTERM"
    never.set()
    assert found[-7:] == [
        ("RECORD", "groups", 1),
        ("RECORD", "groups", 2),
        ("STATE", "groups", {"at": 1}),
        ("ERROR", "groups", "transient_error"),
        ("INCOMPLETE", "groups", None),
        ("ERROR", "tags", "transient_error"),
        ("INCOMPLETE", "tags", None),
    ]
    assert "SIGTERM" in outcome.failures["tags"].message


def test_a_token_is_printed_while_the_runs_are_planned() -> None:
    """The question is asked on a thread, for the one that prints cannot wait for itself."""
    outbox, printed = Outbox(), log_message("new tokens")

    def question() -> int:
        outbox.print_first(printed)
        outbox.log("one line")
        outbox.log("and another")
        return 7

    asked = ask_first(outbox, Stop(), question)
    assert next(asked) is printed
    assert [it["log"]["message"] for it in asked] == ["one line", "and another"]
    assert answer_of(ask_first(Outbox(), Stop(), lambda: 7)) == 7


def test_an_error_of_the_question_is_raised_where_it_was_asked() -> None:
    def question() -> int:
        raise KeyError("no row")

    with pytest.raises(KeyError, match="no row"):
        list(ask_first(Outbox(), Stop(), question))


def test_a_stop_does_not_wait_for_the_answer() -> None:
    stop, never = Stop(), threading.Event()
    asked = ask_first(Outbox(), stop, never.wait)
    stop.signal = signal.SIGTERM.name
    assert answer_of(asked) is None
    never.set()


def answer_of(asked: Generator[Any, None, T]) -> T:
    """Return what a question was answered with."""
    while True:
        try:
            next(asked)
        except StopIteration as end:
            return end.value
