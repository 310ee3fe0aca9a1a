"""Lists of which all is read, and what changed since the last sync is delivered.

For lists that Zendesk cannot filter, and whose records move their own time when they change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from source_zendesk_support.streams.model.walk import ReadsWhole

from .lists import ListWalk


@dataclass(frozen=True)
class NewerThanCursor(ListWalk, ReadsWhole):
    """Reads a whole list and delivers the records that are newer than the position."""

    label: ClassVar[str] = "list, news only"
