"""Keys survive a state as they are, in few characters, whatever they are and however many."""

import base64
import zlib

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode, encode
from source_zendesk_support.streams.state.known_keys import (
    MOST_KEYS,
    KnownKeys,
    groups_of_text,
    groups_to_text,
    key_of,
)
from source_zendesk_support.streams.state.list_position import ComparedPosition, ListPosition
from source_zendesk_support.zendesk.errors import ConnectorError

numbers = st.integers(0, 10**18 - 1) | st.integers(0, 50)
keys = numbers | st.text(min_size=1, max_size=30).map(key_of)
names = st.just("") | numbers.map(str) | st.text(max_size=12)
groups = st.dictionaries(names, st.sets(keys, min_size=1, max_size=20), max_size=8)


@given(groups)
def test_groups_come_back_as_they_were(found) -> None:
    text = groups_to_text(found)
    assert groups_of_text(text) == found
    assert groups_to_text(dict(reversed(found.items()))) == text


@given(st.integers() | st.text() | st.none() | st.floats() | st.booleans() | st.lists(st.none()))
def test_a_key_is_a_number_a_text_or_none(value) -> None:
    key = key_of(value)
    if isinstance(value, str) and value:
        assert str(key) == value
    elif type(value) is int:
        assert str(key) == str(value)
    else:
        assert key is None


@given(st.text() | st.binary(max_size=60).map(lambda it: base64.b64encode(it).decode()))
def test_another_text_is_refused_or_read_whole(text) -> None:
    try:
        found = groups_of_text(text)
    except ValueError:
        return
    assert groups_of_text(groups_to_text(found)) == found


@given(groups.filter(bool), st.data())
def test_a_text_that_was_cut_off_is_refused(found, data) -> None:
    packed = zlib.decompress(base64.b64decode(groups_to_text(found)))
    cut = packed[: data.draw(st.integers(0, len(packed) - 1))]
    with pytest.raises(ValueError, match="not a list of keys"):
        groups_of_text(base64.b64encode(zlib.compress(cut)).decode())


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = base64.b64encode(zlib.compress(b"\0" * 60_000_000)).decode()
    with pytest.raises(ValueError, match="not a list of keys"):
        groups_of_text(bomb)


@pytest.mark.parametrize(
    ("found", "most"),
    [
        # Ids of Support, one after the other, and ids of the Help Center, far apart.
        ({"": set(range(360_000_000_000, 360_000_000_000 + 7 * MOST_KEYS, 7))}, 1.5),
        ({"": set(range(4_408_886_000_000, 9_408_886_000_000, 5_000_000_000_000 // MOST_KEYS))}, 6),
        (
            {
                str(4_408_886_000_000 + 13 * n): {
                    4_409_000_000_000 + 104_729 * n + k for k in range(5)
                }
                for n in range(MOST_KEYS // 5)
            },
            3,
        ),
    ],
)
def test_a_hundred_thousand_keys_stay_below_the_bound(found, most) -> None:
    text = groups_to_text(found)
    assert len(text) <= most * MOST_KEYS <= 800_000
    assert groups_of_text(text) == found


@pytest.mark.parametrize("kind", [ListPosition, ComparedPosition])
@given(found=groups, hidden=st.sets(keys, max_size=5), asked_s=st.none() | st.just(1_700_000_000))
def test_a_state_keeps_them(kind, found, hidden, asked_s) -> None:
    stream = STREAMS["macros" if kind is ListPosition else "articles"]
    known = KnownKeys(groups_to_text(found), groups_to_text({"": hidden}), asked_s)
    position = kind(1_700_000_000, known=known)
    assert decode(stream, encode(stream, position)) == position


@pytest.mark.parametrize(
    "known", [1, "AAAA", {"keys": "AAAA"}, {"keys": 5.5}, {"keys": "", "hidden": "x"},
              {"keys": "", "asked_at": "never"}],
)  # fmt: skip
def test_a_state_that_was_edited_is_an_error_that_names_the_key(known) -> None:
    with pytest.raises(ConnectorError) as caught:
        decode(STREAMS["macros"], {"updated_at": "2026-01-01T00:00:00Z", "known": known, "v": 1})
    assert "key `known" in caught.value.about
