"""The walks of the incremental exports, against a model account that changes as it is read."""

from math import ceil

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.skipped import Skipped
from source_zendesk_support.streams.state.codec import encode
from source_zendesk_support.zendesk.errors import CursorRefused, NoProgress
from test_support.models.changing_exports import HELD_BACK_S, ExportAccount
from test_support.models.syncs import Destination, Kill, kills, sync

TICKETS = STREAMS["tickets"]
ORGANIZATIONS = STREAMS["organizations"]


# Between two pages: seconds that pass, and keys that are written.
happenings = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 1, 30, 61, 200]), st.lists(st.integers(0, 25), max_size=4)),
    max_size=12,
)


def check_story(make_context, stream, account, first_keys, script, syncs, page) -> Destination:
    """Run syncs, kills and changes; at the end nothing may be missing."""
    for at_s, key in first_keys:
        account.now_s = at_s
        account.write(key)
    account.now_s = max(account.now_s, 10_000)
    left = iter(script)

    def something_happens() -> None:
        seconds, keys = next(left, (0, []))
        account.now_s += seconds
        for key in keys:
            account.write(key)

    account.before_page = something_happens
    destination, losses = Destination(), 0
    for kill in syncs:
        sync(make_context, stream, account, destination, page=page, kill=kill)
        losses += bool(kill and not kill.state_was_printed)
    account.before_page = lambda: None
    account.now_s += HELD_BACK_S + 1
    sync(make_context, stream, account, destination, page=page)
    truth = {key: row["version"] for key, row in account.rows.items() if key not in account.hidden}
    assert {key: destination.rows.get(key) for key in truth} == truth
    destination.expect_each_version_once(losses)
    return destination


# Records of the beginning, many in one second.
beginnings = st.lists(
    st.tuples(st.integers(5_000, 5_006), st.integers(0, 25)),
    max_size=30,
    unique_by=lambda it: it[1],
).map(sorted)


@settings(max_examples=150, deadline=None)
@given(
    beginnings,
    happenings,
    st.lists(kills, max_size=5),
    st.integers(1, 7),
    st.sets(st.integers(0, 25), max_size=8),
)
def test_a_cursor_export_misses_nothing(make_context, first, script, syncs, page, hidden) -> None:
    account = ExportAccount("tickets", "generated_timestamp", hidden=hidden)
    check_story(make_context, TICKETS, account, first, script, syncs, page)


@settings(max_examples=150, deadline=None)
@given(beginnings, happenings, st.lists(kills, max_size=5), st.integers(1, 7))
def test_a_time_export_misses_nothing(make_context, first, script, syncs, page) -> None:
    account = ExportAccount("organizations", "updated_at")
    check_story(make_context, ORGANIZATIONS, account, first, script, syncs, page)


@settings(max_examples=120, deadline=None)
@given(
    beginnings,
    happenings,
    st.lists(kills, max_size=5),
    st.integers(1, 9),
    st.sampled_from([(True, True), (False, False), (False, True)]),
    st.booleans(),
)
def test_an_export_that_repeats_its_border_or_hides_its_end_misses_nothing(
    make_context, first, script, syncs, page, dialect, knows_size
) -> None:
    says_end, repeats_end = dialect
    account = ExportAccount(
        "organizations",
        "updated_at",
        says_end=says_end,
        repeats_end=repeats_end,
        knows_size=knows_size,
    )
    check_story(make_context, ORGANIZATIONS, account, first, script, syncs, page)


def organizations_of_one_second(n: int, **dialect: bool) -> ExportAccount:
    """Two records before and three after the second of many."""
    account = ExportAccount(
        "organizations", "updated_at", repeats_end=True, now_s=1_700_005_000, **dialect
    )
    for key in range(n + 5):
        account.now_s += key in (1, 2) or key >= n + 2
        account.write(key)
    account.now_s = 1_700_010_000
    return account


def test_a_page_is_made_larger_than_the_user_wants_before_the_walk_gives_up(make_context) -> None:
    """150 organizations of one import share a second, and no page of 100 gets past them."""
    account, destination = organizations_of_one_second(150), Destination()
    sync(make_context, ORGANIZATIONS, account, destination, page=100)
    assert sorted(destination.rows) == list(range(155))
    assert set(destination.came.values()) == {1}
    assert account.sizes == [100, 100, 200]
    sync(make_context, ORGANIZATIONS, account, destination, page=100)
    assert account.sizes[3:] == [100], "the user's bound holds again"


@pytest.mark.parametrize("says_end", [True, False])
@pytest.mark.parametrize("knows_size", [True, False])
@pytest.mark.parametrize("page", [1000, 500, 1])
def test_more_records_in_one_second_than_any_page_holds_are_an_error_and_no_end(
    make_context, page, knows_size, says_end
) -> None:
    account = organizations_of_one_second(1500, says_end=says_end, knows_size=knows_size)
    destination = Destination()
    with pytest.raises(NoProgress):
        sync(make_context, ORGANIZATIONS, account, destination, page=page)
    assert account.sizes[-1] == 1000
    assert destination.state["updated_at"] == "1700005002", "and the state does not pass the second"


