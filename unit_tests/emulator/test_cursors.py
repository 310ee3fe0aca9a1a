"""The wire form of cursors (docs/facts/zendesk-api.md#2.1, #2.3.2)."""

import base64

import pytest
from hypothesis import given, strategies as st

from zendesk_emulator.api.cursors import (
    export_cursor,
    export_position,
    help_center_cursor,
    help_center_position,
    list_cursor,
    list_position,
)
from zendesk_emulator.data.account import order, ordered

INT64 = st.integers(-(2**62), 2**62)
MIXED = order("-created_at:d", "name:s", "id:i")


def test_an_export_cursor_is_the_recorded_one() -> None:
    assert export_cursor(1695052663, 28) == "MTY5NTA1MjY2My4wfHwyOHw="


def test_a_list_cursor_is_the_recorded_one() -> None:
    # `i`, then the id 100 as int64 LE: the text `aWQAAAAAAAAA` of the recordings
    expected = base64.b64encode(b'{"o":"nice_id","v":"aWQAAAAAAAAA"}').decode()
    assert list_cursor(order("nice_id:i"), (100,)) == expected


def test_a_help_center_cursor_is_the_values_alone() -> None:
    assert help_center_cursor(order("position:i", "id:i"), (0, 1)).startswith("aQAA")


@given(st.integers(0, 2**40), st.integers(0, 2**62))
def test_export_cursors_come_back(at_s: int, row_id: int) -> None:
    assert export_position(export_cursor(at_s, row_id)) == (at_s, row_id)


@given(INT64, st.text(), INT64)
def test_list_cursors_come_back(created_s: int, name: str, row_id: int) -> None:
    name = name.encode("utf-8", "ignore").decode()
    key = (created_s, name, row_id)
    assert list_position(MIXED, list_cursor(MIXED, key)) == key
    assert help_center_position(MIXED, help_center_cursor(MIXED, key)) == key


@given(st.text(max_size=40))
def test_anything_else_is_refused(text: str) -> None:
    for read in (
        export_position,
        lambda cursor: list_position(MIXED, cursor),
        lambda cursor: help_center_position(MIXED, cursor),
    ):
        with pytest.raises(ValueError):
            read(text)


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(ValueError):
        list_position(order("id:i"), list_cursor(order("nice_id:i"), (3,)))


@pytest.mark.parametrize("extra", [b"i", b"\0" * 9])
def test_a_cursor_of_another_length_is_refused(extra: bytes) -> None:
    value = base64.b64encode(b"i" + (3).to_bytes(8, "little") + extra).decode()
    cursor = base64.b64encode(b'{"o":"id","v":"%s"}' % value.encode()).decode()
    with pytest.raises(ValueError):
        list_position(order("id:i"), cursor)


@given(st.lists(st.text(max_size=3)))
def test_a_text_can_order_downwards(texts: list[str]) -> None:
    by = order("-name:s", "id:i")
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    keys = [(ordered(by.columns[0], text), number) for number, text in enumerate(texts)]
    assert [key[0].text for key in sorted(keys)] == sorted(texts, reverse=True)
    assert [list_position(by, list_cursor(by, key)) for key in keys] == keys
