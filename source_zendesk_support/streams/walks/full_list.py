"""Full lists: every sync delivers all of it.

For lists whose changes nothing shows. A stream without a cursor replaces what was there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.model.walk import ReadsWhole

from .lists import ListProgress, ListWalk

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.result import Record


class _Everything(ListProgress):
    """A list of which every record is delivered."""

    def news(self, items: list[Record]) -> list[Record]:
        """Return every item."""
        return items


@dataclass(frozen=True)
class FullList(ListWalk, ReadsWhole):
    """Reads a list and delivers all of it."""

    label: ClassVar[str] = "list, whole"
    progress: ClassVar[type[ListProgress]] = _Everything
