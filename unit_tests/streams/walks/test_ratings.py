"""Ratings, which are found by their creation only: the look-back finds what changes within it."""

from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.times import parse_time
from test_support.models.lists import (
    DAY_S,
    ListAccount,
    account_of,
    beginnings,
    check_story,
    happenings,
)
from test_support.models.syncs import Destination, kills, sync

RATINGS = STREAMS["satisfaction_ratings"]


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
    for start_s in (now_s, now_s - 59):
        sync(make_context, RATINGS, account, Destination(), page=10, start_s=start_s)
        assert now_s - 62 <= int(account.requests[-1]["start_time"]) < now_s - 60
    assert len(account.requests) == 2


def test_too_recent_a_look_back_ends_cleanly_with_the_state_kept(make_context) -> None:
    account = ListAccount("satisfaction_ratings", "updated_at", refuses_recent=True)
    state = {"updated_at": str(account.now_s - 5), "v": 1}
    destination = Destination(state=dict(state))
    assert sync(make_context, RATINGS, account, destination, page=10) == 1
    assert destination.state == state
