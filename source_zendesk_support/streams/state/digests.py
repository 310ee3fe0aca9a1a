"""What was already delivered, by content: a digest of each record when it was last read.

A digest is kept under a tag of the key: what has the same digest was delivered before. Pure but for
its own entries. A state keeps them as text of 12 characters a key.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from typing import Any, Protocol

from source_zendesk_support.zendesk.json_text import dumps

# Two of 100,000 keys share a tag about once: they then take turns and are delivered again each
# time. A change looks like no change once in 2**40.
_TAG_BYTES, _DIGEST_BYTES = 4, 5
_ENTRY_BYTES = _TAG_BYTES + _DIGEST_BYTES


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
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError("not digests") from None
        if len(data) % _ENTRY_BYTES:
            raise ValueError("not digests")
        self._entries = {
            data[at : at + _TAG_BYTES]: data[at + _TAG_BYTES : at + _ENTRY_BYTES]
            for at in range(0, len(data), _ENTRY_BYTES)
        }
        self._met: set[bytes] = set()

    def is_new(self, key: str, record: Any) -> bool:
        """Remember the content of a key, and return whether it differs from the last time."""
        tag, found = _hash(key.encode(), _TAG_BYTES), digest(record, _DIGEST_BYTES)
        self._met.add(tag)
        if self._entries.get(tag) == found:
            return False
        self._entries[tag] = found
        return True

    def is_known(self, key: str, content: Any) -> bool:
        """Return whether this content is the last one of the key, and remember nothing."""
        return self._entries.get(_hash(key.encode(), _TAG_BYTES)) == digest(content, _DIGEST_BYTES)

    def keep_what_was_met(self) -> None:
        """Forget keys that were not met since the beginning: after all of them were read."""
        self._entries = {tag: it for tag, it in self._entries.items() if tag in self._met}

    @property
    def text(self) -> str:
        """The form in which a state keeps them; equal for equal entries."""
        return base64.b64encode(b"".join(t + d for t, d in sorted(self._entries.items()))).decode()
