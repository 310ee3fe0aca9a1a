"""Keyed hashes of values: stable, so that joins still work, and useless without the key.

The key comes from the configuration and never leaves the process. Rests on BLAKE2's keyed mode
(RFC 7693), which needs no HMAC around it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTES = 16  # two of 2**60 values share a hash of 128 bits with a chance below 1 in 100
_LONGEST_KEY = 64  # bytes, of BLAKE2b


def hasher(key: str) -> Callable[[Any], Any]:
    """Return a function that hashes a value: 32 hexadecimal digits for each scalar in it.

    A number and its text have one hash, since Zendesk writes ids as both. E-mail addresses are
    hashed in lower case. Null stays null; objects and lists keep their form.
    """
    secret = key.encode()
    if len(secret) > _LONGEST_KEY:
        secret = blake2b(secret).digest()

    def hashed(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, dict):
            return {name: hashed(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [hashed(inner) for inner in value]
        text = value if isinstance(value, str) else str(value)
        if "@" in text:
            text = text.strip().casefold()
        data = text.encode(errors="surrogatepass")
        return blake2b(data, digest_size=_BYTES, key=secret).hexdigest()

    return hashed
