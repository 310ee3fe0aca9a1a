"""Lives that a history cuts are found by their events, counted once, or completed by audits."""

from typing import Any

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.walk import Start, WalkRun
from source_zendesk_support.streams.state.codec import decode, encode
from source_zendesk_support.streams.state.export_position import ExportPosition, TimePosition
from source_zendesk_support.streams.state.lists_place import ListsPlace
from source_zendesk_support.streams.walks import ticket_lives
from source_zendesk_support.streams.walks.audit_feed import AuditFeed
from source_zendesk_support.streams.walks.export_pages import ExportPage
from source_zendesk_support.streams.walks.list_engine import ListEngine
from source_zendesk_support.streams.walks.ticket_lives import CUT, TicketLives
from source_zendesk_support.zendesk.client import Page
from test_support.models.answers import iso

START_S = 1_700_000_000
STREAM = STREAMS["ticket_events"]


def event(ticket: Any, *kinds: str, at_s: int = START_S + 5) -> dict[str, Any]:
    return {
        "id": at_s,
        "ticket_id": ticket,
        "timestamp": at_s,
        "child_events": [{"event_type": kind} for kind in kinds],
    }


def lives(
    make_context: Any, *, completes: bool = False, position: TimePosition | None = None
) -> tuple[TicketLives, Any]:
    context = make_context(None, lambda: START_S + 100, completes_tickets=completes)
    position = position or TimePosition()
    run = WalkRun(STREAM.resource, (STREAM,), {STREAM.name: position}, Start(START_S, START_S))
    return TicketLives(context, run, position.oldest), context


def test_cut_lives_are_counted_when_the_first_history_was_read(make_context: Any) -> None:
    found, context = lives(make_context)
    pages = [
        [event(3, "Change"), event(90, "Create", "Change"), event(90, "Change")],
        [event(3, "Change"), event(91, "Create"), event(89, "Comment"), event(None, "Change")],
    ]
    for page in pages:
        assert found.completed(page) is page
    found.count()
    assert context.skipped.lines() == [f"ticket_events: 2 {CUT}"]


def test_a_later_sync_counts_nothing(make_context: Any) -> None:
    found, context = lives(make_context, position=TimePosition(START_S + 50))
    found.completed([event(3, "Change")])
    found.count()
    assert context.skipped.lines() == []


