"""JSON that orjson refuses or would round is read all the same, and written back exactly."""

import json
import time
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.json_text import (
    HALVES,
    NOT_FINITE,
    NOT_UTF8,
    TOO_DEEP,
    TOO_LONG,
    dumps,
    loads,
    number_in,
)

DEEP = b"[" * 3000 + b"]" * 3000
ODD: list[tuple[bytes, Any, dict[tuple[str, str], int]]] = [
    (rb'{"a": "cut \ud83d"}', {"a": "cut \ufffd"}, {(HALVES, "a"): 1}),
    (rb'{"a": ["\ude00\ud83d", "ok"]}', {"a": ["\ufffd\ufffd", "ok"]}, {(HALVES, "a"): 1}),
    (rb'{"a": {"Ann\ud83d": 1}}', {"a": {"Ann\ufffd": 1}}, {(HALVES, "a"): 1}),
    (rb'{"a": "\ud83d\ude00 \udead"}', {"a": "\U0001f600 \ufffd"}, {(HALVES, "a"): 1}),
    (b'{"a": "\xff!"}', {"a": "\ufffd!"}, {(NOT_UTF8, ""): 1}),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, {}),
    ('{"a": "\u00e9"}'.encode("utf-16"), {"a": "\u00e9"}, {}),
    (b'{"a": NaN, "b": [Infinity, -Infinity]}', {"a": None, "b": [None, None]},
     {(NOT_FINITE, "a"): 1, (NOT_FINITE, "b"): 2}),
    (b'{"a": 1e400, "b": -1e400, "c": 1e308}', {"a": None, "b": None, "c": 1e308},
     {(NOT_FINITE, "a"): 1, (NOT_FINITE, "b"): 1}),
    # A key may be personal text: the nearest plain field above it is named.
    (b'{"user_fields": {"Ann Lee": NaN}}', {"user_fields": {"Ann Lee": None}},
     {(NOT_FINITE, "user_fields"): 1}),
    (b'{"a": "tab\there"}', {"a": "tab\there"}, {}),
    (b'{"id": 18446744073709551616}', {"id": 2**64}, {}),
    (b"[18446744073709551617, 18446744073709551616]", [2**64 + 1, 2**64], {}),
    (b'{"id": -9223372036854775809}', {"id": -(2**63) - 1}, {}),
    (b'{"id":\n%d}' % 10**60, {"id": 10**60}, {}),
    (b'{"a": %s}' % (b"9" * 5000), {"a": "9" * 5000}, {(TOO_LONG, "a"): 1}),
    (b'{"a": "x\\"[", "b": %s}' % DEEP, None, {(TOO_DEEP, ""): 1}),
]  # fmt: skip


@pytest.mark.parametrize(("content", "value", "oddities"), ODD)
def test_an_odd_value_costs_itself_and_not_its_page(
    content: bytes, value: Any, oddities: dict[tuple[str, str], int]
) -> None:
    parsed = loads(content)
    if value is not None:
        assert repr(parsed.value) == repr(value)
    assert dict(parsed.oddities) == oddities
    assert json.loads(dumps(parsed.value)) == parsed.value


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b'{"a": 1', b"<html></html>", b"[1,]", b"{} {}", b"\x00\x00", b"nul", b"[" * 5000],
)
def test_other_texts_than_json_are_not_read(content: bytes) -> None:
    with pytest.raises(ValueError):
        loads(content)


ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**70), 2**70) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)  # fmt: skip


@given(ANY_VALUE, st.booleans(), st.sampled_from([None, 1]))
def test_every_value_is_read_and_written_exactly(
    value: Any, is_ascii: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    parsed = loads(text.encode())
    assert repr(parsed.value) == repr(json.loads(text))
    assert not parsed.oddities
    assert repr(json.loads(dumps(parsed.value))) == repr(parsed.value)
    assert json.loads(dumps(parsed.value, sort_keys=True)) == parsed.value


NEARLY_JSON = st.text(alphabet='[]{}":,0123456789-.eE\\udD8cNaInfity ').map(str.encode)


@given(st.binary(max_size=60) | NEARLY_JSON)
def test_no_bytes_raise_anything_but_value_error(content: bytes) -> None:
    try:
        parsed = loads(content)
    except ValueError:
        return
    assert json.loads(dumps(parsed.value)) == parsed.value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" -7 ", -7),
        ("1.5", 1.5),
        ("18446744073709551617", 2**64 + 1),
        (" -92233720368547758090\n", -92233720368547758090),
        ("true", None),
        ("abc", None),
        ("1e400", None),
        ("007", None),
        ("9" * 5000, None),
    ],
)
def test_a_text_of_digits_is_a_number_with_all_of_them(text: str, number: float | None) -> None:
    assert repr(number_in(text)) == repr(number)


def test_the_usual_page_is_read_nearly_as_fast_as_by_orjson() -> None:
    """Ten times as long would be the second parser: it must not read what the first can."""
    row = {"id": 7253394974479, "subject": "word " * 40, "created_at": "2026-01-01T00:00:00Z"}
    content = orjson.dumps({"tickets": [row | {"id": number} for number in range(3000)]})

    def best_s(read: Any) -> float:
        times = []
        for _ in range(7):
            began_s = time.perf_counter()
            read(content)
            times.append(time.perf_counter() - began_s)
        return min(times)

    assert best_s(loads) < 4 * best_s(orjson.loads)
