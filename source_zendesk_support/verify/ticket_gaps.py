"""Ids that no ticket of a destination has, and why: deleted, scrubbed, or of an AI agent.

Pure. Zendesk numbers tickets one after the other. So a gap is a ticket that went, or one that never
came. Rests on docs/facts/zendesk-api.md#2.3.8 to #2.3.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from .asking import Records


@dataclass(frozen=True, slots=True)
class Asked:
    """Zendesk's word on ids that no row has.

    Attributes:
        ids: The ids that it was asked for.
        shown: The tickets among them that it shows.
        since_start: Those of `shown` that changed since the start date.
        missing: How many of them the destination should have.
        deleted: How many the destination knows to be deleted.

    """

    ids: Sequence[str]
    shown: Records
    since_start: Records
    missing: int
    deleted: int

    def sentence(self, number: int) -> str:
        """Return in words why so many ids have no ticket."""
        of_agents = sum(it.get("support_type") == "ai_agent" for it in self.shown.values())
        older = len(self.shown) - len(self.since_start)
        gone = max(0, len(self.ids) - len(self.shown) - self.deleted)
        counted = {
            "are missing": self.missing,
            "of AI agents": of_agents,
            "last changed before start_date": older,
            "deleted within 30 days": self.deleted,
            "deleted longer ago, scrubbed, or not visible to this user": gone,
        }
        said = ", ".join(f"{count} {what}" for what, count in counted.items() if count)
        asked = f" ({len(self.ids):,} asked for)" if len(self.ids) < number else ""
        return f"{number:,} ids without a ticket{asked}: {said or 'all known'}"


def some_of(ranges: Sequence[tuple[int, int]], number: int, chance: random.Random) -> list[str]:
    """Return so many numbers out of ranges, at random; all where there are no more."""
    total = sum(last - first + 1 for first, last in ranges)
    places = range(total) if number >= total else sorted(chance.sample(range(total), number))
    found: list[str] = []
    left = iter(ranges)
    first, last = next(left, (0, -1))
    before = 0
    for place in places:
        while place - before > last - first:
            before += last - first + 1
            first, last = next(left)
        found.append(str(first + place - before))
    return found