def test_a_cut_life_is_read_once_and_only_what_is_missing(
    make_context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def audits_of(_: Any, ticket: int) -> list[dict[str, Any]]:
        asked.append(ticket)
        times = ("2023-11-14T22:13:19Z", "2023-11-14T22:13:20Z")  # before, and at the start
        return [
            {"id": n, "ticket_id": ticket, "created_at": at, "events": []}
            for n, at in enumerate(times)
        ]

    monkeypatch.setattr(ticket_lives, "audits_of", audits_of)
    found, context = lives(make_context, completes=True)
    page = [event(3, "Change"), event(90, "Create"), event(91, "Change")]
    before, *rest = found.completed(page)
    assert rest == page
    assert (before["ticket_id"], before["timestamp"]) == (3, START_S - 1)
    assert found.completed([event(3, "Comment")]) == [event(3, "Comment")]
    found.count()
    assert (asked, context.skipped.lines()) == ([3], [])
    assert ticket_lives.oldest_of(context, found) == 90


def test_knowledge_of_the_oldest_ticket_stays_in_the_state() -> None:
    position = TimePosition(START_S, oldest=90)
    state = encode(STREAM, position)
    assert state["oldest_ticket"] == 90
    known = decode(STREAM, state)
    assert isinstance(known, TimePosition)
    assert known.oldest == 90
    assert known == TimePosition(START_S), "streams that stand at one place share a run"
    assert "oldest_ticket" not in encode(STREAM, TimePosition(START_S))


@pytest.mark.parametrize("cursor", ["", "abc"])
def test_where_silent_tickets_are_looked_for_stays_in_the_state(cursor: str) -> None:
    position = TimePosition(START_S, silent=cursor)
    state = encode(STREAM, position)
    assert state["silent_tickets"] == ({"after_cursor": cursor} if cursor else {})
    assert decode(STREAM, state) == position
    assert "silent_tickets" not in encode(STREAM, TimePosition(START_S))


@pytest.mark.parametrize("odd", ["abc", [], {"after_cursor": ""}, {"after_cursor": 1.5}])
def test_an_odd_place_of_silent_tickets_is_an_error(odd: Any) -> None:
    with pytest.raises(Exception, match="silent_tickets"):
        decode(STREAM, {"timestamp": str(START_S), "silent_tickets": odd, "v": 1})


def test_silent_tickets_are_looked_for_from_the_first_history_on(make_context: Any) -> None:
    resumed = TimePosition(START_S + 50, silent="abc")
    of_older_version = TimePosition(START_S + 50, oldest=90)
    assert [
        lives(make_context, completes=completes, position=position)[0].silent
        for completes in (True, False)
        for position in (None, resumed, of_older_version)
    ] == ["", "abc", None, None, None, None]


def ticket(number: Any, *, updated_s: int = START_S - 10, **more: Any) -> dict[str, Any]:
    times = {"created_at": iso(START_S - 20), "updated_at": iso(updated_s)}
    return {"id": number, "status": "closed", **times, **more}


def test_silent_tickets_are_read_once_a_run_and_odd_ones_cost_themselves(
    make_context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    said: list[str] = []
    pages = [
        [ticket(3), ticket(4), ticket(5, status="deleted"), ticket(None), ticket(True)],
        [ticket(6, updated_s=START_S), ticket(7, created_at="soon"), ticket(4), ticket(8)],
    ]

    def export_pages(_: Any, request: Any, *__: Any) -> Any:
        assert request.params == {"support_type_scope": "all", "exclude_deleted": "true"}
        for number, items in enumerate(pages):
            yield ExportPage(items, {}, ExportPosition(START_S, f"page {number}"))

    monkeypatch.setattr(ticket_lives, "export_pages", export_pages)
    monkeypatch.setattr(ticket_lives, "audits_of", lambda _, number: asked.append(number) or [])
    context = make_context(None, lambda: START_S, completes_tickets=True, log=said.append)
    run = WalkRun(
        STREAM.resource, (STREAM,), {STREAM.name: TimePosition()}, Start(START_S, START_S)
    )
    found = TicketLives(context, run, None)
    found.completed([event(3, "Change"), event(90, "Create")])
    places = [cursor for _, cursor in found.of_silent("")]
    assert asked == [3, 4, 8]
    assert places == ["", "page 0", "page 0", "page 1"]
    (line,) = said
    assert line.endswith(
        "older than start_date, 1 that have changed since and 2 that have not were read whole."
    )


@pytest.mark.parametrize("odd", ["90", 1.5, True, []])
def test_an_oldest_ticket_that_is_not_a_number_is_an_error(odd: Any) -> None:
    with pytest.raises(Exception, match="oldest_ticket"):
        decode(STREAM, {"timestamp": str(START_S), "oldest_ticket": odd, "v": 1})


def test_tickets_of_other_resources_have_no_lives() -> None:
    shared = {row.resource.path for row in STREAMS.values() if row.resource.has_lives}
    assert shared == {STREAM.resource.path}


class Skipping:
    """An account whose list of audits has never shown the last change of an older ticket."""

    def __init__(self) -> None:
        self.now_s = START_S + 10_000
        changed = {"id": 3, "updated_at": iso(START_S + 50)}
        created, skipped = (
            {"id": number, "ticket_id": 3, "created_at": iso(at_s), "events": []}
            for number, at_s in ((1, START_S - 5000), (2, START_S + 50))
        )
        self.lists: dict[str, list[dict[str, Any]]] = {
            "ticket_audits": [],
            "tickets": [changed],
            "tickets/3/audits": [created, skipped],
            "deleted_tickets": [],
        }

    def zendesk_s(self) -> int:
        return self.now_s

    def ask_time(self) -> None:
        """Know the time already."""

    def get(self, path: str, _: Any, *, expects: str, **__: Any) -> Page:
        body = {expects: self.lists[path], "meta": {"has_more": False}}
        return Page(body, server_s=self.now_s)


def test_an_older_ticket_that_a_recheck_finds_is_completed(make_context: Any) -> None:
    account = Skipping()
    place = ListsPlace(START_S + 40, checked_s=START_S + 40)
    position = TimePosition(START_S + 40, lists=place, oldest=90, silent="abc")
    run = WalkRun(STREAM.resource, (STREAM,), {STREAM.name: position}, Start(START_S, START_S))
    found = {}
    for completes in (True, False):
        context = make_context(account, account.zendesk_s, completes_tickets=completes, recheck_s=0)
        results = list(ListEngine(AuditFeed()).read(context, run))
        states = [state for each in results for _, state in each.states]
        assert all(it["silent_tickets"] == {"after_cursor": "abc"} for it in states)
        found[completes] = [
            it["id"] for each in results for _, taken in each.records for it in taken
        ]
    assert found == {True: [1, 2], False: [2]}
