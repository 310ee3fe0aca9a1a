"""States of long compared lists: what they cost, and what comes again after a crash."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.checkpoints import ALLOWED_BYTES, LONGEST_S, Checkpoints
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from test_support.models.answers import iso
from test_support.models.help_center import DAY_S, T0_S

LIST, CHILDREN = "posts", ("post_comments", "post_votes")
FAMILY = (LIST, *CHILDREN)


@dataclass
class Community:
    """So many posts, each with a comment and a vote; `get` is the client's."""

    posts: int
    now_s: int = T0_S
    edits: Counter[int] = field(default_factory=Counter)
    last_page: int | None = None  # after so many posts the list fails
    between_pages: Callable[[], None] = lambda: None

    def get(self, path: str, params: dict[str, str], *, expects: str, size: Any) -> Page:
        if path != "community/posts":
            post = int(path.split("/")[2])
            row = {"id": post, "edits": self.edits[post], "updated_at": iso(T0_S)}
            return Page({expects: [row], "meta": {"has_more": False}}, self.now_s)
        self.between_pages()
        after = int(params.get("page[after]", "0"))
        if after == self.last_page:
            raise ConnectorError("Broken.", about="GET", remedy="", failure=Failure.TRANSIENT)
        until = min(after + size.value, self.posts)
        rows = [self._post(post) for post in range(after + 1, until + 1)]
        meta = {"has_more": until < self.posts, "after_cursor": str(until)}
        return Page({expects: rows, "meta": meta}, self.now_s)

    def _post(self, post: int) -> dict[str, Any]:
        counts = {"comment_count": 1, "vote_count": 1, "vote_sum": self.edits[post]}
        return {"id": post, "updated_at": iso(T0_S + self.edits[post]), **counts}


@dataclass
class Sync:
    """The deliveries and lines of one sync: records by stream and key, bytes of STATE."""

    came: Counter[tuple[str, int]] = field(default_factory=Counter)
    state_bytes: int = 0
    states: int = 0
    failed: bool = False


def size_of(state: dict[str, Any]) -> int:
    return len(json.dumps(state, separators=(",", ":")))


def read(
    make_context, community, saved, *names: str, page: int = 100, kill_after: int | None = None
) -> Sync:
    """Run a sync from the saved states, which it moves, and return what came of it."""
    streams = [STREAMS[name] for name in names]
    stands = {row.name: decode(row, saved.get(row.name)) for row in streams}
    context = make_context(community, lambda: community.now_s, largest_page=page)
    found, taken = Sync(), 0
    try:
        for run in plan_runs(streams, stands):
            for result in run.resource.walk.read(context, run):
                for name, records in result.records:
                    found.came.update((name, record["id"]) for record in records)
                taken += 1
                if taken == kill_after:
                    return found
                for name, state in result.states:
                    saved[name] = state
                    found.state_bytes += size_of(state)
                    found.states += 1
    except ConnectorError:
        found.failed = True
    return found


def test_the_states_of_a_first_read_of_40000_posts_are_a_part_of_its_records(make_context) -> None:
    saved: dict[str, Any] = {}
    found = read(make_context, Community(40_000), saved, LIST)
    assert len(found.came) == 40_000
    assert size_of(saved[LIST]) < 9.3 * 40_000
    # 96 MB when each page had its state.
    assert found.state_bytes <= 8_400_000


def test_a_sweep_of_10000_posts_without_news_prints_few_states(make_context) -> None:
    community, saved = Community(10_000), {}
    read(make_context, community, saved, *FAMILY)
    community.now_s += DAY_S + 1
    found = read(make_context, community, saved, *FAMILY)
    assert not found.came
    # 48 MB when each page had its state.
    assert found.state_bytes <= 4_200_000
    assert found.states <= 25
    community.now_s += 60
    found = read(make_context, community, saved, *FAMILY)
    assert (found.states, sum(found.came.values())) == (3, 0)


