"""Votes from one list of the account: what is asked, what comes, and when the parents are asked.

The rules of sweeps, kills and changes between pages are held for such lists in
test_compared_list.py, with the same model.
"""

from collections import Counter

import pytest

from source_zendesk_support.streams.walks import account_lists
from source_zendesk_support.zendesk.errors import ConnectorError, RecordRefused, StreamRefused
from test_support.models.help_center import (
    ALL_VOTES,
    DAY_S,
    FAMILY,
    HOUR_S,
    HelpCenter,
    busy_center,
    refused,
)
from test_support.models.help_center_syncs import Destination, expect_equal, sync

ARTICLES = "help_center/articles"


def voted(requests: list[str]) -> list[str]:
    return [path for path in requests if path.endswith("votes")]


def listed(make_context, center: HelpCenter, destination: Destination, **how) -> list[str]:
    """The requests for votes of a sync that may read the list of all votes."""
    return voted(sync(make_context, center, destination, page=100, lists_votes=True, **how))


def test_one_list_brings_the_votes_on_articles_and_on_comments(make_context) -> None:
    center, destination = busy_center(), Destination()
    assert listed(make_context, center, destination) == [ALL_VOTES]
    expect_equal(center, destination)
    assert destination.came["article_votes"] == destination.came["article_comment_votes"] == 7


def test_a_sync_without_a_sweep_asks_the_articles_whose_counters_moved(make_context) -> None:
    center, destination = busy_center(), Destination()
    listed(make_context, center, destination)
    center.now_s += HOUR_S
    center.vote(4, None, 3, -1)
    assert listed(make_context, center, destination) == [f"{ARTICLES}/4/votes"]
    center.now_s += DAY_S
    center.vote(5, None, 3, 1)
    assert listed(make_context, center, destination) == [ALL_VOTES]
    expect_equal(center, destination)


@pytest.mark.parametrize("kind", [StreamRefused, RecordRefused, ConnectorError])
def test_a_refused_list_is_asked_for_once_and_then_each_record(make_context, kind) -> None:
    center, destination = busy_center(), Destination()
    center.errors[ALL_VOTES] = refused(kind)
    requests = Counter(listed(make_context, center, destination))
    assert requests.pop(ALL_VOTES) == 1
    assert requests == Counter(
        [*(f"{ARTICLES}/{n}/votes" for n in range(1, 8)),
         *(f"{ARTICLES}/{n}/comments/{n}01/votes" for n in range(1, 8))]
    )  # fmt: skip
    expect_equal(center, destination)
    assert destination.failures == {}


@pytest.mark.parametrize("what", ["missing", "changed", "of no kind"])
def test_a_record_whose_votes_are_not_all_listed_is_asked_itself(
    make_context, monkeypatch, what
) -> None:
    center, destination = busy_center(), Destination()
    whole = center._listed

    def odd(path: str):
        rows = whole(path)
        if path == ALL_VOTES:
            key = next(it for it, vote in rows.items() if vote["item_id"] == 3)
            other = {"changed": {"value": -1}, "of no kind": {"item_type": None}}.get(what)
            rows[key] = {**rows[key], **(other or {})}
            if other is None:
                del rows[key]
        return rows

    monkeypatch.setattr(center, "_listed", odd)
    assert listed(make_context, center, destination) == [ALL_VOTES, f"{ARTICLES}/3/votes"]
    expect_equal(center, destination)


@pytest.mark.parametrize("uncounted", ["vote_count", "vote_sum"])
def test_an_article_that_counts_no_votes_is_asked_itself(make_context, uncounted) -> None:
    center, destination = busy_center(2), Destination()
    for row in center.articles.values():
        del row[uncounted]
    assert listed(make_context, center, destination, names=("article_votes",)) == [
        ALL_VOTES, f"{ARTICLES}/1/votes", f"{ARTICLES}/2/votes",
    ]  # fmt: skip
    expect_equal(center, destination, ("article_votes",))


def test_a_list_that_is_too_long_to_be_held_is_left(make_context, monkeypatch) -> None:
    monkeypatch.setattr(account_lists, "MOST_HELD", 13)
    center, destination = busy_center(), Destination()
    assert len(listed(make_context, center, destination)) == 15
    expect_equal(center, destination)


def test_more_votes_on_a_record_than_a_page_has_are_asked_for(make_context) -> None:
    """The digests of its pages stay as they are, whichever way the votes came."""
    center, destination = busy_center(1), Destination()
    for user in range(3, 6):
        center.vote(1, None, user, 1)
    requests = voted(sync(make_context, center, destination, page=3, lists_votes=True))
    assert requests == [*[ALL_VOTES] * 2, *[f"{ARTICLES}/1/votes"] * 2]
    expect_equal(center, destination)


def test_both_ways_of_reading_deliver_nothing_twice(make_context) -> None:
    center, destination = busy_center(), Destination()
    sync(make_context, center, destination, page=100)
    came = destination.came.copy()
    for lists_votes in (True, False, True):
        sync(make_context, center, destination, page=100, sweep_s=0, lists_votes=lists_votes)
    assert destination.came == came


def test_a_vote_that_was_withdrawn_is_found_by_the_list_and_asked_for_singly(make_context) -> None:
    center, destination = busy_center(), Destination()
    listed(make_context, center, destination, finds_deletions=True)
    center.now_s += DAY_S
    center.withdraw_vote(2, None, 1)
    center.withdraw_vote(3, 1, 2)
    assert listed(make_context, center, destination, finds_deletions=True) == [ALL_VOTES]
    assert +destination.removed == {"article_votes": 1, "article_comment_votes": 1}
    expect_equal(center, destination)


def test_a_list_cut_short_takes_no_vote_for_withdrawn(make_context, monkeypatch) -> None:
    center, destination = busy_center(), Destination()
    listed(make_context, center, destination, finds_deletions=True)
    center.now_s += DAY_S
    whole = center._listed
    monkeypatch.setattr(center, "_listed", lambda path: {} if path == ALL_VOTES else whole(path))
    listed(make_context, center, destination, finds_deletions=True)
    assert destination.removed.total() == 0
    expect_equal(center, destination)


def test_streams_without_votes_never_ask_for_the_list(make_context) -> None:
    center, destination = busy_center(), Destination()
    names = tuple(name for name in FAMILY if not name.endswith("votes"))
    assert listed(make_context, center, destination, names=names) == []
