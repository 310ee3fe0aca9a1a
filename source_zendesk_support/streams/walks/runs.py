"""Which streams share a run in this sync, and where each of them stands.

Streams of one resource share a run where their walk allows it. Each keeps a state of its own that
is valid without the others. Nothing here sends a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.walk import WalkRun

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.state.position import Position


def plan_runs(streams: Iterable[Stream], positions: Mapping[str, Position]) -> list[WalkRun]:
    """Return the runs that deliver these streams: as few as their walks allow."""
    shared: dict[tuple[str, Hashable], list[Stream]] = {}
    for stream in streams:
        resource = stream.resource
        key = (resource.path, resource.walk.groups_by(stream, positions[stream.name]))
        shared.setdefault(key, []).append(stream)
    return [
        WalkRun(
            members[0].resource, tuple(members), {it.name: positions[it.name] for it in members}
        )
        for members in shared.values()
    ]
