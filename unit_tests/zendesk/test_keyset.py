"""Keyset cursors: built from a pair, read back, and in the form that Zendesk packs."""

import base64
import json

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.keyset import (
    LAST_ID,
    TimeAndId,
    export_cursor,
    keyset_cursor,
    read_export_cursor,
    read_keyset_cursor,
)
from zendesk_emulator.api import cursors
from zendesk_emulator.data.account import order

NUMBERS = st.integers(0, LAST_ID)
TEXTS = st.text(st.characters(codec="ascii", exclude_characters="|"), max_size=40)
TIMES = st.integers(0, 253_402_300_799)
COLUMNS = st.sampled_from(["updated_at", "created_at"])


@given(COLUMNS, TIMES, NUMBERS | TEXTS)
def test_a_place_comes_back_from_its_cursor(column: str, at_s: int, record_id: int | str) -> None:
    place = TimeAndId(at_s, record_id)
    assert read_keyset_cursor(column, keyset_cursor(column, place)) == place


@given(TIMES, NUMBERS)
def test_the_cursor_is_the_one_that_zendesk_packs(at_s: int, record_id: int) -> None:
    """The emulator packs on its own, from recorded cursors."""
    by = order("updated_at:d", "id:i")
    cursor = keyset_cursor("updated_at", TimeAndId(at_s, record_id))
    assert cursors.list_position(by, cursor) == (at_s, record_id)
    assert read_keyset_cursor("updated_at", cursors.list_cursor(by, (at_s, record_id))) == (
        TimeAndId(at_s, record_id)
    )


@given(TIMES, NUMBERS)
def test_a_place_is_kept_in_the_form_of_an_export(at_s: int, record_id: int) -> None:
    cursor = export_cursor(TimeAndId(at_s, record_id))
    assert read_export_cursor(cursor) == TimeAndId(at_s, record_id)
    assert cursors.export_position(cursor) == (at_s, record_id)


def test_zero_and_the_last_id_enclose_a_second() -> None:
    first, last = TimeAndId(7, 0), TimeAndId(7, LAST_ID)
    assert TimeAndId(6, LAST_ID) < first < TimeAndId(7, 1) < last < TimeAndId(8, 0)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "not base64!",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(json.dumps({"o": "updated_at,id"}).encode()).decode(),
        base64.b64encode(json.dumps({"o": "updated_at,id", "v": "aQ=="}).encode()).decode(),
        keyset_cursor("created_at", TimeAndId(1, 2)),
    ],
)
def test_a_cursor_of_another_order_is_an_error(cursor: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_keyset_cursor("updated_at", cursor)


@pytest.mark.parametrize("cursor", ["", "%%%", base64.b64encode(b"nothing").decode()])
def test_a_text_that_is_not_a_cursor_of_an_export_is_an_error(cursor: str) -> None:
    with pytest.raises(ValueError, match="not a cursor of an export"):
        read_export_cursor(cursor)
