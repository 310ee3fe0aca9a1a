"""Where a run begins, and which of its streams have nothing to read yet."""

from dataclasses import replace

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.export_position import ExportPosition, TimePosition
from source_zendesk_support.streams.state.list_position import ComparedPosition, ListPosition
from source_zendesk_support.streams.walks.start import begin
from test_support.models.scripted_walks import NOW_S, Client, context, runs_of

DAY_S = 86_400
FAR_S = 7_952_342_400  # 2222-01-01


@pytest.mark.parametrize(
    ("start_s", "sent_s"),
    [
        (-5, 0),
        (NOW_S - DAY_S, NOW_S - DAY_S),
        (NOW_S - 61, NOW_S - 61),
        (NOW_S - 59, NOW_S - 61),
        (NOW_S, NOW_S - 61),
        # Our clock is an hour behind Zendesk's: the start date does not lie in the future.
        (NOW_S + 1800, NOW_S - 61),
    ],
)
def test_a_start_date_is_sent_old_enough(start_s: int, sent_s: int) -> None:
    made = replace(context(Client(clock_is_behind_s=3600)), start_s=start_s)
    (run,) = runs_of("tickets")
    begun = begin(made, run)
    assert not begun.waiting
    assert begun.run.start.history_s == start_s
    assert begun.run.start.of(None) == sent_s
    assert begun.run.start.of(NOW_S - 5) == NOW_S - 5, "a position came from Zendesk"


@pytest.mark.parametrize(("is_given", "history_s"), [(True, 5), (False, NOW_S - 3650 * DAY_S)])
def test_some_histories_are_longer_than_the_default(is_given: bool, history_s: int) -> None:
    made = replace(context(), start_s=5, start_is_given=is_given)
    (run,) = runs_of("audit_logs")
    assert begin(made, run).run.start.history_s == history_s
    (other,) = runs_of("groups")
    assert begin(made, other).run.start.history_s == 5


def test_a_member_that_waits_holds_up_no_other() -> None:
    """A compared list is shared by streams that stand at different positions."""
    made = replace(context(), start_s=NOW_S + DAY_S)
    stands = {
        "articles": ComparedPosition(NOW_S - 9),
        "article_votes": ComparedPosition(),
        "article_comments": ComparedPosition(FAR_S),
    }
    (run,) = runs_of(*stands, **stands)
    begun = begin(made, run)
    assert [it.name for it in begun.run.members] == ["articles"]
    assert begun.not_started == (STREAMS["article_votes"],)
    assert begun.in_future == (STREAMS["article_comments"],)


def test_a_run_of_which_all_wait_has_no_member() -> None:
    names = ("articles", "article_comments")
    (run,) = runs_of(*names, **dict.fromkeys(names, ComparedPosition(FAR_S)))
    begun = begin(context(), run)
    assert begun.run.members == ()
    assert begun.waiting == run.members


def test_nothing_is_asked_of_zendesk_without_a_time_ahead() -> None:
    client = Client()
    (run,) = runs_of("groups", groups=ListPosition(NOW_S))
    assert begin(context(client), run).run.members == run.members
    assert client.times_asked == 0


@pytest.mark.parametrize(
    ("name", "position", "left"),
    [
        ("groups", ListPosition(FAR_S, frozenset({"1:ab"})), ListPosition()),
        ("articles", ComparedPosition(FAR_S, digests="AAAAAAAAAAAA"), None),
        ("tickets", ExportPosition(FAR_S, "c"), ExportPosition(None, "c")),
        ("ticket_events", TimePosition(FAR_S, frozenset({"1:ab"})), TimePosition()),
    ],
)
def test_a_future_that_no_user_wrote_is_left_and_counted(name, position, left) -> None:
    """An earlier version followed a record that was dated in the future, and then read nothing."""
    made = context()
    (run,) = runs_of(name, **{name: position})
    begun = begin(made, run)
    assert [it.name for it in begun.run.members] == [name]
    assert begun.run.positions[name] == (left or replace(position, at_s=None))
    (line,) = made.skipped.lines()
    assert "in the future" in line
