"""Records deleted during and between syncs are gone in the end, and no others ever are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state import key_memory
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks import vanished
from source_zendesk_support.streams.walks.checkpoints import SMALL_BYTES
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.single_records import MOST_ASKED
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import StreamRefused, Unreachable
from source_zendesk_support.zendesk.json_text import dumps
from test_support.models.answers import iso
from test_support.models.help_center import (
    DAY_S,
    FAMILY,
    HOUR_S,
    busy_center,
    deletions,
    happening,
    happenings,
    let_happen,
    missing,
    refused,
    tombstone,
)
from test_support.models.help_center_syncs import Destination, expect_equal, sync

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.result import PageResult

changes = st.lists(happening | deletions, max_size=12)


def sync_freely(*of: Any, **how: Any) -> None:
    """Run a sync; a model is so small that a few deletions are much of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vanished, "ALWAYS_ALLOWED", 1000)
        sync(*of, finds_deletions=True, **how)


@settings(max_examples=150, deadline=None)
@given(
    changes,
    st.lists(st.tuples(changes, st.none() | st.integers(1, 9)), max_size=4),
    changes,
    st.integers(1, 4),
    st.sets(st.sampled_from(FAMILY), min_size=1),
    st.integers(0, 3),
)
def test_in_the_end_there_is_what_the_center_has(
    make_context, first, syncs, during, page, chosen, ahead
) -> None:
    names = tuple(sorted(chosen))
    center, destination = busy_center(4), Destination()
    how = {"names": names, "page": page, "ahead": ahead}
    let_happen(center, first)
    script = iter(during)
    center.before_page = lambda: let_happen(center, [it for it in [next(script, None)] if it])
    for story, kill_after in syncs:
        sync_freely(make_context, center, destination, sweep_s=0, kill_after=kill_after, **how)
        center.now_s += HOUR_S
        let_happen(center, story)
    center.before_page = lambda: None
    for _ in range(2):  # an open list is read to its end first, then the list once more
        sync_freely(make_context, center, destination, sweep_s=0, **how)
        center.now_s += 2 * DAY_S
    expect_equal(center, destination, names)
    removed = sum(destination.removed.values())
    sync_freely(make_context, center, destination, sweep_s=0, **how)
    assert sum(destination.removed.values()) == removed


@settings(max_examples=80, deadline=None)
@given(
    happenings,
    st.lists(st.tuples(happenings, st.none() | st.integers(1, 9)), min_size=1, max_size=4),
    st.dictionaries(
        st.sampled_from(
            ["help_center/articles", "help_center/articles/1", "help_center/articles/1/comments",
             "help_center/articles/2/votes", "help_center/articles/1/comments/101/votes"]
        ),
        st.sampled_from([StreamRefused, Unreachable]),
    ),
    st.integers(1, 4),
)  # fmt: skip
def test_where_nothing_is_deleted_nothing_is_removed(
    make_context, first, syncs, errors, page
) -> None:
    center, destination = busy_center(4), Destination()
    let_happen(center, first)
    for number, (story, kill_after) in enumerate(syncs):
        faults = {path: refused(kind) for path, kind in errors.items()} if number % 2 else {}
        center.errors = faults
        try:
            sync_freely(
                make_context, center, destination, page=page, sweep_s=0, kill_after=kill_after
            )
        except (StreamRefused, Unreachable):
            assert faults
        center.now_s += DAY_S
        let_happen(center, story)
    assert sum(destination.removed.values()) == 0


def test_a_child_that_is_gone_below_an_unchanged_article_is_found_by_its_counter(
    make_context,
) -> None:
    center, destination = busy_center(3), Destination()
    sync(make_context, center, destination, finds_deletions=True)
    center.withdraw_vote(1, None, 1)
    asked = sync(make_context, center, destination, finds_deletions=True)
    assert [it for it in asked if it.endswith("votes")] == ["help_center/articles/1/votes"]
    expect_equal(center, destination, ("article_votes",))
    assert destination.removed == {"article_votes": 1}


def test_much_goes_with_one_parent(make_context) -> None:
    center, destination = busy_center(2), Destination()
    for key in range(1, 40):
        center.write_comment(1, key)
    sync(make_context, center, destination, finds_deletions=True)
    center.delete_article(1)
    sync(make_context, center, destination, finds_deletions=True)
    expect_equal(center, destination)
    assert destination.removed["article_comments"] == 39


