"""The order of messages on stdout, and what a failing, waiting or silent walk does to others."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, FailureType, Level, Type
from airbyte_cdk.utils import airbyte_secrets_utils
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_zendesk_support import reader
from source_zendesk_support.messages import log_message, traced
from source_zendesk_support.reader import (
    Outbox,
    Outcome,
    Stop,
    fail,
    read_runs,
    whole_failure,
)
from source_zendesk_support.streams.feeds import Delivery, FeedRun, WalkContext, plan_runs
from source_zendesk_support.streams.state import START, Position
from source_zendesk_support.streams.table import STREAMS, Walk
from source_zendesk_support.zendesk.errors import ConnectorError, Failure, TokenRefused

NOW_S = 1_700_000_000
WAIT_S = 20  # how long a test waits for a thread before it counts as stuck
SECRET = "plainly-not-a-secret"


@pytest.fixture(autouse=True)
def _known_secrets(monkeypatch) -> None:
    monkeypatch.setattr(airbyte_secrets_utils, "__SECRETS_FROM_CONFIG", [SECRET])


COUNTS: dict[str, int] = {}  # what Zendesk would count


class Client:
    """No walk of these tests sends anything; `told` is how a walk says that it has to wait."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def on_behalf_of(self, who: str, limited: Any) -> "Client":
        self.told[who] = limited
        return self

    def count(self, path: str) -> int | None:
        return COUNTS.get(path)


def context() -> WalkContext:
    return WalkContext(
        client=Client(),
        now_s=lambda: NOW_S,
        start_s=0,
        largest_page=None,
        include_deleted_tickets=False,
        ratings_lookback_s=0,
        normalize={},
    )


def runs_of(*names: str, **positions: Position) -> list[FeedRun]:
    return plan_runs(
        [STREAMS[name] for name in names], {name: positions.get(name, START) for name in names}
    )


class Walks:
    """Walks by path in place of the real ones: each is a list of deliveries, errors and waits."""

    def __init__(self, monkeypatch) -> None:
        self.scripts: dict[str, list[Any]] = {}
        for walk in Walk:
            monkeypatch.setitem(reader.WALKS, walk, self._walk)

    def _walk(self, _context: WalkContext, run: FeedRun) -> Iterator[Delivery]:
        for step in self.scripts.get(run.feed.path, []):
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, threading.Event):
                assert step.wait(WAIT_S)
            else:
                yield step


@pytest.fixture
def walks(monkeypatch) -> Walks:
    return Walks(monkeypatch)


def page(name: str, ids: list[int], at: int) -> Delivery:
    return Delivery(((name, [{"id": number} for number in ids]),), ((name, {"at": at}),))


def short(message: AirbyteMessage) -> tuple[Any, ...]:
    """A message as (kind, stream, what)."""
    if message.type is Type.RECORD:
        return ("RECORD", message.record.stream, message.record.data["id"])
    if message.type is Type.STATE:
        stream = message.state.stream
        return ("STATE", stream.stream_descriptor.name, stream.stream_state.__dict__)
    if message.type is Type.LOG:
        return ("LOG", None, message.log.message)
    if message.trace.stream_status:
        status = message.trace.stream_status
        return (status.status.value, status.stream_descriptor.name, None)
    error = message.trace.error
    return ("ERROR", error.stream_descriptor.name, error.failure_type.value)


def read(*runs: FeedRun, outcome: Outcome | None = None) -> list[tuple[Any, ...]]:
    found = read_runs(context(), list(runs), Outbox(), outcome or Outcome())
    return [short(message) for message in found]


def config_error(what: str = "It is closed.") -> TokenRefused:
    return TokenRefused(what, about="GET groups", remedy="Open it.", failure=Failure.CONFIG)


def test_the_order_of_one_stream(walks) -> None:
    walks.scripts["groups"] = [
        page("groups", [1, 2], 1),
        page("groups", [], 2),
        page("groups", [3], 3),
    ]
    assert read(*runs_of("groups")) == [
        ("STARTED", "groups", None),
        ("RUNNING", "groups", None),
        ("RECORD", "groups", 1),
        ("RECORD", "groups", 2),
        ("STATE", "groups", {"at": 1}),
        ("STATE", "groups", {"at": 2}),
        ("RECORD", "groups", 3),
        ("STATE", "groups", {"at": 3}),
        ("COMPLETE", "groups", None),
    ]


