"""How many records a first read will deliver, where Zendesk can say so with one request.

An estimate, never a promise: a count is a day old at worst, leaves archived tickets out, and knows
nothing of the start date. A stream that resumes from a state delivers changes. Zendesk cannot count
those, so nothing is said of them. Costs one request a resource, and only when there is room for it.
Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#count-tickets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.zendesk.client import ZendeskClient


def estimates(client: ZendeskClient, run: WalkRun) -> dict[str, int]:
    """Return the estimated number of records of each new member that Zendesk can count."""
    return counted(client, [it for it in run.members if run.positions[it.name].is_start])


def counted(client: ZendeskClient, streams: Iterable[Stream]) -> dict[str, int]:
    """Return what Zendesk counts of these streams, each path asked once."""
    paths = {stream.name: stream.count for stream in streams if stream.count}
    counts = {path: client.count(path) for path in dict.fromkeys(paths.values())}
    found = {name: counts[path] for name, path in paths.items()}
    return {name: count for name, count in found.items() if count is not None}
