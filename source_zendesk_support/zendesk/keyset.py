"""Keyset cursors of Support lists: built from a stored pair of time and id, and read back.

A cursor is base64 of `{"o": order columns, "v": base64 of packed values}`; a value is a type byte
and eight bytes, or a length and a text. Pure. A list that refuses a built cursor is read from its
beginning (streams/walks/keyset_pages.py). Rests on
https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#2.1).
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass

import orjson

# The largest id that fits: a cursor with it stands behind every record of its second.
LAST_ID = 2**63 - 1
_TIME, _NUMBER, _TEXT = b"d", b"i", b"s"
_NUMBER_BYTES = 8
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True, order=True)
class TimeAndId:
    """A place in a list that is ordered by time and id: strictly after this pair.

    Id 0 (or the empty text) stands before every record of the second `at_s`.
    """

    at_s: int
    record_id: int | str = 0


def keyset_cursor(column: str, place: TimeAndId) -> str:
    """Return the cursor of a list ordered by `column` and id that stands on this place."""
    packed = _TIME + struct.pack("<q", place.at_s)
    if isinstance(place.record_id, str):
        text = place.record_id.encode()
        packed += _TEXT + struct.pack("<I", len(text)) + text
    else:
        packed += _NUMBER + struct.pack("<q", place.record_id)
    value = base64.b64encode(packed).decode()
    return base64.b64encode(orjson.dumps({"o": f"{column},id", "v": value})).decode()


def read_keyset_cursor(column: str, cursor: str) -> TimeAndId:
    """Return the place that a cursor of a list ordered by `column` and id stands on.

    Raises ValueError for any other text.
    """
    try:
        parsed = orjson.loads(base64.b64decode(cursor, validate=True))
        if parsed["o"] != f"{column},id":
            raise ValueError("the cursor belongs to another order")
        packed = base64.b64decode(parsed["v"], validate=True)
        return _unpacked(packed)
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, struct.error) as wrong:
        raise ValueError("the text is not a keyset cursor") from wrong


def _unpacked(packed: bytes) -> TimeAndId:
    id_at = 1 + _NUMBER_BYTES
    if packed[:1] != _TIME:
        raise ValueError("the cursor does not begin with a time")
    (at_s,) = struct.unpack_from("<q", packed, 1)
    kind = packed[id_at : id_at + 1]
    if kind == _NUMBER and len(packed) == id_at + 1 + _NUMBER_BYTES:
        (number,) = struct.unpack_from("<q", packed, id_at + 1)
        return TimeAndId(at_s, number)
    if kind == _TEXT:
        (length,) = struct.unpack_from("<I", packed, id_at + 1)
        text = packed[id_at + 1 + _LENGTH_BYTES :]
        if len(text) == length:
            return TimeAndId(at_s, text.decode())
    raise ValueError("the cursor does not end with an id")


def export_cursor(place: TimeAndId) -> str:
    """Return the cursor of an incremental export that stands on this pair.

    See docs/facts/zendesk-api.md#2.3.2.
    """
    return base64.b64encode(f"{place.at_s}.0||{place.record_id}|".encode()).decode()


def read_export_cursor(cursor: str) -> TimeAndId:
    """Return the pair that a cursor of an incremental export stands on.

    Raises ValueError for any other text.
    """
    try:
        text = base64.b64decode(cursor, validate=True).decode()
        at_s, _, record_id = text.removesuffix("|").partition("||")
        number = int(record_id) if record_id.lstrip("-").isdecimal() else record_id
        return TimeAndId(int(float(at_s)), number)
    except (binascii.Error, UnicodeDecodeError, ValueError, OverflowError) as wrong:
        raise ValueError("the text is not a cursor of an export") from wrong
