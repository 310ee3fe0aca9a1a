"""Digests separate changed from unchanged records, in any order, through any number of states."""

import base64
import json
from hashlib import blake2b

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
    assert len(one.text) <= 12 * len(entries)


def test_keys_that_were_not_met_are_forgotten() -> None:
    old = Digests()
    for key in ("a", "b"):
        old.is_new(key, 1)
    new = Digests(old.text)
    new.is_new("a", 1)
    new.keep_what_was_met()
    assert new.is_known("a", 1)
    assert not new.is_known("b", 1)


@given(st.dictionaries(keys, contents))
def test_the_text_of_6_0_0_says_the_same(entries) -> None:
    """It had four bytes of tag and five of digest for each key, in the order of the tags."""
    today, pairs = Digests(), {}
    for key, content in entries.items():
        today.is_new(key, content)
        tag = blake2b(key.encode(), digest_size=4).digest()
        pairs[tag] = blake2b(json.dumps(content, separators=(",", ":")).encode(), digest_size=5)
    old = b"".join(tag + found.digest() for tag, found in sorted(pairs.items()))
    assert Digests.of_6_0_0(base64.b64encode(old).decode()).text == today.text


def test_many_keys_cost_less_each() -> None:
    """The gaps between tags get shorter: 9.2 characters at 40,000 keys, 8 at a million."""
    digests = Digests()
    for key in range(40_000):
        digests.is_new(str(key), key)
    assert len(digests.text) < 9.2 * 40_000
    same = Digests(digests.text)
    assert same.text == digests.text
    assert all(same.is_known(str(key), key) for key in range(40_000))


BROKEN = [
    "x", "====", "AAAA", "not base64!", "\u00e9",
    "gICAgA==",  # a gap without an end
    "gICAgBABAgME",  # a tag of more than 32 bits
    "AAECAwQA",  # a second tag without its digest
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_a_text_of_others_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not digests"):
        Digests(text)


@pytest.mark.parametrize("text", ["x", "====", "AAAA", "not base64!", "AAECAwQA"])
def test_a_text_that_6_0_0_never_wrote_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not digests"):
        Digests.of_6_0_0(text)


@given(st.binary(max_size=40))
def test_any_bytes_are_digests_or_refused(data: bytes) -> None:
    try:
        found = Digests(base64.b64encode(data).decode())
    except ValueError:
        return
    assert Digests(found.text).text == found.text
