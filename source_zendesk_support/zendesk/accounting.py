"""The requests of one run: how many, tries again, seconds waited, bytes and odd values.

Counts only, also what Zendesk announced beside what came; who is counted is a name that the caller
gives (the streams of a walk, or a path). Rests on docs/facts/zendesk-api.md#2.1, #2.2 and #2.3.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Parameters that name a page: a request without them is for the first page.
_PLACES = frozenset({"page", "page[after]", "page[before]", "cursor"})


@dataclass(slots=True)
class Announced:
    """The records that came beside those that Zendesk announced, for one who asked.

    Attributes:
        counted: The totals of the lists that were read to their end and say how many they have.
        seen: The items of those lists that came.
        short: The paths of those that brought fewer items than they announced.
        says_end: Whether the last page of an export said `end_of_stream`; None without an export.

    """

    counted: int = 0
    seen: int = 0
    short: list[str] = field(default_factory=list)
    says_end: bool | None = None


class Accounting:
    """Counters by who asked, and seconds waited by reason too. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.waited_by: Counter[str] = Counter()  # seconds, by who waited
        self.waited_s: Counter[str] = Counter()  # seconds, by what was waited for
        self.announced: dict[str, Announced] = {}
        self._oddities: Counter[tuple[str, str]] = Counter()  # by who asked, and kind with field
        # Lists that are being read: who asks and where -> what was announced, and what came.
        self._open: dict[tuple[str, str], tuple[int, int]] = {}

    @property
    def bytes_read(self) -> int:
        """All bytes of all answers."""
        return self.bytes.total()

    def add(self, who: str, *, requests: int = 0, retries: int = 0, bytes_read: int = 0) -> None:
        """Count for one who asked."""
        with self._lock:
            self.requests[who] += requests
            self.retries[who] += retries
            self.bytes[who] += bytes_read

    def add_wait(self, who: str, reason: str, seconds: float) -> None:
        """Count seconds waited for a bucket or for a fault to pass."""
        with self._lock:
            self.waited_by[who] += round(seconds)
            self.waited_s[reason] += round(seconds)

    def add_page(
        self, who: str, path: str, params: Mapping[str, Any], body: Mapping[str, Any], items: int
    ) -> None:
        """Count the items of a page beside what it announces.

        The `count` of a list is its total, that of an export the number of items of the page. A
        list that is read again from its first page counts once.
        """
        with self._lock:
            if "end_of_stream" in body:
                self._of(who).says_end = body["end_of_stream"] is True
                return
            total, seen = self._open.pop((who, path), (None, 0))
            if _PLACES.isdisjoint(params):
                count = body.get("count")
                total, seen = count if type(count) is int and count >= 0 else None, 0
            if total is None or "incremental/" in path:
                return
            seen += items
            if _leads_on(body):
                self._open[who, path] = (total, seen)
                return
            found = self._of(who)
            found.counted += total
            found.seen += seen
            if seen < total:
                found.short.append(path)

    def _of(self, who: str) -> Announced:
        return self.announced.setdefault(who, Announced())

    def short_readings(self) -> list[str]:
        """Return a line for each list that has brought fewer items than Zendesk announced."""
        with self._lock:
            return [
                f"{who}: Zendesk announced {it.counted} items and {it.seen} came "
                f"(GET {', '.join(it.short[:3])})"
                for who, it in sorted(self.announced.items())
                if it.short
            ]

    def add_oddities(self, who: str, found: Mapping[tuple[str, str], int]) -> list[str]:
        """Count what was odd on a page, by kind and field; return the kinds that are new to `who`.

        The caller logs those: every page may have the same again.
        """
        new = []
        with self._lock:
            for (kind, field), count in found.items():
                what = f"{kind}, in `{field}`" if field else kind
                if (who, what) not in self._oddities:
                    new.append(what)
                self._oddities[who, what] += count
        return new

    def oddities(self) -> list[str]:
        """Return a line for each kind of odd value, with how often it was met."""
        with self._lock:
            found = sorted(self._oddities.items())
        return [f"{who}: {count} {what}" for (who, what), count in found]


def _leads_on(body: Mapping[str, Any]) -> bool:
    """Return whether a page of a list says that another one follows."""
    meta = body.get("meta")
    if isinstance(meta, dict) and "has_more" in meta:
        return bool(meta["has_more"])
    return bool(body.get("next_page") or body.get("before_url"))
