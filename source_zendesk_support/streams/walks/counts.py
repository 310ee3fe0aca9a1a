"""How many records a first read will deliver, where Zendesk can say so with one request.

An estimate, never a promise: a count is a day old at worst, leaves archived tickets out, and knows
nothing of the start date. A stream that goes on from a state delivers what has changed, which
Zendesk cannot count, so nothing is said of it. Costs one request a resource, and only when there is
room for it. Rests on
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#count-tickets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.zendesk.client import ZendeskClient

# By stream. A ticket has one set of metrics; a user has any number of identities.
COUNTS = {
    "tickets": "tickets/count",
    "ticket_metrics": "tickets/count",
    "users": "users/count",
    "organizations": "organizations/count",
    "groups": "groups/count",
    "ticket_fields": "ticket_fields/count",
    "tags": "tags/count",
    "satisfaction_ratings": "satisfaction_ratings/count",
}


def estimates(client: ZendeskClient, run: WalkRun) -> dict[str, int]:
    """Return the expected number of records of each member of which it can be told."""
    fresh = [it.name for it in run.members if run.positions[it.name].is_start]
    paths = {name: COUNTS[name] for name in fresh if name in COUNTS}
    counted = {path: client.count(path) for path in dict.fromkeys(paths.values())}
    found = {name: counted[path] for name, path in paths.items()}
    return {name: count for name, count in found.items() if count is not None}
