"""Refused parents: when it is the stream that is refused, and that nothing is lost meanwhile.

The answers are those of docs/facts/zendesk-api.md#5.5.
"""

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.walks.child_refusals import ALL_REFUSED_AT_END
from source_zendesk_support.streams.walks.stream_read import (
    ALL_REFUSED,
    MOST_REMEMBERED,
    MOST_SAMPLES,
    SAMPLED,
)
from source_zendesk_support.zendesk.errors import ConnectorError, RecordRefused, StreamRefused
from test_support.models.exports import FEED, Account, error, sync
from test_support.models.help_center import HelpCenter, refused
from test_support.models.help_center_syncs import Destination, expect_equal, sync as sync_center

NO_PLAN = error(StreamRefused, 403)
NO_ENDPOINT = error(StreamRefused, 404, "InvalidEndpoint")
NO_CODE = error(StreamRefused, 404)
NO_RECORD = error(StreamRefused, 404, "RecordNotFound")
NO_OBJECT = error(StreamRefused, 404, "CustomObjectNotFound")
NOT_FOR_IT = error(RecordRefused, 422)


def side_conversations(*tickets: int) -> list[str]:
    return [f"tickets/{ticket}/side_conversations" for ticket in tickets]


@pytest.mark.parametrize("readable", [0, 1])
def test_many_refused_exports_end_a_stream_of_which_none_was_read(make_context, readable) -> None:
    account = Account()
    for number in range(ALL_REFUSED + readable):
        account.record(f"thing{number}", "r")
    for name in list(account.objects)[readable:]:
        account.errors[f"incremental/custom_objects/{name}/cursor"] = error(StreamRefused, 403)
        account.errors[f"custom_objects/{name}/records"] = error(StreamRefused, 403)
    came = sync(make_context, account, {}, "custom_object_records", page=100)
    assert len(came["custom_object_records"]) == readable
    assert came["failed"] == ([] if readable else ["custom_object_records"])


def test_a_refused_stream_does_not_walk_the_rest_of_its_export(make_context) -> None:
    account = Account()
    for key in range(1, 10 * ALL_REFUSED):
        account.ticket(key)
        account.errors |= dict.fromkeys(side_conversations(key), NO_PLAN)
    account.errors[FEED] = NO_PLAN
    came = sync(make_context, account, {}, "side_conversations", page=ALL_REFUSED)
    assert came["failed"] == ["side_conversations"]
    assert account.requests.count("incremental/tickets/cursor") == 1
    assert account.requests.count(FEED) == 1
    assert len(account.requests) == 1 + ALL_REFUSED + 1


def test_tickets_that_refuse_first_hide_none_of_the_others(make_context) -> None:
    """The first 60 tickets of an account were refused, and every sync ended at the same 50."""
    account, states = Account(), {}
    for key in range(1, 301):
        account.ticket(key)
    closed = range(1, ALL_REFUSED + 11)
    account.errors = dict.fromkeys(side_conversations(*closed), NO_PLAN)
    came = sync(make_context, account, states, "side_conversations", page=100)
    assert came["failed"] == []
    held = {it["ticket_id"] for it in came["side_conversations"]}
    assert held == set(range(ALL_REFUSED + 11, 301))
    assert account.requests.count(FEED) == 1
    assert states["side_conversations"]["refused"] == [str(key) for key in closed]
    account.errors = dict.fromkeys(side_conversations(*closed[1:]), NO_PLAN)
    came = sync(make_context, account, states, "side_conversations", page=100)
    assert [it["ticket_id"] for it in came["side_conversations"]] == [1]
    assert states["side_conversations"]["refused"] == [str(key) for key in closed[1:]]


def test_only_so_many_refused_parents_are_remembered(make_context) -> None:
    account, states = Account(), {}
    for key in range(1, MOST_REMEMBERED + 11):
        account.ticket(key)
        account.errors |= dict.fromkeys(side_conversations(key), NO_PLAN)
    came = sync(make_context, account, states, "side_conversations", page=100)
    kept = states["side_conversations"]["refused"]
    assert kept == [str(key) for key in range(11, MOST_REMEMBERED + 11)]
    assert any("not asked again" in line for line in came["left out"])


