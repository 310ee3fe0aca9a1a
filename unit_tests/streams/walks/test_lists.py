"""The walks of lists, against a model account that changes between and during the pages."""

from dataclasses import replace
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.resource import Paging
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.codec import NO_CURSOR
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.streams.state.times import parse_time
from source_zendesk_support.streams.walks.newest_first import NewestFirst
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import CursorRefused
from test_support.models.answers import iso
from test_support.models.lists import (
    ListAccount,
    account_of,
    beginnings,
    by_id,
    check_story,
    happenings,
)
from test_support.models.syncs import Destination, Kill, kills, sync

GROUPS = STREAMS["groups"]
TAGS = STREAMS["tags"]
DELETED = STREAMS["deleted_tickets"]
RATINGS = STREAMS["satisfaction_ratings"]
# The walk of ticket_audits, in the dialect of the model account.
AUDITS = STREAMS["ticket_audits"]
FEED = replace(AUDITS, resource=replace(AUDITS.resource, paging=Paging.CURSOR))


def by_name(row: dict[str, Any]) -> Any:
    return (row["name"], row["id"])  # a change may move a record to either side of the cursor


def newest_first(row: dict[str, Any]) -> Any:
    return (-parse_time(row["created_at"]), row["id"])


def oldest_first(row: dict[str, Any]) -> Any:
    return (parse_time(row["created_at"]), row["id"])


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(
        [
            *((GROUPS, by_id), (GROUPS, by_name)),
            *((DELETED, newest_first), (DELETED, oldest_first)),
            *((FEED, newest_first), (FEED, oldest_first)),
        ]
    ),
    beginnings,
    happenings,
    happenings,
    st.lists(kills, max_size=5),
    st.integers(1, 6),
)
def test_a_list_misses_nothing_in_whatever_order(
    make_context, listed, first, before, during, syncs, page
) -> None:
    stream, order = listed
    account = account_of(stream, 0, order)
    check_story(make_context, stream, account, first, before, during, syncs, page)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([GROUPS, TAGS, DELETED, RATINGS]), st.integers(0, 40), st.integers(1, 12))
def test_a_list_takes_as_many_requests_as_its_pages(make_context, stream, n, page) -> None:
    account, destination = account_of(stream, n), Destination()
    assert sync(make_context, stream, account, destination, page=page) == max(1, ceil(n / page))
    assert len(destination.rows) == n


@pytest.mark.parametrize("printed", [True, False])
@pytest.mark.parametrize("cut", range(1, 5))
@pytest.mark.parametrize("stream", [GROUPS, TAGS, DELETED, RATINGS], ids=lambda it: it.name)
def test_at_most_one_page_is_read_again(make_context, stream, cut, printed) -> None:
    account, destination = account_of(stream, 50), Destination()
    first = sync(make_context, stream, account, destination, page=10, kill=Kill(cut, printed))
    rest = sync(make_context, stream, account, destination, page=10)
    assert first + rest == 5 + (not printed)
    assert sum(destination.came.values()) == 50 + (0 if printed else 10)


def test_a_full_refresh_delivers_everything_each_time(make_context) -> None:
    account, destination = account_of(TAGS, 25), Destination()
    for _ in range(3):
        sync(make_context, TAGS, account, destination, page=10)
        assert destination.state == {NO_CURSOR: True}
    assert set(destination.came.values()) == {3}


def test_an_open_full_refresh_keeps_its_page(make_context) -> None:
    account, destination = account_of(TAGS, 25), Destination()
    sync(make_context, TAGS, account, destination, page=10, kill=Kill(1, True))
    assert destination.state["page"]["after_cursor"] == "[9]"
    assert NO_CURSOR not in destination.state


def test_a_list_read_to_its_end_moves_its_position_and_nothing_else_does(make_context) -> None:
    account, destination = account_of(GROUPS, 25), Destination()
    sync(make_context, GROUPS, account, destination, page=10, kill=Kill(2, True))
    assert "updated_at" not in destination.state
    sync(make_context, GROUPS, account, destination, page=10)
    assert destination.state["updated_at"] == account.rows[24]["updated_at"]
    assert "page" not in destination.state