def test_a_stream_without_records_never_runs(walks) -> None:
    walks.scripts["groups"] = [page("groups", [], 1)]
    kinds = [kind for kind, _, _ in read(*runs_of("groups"))]
    assert kinds == ["STARTED", "STATE", "COMPLETE"]


def test_every_member_of_a_walk_has_its_own_messages(walks) -> None:
    walks.scripts["incremental/users/cursor"] = [
        Delivery(
            (("users", [{"id": 1}]), ("user_identities", [])),
            (("users", {"at": 1}), ("user_identities", {"at": 1})),
        ),
        Delivery(
            (("users", [{"id": 2}]), ("user_identities", [{"id": 8}])),
            (("users", {"at": 2}), ("user_identities", {"at": 2})),
        ),
    ]
    messages = read(*runs_of("users", "user_identities"))
    for name in ("users", "user_identities"):
        own = [kind for kind, stream, _ in messages if stream == name]
        assert (own[0], own[-1]) == ("STARTED", "COMPLETE")
        assert own.count("RUNNING") == 1
        assert own.index("RUNNING") == own.index("RECORD") - 1
        assert own[-2] == "STATE"


def test_nothing_selected_is_nothing_said() -> None:
    assert read() == []
    assert whole_failure(Outcome()) is None


@pytest.mark.parametrize(
    ("error", "failure_type"),
    [
        (config_error(), "config_error"),
        (
            ConnectorError("Down.", about="GET x", remedy="Wait.", failure=Failure.TRANSIENT),
            "transient_error",
        ),
        (
            ConnectorError("No.", about="GET x", remedy="Report.", failure=Failure.SYSTEM),
            "system_error",
        ),
        (KeyError("after_cursor"), "system_error"),
        (MemoryError(), "system_error"),
    ],
    ids=repr,
)
def test_a_failed_stream_keeps_its_last_state_and_stops_no_other(
    walks, error, failure_type
) -> None:
    walks.scripts["groups"] = [page("groups", [1], 1), error]
    walks.scripts["tags"] = [page("tags", [5], 9)]
    outcome = Outcome()
    messages = read(*runs_of("groups", "tags"), outcome=outcome)
    assert [it for it in messages if it[1] == "groups"][2:] == [
        ("RECORD", "groups", 1),
        ("STATE", "groups", {"at": 1}),
        ("ERROR", "groups", failure_type),
        ("INCOMPLETE", "groups", None),
    ]
    assert ("COMPLETE", "tags", None) in messages
    assert set(outcome.failures) == {"groups"}
    assert outcome.records == {"groups": 1, "tags": 1}
    whole = whole_failure(outcome)
    assert whole is not None
    assert whole.failure_type.value == failure_type
    assert "groups" in str(whole)
    assert "tags" not in str(whole)


def test_all_members_of_a_failed_walk_fail(walks) -> None:
    walks.scripts["incremental/users/cursor"] = [config_error()]
    messages = read(*runs_of("users", "user_identities"))
    for name in ("users", "user_identities"):
        assert [kind for kind, stream, _ in messages if stream == name] == [
            "STARTED",
            "ERROR",
            "INCOMPLETE",
        ]


@pytest.mark.parametrize(
    ("kinds", "worst"),
    [
        ([Failure.CONFIG], FailureType.config_error),
        ([Failure.CONFIG, Failure.TRANSIENT], FailureType.transient_error),
        ([Failure.TRANSIENT, Failure.SYSTEM, Failure.CONFIG], FailureType.system_error),
    ],
)
def test_the_worst_class_is_that_of_the_sync(kinds, worst) -> None:
    outcome = Outcome()
    for number, kind in enumerate(kinds):
        error = ConnectorError("x", about="y", remedy="z", failure=kind)
        assert len(list(fail(f"stream_{number}", error, outcome))) == 2
    whole = whole_failure(outcome)
    assert whole is not None
    assert whole.failure_type is worst