def test_a_walk_that_tickets_share_continues_for_them(make_context) -> None:
    account, states = Account(), {}
    account.ticket(1)
    names = ("tickets", "side_conversations")
    sync(make_context, account, states, *names)
    before = dict(states)
    for key in range(2, 10 * ALL_REFUSED):
        account.ticket(key)
        account.errors |= dict.fromkeys(side_conversations(key), NO_PLAN)
    account.errors[FEED] = NO_PLAN
    came = sync(make_context, account, states, *names, page=ALL_REFUSED)
    assert came["failed"] == ["side_conversations"]
    assert len(came["tickets"]) == 10 * ALL_REFUSED - 2
    assert states["side_conversations"] == before["side_conversations"]
    assert states["tickets"] != before["tickets"]


@pytest.mark.parametrize(
    ("answer", "is_the_stream"),
    [
        (NO_PLAN, True), (NO_ENDPOINT, True), (NO_CODE, True),
        (NO_RECORD, False), (NO_OBJECT, False), (NOT_FOR_IT, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("account_answers", [True, False])
@pytest.mark.parametrize("parents", [1, ALL_REFUSED - 1, ALL_REFUSED])
def test_where_all_parents_are_refused_the_account_is_asked(
    make_context, parents: int, account_answers: bool, answer: ConnectorError, is_the_stream: bool
) -> None:
    account, states = Account(), {}
    account.ticket(1)
    sync(make_context, account, states, "side_conversations")
    later = range(2, 2 + parents)
    for key in later:
        account.ticket(key)
    account.errors = dict.fromkeys(side_conversations(*later), answer)
    if not account_answers:
        account.errors[FEED] = NO_PLAN
    came = sync(make_context, account, states, "side_conversations")
    fails = is_the_stream and not account_answers
    assert came["failed"] == (["side_conversations"] if fails else [])
    assert account.requests.count(FEED) == is_the_stream
    assert any("refused with status" in line for line in came["left out"])
    account.errors.clear()
    came = sync(make_context, account, states, "side_conversations")
    assert [it["ticket_id"] for it in came["side_conversations"]] == (
        list(later) if is_the_stream else []
    )


def test_a_ticket_that_stays_refused_holds_up_nothing_once_another_is_answered(
    make_context,
) -> None:
    account, states = Account(), {}
    account.ticket(1)
    account.errors = dict.fromkeys(side_conversations(1), NO_PLAN)
    for _ in range(2):
        came = sync(make_context, account, states, "side_conversations")
        assert came["failed"] == came["side_conversations"] == []
        assert states["side_conversations"]["refused"] == ["1"]
    account.ticket(2)
    came = sync(make_context, account, states, "side_conversations")
    assert [it["id"] for it in came["side_conversations"]] == ["s2"]
    came = sync(make_context, account, states, "side_conversations")
    assert account.requests == [*side_conversations(1), "incremental/tickets/cursor"]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.integers(1, 9), st.none(), st.booleans()), max_size=30),
    st.sets(st.integers(1, 9), max_size=3),
    st.integers(1, 4),
)
def test_whenever_the_permission_comes_nothing_is_lost(
    make_context, story, restricted, page
) -> None:
    """None is a sync, a truth value gives or takes the permission, a number changes a ticket."""
    account, states, held = Account(), {}, {}
    permitted = False

    def synced() -> dict[int, int]:
        asked = account.tickets if not permitted else restricted
        account.errors = dict.fromkeys(side_conversations(*asked), NO_PLAN)
        if not permitted:
            account.errors[FEED] = NO_PLAN
        came = sync(make_context, account, states, "side_conversations", page=page)
        return {it["ticket_id"]: it["at"] for it in came["side_conversations"]}

    for step in [*story, True]:
        if step is None:
            held |= synced()
        elif isinstance(step, bool):
            permitted = step
        else:
            account.ticket(step)
    held |= synced()
    assert held == {
        key: ticket["generated_timestamp"]
        for key, ticket in account.tickets.items()
        if key not in restricted
    }


