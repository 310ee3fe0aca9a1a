"""STREAMS: every stream of the connector by its name, in the order of the catalog.

Owns the order alone; the rows stand in the modules of their areas.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from . import (
    rows_help_center,
    rows_objects,
    rows_people,
    rows_rules,
    rows_tickets,
)
from .row import EXPORT_PAGE, LIST_PAGE, Children, Feed, Paging, Rereading, Stream, Walk
from .rows_tickets import ALL_SUPPORT_TYPES, SEARCH_ERA_FLOOR_S

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ALL_SUPPORT_TYPES",
    "EXPORT_PAGE",
    "LIST_PAGE",
    "SEARCH_ERA_FLOOR_S",
    "STREAMS",
    "Children",
    "Feed",
    "Paging",
    "Rereading",
    "Stream",
    "Walk",
]

_AREAS = (rows_tickets, rows_people, rows_rules, rows_objects, rows_help_center)

STREAMS: Mapping[str, Stream] = MappingProxyType(
    {row.name: row for area in _AREAS for row in area.ROWS}
)