def test_newest_first_stops_at_the_first_wholly_old_page(make_context) -> None:
    account, destination = account_of(FEED, 60, newest_first), Destination()
    assert sync(make_context, FEED, account, destination, page=10) == 6
    assert sync(make_context, FEED, account, destination, page=10) == 1
    for key in range(100, 115):
        account.write(key)
        account.now_s += 10
    assert sync(make_context, FEED, account, destination, page=10) == 3
    assert len(destination.rows) == 75
    assert max(destination.came.values()) == 1


@pytest.mark.parametrize("order", [oldest_first, by_id])
def test_another_order_is_read_to_its_end(make_context, order) -> None:
    account, destination = account_of(FEED, 60, order), Destination()
    sync(make_context, FEED, account, destination, page=10)
    account.write(200)
    assert sync(make_context, FEED, account, destination, page=10) == 7
    assert 200 in destination.rows


def test_a_page_of_equal_times_tells_no_order(make_context) -> None:
    """A mass update puts pages into one second: they do not show that older ones follow."""
    account = ListAccount("audits", "created_at", by_id)
    for key in range(20):
        account.write(key)
    destination = Destination()
    account.now_s += 100
    sync(make_context, FEED, account, destination, page=5)
    account.write(50)
    assert sync(make_context, FEED, account, destination, page=5) == 5
    assert 50 in destination.rows


@pytest.mark.parametrize("page", [2, 5, 10])
def test_pages_that_fall_do_not_end_the_list_of_deletions(make_context, page) -> None:
    """An agent deletes a view, newest ticket first: in the order of creation, deletions fall."""
    account = ListAccount("deleted_tickets", "deleted_at", by_id)
    for key in range(30, 0, -1):
        account.now_s += 10
        account.write(key)
    account.now_s += 100
    destination = Destination()
    sync(make_context, DELETED, account, destination, page=page)
    account.write(31)
    assert sync(make_context, DELETED, account, destination, page=page) == ceil(31 / page)
    assert 31 in destination.rows


def test_only_a_list_in_the_order_of_its_time_ends_before_its_end() -> None:
    """Times of creation, which never change, in an order by them, seen on the wire.

    See docs/facts/zendesk-api.md#2.1.
    """
    ends_early = [it.name for it in STREAMS.values() if it.resource.walk == NewestFirst()]
    assert ends_early == ["ticket_audits"]
    assert AUDITS.resource.item_time == "created_at"


def test_a_refused_cursor_of_an_earlier_sync_begins_the_list_again(make_context) -> None:
    account, destination = account_of(GROUPS, 30), Destination()
    sync(make_context, GROUPS, account, destination, page=10, kill=Kill(1, True))
    account.dead_cursors = 1
    assert sync(make_context, GROUPS, account, destination, page=10) == 4
    assert len(destination.rows) == 30
    account.write(3)
    assert sync(make_context, GROUPS, account, destination, page=10) == 3
    assert destination.rows[3] == 1


def test_a_cursor_refused_in_the_walk_begins_the_list_again_once(make_context) -> None:
    account, destination = account_of(GROUPS, 30), Destination()
    account.dead_cursors = 1
    assert sync(make_context, GROUPS, account, destination, page=10) == 5
    assert len(destination.rows) == 30
    account.write(3)
    sync(make_context, GROUPS, account, destination, page=10)
    assert destination.rows[3] == 1
    assert max(destination.came.values()) == 2, "only what the walk had read comes again"


def test_a_cursor_refused_again_and_again_is_an_error(make_context) -> None:
    account, destination = account_of(GROUPS, 30), Destination()
    account.dead_cursors = 100
    with pytest.raises(CursorRefused):
        sync(make_context, GROUPS, account, destination, page=10)
    assert len(account.requests) == 4
    account.dead_cursors = 0
    sync(make_context, GROUPS, account, destination, page=10)
    assert len(destination.rows) == 30


