"""The part `deletions` of the configuration: which deletions the records show.

Owns the three words alone. Which stream does what by them is decided by its row.
"""

from __future__ import annotations

from enum import Enum


class Deletions(Enum):
    """Which records carry the time of a deletion."""

    VANISHED = "vanished"  # tombstones for keys that are gone, where Zendesk itself says nothing
    TOMBSTONES = "tombstones"  # and records that Zendesk itself calls deleted
    OFF = "off"
