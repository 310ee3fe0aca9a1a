"""Side conversations by the feed of their events: what is asked, and where it does not serve."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.engine import EngineChoice
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.beside_tickets import beside_tickets
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.auth import access_token_sign_in
from source_zendesk_support.zendesk.errors import StreamRefused
from test_support.client.connection import NOW, NOW_S, Connection
from test_support.inputs.saved_states import through_json
from zendesk_emulator import ACCESS_TOKEN, Emulator

FEED = "/api/v2/tickets/side_conversations/events"
EXPORT = "/api/v2/incremental/tickets/cursor"
EVENTS, CONVERSATIONS = "side_conversation_events", "side_conversations"
DAY_S = 86_400


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(tickets=200, seed=3, clock_at=NOW, frozen=True, limits=False) as made:
        yield made


class Sync:
    """Syncs of one account, one after the other, as a destination sees them."""

    def __init__(self, make_context: Any, emulator: Emulator, *names: str) -> None:
        self.make_context, self.emulator = make_context, emulator
        self.rows = [STREAMS[name] for name in names or (EVENTS, CONVERSATIONS)]
        self.states: dict[str, Any] = {}
        self.held: dict[str, dict[str, Any]] = {row.name: {} for row in self.rows}
        self.failed: dict[str, BaseException] = {}
        self.log: list[str] = []
        self.delivered = Counter[str]()

    def run(self, results: int | None = None, **settings: Any) -> "Sync":
        """Read all, or so many results as a process that is killed."""
        self.emulator.site.log.reset()
        self.failed, self.log = {}, []
        self.delivered.clear()
        for result in islice(self.results(settings), results):
            for name, records in result.records:
                self.held[name] |= {it["id"]: it for it in records}
                self.delivered[name] += len(records)
            self.states |= dict(result.states)
            self.failed |= dict(result.failures)
        return self

    def results(self, settings: dict[str, Any]) -> Iterator[Any]:
        connection = Connection(self.emulator.base_url, access_token_sign_in(ACCESS_TOKEN))
        engine = settings.pop("engine", "auto")
        context = self.make_context(
            connection.client, lambda: NOW_S, log=self.log.append, engine=EngineChoice(engine),
            **settings,
        )  # fmt: skip
        self.skipped = context.skipped
        stands = {
            row.name: decode(row, through_json(self.states.get(row.name))) for row in self.rows
        }
        for run in plan_runs(*beside_tickets(context, self.rows, stands)):
            try:
                yield from run.resource.walk.read(context, begin(context, run).run)
            except StreamRefused as refused:
                yield PageResult((), (), failures=tuple((it.name, refused) for it in run.members))

    @property
    def asked(self) -> dict[str, int]:
        """How often each path was asked for; tickets are one."""
        found = Counter[str]()
        for path, count in self.emulator.site.log.by_path.items():
            is_below = path.endswith("/side_conversations")
            found["tickets" if is_below else path] += count
        return dict(found)

    def expect_whole(self, start_s: int = 0) -> None:
        for name in {EVENTS, CONVERSATIONS} & self.held.keys():
            held = self.held[name]
            truth = self.emulator.truth(name, start_s=start_s)
            owed = {it["id"]: it for it in truth.must}
            assert owed.items() <= held.items(), name
            assert held.keys() <= owed.keys() | set(truth.may), name


def shorten_feed(emulator: Emulator) -> None:
    """Let the feed begin with a reply, days after its conversation began."""
    table = emulator.account.table(CONVERSATIONS)
    late = [it for it in table.rows.values() if it.updated_s - it.created_s > 2 * DAY_S]
    begins_s = sorted(it.updated_s for it in late)[len(late) // 2]
    emulator.account.conversation_feed_s = NOW_S - begins_s


def test_a_first_sync_asks_no_ticket_and_an_unchanged_one_a_page(make_context, emulator) -> None:
    sync = Sync(make_context, emulator).run()
    sync.expect_whole()
    assert sync.asked == {FEED: 1}
    (line,) = sync.log
    assert "begins at 20" in line
    assert sync.delivered[CONVERSATIONS] == len(sync.held[CONVERSATIONS]) > 20
    sync.run()
    assert sync.asked == {FEED: 1}
    assert sync.delivered.total() == 0

    emulator.clock.advance(DAY_S)
    for kind in ("new_side_conversation", "reply_side_conversation", "comment"):
        emulator.change(kind, count=3, seed=1)
    sync.run()
    sync.expect_whole()
    assert sync.asked == {FEED: 1}
    assert sync.delivered[EVENTS] == 6


@pytest.mark.parametrize("page", [3, 20])
def test_a_kill_at_any_point_loses_nothing(make_context, emulator, page) -> None:
    whole = Sync(make_context, emulator).run(largest_page=page)
    pages = whole.asked[FEED]
    events = len(whole.held[EVENTS])
    assert pages >= events // page
    for results in range(1, 3 * pages, 2):
        sync = Sync(make_context, emulator).run(results, largest_page=page)
        before = sync.delivered[EVENTS]
        sync.run(largest_page=page)
        sync.expect_whole()
        assert before + sync.delivered[EVENTS] <= events + page
        assert sync.asked.keys() == {FEED}


def test_a_conversation_that_no_page_brings_is_asked_for_below_its_ticket(
    make_context, emulator, monkeypatch
) -> None:
    serve = emulator.site.serve

    def without_sideload(request: Any) -> Any:
        query = tuple(it for it in request.query if it[0] != "include")
        return serve(replace(request, query=query))

    monkeypatch.setattr(emulator.site, "serve", without_sideload)
    sync = Sync(make_context, emulator).run()
    sync.expect_whole()
    tickets = {it["ticket_id"] for it in sync.held[EVENTS].values()}
    assert sync.asked == {FEED: 1, "tickets": len(tickets)}
    sync.run()
    assert sync.asked == {FEED: 1}


@pytest.mark.parametrize("engine", ["exports", "lists"])
def test_a_refused_feed_fails_its_events_and_tickets_are_asked(
    make_context, emulator, engine
) -> None:
    emulator.fault(path=f"^{FEED}$", status=403, body={"error": "Forbidden"})
    sync = Sync(make_context, emulator).run(engine=engine)
    assert list(sync.failed) == [EVENTS]
    assert EVENTS not in sync.states
    del sync.held[EVENTS]
    sync.expect_whole()
    assert sync.asked["tickets"] > 100
    (line,) = sync.log
    assert "status 403" in line
    assert CONVERSATIONS in line
    asked = sync.run(engine=engine).asked
    assert asked.get("tickets", 0) <= len(sync.states[CONVERSATIONS].get("refused", ()))

    # The feed is given: it is read whole once, and no ticket is asked any more.
    emulator.site.faults.clear()
    sync.held[EVENTS] = {}
    sync.run(engine=engine).expect_whole()
    assert EXPORT not in sync.asked
    assert sync.run().delivered.total() == 0


@pytest.mark.parametrize("engine", ["exports", "lists"])
def test_a_refused_feed_lets_conversations_share_the_requests_of_tickets(
    make_context, emulator, engine
) -> None:
    alone = Sync(make_context, emulator, "tickets").run(engine=engine).asked
    emulator.fault(path=f"^{FEED}$", status=403, body={"error": "Forbidden"})
    sync = Sync(make_context, emulator, "tickets", CONVERSATIONS).run(engine=engine)
    sync.expect_whole()
    if engine == "exports":  # lists read a history of children by itself
        assert sync.asked[EXPORT] == alone[EXPORT]
    assert [line for line in sync.log if "status 403" in line]

    emulator.clock.advance(DAY_S)
    sync.run(engine=engine).expect_whole()
    emulator.site.faults.clear()
    sync.run(engine=engine).expect_whole()
    assert sync.states[CONVERSATIONS]["feed"]


def test_a_short_feed_lets_conversations_share_the_requests_of_tickets(
    make_context, emulator
) -> None:
    alone = Sync(make_context, emulator, "tickets").run().asked
    shorten_feed(emulator)
    sync = Sync(make_context, emulator, "tickets", CONVERSATIONS).run()
    sync.expect_whole()
    assert sync.asked[EXPORT] == alone[EXPORT]
    assert sync.asked[FEED] == 1
    assert [line for line in sync.log if "begins later than the history" in line]

    emulator.clock.advance(DAY_S)
    emulator.change("new_side_conversation", count=3, seed=1)
    sync.run().expect_whole()
    assert sync.states[CONVERSATIONS]["feed"]
    emulator.clock.advance(DAY_S)
    emulator.change("reply_side_conversation", count=3, seed=2)
    sync.run().expect_whole()
    assert sync.asked[FEED] == 1
    assert sync.asked.get("tickets", 0) == len(sync.states[CONVERSATIONS].get("refused", ()))


@pytest.mark.parametrize("fault", ["refused", "short"])
def test_a_shared_run_loses_nothing_wherever_it_is_killed(make_context, emulator, fault) -> None:
    if fault == "short":
        shorten_feed(emulator)
    else:
        emulator.fault(path=f"^{FEED}$", status=403, body={"error": "Forbidden"})
    whole = Sync(make_context, emulator, "tickets", CONVERSATIONS)
    results = sum(1 for _ in whole.results({"largest_page": 50}))
    for killed_at in range(1, results, 5):
        sync = Sync(make_context, emulator, "tickets", CONVERSATIONS)
        sync.run(killed_at, largest_page=50).run(largest_page=50).expect_whole()


@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_fault_of_the_feed_holds_up_no_other_walk(make_context, emulator, status) -> None:
    alone = Sync(make_context, emulator, "tickets").run().asked
    sync = Sync(make_context, emulator, "tickets", CONVERSATIONS)
    emulator.fault(path=f"^{FEED}$", kind="answer", status=status, body={"error": "Odd"}, count=1)
    sync.run().expect_whole()
    assert sync.asked == alone | {FEED: 2}, "asked once before the walks, and once by its own"


def test_a_feed_that_is_refused_later_loses_nothing(make_context, emulator) -> None:
    sync = Sync(make_context, emulator).run()
    emulator.clock.advance(DAY_S)
    emulator.change("new_side_conversation", count=3, seed=1)
    emulator.clock.advance(DAY_S)
    emulator.fault(path=f"^{FEED}$", status=403, body={"error": "Forbidden"})
    sync.run()
    assert list(sync.failed) == [EVENTS]
    del sync.held[EVENTS]
    sync.expect_whole()
    assert 3 <= sync.asked["tickets"] < 30


def test_a_feed_that_begins_later_than_the_history_is_said_and_made_up_for(
    make_context, emulator
) -> None:
    shorten_feed(emulator)
    sync = Sync(make_context, emulator).run()
    sync.expect_whole()
    assert sync.asked["tickets"] > 100
    assert "begins at 20" in sync.log[0]
    assert "begins later than the history" in sync.log[1]
    sync.run()
    assert sync.asked.keys() - {"tickets"} == {FEED}
    assert sync.asked.get("tickets", 0) == len(sync.states[CONVERSATIONS].get("refused", ()))
    assert sync.delivered.total() == 0


def test_a_short_feed_is_made_up_for_whenever_the_process_is_killed(make_context, emulator) -> None:
    shorten_feed(emulator)
    results = sum(1 for _ in Sync(make_context, emulator).results({"largest_page": 7}))
    for killed_at in range(1, results, 9):
        sync = Sync(make_context, emulator).run(killed_at, largest_page=7)
        sync.run(largest_page=7)
        sync.expect_whole()
        assert "feed" in sync.states[CONVERSATIONS]
        assert "is_short" not in sync.states[CONVERSATIONS]["feed"]


def test_tickets_that_all_refuse_end_nothing_where_the_feed_is_answered(
    make_context, emulator
) -> None:
    shorten_feed(emulator)
    emulator.fault(path=r"tickets/\d+/side_conversations$", status=403, body={"error": "No"})
    sync = Sync(make_context, emulator).run()
    assert sync.failed == {}
    assert sync.asked[FEED] == 2, "the feed, and once whether the account refuses it"
    (line,) = sync.skipped.lines()
    assert "parents that Zendesk refused with status 403" in line
    emulator.site.faults.clear()
    sync.run().expect_whole()


def test_a_state_of_the_walk_below_tickets_is_followed_by_the_whole_feed(
    make_context, emulator
) -> None:
    """A ticket that was not asked yet may have a conversation that is older than the place."""
    sync = Sync(make_context, emulator, CONVERSATIONS)
    sync.states[CONVERSATIONS] = {"updated_at": "2026-01-01T00:00:00Z", "after_cursor": "abc"}
    sync.run().expect_whole()
    assert sync.asked == {FEED: 1}


def test_either_stream_alone_reads_what_both_read(make_context, emulator) -> None:
    both = Sync(make_context, emulator).run()
    for name in (EVENTS, CONVERSATIONS):
        alone = Sync(make_context, emulator, name).run()
        assert alone.held[name] == both.held[name]
        assert alone.states[name] == both.states[name]


def test_an_event_in_the_last_second_comes_once_and_a_later_one_is_not_passed(
    make_context, emulator
) -> None:
    emulator.change("new_side_conversation", count=1, seed=1)
    sync = Sync(make_context, emulator).run()
    sync.expect_whole()
    emulator.change("new_side_conversation", count=2, seed=2)  # in the same second
    sync.run()
    sync.expect_whole()
    assert sync.delivered[EVENTS] == 2
