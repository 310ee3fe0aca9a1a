"""Many ids in a short text: for a state that remembers which tickets were not closed.

Pure. Differences of sorted ids as variable bytes, compressed: about two characters for an id.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A state of so many ids is some 300 KB, and comes with every page. More are not remembered.
MOST_IDS = 200_000
_LOW, _MORE = 0x7F, 0x80


def ids_to_text(ids: Iterable[int]) -> str:
    """Return the ids as text; "" for none, and for more than a state should hold."""
    packed, last, count = bytearray(), 0, 0
    for each in sorted(ids):
        step, last, count = each - last, each, count + 1
        while step > _LOW:
            packed.append(_MORE | step & _LOW)
            step >>= 7
        packed.append(step)
    if not count or count > MOST_IDS:
        return ""
    return base64.b64encode(zlib.compress(bytes(packed), 9)).decode()


def ids_of_text(text: str) -> set[int]:
    """Return the ids of a text. Raises ValueError for any other text."""
    if not text:
        return set()
    try:
        packed = zlib.decompress(base64.b64decode(text, validate=True))
    except (binascii.Error, zlib.error) as wrong:
        raise ValueError("the text does not hold ids") from wrong
    ids, last, step, shift = set(), 0, 0, 0
    for byte in packed:
        step |= (byte & _LOW) << shift
        shift += 7
        if byte <= _LOW:
            last += step
            ids.add(last)
            step = shift = 0
    if shift:
        raise ValueError("the text ends within an id")
    return ids