def test_a_second_of_exactly_a_page_is_an_end_where_there_is_room_for_more(make_context) -> None:
    account = ExportAccount("organizations", "updated_at", says_end=False, now_s=1_700_005_000)
    for key in range(8):
        account.write(key)
    account.now_s = 1_700_010_000
    destination = Destination()
    for _ in range(2):
        sync(make_context, ORGANIZATIONS, account, destination, page=8)
    assert set(destination.came.values()) == {1}
    assert len(destination.rows) == 8
    assert account.sizes == [8, 8, 16, 8, 16]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.integers(1, 12))
def test_a_cursor_export_takes_as_many_requests_as_the_pages_hold(make_context, n, page) -> None:
    account = ExportAccount("tickets", "generated_timestamp", now_s=1_700_005_000)
    for key in range(n):
        account.write(key)
        account.now_s += key % 3 == 0
    account.now_s = 1_700_010_000
    destination = Destination()
    used = sync(make_context, TICKETS, account, destination, page=page)
    assert used == max(1, ceil(n / page))
    assert len(destination.rows) == n
    assert sync(make_context, TICKETS, account, destination, page=page) == 1
    assert max(destination.came.values(), default=1) == 1


@pytest.mark.parametrize("cut", range(1, 6))
@pytest.mark.parametrize("printed", [True, False])
def test_at_most_one_page_is_read_again(make_context, cut, printed) -> None:
    account = ExportAccount("tickets", "generated_timestamp", now_s=1_700_005_000)
    for key in range(60):
        account.write(key)
    account.now_s = 1_700_010_000
    destination = Destination()
    options = {"page": 10, "kill": Kill(cut, printed)}
    first = sync(make_context, TICKETS, account, destination, **options)
    rest = sync(make_context, TICKETS, account, destination, page=10)
    assert first + rest == 6 + (not printed)
    assert sum(destination.came.values()) == 60 + (0 if printed else 10)


def test_the_state_keeps_the_published_key_beside_the_cursor(make_context) -> None:
    account = ExportAccount("tickets", "generated_timestamp", now_s=1_700_005_000)
    account.write(7)
    account.now_s = 1_700_010_000
    destination = Destination()
    sync(make_context, TICKETS, account, destination, page=10)
    assert destination.state == {
        "generated_timestamp": "1700005000",
        "after_cursor": "1700005000|7",
        "v": 1,
    }


@pytest.mark.parametrize("stream", [TICKETS, ORGANIZATIONS], ids=lambda stream: stream.name)
def test_a_start_in_the_last_minute_is_clamped(make_context, stream) -> None:
    account = ExportAccount(stream.resource.key, stream.resource.item_time)
    for start_s in (account.now_s, account.now_s - 59):
        destination = Destination()
        sync(make_context, stream, account, destination, page=10, start_s=start_s)
        sent = int(account.requests[-1]["start_time"])
        assert account.now_s - 62 <= sent < account.now_s - HELD_BACK_S
    sync(make_context, stream, account, Destination(), page=10, start_s=-5)
    assert account.requests[-1]["start_time"] == "0"


@pytest.mark.parametrize("stream", [TICKETS, ORGANIZATIONS], ids=lambda stream: stream.name)
def test_a_position_in_the_last_minute_ends_cleanly_with_its_state(make_context, stream) -> None:
    account = ExportAccount(stream.resource.key, stream.resource.item_time)
    account.write(1)
    position = stream.position_type(account.now_s - 5)
    destination = Destination(state=encode(stream, position))
    kept = dict(destination.state)
    skipped = Skipped()
    assert sync(make_context, stream, account, destination, page=10, skipped=skipped) == 1
    (line,) = skipped.lines()
    assert line.startswith(f"{stream.name}: 1 start in the last minutes")
    # A platform's clock may be wrong: the position that came from Zendesk is sent as it is.
    assert account.requests[-1]["start_time"] == str(account.now_s - 5)
    assert destination.state == kept
    assert not destination.rows


@pytest.mark.parametrize("dead", [1, 2])
def test_a_refused_cursor_begins_again_once_at_its_second(make_context, dead) -> None:
    account = ExportAccount(
        "tickets", "generated_timestamp", now_s=1_700_005_000, dead_cursors=dead
    )
    for key in range(30):
        account.write(key)
        account.now_s += 1
    account.now_s = 1_700_010_000
    destination = Destination(
        state={"generated_timestamp": "1700005020", "after_cursor": "1700005020|20"}
    )
    options = {"page": 5}
    if dead == 1:
        sync(make_context, TICKETS, account, destination, **options)
        assert sorted(destination.rows) == list(range(20, 30))
        assert account.requests[1]["start_time"] == "1700005020"
        return
    # The first page after the restart gives a cursor, and that is refused as well.
    with pytest.raises(CursorRefused):
        sync(make_context, TICKETS, account, destination, **options)
    assert len(account.requests) == 3
    assert destination.state["generated_timestamp"] == "1700005024"


def test_a_cursor_without_a_time_is_not_given_up(make_context) -> None:
    account = ExportAccount("tickets", "generated_timestamp", dead_cursors=1)
    destination = Destination(state={"after_cursor": "5|1"})
    with pytest.raises(CursorRefused):
        sync(make_context, TICKETS, account, destination, page=5)
