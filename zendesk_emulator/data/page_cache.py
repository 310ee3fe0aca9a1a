"""Finished page bodies, kept while the account does not change, so that a page costs a look-up."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

# The export pages of 100,000 tickets of 2.4 KB fit; beyond it the oldest pages are joined again
BYTES_KEPT = 320 * 1024 * 1024


class PageCache:
    """Bodies by what they were asked with; used under the account's lock."""

    def __init__(self, bytes_kept: int = BYTES_KEPT) -> None:
        self._bytes_kept = bytes_kept
        self._bytes = 0
        self._revision = -1
        self._bodies: OrderedDict[Hashable, bytes] = OrderedDict()

    def body(self, revision: int, asked: Hashable, make: Callable[[], bytes]) -> bytes:
        if revision != self._revision:
            self._bodies.clear()
            self._bytes, self._revision = 0, revision
        found = self._bodies.get(asked)
        if found is not None:
            return found
        made = self._bodies[asked] = make()
        self._bytes += len(made)
        while self._bytes > self._bytes_kept:
            _, oldest = self._bodies.popitem(last=False)
            self._bytes -= len(oldest)
        return made
