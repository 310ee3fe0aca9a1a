"""Compared lists and their children, against a model that changes as it is read."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    RecordRefused,
    StreamRefused,
)
from test_support.models.answers import iso
from test_support.models.help_center import (
    DAY_S,
    FAMILY,
    HOUR_S,
    T0_S,
    HelpCenter,
    Record,
    busy_center,
    happenings,
    let_happen,
    refused,
)
from test_support.models.help_center_syncs import Destination, expect_equal, sync


@settings(max_examples=150, deadline=None)
@given(
    happenings,
    st.lists(st.tuples(happenings, st.none() | st.integers(1, 9)), max_size=4),
    happenings,
    st.integers(1, 4),
    st.sets(st.sampled_from(FAMILY), min_size=1),
    st.integers(0, 3),
    st.booleans(),
)
def test_with_a_sweep_every_sync_nothing_is_missed(
    make_context, first, syncs, during, page, chosen, ahead, lists_votes
) -> None:
    names = tuple(sorted(chosen))
    center, destination = HelpCenter(), Destination()
    let_happen(center, first)
    script = iter(during)
    center.before_page = lambda: let_happen(center, [it for it in [next(script, None)] if it])
    for story, kill_after in syncs:
        sync(
            make_context, center, destination, names=names, page=page, sweep_s=0,
            kill_after=kill_after, ahead=ahead, lists_votes=lists_votes,
        )  # fmt: skip
        center.now_s += HOUR_S
        let_happen(center, story)
    center.before_page = lambda: None
    for _ in range(2):  # an open list is read to its end first, then the list once more
        sync(
            make_context, center, destination, names=names, page=page, sweep_s=0, ahead=ahead,
            lists_votes=lists_votes,
        )  # fmt: skip
    expect_equal(center, destination, names)


@settings(max_examples=100, deadline=None)
@given(
    happenings,
    st.integers(1, 4),
    st.integers(1, 5),
    st.dictionaries(
        st.sampled_from(
            [
                f"help_center/articles/{key}/{rest}"
                for key in range(1, 5)
                for rest in ("comments", "votes", f"comments/{key}01/votes")
            ]
        ),
        st.sampled_from([StreamRefused, RecordRefused, ConnectorError]),
    ),
)
def test_asking_ahead_changes_nothing_that_is_delivered(
    make_context, story, page, ahead, errors
) -> None:
    """Records, states and failures, each in its place: a kill costs what it costs without it."""

    def deliveries(ahead: int) -> list[Any]:
        center = HelpCenter(errors={path: refused(kind) for path, kind in errors.items()})
        let_happen(center, story)
        context = make_context(center, lambda: center.now_s, largest_page=page, ahead=ahead)
        streams = [STREAMS[name] for name in FAMILY]
        (run,) = plan_runs(streams, dict.fromkeys(FAMILY, decode(streams[0], None)))
        found: list[Any] = [
            (it.records, it.states, [name for name, _ in it.failures])
            for it in run.resource.walk.read(context, run)
        ]
        # A page each, at each of the two levels.
        assert center.most_begun <= 2 * (ahead + 1)
        return [*found, context.skipped.lines()]

    assert deliveries(ahead) == deliveries(0)


@settings(max_examples=100, deadline=None)
@given(happenings, st.lists(happenings, max_size=3), st.integers(1, 4))
def test_without_a_sweep_the_counters_find_votes_and_a_day_later_nothing_is_missing(
    make_context, first, stories, page
) -> None:
    center, destination = HelpCenter(), Destination()
    let_happen(center, first)
    sync(make_context, center, destination, page=page)
    for story in stories:
        center.now_s += HOUR_S
        # Votes that cancel out in the counters wait for the sweep: these never do.
        let_happen(center, [it for it in story if it[0] != "vote" or it[4] == 1])
        sync(make_context, center, destination, page=page)
        expect_equal(center, destination, ("articles",))
    center.now_s += DAY_S + 1
    sync(make_context, center, destination, page=page)
    expect_equal(center, destination)


def test_an_unchanged_center_costs_its_list_pages_and_delivers_nothing(make_context) -> None:
    center, destination = busy_center(), Destination()
    sync(make_context, center, destination)
    expect_equal(center, destination)
    states, came = json.dumps(destination.states), destination.came.copy()
    center.now_s += HOUR_S
    assert sync(make_context, center, destination) == ["help_center/articles"] * 3
    assert destination.came == came
    assert json.dumps(destination.states) == states


def test_a_vote_is_found_by_its_counter_and_asks_for_one_article(make_context) -> None:
    center, destination = busy_center(), Destination()
    sync(make_context, center, destination)
    center.now_s += HOUR_S
    center.vote(4, None, 3, -1)
    requests = sync(make_context, center, destination)
    assert [it for it in requests if it != "help_center/articles"] == [
        "help_center/articles/4/votes"
    ]
    expect_equal(center, destination)


def test_a_comment_of_an_unchanged_article_waits_for_the_sweep_and_no_longer(make_context) -> None:
    center, destination = busy_center(), Destination()
    sync(make_context, center, destination)
    center.now_s += HOUR_S
    center.write_comment(2, 2)
    sync(make_context, center, destination)
    assert 202 not in destination.tables["article_comments"]
    center.now_s += DAY_S
    before = destination.came["article_comments"]
    sync(make_context, center, destination)
    expect_equal(center, destination)
    assert destination.came["article_comments"] - before == 2  # the page that it stands on


def test_parents_with_nothing_below_are_not_asked(make_context) -> None:
    center, destination = HelpCenter(), Destination()
    for key in (1, 2, 3):
        center.write_article(key)
        center.write_comment(key, 1)
    requests = sync(make_context, center, destination, names=("article_votes",))
    assert requests == ["help_center/articles"]
    requests = sync(make_context, center, destination, names=("article_comment_votes",))
    assert not [it for it in requests if it.endswith("/votes")]


def test_comments_are_asked_for_once_for_all_that_need_them(make_context) -> None:
    center, destination = busy_center(), Destination()
    requests = Counter(sync(make_context, center, destination))
    assert max(requests[it] for it in requests if it != "help_center/articles") == 1


@pytest.mark.parametrize(("kind", "status"), [(StreamRefused, 404), (RecordRefused, 422)])
def test_a_refused_parent_is_counted_and_the_walk_continues(make_context, kind, status) -> None:
    center, destination = busy_center(), Destination()
    center.errors["help_center/articles/3/comments"] = refused(kind, status)
    context_of: list[Any] = []

    def remember(*args: Any, **settings: Any) -> Any:
        context_of.append(make_context(*args, **settings))
        return context_of[-1]

    sync(remember, center, destination)
    held = destination.tables
    assert set(held["article_comments"]) == {101, 201, 401, 501, 601, 701}
    assert len(held["article_votes"]) == 7
    assert destination.failures == {}
    assert context_of[0].skipped.lines() == [
        f"article_comment_votes: 1 parents that Zendesk refused with status {status}",
        f"article_comments: 1 parents that Zendesk refused with status {status}",
    ]
    # A record that is gone is not asked for again; one that may not be seen is.
    again = [] if kind is RecordRefused else ["help_center/articles/3/comments"]
    asked = sync(make_context, center, destination)
    assert sorted(asked) == sorted(["help_center/articles"] * 3 + again)


def test_a_fault_below_ends_only_the_streams_that_needed_it(make_context) -> None:
    center, destination = busy_center(), Destination()
    fault = ConnectorError("Broken.", about="GET", remedy="", failure=Failure.TRANSIENT)
    center.errors["help_center/articles/5/votes"] = fault
    sync(make_context, center, destination)
    assert destination.failures == {"article_votes": fault}
    expect_equal(center, destination, ("articles", "article_comments", "article_comment_votes"))
    # Its last state is that of a page before, and the next sync makes up for all of it.
    center.errors.clear()
    destination.failures.clear()
    sync(make_context, center, destination)
    assert destination.failures == {}
    sync(make_context, center, destination)
    expect_equal(center, destination)


def test_a_cursor_that_died_begins_the_list_again(make_context) -> None:
    center, destination = busy_center(), Destination()
    sync(make_context, center, destination, kill_after=20)
    center.dead_cursors = 1
    sync(make_context, center, destination)
    expect_equal(center, destination)


def test_a_kill_costs_a_page(make_context) -> None:
    center, destination = busy_center(30), Destination()
    first = sync(make_context, center, destination, kill_after=40)
    rest = sync(make_context, center, destination)
    expect_equal(center, destination)
    again = [it for it in rest if it in first and it != "help_center/articles"]
    assert 0 < len(again) <= 3 * 3  # three requests below each article of one page


def partition(article: int, at_s: int) -> Record:
    return {
        "partition": {"article_id": article, "parent_slice": {}},
        "cursor": {"updated_at": str(at_s)},
    }


def test_a_state_per_partition_is_taken_over(make_context) -> None:
    """Each known article resumes at its own cursor, unknown ones a bit before the whole."""
    center, destination = HelpCenter(), Destination()
    for key in (1, 2, 3):
        center.write_article(key)
        center.write_comment(key, 1)
    center.now_s = T0_S + DAY_S
    until_s = center.now_s
    for key in (1, 3):
        center.now_s += 10
        center.write_comment(key, 2)
    destination.states["article_comments"] = {
        "use_global_cursor": False,
        "states": [partition(1, until_s), partition(2, T0_S - 5)],
        "state": {"updated_at": str(until_s)},
        "lookback_window": 1,
        "parent_state": {"articles": {"updated_at": str(until_s)}},
    }
    sync(make_context, center, destination, names=("article_comments",))
    assert set(destination.tables["article_comments"]) == {102, 201, 302}
    states = destination.states["article_comments"]
    assert "states" not in states
    assert "read_until" not in states
    center.now_s += HOUR_S
    center.write_comment(2, 3)
    center.write_article(2)
    sync(make_context, center, destination, names=("article_comments",))
    assert set(destination.tables["article_comments"]) == {102, 201, 203, 302}


def test_a_flat_state_is_used_for_parent_and_children(make_context) -> None:
    center, destination = busy_center(3), Destination()
    until_s = center.now_s
    center.write_comment(2, 2)
    center.write_article(3)
    for name in FAMILY:
        destination.states[name] = {"updated_at": iso(until_s + 1)}
    sync(make_context, center, destination)
    assert set(destination.tables["article_comments"]) == {202}
    assert set(destination.tables["articles"]) == {3}
    assert destination.tables["article_votes"] == {}


def test_a_take_over_that_is_killed_loses_nothing(make_context) -> None:
    center, destination = busy_center(8), Destination()
    until_s = center.now_s + 1
    for key in range(1, 9):
        center.write_comment(key, 2)
    destination.states["article_comments"] = {"updated_at": str(until_s)}
    for kill_after in (1, 3, 4, None, None):
        sync(make_context, center, destination, names=("article_comments",), kill_after=kill_after)
    assert set(destination.tables["article_comments"]) >= {100 * key + 2 for key in range(1, 9)}


def test_a_record_dated_in_the_future_stops_nothing(make_context) -> None:
    center, destination = HelpCenter(), Destination()
    center.write_article(1)
    center.articles[1]["updated_at"] = "2031-01-01T00:00:00Z"
    sync(make_context, center, destination, sweep_s=0)
    assert destination.states["articles"]["updated_at"] <= iso(center.now_s)
    center.now_s += HOUR_S
    center.write_article(2)
    center.write_comment(2, 1)
    sync(make_context, center, destination, sweep_s=0)
    expect_equal(center, destination)


def test_a_sweep_dated_in_the_future_counts_as_none(make_context) -> None:
    center, destination = busy_center(2), Destination()
    sync(make_context, center, destination)
    for state in destination.states.values():
        state["swept_at"] = "2099-01-01T00:00:00Z"
    center.write_comment(1, 2)  # which moves neither the article nor its counters
    center.now_s += HOUR_S
    sync(make_context, center, destination)
    expect_equal(center, destination)
    assert destination.states["article_comments"]["swept_at"] <= iso(center.now_s)
