"""JSON text to values and back: no digit is lost, and no odd value costs its whole page.

orjson reads and writes first. A second parser reads the texts that orjson refuses: half characters,
invalid UTF-8, NaN, numbers beyond a double, control characters, a byte order mark, deep nesting. It
also reads integers beyond 64 bits, which orjson would round. Pure. Never raises anything but
ValueError.
Rests on RFC 8259 and on answers seen on the wire.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

# orjson reads integers from -2^63 to 2^64 - 1 as they are and rounds all others to a double. Only
# a run of 19 digits can be one: mapping digits to `0` finds such a run faster than an expression.
_SAME_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN = b"0" * 19
_LONG_INTEGER = re.compile(rb"(?:\A|[\[,:])[ \t\n\r]*(?:-\d{19}|\d{20})\d*[ \t\n\r]*(?:[,\]}]|\Z)")
_INTEGER_TEXT = re.compile(r"[ \t\n\r]*(-?[1-9]\d{18,4000})[ \t\n\r]*")
# Python refuses to convert more digits than this (sys.int_info.default_max_str_digits).
_MOST_DIGITS = 4300
# orjson writes 254 levels. A value that lies deeper becomes text, so that a message can hold it.
_DEEPEST = 200
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_HALF = re.compile("[\ud800-\udfff]")
# A field that a log line may name; every other key may be personal text.
_PLAIN_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")

NOT_FINITE = "numbers that JSON cannot hold (NaN, Infinity, beyond a double), read as null"
HALVES = "texts with half a character, read as U+FFFD"
NOT_UTF8 = "pages with bytes that are not UTF-8, read as U+FFFD"
TOO_DEEP = f"values nested deeper than {_DEEPEST} levels, read as text"
TOO_LONG = f"integers of more than {_MOST_DIGITS} digits, read as text"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value, and what was odd in its text: how often, by kind and field ("": no field)."""

    value: Any
    oddities: Counter[tuple[str, str]] = field(default_factory=Counter)


class _NotFinite:
    """Stands for a number that is none until its field is known."""


_NAN = _NotFinite()


def loads(content: bytes) -> Parsed:
    """Return the value of a JSON text. Raises ValueError when it is not JSON, however lenient."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return _loads_leniently(content)
    has_long_run = _LONG_RUN in content.translate(_SAME_DIGIT)
    if has_long_run and _LONG_INTEGER.search(content):
        return _loads_leniently(content)
    return Parsed(value)


def dumps(value: Any, *, sort_keys: bool = False) -> bytes:
    """Return a value as compact JSON in UTF-8, integers of any size included.

    Raises ValueError when it is nested too deep to be written.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort_keys else None)
    except orjson.JSONEncodeError:
        pass
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)
    except (TypeError, RecursionError) as error:
        raise ValueError(type(error).__name__) from error
    return _HALF.sub("\ufffd", text).encode()


def number_in(text: str) -> int | float | None:
    """Return the number that a text is, with all digits of an integer; None for anything else."""
    match = _INTEGER_TEXT.fullmatch(text)
    if match:
        return int(match[1])
    try:
        number = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return number if type(number) in (int, float) else None


def _loads_leniently(content: bytes) -> Parsed:
    found: Counter[tuple[str, str]] = Counter()
    encoding = json.detect_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        found[NOT_UTF8, ""] += 1
        text = content.decode(encoding, "replace")
    decoder = json.JSONDecoder(
        strict=False, parse_float=_finite, parse_int=_integer, parse_constant=lambda _: _NAN
    )
    try:
        value = decoder.decode(_flattened(text, found))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    whole = [value]
    _repair(whole, found)
    return Parsed(whole[0], found)


def _finite(text: str) -> float | _NotFinite:
    number = float(text)
    return _NAN if number in (float("inf"), float("-inf")) else number


class _LongInteger(str):
    """An integer that Python refuses to convert, digit by digit."""

    __slots__ = ()


def _integer(text: str) -> int | _LongInteger:
    return int(text) if len(text) <= _MOST_DIGITS else _LongInteger(text)


def _flattened(text: str, found: Counter[tuple[str, str]]) -> str:
    """Return the text with everything below the deepest level as a text of its own."""
    parts: list[str] = []
    depth, kept_to, begins_at = 0, 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                begins_at = token.start()
        elif token[0] in "]}":
            if depth == _DEEPEST + 1:
                parts += [text[kept_to:begins_at], json.dumps(text[begins_at : token.end()])]
                kept_to = token.end()
                found[TOO_DEEP, ""] += 1
            depth -= 1
    return "".join([*parts, text[kept_to:]]) if parts else text


def _repair(whole: list[Any], found: Counter[tuple[str, str]]) -> None:
    """Replace in place what no JSON text may hold, and count it by the field where it stood."""
    left: list[tuple[list[Any] | dict[str, Any], str]] = [(whole, "")]
    while left:
        container, name = left.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, value in list(items):
            where = name
            if isinstance(container, dict):
                where = str(key) if _PLAIN_FIELD.fullmatch(str(key)) else name
            fitted, kind = _fitted(value)
            if kind:
                found[kind, where] += 1
                container[key] = fitted  # type: ignore[call-overload, index] # a key of its own container
            elif isinstance(value, list | dict):
                left.append((value, where))
        if isinstance(container, dict) and any(map(_HALF.search, container)):
            found[HALVES, name] += 1
            fixed = {_HALF.sub("\ufffd", key): value for key, value in container.items()}
            container.clear()
            container.update(fixed)


def _fitted(value: Any) -> tuple[Any, str]:
    """Return what stands for an odd value and the kind of oddity; "" for every other value."""
    if value is _NAN:
        return None, NOT_FINITE
    if isinstance(value, _LongInteger):
        return str(value), TOO_LONG
    if isinstance(value, str) and not value.isascii() and _HALF.search(value):
        return _HALF.sub("\ufffd", value), HALVES
    return value, ""
