"""Which streams share a walk in this sync, and where each of them stands.

Streams of one resource that stand at the same position share a walk; others walk apart. Each keeps
a state of its own that is valid without the others. Nothing here sends a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.stream import Walk
from source_zendesk_support.streams.state.position import START

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from source_zendesk_support.streams.catalog.stream import Resource, Stream
    from source_zendesk_support.streams.state.position import Position


@dataclass(frozen=True, slots=True)
class WalkRun:
    """One walk of this sync: a resource, its member streams, and where they stand.

    `positions` holds the place of each member, where they may differ: in a compared list.
    """

    resource: Resource
    members: tuple[Stream, ...]
    position: Position
    positions: Mapping[str, Position] = field(default_factory=dict)


def plan_runs(streams: Iterable[Stream], positions: Mapping[str, Position]) -> list[WalkRun]:
    """Return the walks that deliver these streams: as few as their positions allow.

    The members of a compared list share it wherever they stand, but for an open page. A history of
    children, with a request for each parent, is walked apart: it would hold up the parents' own.
    """
    shared: dict[tuple[object, ...], list[Stream]] = {}
    for stream in streams:
        position = positions[stream.name]
        key: tuple[object, ...] = (stream.resource.path, position)
        if stream.resource.walk is Walk.COMPARED_LIST:
            page = position.open_list
            key = (stream.resource.path, page.after_cursor if page else None)
        elif stream.children and position.after_cursor is None:
            key = (*key, stream.name)
        shared.setdefault(key, []).append(stream)
    runs = []
    for members in shared.values():
        first = members[0]
        if first.resource.walk is Walk.COMPARED_LIST:
            places = {stream.name: positions[stream.name] for stream in members}
            runs.append(WalkRun(first.resource, tuple(members), START, places))
        else:
            runs.append(WalkRun(first.resource, tuple(members), positions[first.name]))
    return runs
