"""The keys that a destination holds of a stream, as a state keeps them.

Pure. Keys are numbers or texts, in groups: one group of a list, and one for each parent of
children. Sorted numbers are written as gaps of seven bits a byte, the whole compressed: one to
eight characters a key. A key is never rounded or hashed, as it must be asked for again.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from .times import format_time
from .values import object_in, optional_time_in, text_in, unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from .keys import StateKeys

Key = int | str
Groups = dict[str, set[Key]]

KNOWN = "known"
# At eight characters a key the state of a stream has 800 KB. One with more is read by full refresh.
MOST_KEYS = 100_000
_GAP_BITS = 7
_MORE = 1 << _GAP_BITS
# Zendesk's ids have 64 bits at most. Others, and numbers with leading zeros, are texts.
_MOST_DIGITS = 18
# A million keys of 40 characters are less. A longer text was not written here.
_MOST_BYTES = 50_000_000
_NOT_OURS = "not a list of keys"


def key_of(value: Any) -> Key | None:
    """Return the key that a field of a record holds; None where it holds none."""
    if type(value) is int:
        return value if 0 <= value < 10**_MOST_DIGITS else str(value)
    if not isinstance(value, str) or not value:
        return None
    is_plain = value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS
    return int(value) if is_plain and (value == "0" or value[0] != "0") else value


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """The keys that a state keeps.

    Attributes:
        keys: Every key that the destination holds (groups_to_text).
        hidden: Those of them that are on no list and were not deleted, in one group.
        asked_s: When Zendesk was last asked for the hidden ones.
        missing: Those of them that were missing when a group was read last, and not yet decided on.
        checked_s: When a list that is read in parts was last read whole, to see what is missing.

    """

    keys: str = ""
    hidden: str = ""
    asked_s: int | None = None
    checked_s: int | None = None
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what a state holds under `known`."""
        state: dict[str, Any] = {"keys": self.keys}
        if self.hidden:
            state["hidden"] = self.hidden
        if self.asked_s is not None:
            state["asked_at"] = format_time(self.asked_s)
        if self.checked_s is not None:
            state["checked_at"] = format_time(self.checked_s)
        if self.missing:
            state["missing"] = self.missing
        return state

    @classmethod
    def from_json(cls, stream: StateKeys, state: Any) -> Self | None:
        """Return what a state holds under `known`; None without it."""
        if state is None:
            return None
        found = object_in(stream, KNOWN, state)
        return cls(
            _text(stream, "keys", found.get("keys")),
            _text(stream, "hidden", found.get("hidden")),
            optional_time_in(stream, f"{KNOWN}.asked_at", found.get("asked_at")),
            optional_time_in(stream, f"{KNOWN}.checked_at", found.get("checked_at")),
            _text(stream, "missing", found.get("missing")),
        )


def _text(stream: StateKeys, name: str, value: Any) -> str:
    text = "" if value == "" else text_in(stream, f"{KNOWN}.{name}", value) or ""
    try:
        groups_of_text(text)
    except ValueError:
        why = "its value was not written by this connector"
        raise unreadable(stream, f"{KNOWN}.{name}", why) from None
    return text


def groups_to_text(groups: Mapping[str, Collection[Key]]) -> str:
    """Return groups of keys as text; equal groups have equal texts, and empty ones are left out."""
    named = {_name_of(name): keys for name, keys in groups.items() if keys}
    if not named:
        return ""
    packed, base = bytearray(), 0
    names = _sorted(named)
    _write_keys(packed, names, 0)
    for name in names:
        keys = _sorted(named[name])
        _write_keys(packed, keys, base)
        if isinstance(keys[0], int):
            base = keys[0]
    return base64.b64encode(zlib.compress(bytes(packed))).decode()


def groups_of_text(text: str) -> Groups:
    """Return the groups of a text. Raises ValueError for any other text."""
    if not text:
        return {}
    reader = _Reader(_unpacked(text))
    names = list(reader.keys(0))
    groups: Groups = {}
    base = 0
    for name in names:
        keys = list(reader.keys(base))
        if not keys:
            raise ValueError(_NOT_OURS)
        if isinstance(keys[0], int):
            base = keys[0]
        groups[_group_of(name)] = set(keys)
    reader.expect_end()
    return groups


def _name_of(group: str) -> Key:
    """Return the name of a group as a key. The one group of a list has no name."""
    return group if group == "" else key_of(group) or group


def _group_of(name: Key) -> str:
    return str(name)


def _sorted(keys: Iterable[Key]) -> list[Key]:
    return sorted(keys, key=lambda it: (isinstance(it, str), it))


def _write_keys(packed: bytearray, keys: list[Key], base: int) -> None:
    """Write numbers, the first of them from a base up or down, and then texts."""
    numbers = [it for it in keys if isinstance(it, int)]
    texts = [it for it in keys if isinstance(it, str)]
    _write_number(packed, len(numbers))
    for at, number in enumerate(numbers):
        gap = number - base
        _write_number(packed, gap if at else gap << 1 if gap >= 0 else (-gap << 1) - 1)
        base = number
    _write_number(packed, len(texts))
    for text in texts:
        data = text.encode(errors="surrogatepass")
        _write_number(packed, len(data))
        packed += data


def _write_number(packed: bytearray, number: int) -> None:
    while number >= _MORE:
        packed.append(number % _MORE | _MORE)
        number >>= _GAP_BITS
    packed.append(number)


def _unpacked(text: str) -> bytes:
    try:
        inflater = zlib.decompressobj()
        packed = inflater.decompress(base64.b64decode(text, validate=True), _MOST_BYTES)
    except (binascii.Error, zlib.error) as wrong:
        raise ValueError(_NOT_OURS) from wrong
    if not inflater.eof or inflater.unused_data:
        raise ValueError(_NOT_OURS)
    return packed


class _Reader:
    """Reads what `_write_keys` has written. Raises ValueError where the bytes are others."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._at = 0

    def keys(self, base: int) -> Iterator[Key]:
        for at in range(self._count()):
            gap = self._number()
            if at == 0:
                gap = gap >> 1 if gap % 2 == 0 else -(gap + 1 >> 1)
            base += gap
            if base < 0 or (at and gap == 0):
                raise ValueError(_NOT_OURS)
            yield base
        for _ in range(self._count()):
            yield self._text()

    def expect_end(self) -> None:
        if self._at != len(self._packed):
            raise ValueError(_NOT_OURS)

    def _text(self) -> str:
        size = self._count()
        begins, self._at = self._at, self._at + size
        try:
            return self._packed[begins : self._at].decode(errors="surrogatepass")
        except UnicodeDecodeError:
            raise ValueError(_NOT_OURS) from None

    def _count(self) -> int:
        """Return a number of things that follow: each has a byte at least."""
        count = self._number()
        if count > len(self._packed) - self._at:
            raise ValueError(_NOT_OURS)
        return count

    def _number(self) -> int:
        number, shift = 0, 0
        while True:
            if self._at == len(self._packed):
                raise ValueError(_NOT_OURS)
            byte = self._packed[self._at]
            self._at += 1
            number |= byte % _MORE << shift
            if byte < _MORE:
                return number
            shift += _GAP_BITS
