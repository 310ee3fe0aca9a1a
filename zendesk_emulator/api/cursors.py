"""The three kinds of cursor Zendesk hands out, written and read; opaque to every client.

Incremental exports name a position in time, Support lists name order columns and values, Help
Center lists only values (developer.zendesk.com/api-reference/introduction/pagination).
"""

import base64
import binascii
import struct
from typing import Any

import orjson

from zendesk_emulator.data.account import Downwards, Order, ordered

# A Help Center `links.last` pages back from this word (docs/facts/zendesk-api.md#2.1:
# `bGFzdF9wYWdl`)
LAST_PAGE = base64.b64encode(b"last_page").decode()

_WIDTH, _LENGTH = 8, 4  # bytes of an int64 or a time; of the uint32 before a text


def export_cursor(at_s: int, row_id: int) -> str:
    """`base64("<epoch>.0||<id>|")` of the last record (docs/facts/zendesk-api.md#2.3.2)."""
    return base64.b64encode(f"{at_s}.0||{row_id}|".encode()).decode()


def export_position(cursor: str) -> tuple[int, int]:
    """The pair an export cursor stands on. Raises ValueError."""
    try:
        text = base64.b64decode(cursor, validate=True).decode()
        at_s, _, row_id = text.removesuffix("|").partition("||")
        return int(float(at_s)), int(row_id)
    except (binascii.Error, UnicodeDecodeError, ValueError) as wrong:
        raise ValueError("not an export cursor") from wrong


def before_cursor(at_s: int, row_id: int) -> str:
    """`base64("|<epoch>.0||<id>")`: what is older than a record (docs/facts/records.md)."""
    return base64.b64encode(f"|{at_s}.0||{row_id}".encode()).decode()


def feed_position(cursor: str) -> tuple[tuple[int, int], bool]:
    """The pair a cursor of the audit feed stands on, and whether it leads back. ValueError."""
    try:
        text = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as wrong:
        raise ValueError("not a cursor of the feed") from wrong
    if not text.startswith("|"):
        return export_position(cursor), False
    at_s, _, row_id = text[1:].partition("||")
    return (int(float(at_s)), int(row_id)), True


def list_cursor(order: Order, key: tuple[Any, ...]) -> str:
    """`base64({"o": order columns, "v": base64(packed values)})`.

    See docs/facts/zendesk-api.md#2.1.
    """
    value = base64.b64encode(_packed(order, key)).decode()
    return base64.b64encode(orjson.dumps({"o": order.text, "v": value})).decode()


def list_position(order: Order, cursor: str) -> tuple[Any, ...]:
    """The key a list cursor stands on; one made for another order is refused. Raises ValueError."""
    try:
        parsed = orjson.loads(base64.b64decode(cursor, validate=True))
        if parsed["o"] != order.text:
            raise ValueError("a cursor of another order")
        return _unpacked(order, base64.b64decode(parsed["v"], validate=True))
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, struct.error) as wrong:
        raise ValueError("not a list cursor") from wrong


def help_center_cursor(order: Order, key: tuple[Any, ...]) -> str:
    """Base64 of the packed values alone, e.g. `aQAA...` (docs/facts/zendesk-api.md#2.1)."""
    return base64.b64encode(_packed(order, key)).decode()


def help_center_position(order: Order, cursor: str) -> tuple[Any, ...]:
    """The key a Help Center cursor stands on. Raises ValueError."""
    try:
        return _unpacked(order, base64.b64decode(cursor, validate=True))
    except (binascii.Error, struct.error) as wrong:
        raise ValueError("not a cursor") from wrong


def _packed(by: Order, key: tuple[Any, ...]) -> bytes:
    """Per column a type byte and the value: `i` int64 LE, `d` 8-byte LE seconds, `s` text.

    The length of a text stands before it as uint32 LE (docs/facts/closing-of-exports.md#2.1).
    """
    packed = b""
    for column, place in zip(by.columns, key, strict=True):
        if column.kind == "s":
            text = (place.text if isinstance(place, Downwards) else place).encode()
            packed += b"s" + struct.pack("<I", len(text)) + text
        else:
            value = -place if column.descending else place
            packed += column.kind.encode() + struct.pack("<q", value)
    return packed


def _unpacked(by: Order, packed: bytes) -> tuple[Any, ...]:
    key: list[Any] = []
    place = 0
    for column in by.columns:
        if packed[place : place + 1] != column.kind.encode():
            raise ValueError("a cursor of another order")
        place += 1
        value: Any
        if column.kind == "s":
            (length,) = struct.unpack_from("<I", packed, place)
            place += _LENGTH
            value = packed[place : place + length].decode()
            place += length
        else:
            (value,) = struct.unpack_from("<q", packed, place)
            place += _WIDTH
        key.append(ordered(column, value))
    if place != len(packed):
        raise ValueError("a cursor with too few or too many bytes")
    return tuple(key)