def test_an_error_has_its_three_parts_and_no_secret(walks) -> None:
    walks.scripts["groups"] = [config_error(f"{SECRET} does not fit.")]
    walks.scripts["tags"] = [RuntimeError(f"Authorization: Basic {SECRET}")]
    found = read_runs(context(), runs_of("groups", "tags"), Outbox(), Outcome())
    errors = {
        message.trace.error.stream_descriptor.name: message.trace.error
        for message in found
        if message.type is Type.TRACE and message.trace.error
    }
    assert "GET groups" in errors["groups"].message
    assert "stream groups" in errors["groups"].message
    assert "Open it." in errors["groups"].message
    assert "RuntimeError" in errors["tags"].message
    for error in errors.values():
        text = f"{error.message} {error.internal_message} {error.stack_trace}"
        assert SECRET not in text
        assert "****" in text


def test_a_log_line_holds_no_secret() -> None:
    message = log_message(f"GET x with {SECRET}", Level.WARN)
    assert (message.log.level, message.log.message) == (Level.WARN, "GET x with ****")


def test_a_traced_error_is_left_alone() -> None:
    error = AirbyteTracedException(message="known", failure_type=FailureType.transient_error)
    assert traced(error, "groups") is error


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
    others = [name for name, row in STREAMS.items() if row.feed.path not in waiting]
    for name in others:
        walks.scripts.setdefault(STREAMS[name].feed.path, []).extend(
            page(name, [number], number) for number in range(5)
        )
    complete = set()
    for message in read_runs(context(), runs_of(*STREAMS), Outbox(), Outcome()):
        kind, name, _ = short(message)
        if kind == "COMPLETE":
            complete.add(name)
        if complete == set(others):
            room.set()
    assert complete == set(STREAMS)


def test_a_position_in_the_future_asks_for_nothing(walks) -> None:
    """A far future is a user's way to say: read nothing (compatibility.md 1.6)."""
    walks.scripts["groups"] = [AssertionError("the walk was begun")]
    far_s = 7_952_342_400  # 2222-01-01
    messages = read(*runs_of("groups", groups=Position(far_s)))
    assert messages[0] == ("STARTED", "groups", None)
    assert messages[1][0] == "LOG"
    assert "groups" in messages[1][2]
    assert messages[2:] == [
        ("STATE", "groups", {"updated_at": "2222-01-01T00:00:00Z"}),
        ("COMPLETE", "groups", None),
    ]


def test_a_clock_that_is_hours_wrong_is_no_future(walks) -> None:
    walks.scripts["groups"] = [page("groups", [1], 1)]
    messages = read(*runs_of("groups", groups=Position(NOW_S + 3_600 * 20)))
    assert ("RECORD", "groups", 1) in messages


def test_a_silent_sync_says_that_it_lives(walks, monkeypatch) -> None:
    monkeypatch.setattr(reader, "LONGEST_SILENCE_S", 0.01)
    silence = threading.Event()
    walks.scripts["groups"] = [silence, page("groups", [1], 1)]
    lines = []
    for message in read_runs(context(), runs_of("groups"), Outbox(), Outcome()):
        if message.type is Type.LOG:
            lines.append(message.log.message)
            silence.set()
    assert lines
    assert "Still reading" in lines[0]


@pytest.mark.usefixtures("walks")
def test_a_note_is_printed_before_its_thread_goes_on() -> None:
    """New tokens must have left the process before they are used: the old ones are dead."""
    outbox, printed, order = Outbox(), log_message("new tokens"), []

    def walk(_context: WalkContext, _run: FeedRun) -> Iterator[Delivery]:
        outbox.print_first(printed)
        order.append("used")
        yield page("groups", [1], 1)

    reader.WALKS[Walk.FILTERED_LIST] = walk  # put back by the fixture `walks`
    for message in read_runs(context(), runs_of("groups"), outbox, Outcome()):
        if message is printed:
            assert order == []
            order.append("printed")
    assert order == ["printed", "used"]