@settings(max_examples=60)
@given(
    st.integers(1, 400),
    st.integers(1, 40),
    st.sets(st.sampled_from(FAMILY), min_size=1),
    st.lists(st.tuples(st.sets(st.integers(1, 400)), st.booleans()), max_size=3),
)
def test_states_grow_with_what_was_read(make_context, posts, page, chosen, syncs) -> None:
    """Bytes of STATE are allowed by records and answers, but for those of two times."""
    community, names, saved = Community(posts), tuple(sorted(chosen)), {}
    for edited, is_sweep in [(set(), True), *syncs]:
        community.edits.update(edited)
        community.now_s += DAY_S + 1 if is_sweep else 60
        found = read(make_context, community, saved, *names, page=page)
        answers = posts if is_sweep else len(edited & set(range(posts + 1)))
        read_in_all = sum(found.came.values()) + answers * len(chosen - {LIST})
        largest = sum(size_of(saved[name]) for name in names) + 100 * len(names)  # the open page
        assert found.state_bytes <= ALLOWED_BYTES * read_in_all + 2 * largest


@settings(max_examples=60)
@given(
    st.integers(1, 300),
    st.integers(1, 30),
    st.sets(st.sampled_from(FAMILY), min_size=1),
    st.lists(st.integers(1, 400), min_size=1, max_size=3),
)
def test_a_crash_repeats_a_page_or_what_the_states_allow(
    make_context, posts, page, chosen, kills
) -> None:
    community, names, saved = Community(posts), tuple(sorted(chosen)), {}
    delivered = Counter[tuple[str, int]]()
    for kill_after in (*kills, None):
        sizes = {
            name: size_of(saved.get(name, {"__ab_no_cursor_state_message": True}))
            for name in FAMILY
        }
        found = read(make_context, community, saved, *names, page=page, kill_after=kill_after)
        for group in ((LIST,), CHILDREN):
            again = sum(
                n for (name, key), n in found.came.items() if name in group and delivered[name, key]
            )
            allowed = sum(sizes[name] for name in group if name in chosen) / ALLOWED_BYTES
            assert again <= allowed + page * len(group), group
        delivered += found.came
    truth = {(name, post) for name in names for post in range(1, posts + 1)}
    assert delivered.keys() == truth
    assert not read(make_context, community, saved, *names, page=page).came


@pytest.mark.parametrize("names", [(LIST,), CHILDREN, FAMILY])
def test_a_list_that_fails_between_two_pages_repeats_nothing(make_context, names) -> None:
    community, saved = Community(600, last_page=460), {}
    first = read(make_context, community, saved, *names, page=20)
    assert first.failed
    assert len(first.came) == 460 * len(names)
    community.last_page = None
    second = read(make_context, community, saved, *names, page=20)
    assert not first.came & second.came
    assert len(first.came + second.came) == 600 * len(names)


def test_a_list_that_fails_at_once_prints_no_state(make_context) -> None:
    saved: dict[str, Any] = {}
    assert read(make_context, Community(9, last_page=0), saved, *FAMILY).failed
    assert saved == {}


def test_a_slow_list_prints_its_states_each_hour(make_context) -> None:
    community, saved = Community(1000), {}
    read(make_context, community, saved, *CHILDREN)
    community.now_s += DAY_S + 1
    fast = read(make_context, community, dict(saved), *CHILDREN, page=5)

    def wait() -> None:
        community.now_s += LONGEST_S

    community.between_pages = wait
    slow = read(make_context, community, saved, *CHILDREN, page=5)
    assert fast.states < 50
    assert slow.states == 2 * 200


def test_without_news_no_state_is_due_however_long_it_takes() -> None:
    checkpoints = Checkpoints([("posts", {"updated_at": "2024-01-01T00:00:00Z"})], T0_S)
    assert not checkpoints.are_due(T0_S + 9 * LONGEST_S)
    checkpoints.note(1)
    assert checkpoints.are_due(T0_S)
    checkpoints.printed([("posts", {"digests": "A" * 1000})], T0_S)
    checkpoints.note(5)
    assert not checkpoints.are_due(T0_S)
    assert checkpoints.are_due(T0_S + LONGEST_S)
    checkpoints.note(1)
    assert checkpoints.are_due(T0_S)
