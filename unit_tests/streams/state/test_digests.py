"""Digests tell what changed from what did not, in any order, through any number of states."""

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.state.digests import Digests

keys = st.text(max_size=4)
contents = st.none() | st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=2)


@given(st.lists(st.tuples(keys, contents, st.booleans()), max_size=40))
def test_news_is_what_differs_from_the_last_time(story) -> None:
    versions, last = Digests(), {}
    for key, content, is_saved in story:
        assert versions.is_known(key, content) is (key in last and last[key] == content)
        assert versions.is_new(key, content) is not (key in last and last[key] == content)
        last[key] = content
        if is_saved:
            versions = Digests(versions.text)


@given(st.dictionaries(keys, contents))
def test_the_text_is_the_same_for_the_same_entries(entries) -> None:
    one, other = Digests(), Digests()
    for key, content in entries.items():
        one.is_new(key, content)
    for key, content in reversed(entries.items()):
        other.is_new(key, content)
    assert one.text == other.text
    assert len(one.text) == 12 * len(entries)


def test_what_was_not_met_is_forgotten() -> None:
    old = Digests()
    for key in ("a", "b"):
        old.is_new(key, 1)
    new = Digests(old.text)
    new.is_new("a", 1)
    new.keep_what_was_met()
    assert new.is_known("a", 1)
    assert not new.is_known("b", 1)


@pytest.mark.parametrize("text", ["x", "====", "AAAA", "not base64!"])
def test_a_text_of_others_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not digests"):
        Digests(text)
