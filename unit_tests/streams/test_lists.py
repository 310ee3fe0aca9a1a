"""The walks of lists, against a model account that changes between and during the pages.

The account behaves as zendesk/api.md 2.1, 5.1 and 5.2 say and is no part of the package: cursor
pagination after the last record, in any order, and answers that take their time.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from syncing import Destination, Kill, kills, sync

from source_zendesk_support.streams.state import NO_CURSOR, parse_time
from source_zendesk_support.streams.table import STREAMS
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    StartTimeTooRecent,
)
from source_zendesk_support.zendesk.request import PageSize

DAY_S = 86_400
GROUPS = STREAMS["groups"]
TAGS = STREAMS["tags"]
DELETED = STREAMS["deleted_tickets"]
RATINGS = STREAMS["satisfaction_ratings"]

Order = Callable[[dict[str, Any]], Any]


def iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")


def refused(kind: type[ConnectorError]) -> ConnectorError:
    return kind("Refused.", about="GET", remedy="", failure=Failure.TRANSIENT)


def by_id(row: dict[str, Any]) -> Any:
    return (row["id"],)


def by_name(row: dict[str, Any]) -> Any:
    return (row["name"], row["id"])  # a change may move a record to either side of the cursor


def newest_first(row: dict[str, Any]) -> Any:
    return (-parse_time(row["deleted_at"]), row["id"])


def oldest_first(row: dict[str, Any]) -> Any:
    return (parse_time(row["deleted_at"]), row["id"])


@dataclass
class ListAccount:
    """Records in one list, and its pages; `get` is the client's.

    `during` is what happens after a page was put together and before it was sent: Zendesk's own
    time stands in the answer and may be later than what the page shows.
    """

    feed_key: str
    time_field: str
    order: Order = by_id
    now_s: int = 1_700_000_000
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    dead_cursors: int = 0
    refuses_recent: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)
    before_page: Callable[[], None] = lambda: None
    during: Callable[[], None] = lambda: None

    def write(self, key: int) -> None:
        old = self.rows.get(key)
        version = old["version"] + 1 if old else 0
        self.rows[key] = {
            "id": key,
            "version": version,
            "name": f"{(key * 7 + version * 5) % 11}",
            "created_at": old["created_at"] if old else iso(self.now_s),
            self.time_field: iso(self.now_s),
        }

    def get(self, path: str, params: dict[str, str], *, expects: str, size: PageSize) -> Page:
        assert path
        assert (expects, size.param) == (self.feed_key, "page[size]")
        self.requests.append(dict(params))
        self.before_page()
        rows = sorted(self.rows.values(), key=self.order)
        if "start_time" in params:
            start_s = int(params["start_time"])
            if self.refuses_recent and start_s > self.now_s - 60:
                raise refused(StartTimeTooRecent)
            rows = [row for row in rows if parse_time(row["created_at"]) >= start_s]
        if "page[after]" in params:
            if self.dead_cursors:
                self.dead_cursors -= 1
                raise refused(CursorRefused)
            place = tuple(json.loads(params["page[after]"]))
            rows = [row for row in rows if self.order(row) > place]
        page = json.loads(json.dumps(rows[: size.value]))
        has_more = len(rows) > size.value
        cursor = json.dumps(self.order(page[-1])) if page else None
        self.during()
        return Page(
            {
                self.feed_key: page,
                "meta": {"has_more": has_more, "after_cursor": cursor, "before_cursor": None},
                # Support names a next page on the last one too (zendesk/api.md 2.1).
                "links": {"prev": None, "next": "https://x.zendesk.com/?page%5Bafter%5D=x"},
            },
            server_s=self.now_s,
        )


# Before or during a page: seconds that pass, and keys that are written.
happenings = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 1, 2, 30]), st.lists(st.integers(0, 15), max_size=3)),
    max_size=16,
)
beginnings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 15)), max_size=16, unique_by=lambda it: it[1]
).map(sorted)


def check_story(
    make_context, stream, account, first, before, during, syncs, page, **settings
) -> None:
    """Tell a story of syncs, kills and changes; at its end nothing may be missing."""
    for seconds, key in first:
        account.now_s += seconds
        account.write(key)
    account.now_s += 100

    def told(script: list[tuple[int, list[int]]]) -> Callable[[], None]:
        left = iter(script)

        def happen() -> None:
            for _ in range(2):  # time goes on after a change too
                seconds, keys = next(left, (0, []))
                account.now_s += seconds
                for key in keys:
                    account.write(key)

        return happen

    account.before_page, account.during = told(before), told(during)
    destination, losses = Destination(), 0
    for kill in syncs:
        sync(make_context, stream, account, destination, page=page, kill=kill, **settings)
        losses += bool(kill and not kill.state_was_printed)
    account.before_page = account.during = lambda: None
    for _ in range(2):  # an open list is read to its end first, then the list once more
        sync(make_context, stream, account, destination, page=page, **settings)
    assert destination.rows == {key: row["version"] for key, row in account.rows.items()}
    destination.expect_each_version_once(losses)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(
        [(GROUPS, by_id), (GROUPS, by_name), (DELETED, newest_first), (DELETED, oldest_first)]
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


@settings(max_examples=150, deadline=None)
@given(beginnings, happenings, happenings, st.lists(kills, max_size=5), st.integers(1, 6))
def test_ratings_that_change_within_the_look_back_are_found(
    make_context, first, before, during, syncs, page
) -> None:
    account = ListAccount("satisfaction_ratings", "updated_at")
    check_story(
        make_context,
        RATINGS,
        account,
        first,
        before,
        during,
        syncs,
        page,
        ratings_lookback_s=30 * DAY_S,
    )


def account_of(stream: Any, n: int, order: Order = by_id) -> ListAccount:
    account = ListAccount(stream.feed.key, stream.feed.item_time, order)
    for key in range(n):
        account.write(key)
        account.now_s += 10
    return account


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
    account, destination = account_of(DELETED, 60, newest_first), Destination()
    assert sync(make_context, DELETED, account, destination, page=10) == 6
    assert sync(make_context, DELETED, account, destination, page=10) == 1
    for key in range(100, 115):
        account.write(key)
        account.now_s += 10
    assert sync(make_context, DELETED, account, destination, page=10) == 3
    assert len(destination.rows) == 75
    assert max(destination.came.values()) == 1


@pytest.mark.parametrize("order", [oldest_first, by_id])
def test_another_order_is_read_to_its_end(make_context, order) -> None:
    account, destination = account_of(DELETED, 60, order), Destination()
    sync(make_context, DELETED, account, destination, page=10)
    account.write(200)
    assert sync(make_context, DELETED, account, destination, page=10) == 7
    assert 200 in destination.rows


def test_a_page_that_falls_by_accident_tells_no_order(make_context) -> None:
    """In the order of ids, a page may fall in time although the list before it did not."""
    account = ListAccount("deleted_tickets", "deleted_at", by_id)
    for key in (0, 1, 3, 2, 4, 5):
        account.now_s += 10
        account.write(key)
    account.now_s += 100
    destination = Destination()
    sync(make_context, DELETED, account, destination, page=2)
    account.write(6)
    sync(make_context, DELETED, account, destination, page=2)
    assert 6 in destination.rows


def test_a_page_of_equal_times_tells_no_order(make_context) -> None:
    """A mass deletion puts pages into one second: they do not show that older ones follow."""
    account = ListAccount("deleted_tickets", "deleted_at", by_id)
    for key in range(20):
        account.write(key)
    destination = Destination()
    account.now_s += 100
    sync(make_context, DELETED, account, destination, page=5)
    account.write(50)
    assert sync(make_context, DELETED, account, destination, page=5) == 5
    assert 50 in destination.rows


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


def test_the_look_back_is_asked_for_by_creation(make_context) -> None:
    account, destination = account_of(RATINGS, 3), Destination()
    settings = {"page": 10, "ratings_lookback_s": 5 * DAY_S, "start_s": 1_600_000_000}
    sync(make_context, RATINGS, account, destination, **settings)
    assert account.requests[-1]["start_time"] == "1600000000"
    newest_s = parse_time(account.rows[2]["updated_at"])
    assert destination.state["updated_at"] == str(newest_s)
    sync(make_context, RATINGS, account, destination, **settings)
    assert account.requests[-1]["start_time"] == str(newest_s - 5 * DAY_S)


def test_a_rating_beyond_the_look_back_is_the_stated_bound(make_context) -> None:
    account, destination = account_of(RATINGS, 1), Destination()
    account.now_s += 40 * DAY_S
    account.write(50)
    sync(make_context, RATINGS, account, destination, page=10, ratings_lookback_s=30 * DAY_S)
    account.now_s += 10
    account.write(0)
    account.write(50)
    sync(make_context, RATINGS, account, destination, page=10, ratings_lookback_s=30 * DAY_S)
    assert destination.rows == {0: 0, 50: 1}
    sync(make_context, RATINGS, account, destination, page=10, ratings_lookback_s=60 * DAY_S)
    assert destination.rows == {0: 1, 50: 1}


def test_a_start_in_the_last_minute_is_clamped_for_ratings(make_context) -> None:
    account = ListAccount("satisfaction_ratings", "updated_at", refuses_recent=True)
    now_s = account.now_s
    for start_s in (now_s, now_s + 5_000):
        sync(make_context, RATINGS, account, Destination(), page=10, start_s=start_s)
        assert now_s - 62 <= int(account.requests[-1]["start_time"]) < now_s - 60
    assert len(account.requests) == 2


def test_too_recent_a_look_back_ends_cleanly_with_the_state_kept(make_context) -> None:
    account = ListAccount("satisfaction_ratings", "updated_at", refuses_recent=True)
    state = {"updated_at": str(account.now_s - 5)}
    destination = Destination(state=dict(state))
    assert sync(make_context, RATINGS, account, destination, page=10) == 1
    assert destination.state == state


def test_lists_ask_by_no_time_that_zendesk_does_not_filter_by(make_context) -> None:
    for stream in (GROUPS, TAGS, DELETED):
        account = account_of(stream, 1)
        destination = Destination()
        for _ in range(2):
            sync(make_context, stream, account, destination, page=10, start_s=1_600_000_000)
        assert not any("start_time" in sent for sent in account.requests)
        # Configuration objects older than the start date are delivered too (compatibility.md 6.27).
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
