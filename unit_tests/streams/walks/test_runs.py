"""Streams that share a walk, the request of the walk, and the deliveries of a page."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.engagement_position import EngagementPosition
from source_zendesk_support.streams.state.export_position import ExportPosition, TimePosition
from source_zendesk_support.streams.state.feed_position import FeedPlace, FeedPosition
from source_zendesk_support.streams.state.list_position import ComparedPosition, ListPosition
from source_zendesk_support.streams.state.position import OpenList, Position
from source_zendesk_support.streams.walks.compared_list import ComparedList
from source_zendesk_support.streams.walks.delivery import deliver, unchanged
from source_zendesk_support.streams.walks.requests import run_request
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.snapshots import WithSnapshots
from test_support.models.exports import BELOW

# Every path is walked once.
FEEDS = len({row.resource.path for row in STREAMS.values()})

times = st.none() | st.integers(1, 3)
seen = st.sampled_from([frozenset(), frozenset({"1:a"})])
pages = st.none() | st.just(OpenList("c", 1, None, frozenset()))
POSITIONS = {
    ExportPosition: st.builds(ExportPosition, times, st.none() | st.just("c")),
    FeedPosition: st.builds(FeedPosition, times, feed=st.none() | st.just(FeedPlace(5))),
    TimePosition: st.builds(TimePosition, times, seen),
    ListPosition: st.builds(ListPosition, times, seen, pages),
    EngagementPosition: st.builds(EngagementPosition, times, seen, pages, times),
    ComparedPosition: st.builds(ComparedPosition, times, open_list=pages),
}


def starts(*names: str) -> dict[str, Position]:
    return {name: STREAMS[name].position_type() for name in names}


def run_of(*names: str) -> WalkRun:
    members = tuple(STREAMS[name] for name in names)
    return WalkRun(members[0].resource, members, starts(*names))


def test_a_first_read_of_everything_takes_as_few_walks_as_it_can() -> None:
    runs = plan_runs(STREAMS.values(), starts(*STREAMS))
    assert len(runs) == FEEDS
    assert len({run.resource.path for run in runs}) == FEEDS


@given(st.lists(st.sampled_from(list(STREAMS)), unique=True), st.data())
def test_every_stream_is_in_one_walk_that_starts_where_it_stands(names, data) -> None:
    stands = {name: data.draw(POSITIONS[STREAMS[name].position_type]) for name in names}
    runs = plan_runs([STREAMS[name] for name in names], stands)
    assert sorted(member.name for run in runs for member in run.members) == sorted(names)
    for run in runs:
        assert run.positions == {member.name: stands[member.name] for member in run.members}
        if not isinstance(run.resource.walk, ComparedList | WithSnapshots):
            assert {stands[member.name] for member in run.members} == {run.position}
        assert {member.resource.path for member in run.members} == {run.resource.path}
    assert len({(run.resource.path, run.position) for run in runs}) == len(runs)


def test_members_of_a_compared_list_share_it_wherever_they_stand() -> None:
    rows = [STREAMS["articles"], STREAMS["article_votes"], STREAMS["article_comments"]]
    page = OpenList("c", 1, None, frozenset())
    stands = {
        "articles": ComparedPosition(5),
        "article_votes": ComparedPosition(),
        "article_comments": ComparedPosition(5, open_list=page),
    }
    runs = plan_runs(rows, stands)
    assert [[it.name for it in run.members] for run in runs] == [
        ["articles", "article_votes"],
        ["article_comments"],
    ]


def test_children_of_tickets_share_the_walk_of_tickets_where_they_stand_beside_them() -> None:
    rows = [BELOW, STREAMS["tickets"]]
    for position in (ExportPosition(), ExportPosition(1_700_000_005, "c")):
        (run,) = plan_runs(rows, dict.fromkeys(STREAMS, position))
        assert len(run.members) == 2
    inside = ExportPosition(1_700_000_005, "c", within=(1_700_000_006, 7))
    stands = {"tickets": ExportPosition(1_700_000_005, "c"), "side_conversations": inside}
    assert len(plan_runs(rows, stands)) == 2


def test_streams_at_different_positions_walk_apart() -> None:
    both = [STREAMS["tickets"], STREAMS["ticket_metrics"]]
    runs = plan_runs(both, {"tickets": ExportPosition(5), "ticket_metrics": ExportPosition()})
    assert [(run.members[0].name, run.position.at_s) for run in runs] == [
        ("tickets", 5),
        ("ticket_metrics", None),
    ]


def test_an_empty_selection_has_no_walk() -> None:
    assert plan_runs([], {}) == []


@pytest.mark.parametrize(
    ("names", "include"),
    [
        (["tickets"], None),
        (["ticket_metrics"], "metric_sets"),
        (["tickets", "ticket_metrics"], "metric_sets"),
        (["users"], None),
        (["users", "user_identities"], "identities"),
        (["user_identities"], "identities"),
        (["ticket_events"], "comment_events"),
        (["ticket_comments"], "comment_events"),
        (["ticket_events", "ticket_comments"], "comment_events"),
        (["organizations"], None),
    ],
    ids=str,
)
def test_only_needed_sideloads_are_asked_for(make_context, names, include) -> None:
    context = make_context(None, lambda: 0)
    assert run_request(context, run_of(*names)).params.get("include") == include


@pytest.mark.parametrize(("wanted", "sent"), [(False, "true"), (True, None)])
@pytest.mark.parametrize("name", ["tickets", "ticket_metrics"])
def test_deleted_tickets_are_left_out_unless_wanted(make_context, name, wanted, sent) -> None:
    context = make_context(None, lambda: 0, include_deleted_tickets=wanted)
    params = run_request(context, run_of(name)).params
    assert params.get("exclude_deleted") == sent
    assert params["support_type_scope"] == "all"


def test_the_setting_for_deleted_tickets_is_of_tickets_alone(make_context) -> None:
    for wanted in (False, True):
        context = make_context(None, lambda: 0, include_deleted_tickets=wanted)
        assert run_request(context, run_of("groups")).params == {"exclude_deleted": "false"}
        assert run_request(context, run_of("brands")).params == {"include_deleted": "true"}


def test_params_of_one_walk_do_not_enter_the_next(make_context) -> None:
    context = make_context(None, lambda: 0)
    run_request(context, run_of("tickets", "ticket_metrics")).params["spoilt"] = "1"
    assert "spoilt" not in run_request(context, run_of("tickets")).params
    assert "include" not in run_request(context, run_of("tickets")).params


@pytest.mark.parametrize(
    ("name", "asked", "size"),
    [
        ("tickets", None, 1000),
        ("tickets", 50, 50),
        ("tickets", 1000, 1000),
        ("groups", None, 100),
        ("groups", 1000, 100),
        ("groups", 1, 1),
    ],
)
def test_page_sizes_keep_below_both_bounds(make_context, name, asked, size) -> None:
    context = make_context(None, lambda: 0, largest_page=asked)
    assert run_request(context, run_of(name)).size == size


def test_an_empty_record_is_not_delivered(make_context) -> None:
    context = make_context(None, lambda: 0)
    items: list[dict[str, Any]] = [{}, {"id": 1}, {}]
    delivery = deliver(context, run_of("groups"), items, {"groups": items}, ListPosition(5))
    assert delivery.records == (("groups", [{"id": 1}]),)


def test_a_page_gives_each_member_its_records_and_its_state(make_context) -> None:
    page = {"users": [{"id": 1}], "identities": [{"id": 2}, {"id": 3}]}
    run = run_of("users", "user_identities")
    delivery = deliver(
        make_context(None, lambda: 0), run, page["users"], page, ExportPosition(1_700_000_005, "c")
    )
    assert dict(delivery.records) == {"users": [{"id": 1}], "user_identities": page["identities"]}
    assert dict(delivery.states) == {
        "users": {"updated_at": "1700000005", "after_cursor": "c", "v": 1},
        "user_identities": {"updated_at": "1700000005", "after_cursor": "c", "v": 1},
    }


def test_unchanged_keeps_every_part_of_a_position() -> None:
    opened = OpenList("p", 3, 4, frozenset({"1:a"}))
    groups = STREAMS["groups"]
    stands = {"groups": ListPosition(5, frozenset({"2:b"}), opened)}
    delivery = unchanged(WalkRun(groups.resource, (groups,), stands), [groups])
    assert delivery.records == ()
    assert delivery.states == (
        (
            "groups",
            {
                "updated_at": "1970-01-01T00:00:05Z",
                "seen": ["2:b"],
                "page": {
                    "after_cursor": "p",
                    "started_at": "1970-01-01T00:00:03Z",
                    "newest_at": "1970-01-01T00:00:04Z",
                    "seen": ["1:a"],
                },
                "v": 1,
            },
        ),
    )
