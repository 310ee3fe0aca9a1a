"""What each record, and what hung below it, looked like when it was last read.

A version is a digest of content, kept under a tag of the key: what has the same digest was
delivered before. Pure but for its own entries; kept in the state as text of 12 characters a key.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from typing import Any

from source_zendesk_support.zendesk.json_text import dumps

# Two of 100,000 keys share a tag about once: they then take turns and are delivered again each
# time. A change looks like no change once in 2**40.
_TAG_BYTES, _DIGEST_BYTES = 4, 5
_ENTRY_BYTES = _TAG_BYTES + _DIGEST_BYTES


def _hash(data: bytes, size: int) -> bytes:
    return blake2b(data, digest_size=size).digest()


class Digests:
    """The latest version of everything by its key."""

    def __init__(self, text: str = "") -> None:
        """`text`: what `text` returned in an earlier sync. Raises ValueError for any other."""
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError("no versions") from None
        if len(data) % _ENTRY_BYTES:
            raise ValueError("no versions")
        self._entries = {
            data[at : at + _TAG_BYTES]: data[at + _TAG_BYTES : at + _ENTRY_BYTES]
            for at in range(0, len(data), _ENTRY_BYTES)
        }
        self._met: set[bytes] = set()

    def is_news(self, key: str, content: Any) -> bool:
        """Take note of the content of a key, and tell whether it differs from the last time."""
        tag = _hash(key.encode(), _TAG_BYTES)
        digest = _hash(dumps(content, sort_keys=True), _DIGEST_BYTES)
        self._met.add(tag)
        if self._entries.get(tag) == digest:
            return False
        self._entries[tag] = digest
        return True

    def is_known(self, key: str, content: Any) -> bool:
        """Tell whether this content is the last one of the key, and take no note of it."""
        digest = _hash(dumps(content, sort_keys=True), _DIGEST_BYTES)
        return self._entries.get(_hash(key.encode(), _TAG_BYTES)) == digest

    def keep_what_was_met(self) -> None:
        """Forget keys that were not met since the beginning: after all of them were read."""
        self._entries = {tag: it for tag, it in self._entries.items() if tag in self._met}

    @property
    def text(self) -> str:
        """The form in which a state keeps them; equal for equal entries."""
        return base64.b64encode(b"".join(t + d for t, d in sorted(self._entries.items()))).decode()
