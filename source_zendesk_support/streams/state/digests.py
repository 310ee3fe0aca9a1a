"""Delivered records, by content: a digest of each record when it was last read.

A digest is kept under a tag of the key: what has the same digest was delivered before. Pure but for
its own entries. A state keeps them as text: 8 characters a key of a million, 12 at most.
"""

from __future__ import annotations

import base64
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

from source_zendesk_support.zendesk.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

# Two of 100,000 keys share a tag about once: they then take turns and are delivered again each
# time. A change looks like no change once in 2**32.
_TAG_BYTES, _DIGEST_BYTES = 4, 4
# As 6.0.0 wrote them: whole tags, and digests of which the first bytes are kept.
_OLDER_DIGEST_BYTES = 5
_OLDER_ENTRY_BYTES = _TAG_BYTES + _OLDER_DIGEST_BYTES
# A gap between two tags is written seven bits at a time, the lowest first; one more bit says that
# others follow. Most gaps between the tags of a million keys have two such bytes.
_GAP_BITS = 7
_MORE = 1 << _GAP_BITS

_NOT_OURS = "not digests"


def digest(content: Any, size: int) -> bytes:
    """Return so many bytes that differ when the content does, whatever the order of its keys."""
    return _hash(dumps(content, sort_keys=True), size)


def _hash(data: bytes, size: int) -> bytes:
    return blake2b(data, digest_size=size).digest()


class Delivered(Protocol):
    """Knows what was delivered: high-water marks by time, digests by content."""

    def is_new(self, key: str, record: Any) -> bool:
        """Return whether a record is to be delivered: this content of its key was not before."""


class Digests:
    """The latest digest of everything by its key."""

    def __init__(self, text: str = "") -> None:
        """`text`: what `text` returned in an earlier sync. Raises ValueError for any other."""
        self._entries = dict(_unpacked(_bytes_of(text)))
        self._met: set[int] = set()

    @classmethod
    def of_6_0_0(cls, text: str) -> Digests:
        """Return what a state of 6.0.0 kept. Raises ValueError for any other text."""
        data = _bytes_of(text)
        if len(data) % _OLDER_ENTRY_BYTES:
            raise ValueError(_NOT_OURS)
        found = cls()
        for at in range(0, len(data), _OLDER_ENTRY_BYTES):
            begins = at + _TAG_BYTES
            tag = int.from_bytes(data[at:begins], "big")
            found._entries[tag] = data[begins : begins + _DIGEST_BYTES]
        return found

    def is_new(self, key: str, record: Any) -> bool:
        """Remember the content of a key, and return whether it differs from the last time."""
        tag, found = _tag(key), _short(record)
        self._met.add(tag)
        if self._entries.get(tag) == found:
            return False
        self._entries[tag] = found
        return True

    def is_known(self, key: str, content: Any) -> bool:
        """Return whether this content is the last one of the key, and remember nothing."""
        return self._entries.get(_tag(key)) == _short(content)

    def forget(self, key: str) -> None:
        """Forget a key, so that any content of it is new."""
        self._entries.pop(_tag(key), None)

    def keep_what_was_met(self) -> None:
        """Forget keys that were not met since the beginning: after all of them were read."""
        self._entries = {tag: it for tag, it in self._entries.items() if tag in self._met}

    @property
    def text(self) -> str:
        """The form in which a state keeps them; equal for equal entries."""
        packed, before = bytearray(), 0
        for tag, found in sorted(self._entries.items()):
            gap, before = tag - before, tag
            while gap >= _MORE:
                packed.append(gap % _MORE | _MORE)
                gap >>= _GAP_BITS
            packed.append(gap)
            packed += found
        return base64.b64encode(packed).decode()


def _tag(key: str) -> int:
    return int.from_bytes(_hash(key.encode(), _TAG_BYTES), "big")


def _short(content: Any) -> bytes:
    return digest(content, _OLDER_DIGEST_BYTES)[:_DIGEST_BYTES]


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(_NOT_OURS) from None


def _unpacked(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tags and digests. Raises ValueError where the bytes end within one."""
    tag, at = 0, 0
    while at < len(data):
        shift = 0
        while data[at] >= _MORE:
            tag += data[at] % _MORE << shift
            shift += _GAP_BITS
            at += 1
            if at == len(data):
                raise ValueError(_NOT_OURS)
        tag += data[at] << shift
        begins, at = at + 1, at + 1 + _DIGEST_BYTES
        if at > len(data) or tag >= 1 << 8 * _TAG_BYTES:
            raise ValueError(_NOT_OURS)
        yield tag, data[begins:at]
