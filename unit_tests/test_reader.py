"""The order of messages on stdout, and what a failing walk does to others."""

from dataclasses import replace

import pytest

from source_zendesk_support.protocol.outcome import SyncResult, whole_failure
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.list_position import ListPosition
from test_support.models.scripted_walks import (
    COUNTS,
    NOW_S,
    Client,
    context,
    messages_of,
    page,
    read,
    runs_of,
    short,
)


def test_the_order_of_one_stream(walks) -> None:
    walks.scripts["groups"] = [
        page("groups", [1, 2], 1),
        page("groups", [], 2),
        page("groups", [3], 3),
    ]
    assert read(*runs_of("groups")) == [
        ("STARTED", "groups", None),
        ("RUNNING", "groups", None),
        ("RECORD", "groups", 1),
        ("RECORD", "groups", 2),
        ("STATE", "groups", {"at": 1}),
        ("STATE", "groups", {"at": 2}),
        ("RECORD", "groups", 3),
        ("STATE", "groups", {"at": 3}),
        ("COMPLETE", "groups", None),
    ]


def test_a_stream_without_records_never_runs(walks) -> None:
    walks.scripts["groups"] = [page("groups", [], 1)]
    kinds = [kind for kind, _, _ in read(*runs_of("groups"))]
    assert kinds == ["STARTED", "STATE", "COMPLETE"]


def test_every_member_of_a_walk_has_its_own_messages(walks) -> None:
    walks.scripts["incremental/users/cursor"] = [
        PageResult(
            (("users", [{"id": 1}]), ("user_identities", [])),
            (("users", {"at": 1}), ("user_identities", {"at": 1})),
        ),
        PageResult(
            (("users", [{"id": 2}]), ("user_identities", [{"id": 8}])),
            (("users", {"at": 2}), ("user_identities", {"at": 2})),
        ),
    ]
    messages = read(*runs_of("users", "user_identities"))
    for name in ("users", "user_identities"):
        own = [kind for kind, stream, _ in messages if stream == name]
        assert (own[0], own[-1]) == ("STARTED", "COMPLETE")
        assert own.count("RUNNING") == 1
        assert own.index("RUNNING") == own.index("RECORD") - 1
        assert own[-2] == "STATE"


def test_nothing_selected_is_nothing_said() -> None:
    assert read() == []
    assert whole_failure(SyncResult()) is None


def test_a_position_in_the_future_asks_for_nothing(walks) -> None:
    """A far future is a user's way to say: read nothing (docs/facts/published-connector.md#1.6)."""
    walks.scripts["groups"] = [AssertionError("the walk was begun")]
    far_s = 7_952_342_400  # 2222-01-01
    messages = read(*runs_of("groups", groups=ListPosition(far_s)))
    assert messages[0] == ("STARTED", "groups", None)
    assert messages[1][0] == "LOG"
    assert "groups" in messages[1][2]
    assert messages[2:] == [
        ("STATE", "groups", {"updated_at": "2222-01-01T00:00:00Z", "v": 1}),
        ("COMPLETE", "groups", None),
    ]


def test_a_clock_that_is_hours_wrong_makes_no_future(walks) -> None:
    walks.scripts["groups"] = [page("groups", [1], 1)]
    messages = read(*runs_of("groups", groups=ListPosition(NOW_S + 3_600 * 20)))
    assert ("RECORD", "groups", 1) in messages


DAY_S = 86_400


@pytest.mark.parametrize(
    ("ahead_s", "behind_s", "asked", "is_read"),
    [
        (20 * 3_600, 0, 0, True),
        (2 * DAY_S, 0, 1, False),
        # Our clock is far behind: nothing lies ahead by Zendesk's, which is asked for once.
        (2 * DAY_S, 3 * DAY_S, 1, True),
        (30 * 365 * DAY_S, 31 * 365 * DAY_S, 1, True),
        # Year 2222 lies ahead by any clock (docs/facts/published-connector.md#1.6: no request).
        (7_952_342_400 - NOW_S, 0, 0, False),
    ],
)
def test_positions_lie_ahead_by_zendesks_clock(
    walks, ahead_s: int, behind_s: int, asked: int, is_read: bool
) -> None:
    walks.scripts["groups"] = [page("groups", [1], 1)]
    for start_s, position in (
        (0, ListPosition(NOW_S + ahead_s)),
        (NOW_S + ahead_s - DAY_S, ListPosition()),  # a start date, to which no day is added
    ):
        client = Client(behind_s)
        surroundings = replace(context(client), start_s=start_s)
        runs = runs_of("groups", groups=position)
        found = [short(it) for it in messages_of(surroundings, runs)]
        assert (("RECORD", "groups", 1) in found) == is_read
        assert client.times_asked == asked
        assert found[-1] == ("COMPLETE", "groups", None)


def test_an_estimate_comes_before_the_first_record(walks, monkeypatch) -> None:
    monkeypatch.setitem(COUNTS, "groups/count", 3)
    walks.scripts["groups"] = [page("groups", [1], 1)]
    messages = list(messages_of(context(), runs_of("groups")))
    estimate = messages[1]["trace"]["estimate"]
    assert estimate == {
        "name": "groups",
        "type": "STREAM",
        "row_estimate": 3,
        "byte_estimate": 3 * len('{"id":1}'),
    }
    assert [m["type"] for m in messages].index("RECORD") > 1


def test_nothing_is_estimated_of_a_stream_whose_first_page_is_empty(walks, monkeypatch) -> None:
    monkeypatch.setitem(COUNTS, "groups/count", 3)
    walks.scripts["groups"] = [page("groups", [], 1), page("groups", [1], 2)]
    messages = messages_of(context(), runs_of("groups"))
    assert [m for m in messages if "estimate" in m.get("trace", {})] == []