@pytest.mark.usefixtures("walks")
def test_log_lines_of_walks_keep_their_place() -> None:
    outbox = Outbox()

    def walk(_context: WalkContext, _run: FeedRun) -> Iterator[Delivery]:
        yield page("groups", [1], 1)
        outbox.log("between two pages")
        yield page("groups", [2], 2)

    reader.WALKS[Walk.FILTERED_LIST] = walk  # put back by the fixture `walks`
    found = [short(it) for it in read_runs(context(), runs_of("groups"), outbox, Outcome())]
    place = found.index(("LOG", None, "between two pages"))
    assert found[place - 1] == ("STATE", "groups", {"at": 1})
    assert found[place + 1] == ("RECORD", "groups", 2)


@pytest.mark.usefixtures("walks")
def test_no_more_pages_wait_than_memory_allows() -> None:
    """Nobody takes messages: a walk may run ahead by the outbox and one page, and no further."""
    made, outbox = [], Outbox()
    enough = threading.Event()

    def walk(_context: WalkContext, _run: FeedRun) -> Iterator[Delivery]:
        for number in range(50):
            made.append(number)
            if len(made) > reader.OUTBOX_PAGES:
                enough.set()
            yield page("groups", [number], number)

    reader.WALKS[Walk.FILTERED_LIST] = walk  # put back by the fixture `walks`
    messages = read_runs(context(), runs_of("groups"), outbox, Outcome())
    taken = 0
    for message in messages:
        if message.type is Type.RECORD:
            taken += 1
            # One page is in our hands, some in the outbox, one held by the walk that waits.
            assert len(made) <= taken + reader.OUTBOX_PAGES + 2
    assert taken == 50
    assert enough.is_set()


def test_a_consumer_that_stops_leaves_no_thread_that_keeps_the_process(walks) -> None:
    walks.scripts["groups"] = [page("groups", [number], number) for number in range(100)]
    messages = read_runs(context(), runs_of("groups"), Outbox(), Outcome())
    assert short(next(messages))[0] == "STARTED"
    assert short(next(messages))[0] == "RUNNING"
    left = [thread for thread in threading.enumerate() if thread.name == "walk groups"]
    messages.close()
    assert left
    assert all(thread.daemon for thread in left)


def test_a_walk_that_waits_says_so_for_each_of_its_streams(walks) -> None:
    until = datetime(2026, 3, 1, tzinfo=UTC)
    made = context()

    def tell(when: datetime | None) -> Delivery:
        made.client.told["tickets, ticket_metrics"](when)
        return page("tickets", [], 1)

    class Telling(list):
        def __iter__(self):
            yield tell(until)
            yield tell(None)

    walks.scripts["incremental/tickets/cursor"] = Telling([1])
    messages = list(read_runs(made, runs_of("tickets", "ticket_metrics"), Outbox(), Outcome()))
    statuses = [
        message.trace.stream_status
        for message in messages
        if message.type is Type.TRACE and message.trace.stream_status
    ]
    for name in ("tickets", "ticket_metrics"):
        own = [status for status in statuses if status.stream_descriptor.name == name]
        assert [status.status.value for status in own] == [
            "STARTED", "RUNNING", "RUNNING", "COMPLETE",
        ]  # fmt: skip
        (reason,) = own[1].reasons
        assert reason.type.value == "RATE_LIMITED"
        assert reason.rate_limited.quota_reset == int(until.timestamp()) * 1000
        assert own[2].reasons is None


def test_an_estimate_comes_before_the_first_record(walks, monkeypatch) -> None:
    monkeypatch.setitem(COUNTS, "groups/count", 3)
    walks.scripts["groups"] = [page("groups", [1], 1)]
    messages = list(read_runs(context(), runs_of("groups"), Outbox(), Outcome()))
    estimate = messages[1].trace.estimate
    assert (estimate.name, estimate.row_estimate, estimate.type.value) == ("groups", 3, "STREAM")
    assert [m.type for m in messages].index(Type.RECORD) > 1


def test_told_to_stop_the_page_in_hand_is_printed_with_its_state(walks) -> None:
    never = threading.Event()
    walks.scripts["groups"] = [page("groups", [1, 2], 1), never]
    walks.scripts["tags"] = [never]
    stop, outcome = Stop(), Outcome()
    found = []
    for message in read_runs(context(), runs_of("groups", "tags"), Outbox(), outcome, stop):
        found.append(short(message))
        if message.type is Type.RECORD:
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
