"""STREAMS: every stream of the connector by its name, in the order of the catalog.

Owns the order alone; the rows stand in the modules of their areas.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from . import (
    help_center as rows_help_center,
    objects as rows_objects,
    people as rows_people,
    rules as rows_rules,
    tickets as rows_tickets,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .stream import Stream

_AREAS = (rows_tickets, rows_people, rows_rules, rows_objects, rows_help_center)

STREAMS: Mapping[str, Stream] = MappingProxyType(
    {row.name: row for area in _AREAS for row in area.ROWS}
)
