"""Windows of creation: no second is lost or read twice, however they are cut."""

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.walks.creation_windows import Window, share_of, windows_of

WINDOWS = st.tuples(st.integers(0, 10_000), st.integers(0, 500)).map(
    lambda pair: Window(pair[0], pair[0] + pair[1])
)


def seconds(window: Window) -> list[int]:
    return list(range(window.from_s, window.until_s))


@given(WINDOWS)
def test_halves_are_the_window(window: Window) -> None:
    if window.until_s - window.from_s < 2:
        with pytest.raises(ValueError, match="cannot be halved"):
            window.halves()
        return
    newer, older = window.halves()
    assert seconds(older) + seconds(newer) == seconds(window)
    assert not newer.is_empty
    assert not older.is_empty


@given(WINDOWS, st.integers(1, 200))
def test_short_windows_are_the_long_one_newest_first(window: Window, longest_s: int) -> None:
    found = windows_of(window, longest_s)
    assert all(0 < it.until_s - it.from_s <= longest_s for it in found)
    assert [s for it in reversed(found) for s in seconds(it)] == seconds(window)


@given(WINDOWS, st.integers(1, 40))
def test_shares_are_the_window(window: Window, shares: int) -> None:
    parts = [share_of(window, shares, number) for number in range(shares)]
    assert [s for part in parts for s in seconds(part)] == seconds(window)
    assert share_of(window, shares, shares) == parts[0]


@given(WINDOWS, st.data())
def test_the_rest_after_a_page_has_all_older_seconds(window: Window, data: st.DataObject) -> None:
    if window.is_empty:
        return
    oldest_s = data.draw(st.sampled_from(seconds(window)))
    left = window.after_page(oldest_s)
    assert seconds(left) == [second for second in seconds(window) if second <= oldest_s]


def test_the_query_is_open_at_its_end() -> None:
    window = Window(1_700_000_000, 1_700_003_600)
    assert window.query == "created>=2023-11-14T22:13:20Z created<2023-11-14T23:13:20Z"
