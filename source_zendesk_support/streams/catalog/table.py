"""STREAMS: every stream of the connector by its name, in the order of the catalog.

Owns the order alone; the rows stand in the modules of their areas.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from . import (
    account as rows_account,
    around_guide as rows_around_guide,
    assets as rows_assets,
    help_center as rows_help_center,
    messaging as rows_messaging,
    objects as rows_objects,
    omnichannel as rows_omnichannel,
    people as rows_people,
    rules as rows_rules,
    sign_ins as rows_sign_ins,
    surveys as rows_surveys,
    talk as rows_talk,
    tickets as rows_tickets,
    usage as rows_usage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.stream import Stream

_AREAS = (
    rows_tickets,
    rows_messaging,
    rows_surveys,
    rows_omnichannel,
    rows_people,
    rows_rules,
    rows_objects,
    rows_help_center,
    rows_talk,
    rows_account,
    rows_usage,
    rows_assets,
    rows_sign_ins,
    rows_around_guide,
)

STREAMS: Mapping[str, Stream] = MappingProxyType(
    {row.name: row for area in _AREAS for row in area.ROWS}
)


def owner_of(stream: Stream) -> Stream:
    """Return the stream that names the resource: the first of those that are taken from it.

    A list that is read for its children alone has the name of the stream of its records.
    """
    path = stream.resource.path
    found = next(row for row in STREAMS.values() if row.resource.path == path)
    return STREAMS[path] if found.children and path in STREAMS else found


def parent_of(stream: Stream) -> Stream | None:
    """Return the stream whose records are the parents of a child stream; None for any other."""
    if stream.children is None:
        return None
    above = stream.children.below
    if above is None:
        return owner_of(stream)
    return next(row for row in STREAMS.values() if row.children is above)