def center_of(articles: int) -> HelpCenter:
    center = HelpCenter()
    for key in range(1, articles + 1):
        center.write_article(key)
        center.write_comment(key, 1)
        center.vote(key, 1, 1, 1)
    return center


def comments_of(*articles: int) -> list[str]:
    return [f"help_center/articles/{article}/comments" for article in articles]


def test_a_refused_stream_does_not_walk_the_rest_of_a_list(make_context) -> None:
    center, destination = center_of(4 * ALL_REFUSED), Destination()
    center.errors = dict.fromkeys(comments_of(*center.articles), refused(StreamRefused, 403))
    names = ("article_comments", "article_comment_votes")
    asked = sync_center(make_context, center, destination, names=names, page=ALL_REFUSED)
    assert set(destination.failures) == set(names)
    below = [path for path in asked if path.endswith("/comments")]
    assert len(below) == ALL_REFUSED + MOST_SAMPLES
    assert asked.count("help_center/articles") <= 2 + MOST_SAMPLES * SAMPLED / ALL_REFUSED


def test_parents_that_are_answered_late_in_a_list_open_the_stream(make_context) -> None:
    center, destination = center_of(4 * ALL_REFUSED), Destination()
    first = list(center.articles)[: ALL_REFUSED + SAMPLED]
    center.errors = dict.fromkeys(comments_of(*first), refused(StreamRefused, 403))
    names = ("article_comments",)
    sync_center(make_context, center, destination, names=names, page=ALL_REFUSED)
    assert destination.failures == {}
    center.errors.clear()
    sync_center(make_context, center, destination, names=names, page=ALL_REFUSED)
    expect_equal(center, destination, names)


@pytest.mark.parametrize("articles", [ALL_REFUSED_AT_END - 1, ALL_REFUSED_AT_END])
def test_below_a_list_too_all_comes_with_the_permission(make_context, articles: int) -> None:
    center, destination = center_of(articles), Destination()
    center.errors = dict.fromkeys(comments_of(*center.articles), refused(StreamRefused, 403))
    names = ("articles", "article_comments", "article_comment_votes")
    for _ in range(2):
        sync_center(make_context, center, destination, names=names)
    fails = articles >= ALL_REFUSED_AT_END
    assert set(destination.failures) == (set(names[1:]) if fails else set())
    center.errors.clear()
    sync_center(make_context, center, destination, names=names)
    expect_equal(center, destination, names)


def test_each_level_is_refused_for_itself(make_context) -> None:
    """Comments that are read say nothing of the votes below them, nor the other way round."""
    center, destination = center_of(3 * ALL_REFUSED_AT_END), Destination()
    votes = [f"help_center/articles/{key}/comments/{key}01/votes" for key in center.articles]
    center.errors = dict.fromkeys(votes, refused(StreamRefused, 403))
    names = ("article_comments", "article_comment_votes")
    sync_center(make_context, center, destination, names=names)
    assert set(destination.failures) == {"article_comment_votes"}

    # The comments of some are refused, those of others have no children: nothing is lost.
    center, destination = center_of(2 * ALL_REFUSED_AT_END), Destination()
    for article in range(1, 1 + ALL_REFUSED_AT_END):
        center.errors[comments_of(article)[0]] = refused(StreamRefused, 403)
    for comments in center.comments.values():
        for comment in comments.values():
            comment["vote_count"] = 0
    sync_center(make_context, center, destination, names=names)
    assert destination.failures == {}
    assert set(destination.states) == set(names)


@pytest.mark.parametrize("objects", [1, 2, 5])
def test_exports_that_are_all_refused_are_not_an_empty_success(make_context, objects: int) -> None:
    account = Account()
    for number in range(objects):
        account.record(f"thing{number}", "r")
        account.errors[f"incremental/custom_objects/thing{number}/cursor"] = NO_PLAN
    came = sync(make_context, account, {}, "custom_object_records")
    assert came["failed"] == ["custom_object_records"]
