"""Keys that were not met are missing where a group was read whole, and no others are."""

from hypothesis import given, strategies as st

from source_zendesk_support.streams.state.key_memory import LIST, KeyMemory
from source_zendesk_support.streams.state.known_keys import MOST_KEYS, groups_of_text

keys = st.integers(0, 12)
# A run over a list: the keys of each page, and whether the list was read to its end.
runs = st.lists(
    st.tuples(st.lists(st.sets(keys, max_size=4), max_size=4), st.booleans()), max_size=6
)


@given(runs)
def test_a_list_misses_what_no_page_of_a_whole_run_had(story) -> None:
    known, held = None, set()
    for pages, is_whole in story:
        memory, met = KeyMemory(known), set().union(*pages)
        for page in pages:
            assert {key for key in page if memory.is_new(key)} == (
                page - held if known is not None else set()
            )
            memory.meet(page)
            held |= page
        if is_whole:
            memory.read_whole()
        missing = held - met if is_whole else set()
        assert memory.missing() == ({LIST: missing} if missing else {})
        memory.forget(LIST, missing)
        held -= missing
        known = memory.known()
        assert groups_of_text(known.keys) == ({LIST: held} if held else {})
        assert memory.count == len(held)


parents = st.integers(1, 4)
account = st.dictionaries(parents, st.sets(keys, max_size=4), max_size=4)


@given(account, account, st.sets(parents))
def test_children_are_missing_below_a_parent_that_was_read_and_lost_with_one_that_is_gone(
    before, after, asked
) -> None:
    first = KeyMemory(None)
    for parent, children in before.items():
        first.see(str(parent))
        first.meet(children, str(parent))
        first.read_whole(str(parent))
    second = KeyMemory(first.known())
    for parent, children in after.items():
        second.see(str(parent))
        if parent in asked:
            second.meet(children, str(parent))
            second.read_whole(str(parent))
    left_in = {
        parent: before.get(parent, set()) & after[parent] if parent in asked else children
        for parent, children in before.items()
        if parent in after
    }
    met = set().union(*(after[parent] for parent in asked & after.keys()))
    for group, missing in second.missing().items():
        parent = int(group)
        assert parent in asked & after.keys()
        assert missing <= before[parent] - after[parent]
        assert missing.isdisjoint(met)
    for parent in asked & after.keys() & before.keys():
        elsewhere = met.union(*(it for other, it in left_in.items() if other != parent))
        certain = before[parent] - after[parent] - elsewhere
        gone_too = set().union(*(before[p] for p in before.keys() - after.keys()))
        assert certain - gone_too <= second.missing().get(str(parent), set())
    orphans = second.orphans(all_tops_seen=True)
    assert {int(parent) for parent in orphans} <= before.keys() - after.keys()
    assert second.orphans(all_tops_seen=False) == {}


def test_votes_are_lost_with_a_comment_that_is_gone_from_a_whole_list() -> None:
    first = KeyMemory(None)
    for group, key in (("1/10", 100), ("1/11", 110), ("2/20", 200), ("3/30", 300)):
        first.meet([key], group)
    second = KeyMemory(first.known())
    for top in ("1", "2"):
        second.see(top)
    second.see("1/10")
    second.see_all_below("1")
    assert second.orphans(all_tops_seen=False) == {"1/11": {"1/11": {110}}}
    assert second.orphans(all_tops_seen=True) == {
        "1/11": {"1/11": {110}},
        "3": {"3/30": {300}},
    }
    assert second.knows_below("3")
    assert second.knows_below("3/30")
    assert not second.knows_below("4")


def test_a_record_that_moved_to_another_parent_is_not_missing() -> None:
    first = KeyMemory(None)
    first.meet([7], "1")
    second = KeyMemory(first.known())
    second.read_whole("1")
    assert second.missing() == {"1": {7}}
    second.meet([7], "2")
    assert second.missing() == {}


def test_hidden_keys_stay_known_until_they_are_met_again() -> None:
    first = KeyMemory(None)
    first.meet([1, 2])
    first.hide([2])
    second = KeyMemory(first.known())
    assert second.hidden == {2}
    second.meet([2])
    assert second.hidden == set()


def test_beyond_the_bound_nothing_is_kept_and_nothing_is_missing() -> None:
    memory = KeyMemory(None)
    memory.meet(range(MOST_KEYS))
    assert memory.known() is not None
    again = KeyMemory(memory.known())
    again.meet([MOST_KEYS + 1])
    again.read_whole()
    assert again.is_full
    assert again.known() is None
    assert again.missing() == {}
    assert not again.is_new(5)