def test_many_children_at_once_are_held_back(make_context) -> None:
    center, destination = busy_center(2), Destination()
    for key in range(1, 40):
        center.write_comment(1, key)
    sync(make_context, center, destination, finds_deletions=True)
    for key in range(1, 30):
        center.delete_comment(1, key)
    sync(make_context, center, destination, sweep_s=0, finds_deletions=True)
    assert destination.removed["article_comments"] == 0


class Macros:
    """A list by cursor, and its single records; `get` is the client's."""

    def __init__(self, count: int) -> None:
        self.now_s = 1_700_000_000
        self.ids = set(range(1, count + 1))
        self.asked: list[int] = []

    def zendesk_s(self) -> int:
        return self.now_s

    def get(self, path: str, params: Any, *, expects: Any, size: Any = None) -> Page:
        if expects == ():
            key = int(path.removeprefix("macros/"))
            self.asked.append(key)
            if key not in self.ids:
                raise missing()
            return Page({"macro": {"id": key}}, self.now_s)
        after = int(params.get("page[after]", 0))
        left = sorted(it for it in self.ids if it > after)
        shown = left[: size.value]
        rows = [{"id": it, "updated_at": iso(1_500_000_000 + it % 10**8)} for it in shown]
        cursor = str(shown[-1]) if shown else None
        meta = {"has_more": len(left) > len(shown), "after_cursor": cursor}
        return Page({"macros": rows, "meta": meta}, self.now_s)

    def sync(self, make_context, state: dict[str, Any]) -> list[PageResult]:
        """Run a sync of the list and return its results; `state` becomes that of its end."""
        row = STREAMS["macros"]
        saved = {row.name: decode(row, state)}
        context = make_context(self, lambda: self.now_s, tombstones={row.name: tombstone})
        (run,) = plan_runs([row], saved)
        found = list(row.resource.walk.read(context, begin(context, run).run))
        self.lines = context.skipped.lines()
        for result in found:
            for _, last in result.states:
                state.clear()
                state.update(last)
        return found


def removed(results: list[PageResult]) -> list[int]:
    return [
        record["id"]
        for result in results
        for _, records in result.records
        for record in records
        if "_ab_cdc_deleted_at" in record
    ]


def test_so_many_are_asked_for_in_one_sync_and_the_rest_in_the_next(make_context) -> None:
    macros, state = Macros(4 * MOST_ASKED), {}
    macros.sync(make_context, state)
    gone = set(range(1, MOST_ASKED + 51))
    macros.ids -= gone
    first = removed(macros.sync(make_context, state))
    assert len(first) == len(macros.asked) - 1 == MOST_ASKED - 1  # one that exists is asked for too
    assert macros.lines == ["macros: 51 missing records that the next sync asks for"]
    second = removed(macros.sync(make_context, state))
    assert sorted(first + second) == sorted(gone)
    macros.asked.clear()
    assert removed(macros.sync(make_context, state)) == macros.asked == []


def test_the_states_of_a_long_list_do_not_grow_with_its_square(make_context) -> None:
    macros, state = Macros(0), {}
    macros.ids = {number * number for number in range(1, 12_001)}  # gaps that hardly compress
    for is_first in (True, False):
        results = macros.sync(make_context, state)
        sizes = [len(dumps(last)) for result in results for _, last in result.states]
        news = sum(len(records) for result in results for _, records in result.records)
        assert news == (len(macros.ids) if is_first else 0)
        assert sizes[-1] > SMALL_BYTES
        assert sum(sizes) <= 200 * news + 2 * sizes[-1]
        assert len(sizes) > 10 if is_first else len(sizes) == 1


def test_a_list_beyond_the_bound_keeps_no_keys_and_says_so(make_context, monkeypatch) -> None:
    monkeypatch.setattr(key_memory, "MOST_KEYS", 250)
    macros, state = Macros(251), {}
    for _ in range(2):
        assert removed(macros.sync(make_context, state)) == []
        assert "known" not in state
        assert macros.lines == [
            "macros: 1 search for deletions in more than 100,000 records: a full refresh finds them"
        ]
    macros.ids = set(range(1, 200))
    macros.sync(make_context, state)
    assert "known" in state
    macros.ids.remove(7)
    assert removed(macros.sync(make_context, state)) == [7]


def test_a_sync_that_begins_within_the_list_finds_nothing(make_context) -> None:
    macros, state = Macros(250), {}
    macros.sync(make_context, state)
    macros.ids -= {3, 130, 240}
    page = {"after_cursor": "120", "started_at": "2023-11-14T22:13:20Z"}
    assert removed(macros.sync(make_context, {**state, "page": page})) == []
    assert sorted(removed(macros.sync(make_context, state))) == [3, 130, 240]