def test_lists_ask_by_no_time_that_zendesk_does_not_filter_by(make_context) -> None:
    for stream in (GROUPS, TAGS, DELETED):
        account = account_of(stream, 1)
        destination = Destination()
        for _ in range(2):
            sync(make_context, stream, account, destination, page=10, start_s=1_600_000_000)
        assert not any("start_time" in sent for sent in account.requests)
        # Configuration objects older than the start date are delivered too
        # (docs/facts/published-connector.md#6.27).
        assert len(destination.rows) == 1


def test_records_without_a_time_are_delivered_each_time(make_context) -> None:
    account, destination = account_of(GROUPS, 2), Destination()
    account.rows[0]["updated_at"] = None
    for _ in range(2):
        sync(make_context, GROUPS, account, destination, page=10)
    assert destination.came == {(0, 0): 2, (1, 0): 1}


@pytest.mark.parametrize(
    ("updated_at", "is_news"),
    [
        (
            "2024-03-02T11:00:03+01:00",
            True,
        ),  # a second later, though its text is "later" by an hour
        ("2024-03-02T09:00:03-01:00", True),  # a second later, though its text is earlier
        ("2024-03-02T10:00:03.250Z", True),
        ("2024-03-02T12:59:59+03:00", False),  # three seconds earlier, though its text is later
        ("2024-03-02T10:00:01.999Z", False),
    ],
)
def test_times_are_compared_as_times_and_not_as_text(make_context, updated_at, is_news) -> None:
    account = account_of(GROUPS, 1)
    account.now_s = parse_time("2024-03-02T12:00:00Z")
    account.rows[0]["updated_at"] = updated_at
    destination = Destination(state={"updated_at": "2024-03-02T10:00:02Z"})
    sync(make_context, GROUPS, account, destination, page=10)
    assert bool(destination.rows) is is_news


class AuditLogs:
    """A list that is read within a window, by a client whose clock may be wrong until it answers.

    `answers_after_s`: seconds that pass before each page.
    """

    def __init__(self, at_s: int, our_s: int, answers_after_s: tuple[int, ...] = ()) -> None:
        self.at_s, self.our_s = at_s, our_s
        self.answers_after_s = list(answers_after_s)
        self.times = [at_s - 7_000, at_s - 10]
        self.windows: list[tuple[int, int]] = []

    def zendesk_s(self) -> int:
        return self.at_s if self.windows else self.our_s

    def get(self, path: str, params: dict[str, Any], **_: Any) -> Page:
        assert path == "audit_logs"
        since_s, until_s = (parse_time(text) for text in params["filter[created_at][]"])
        self.windows.append((since_s, until_s))
        passed_s = self.answers_after_s.pop(0) if self.answers_after_s else 0
        self.at_s, self.our_s = self.at_s + passed_s, self.our_s + passed_s
        rows = [
            {"id": time_s, "version": 0, "created_at": iso(time_s)}
            for time_s in self.times
            if since_s <= time_s <= until_s
        ]
        return Page({"audit_logs": rows, "meta": {"has_more": False}}, server_s=self.at_s)


@pytest.mark.parametrize(
    ("skew_s", "answers_after_s", "requests"),
    [
        (0, (), 1),
        (-30, (), 1),
        (7_200, (), 1),
        (-7_200, (), 2),
        (-3 * 86_400, (), 2),
        (0, (300,), 2),
        (0, (300, 300, 300), 2),
    ],
)
def test_a_window_ends_by_zendesks_clock(make_context, skew_s, answers_after_s, requests) -> None:
    now_s = 1_700_000_000
    client = AuditLogs(now_s, now_s + skew_s, answers_after_s)
    stream, found = STREAMS["audit_logs"], list[int]()
    run = WalkRun(stream.resource, (stream,), {stream.name: ListPosition(now_s - 8_000)})
    for delivery in run.resource.walk.read(make_context(client, lambda: client.our_s), run):
        found += [record["id"] for _, records in delivery.records for record in records]
    assert len(client.windows) == requests
    # Records within the seconds that a clock is slow come with the next sync.
    assert found == ([now_s - 7_000] if skew_s == -30 else [now_s - 7_000, now_s - 10])
    assert {since_s for since_s, _ in client.windows} == {now_s - 8_000}
    (_, at), *_ = delivery.states
    assert at["created_at"] == iso(found[-1])
