"""The high-water mark of an unordered walk, against records that change while it is read."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode, encode
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.streams.state.marks import HighWaterMark, mark, time_of

GROUPS = STREAMS["groups"]


def record(key: int, version: int, at_s: int) -> dict[str, Any]:
    return {"id": key, "version": version, "updated_at": at_s}


def is_new(frontier: HighWaterMark, row: dict[str, Any]) -> bool:
    return frontier.is_new(str(row["id"]), row)


@dataclass
class Change:
    """Change the account between two pages: time passes, and records are written in that second."""

    seconds: int
    keys: list[int]


changes = st.builds(Change, st.integers(0, 2), st.lists(st.integers(0, 7), max_size=3))
# One walk: the order of the records, and what happens before each of its pages.
walks = st.tuples(st.permutations(range(8)), st.lists(changes, min_size=8, max_size=8))


class World:
    """Records that are written at the current second, and what was delivered of them."""

    def __init__(self) -> None:
        self.now_s = 1000
        self.rows = {key: record(key, 0, 1000 - key % 3) for key in range(5)}
        self.delivered: list[tuple[int, int]] = []

    def happen(self, change: Change) -> None:
        self.now_s += change.seconds
        for key in change.keys:
            version = self.rows[key]["version"] + 1 if key in self.rows else 0
            self.rows[key] = record(key, version, self.now_s)

    def walk(
        self, old: ListPosition, order: list[int], between: list[Change], behind_s: int = 0
    ) -> ListPosition:
        """Meet one record a page, in the given order, while the world changes.

        `behind_s`: how far before now the walk is known to have begun; an answer that took a second
        shows no more.
        """
        frontier = HighWaterMark(old, self.now_s - behind_s, "updated_at")
        for key, change in zip(order, between, strict=True):
            row = self.rows.get(key)
            if row is not None and is_new(frontier, row):
                self.delivered.append((key, row["version"]))
            self.happen(change)
        return decode(GROUPS, encode(GROUPS, frontier.position()))


@settings(max_examples=300)
@given(st.lists(walks, min_size=1, max_size=5), st.integers(0, 3))
def test_every_change_is_delivered_and_no_version_twice(all_walks, behind_s) -> None:
    world, position = World(), ListPosition()
    quiet = [Change(0, [])] * 8
    for order, between in all_walks:
        before = position
        position = world.walk(position, list(order), between, behind_s)
        assert before.at_s is None or position.at_s is None or position.at_s >= before.at_s
        assert position.at_s is None or position.at_s <= world.now_s
    world.walk(position, list(range(8)), quiet, behind_s)
    last = {(key, row["version"]) for key, row in world.rows.items()}
    assert last <= set(world.delivered)
    assert len(world.delivered) == len(set(world.delivered))


@settings(max_examples=150)
@given(st.lists(walks, min_size=2, max_size=4), st.integers(1, 7))
def test_a_walk_can_be_continued_by_another_process(all_walks, cut) -> None:
    """A high-water mark can be handed over at any record, and nothing changes."""
    whole, handed = World(), World()
    for world, at in ((whole, None), (handed, cut)):
        position = ListPosition()
        for order, between in all_walks:
            frontier = HighWaterMark(position, world.now_s, "updated_at")
            for number, (key, change) in enumerate(zip(order, between, strict=True)):
                if number == at:
                    left = frontier
                    frontier = HighWaterMark(position, left.started_s, "updated_at")
                    frontier.resume(left.newest_s, left.seen)
                row = world.rows.get(key)
                if row is not None and is_new(frontier, row):
                    world.delivered.append((key, row["version"]))
                world.happen(change)
            position = frontier.position()
    assert handed.delivered == whole.delivered


@given(st.integers(1, 50), st.lists(st.integers(1, 50), max_size=8), st.integers(1, 60))
def test_a_position_never_goes_back(old_s, times, started_s) -> None:
    frontier = HighWaterMark(ListPosition(old_s, seen=frozenset({"kept"})), started_s, "updated_at")
    for number, at_s in enumerate(times):
        is_new(frontier, record(number, 0, at_s))
    position = frontier.position()
    assert position.at_s is not None
    assert position.at_s >= old_s
    if position.at_s == old_s:
        assert "kept" in position.seen


def test_a_cluster_in_the_border_second_is_delivered_once() -> None:
    first = HighWaterMark(ListPosition(), 900, "updated_at")
    cluster = [record(number, 0, 500) for number in range(20)]
    assert all(is_new(first, row) for row in cluster)
    second = HighWaterMark(first.position(), 900, "updated_at")
    late = record(99, 0, 500)  # written in the same second, after the walk had passed
    assert not any(is_new(second, row) for row in cluster)
    assert is_new(second, late)
    third = HighWaterMark(second.position(), 900, "updated_at")
    assert not any(is_new(third, row) for row in [*cluster, late])


def test_a_walk_that_began_before_the_old_position_remembers_what_it_delivered() -> None:
    """Two syncs within a second: the second walk began before the newest record of the first."""
    old = ListPosition(500, seen=frozenset({mark("1", record(1, 0, 500))}))
    frontier = HighWaterMark(old, 499, "updated_at")
    assert not is_new(frontier, record(1, 0, 500))
    assert is_new(frontier, record(2, 0, 500))
    position = frontier.position()
    assert position.at_s == 500
    again = HighWaterMark(position, 499, "updated_at")
    assert not is_new(again, record(1, 0, 500))
    assert not is_new(again, record(2, 0, 500))


def test_the_old_marks_are_kept_when_nothing_new_was_met() -> None:
    old = ListPosition(500, seen=frozenset({"1:aa"}))
    assert HighWaterMark(old, 900, "updated_at").position() == old


def test_only_marks_of_the_border_are_kept() -> None:
    frontier = HighWaterMark(ListPosition(), 900, "updated_at")
    for at_s in range(100, 200):
        is_new(frontier, record(at_s, 0, at_s))
    assert len(frontier.position().seen) == 1


def test_the_position_stays_at_the_start_of_the_walk_while_records_change() -> None:
    frontier = HighWaterMark(ListPosition(), 100, "updated_at")
    is_new(frontier, record(1, 0, 150))
    is_new(frontier, record(2, 0, 90))
    position = frontier.position()
    assert position.at_s == 100
    again = HighWaterMark(position, 200, "updated_at")
    assert not is_new(again, record(1, 0, 150))
    assert is_new(again, record(3, 0, 120))


def test_a_record_without_a_time_is_always_delivered() -> None:
    frontier = HighWaterMark(ListPosition(500), 900, "updated_at")
    assert is_new(frontier, {"id": 1, "updated_at": None})
    assert frontier.position() == ListPosition(500)


def test_a_mark_tells_versions_apart_and_nothing_else() -> None:
    row = {"id": 1, "a": {"b": 1, "c": None}, "updated_at": "2024-01-01T00:00:00Z"}
    other_order = {"updated_at": row["updated_at"], "a": {"c": None, "b": 1}, "id": 1}
    assert mark("1", row) == mark("1", other_order)
    assert mark("1", row) != mark("1", row | {"a": {"b": 1}})
    assert mark("1", row).startswith("1:")
    tag = {"name": "vip", "count": 3}
    assert mark("vip", tag).startswith("vip:")


@pytest.mark.parametrize(
    ("value", "at_s"),
    [
        (1709373602, 1709373602),
        ("2024-03-02T10:00:02Z", 1709373602),
        ("2024-03-02T11:00:02.9+01:00", 1709373602),
        (None, None),
        ("", None),
        ("web", None),
        ("inf", None),
        (True, None),
        ([], None),
        ({}, None),
    ],
    ids=str,
)
def test_the_time_of_a_record(value, at_s) -> None:
    assert time_of({"updated_at": value}, "updated_at") == at_s
    assert time_of({}, "updated_at") is None


def test_positions_with_equal_content_are_equal() -> None:
    position = ListPosition(5, seen=frozenset({"1:a", "2:b"}))
    assert replace(position) == position
    assert hash(position) == hash(ListPosition(5, seen=frozenset({"2:b", "1:a"})))
