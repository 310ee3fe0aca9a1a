"""Which engine finishes a first sync sooner, where Zendesk answers both.

Lists have a tenth of an export's records on a page. They often have more than ten times its pages a
minute. Only a family whose export makes up afterwards for what lists do not show may begin with
lists. Pure, but for the counts that Zendesk is asked for.
Rests on docs/facts/closing-of-exports.md#2 and docs/facts/zendesk-api.md#1.2.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.engine import FirstEngine
from source_zendesk_support.streams.model.resource import LIST_PAGE
from source_zendesk_support.zendesk.endpoints import ACCOUNT, ENDPOINT_LIMITS, buckets_of
from source_zendesk_support.zendesk.rate_limiter import UNTOLD_LIMIT

from .by_engine import ByEngine
from .counts import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import Resource
    from source_zendesk_support.streams.model.stream import Stream

# Below so many minutes less, the export's fewer requests are worth more.
WORTH_MIN = 5.0
# Every ticket has one event at least, and one metric event.
_OF_TICKETS = frozenset({"incremental/ticket_events", "incremental/ticket_metric_events"})


def ask_first_engine(context: WalkContext, streams: Iterable[Stream]) -> FirstEngine:
    """Return the choice for these streams, by what Zendesk counts and allows."""
    chosen = list(streams)
    rows = [it for it in chosen if isinstance(it.resource.walk, ByEngine) and not it.children]
    counts = counted(context.client, rows)
    shown = {use.bucket: use.limit for use in context.client.uses() if use.limit}
    limits = {ACCOUNT: UNTOLD_LIMIT, **ENDPOINT_LIMITS, **shown}
    return choose_first_engine(
        chosen, counts, limits, context.largest_page, with_deleted=context.include_deleted_tickets
    )


def choose_first_engine(
    streams: Iterable[Stream],
    counts: Mapping[str, int],
    limits: Mapping[str, int],
    largest_page: int | None = None,
    *,
    with_deleted: bool = False,
) -> FirstEngine:
    """Return the families that lists are read for in a first sync, and the minutes of both ways.

    `limits`: requests a minute that are ours, by bucket. `with_deleted`: deleted tickets are
    wanted, of which lists show little.
    """
    records = _records_by_resource(tuple(streams), counts)
    may_begin = [
        resource.path
        for resource, number in records
        if number and _may_begin(resource, with_deleted=with_deleted)
    ]
    minutes = {
        frozenset(paths): _minutes(records, frozenset(paths), limits, largest_page)
        for size in range(len(may_begin) + 1)
        for paths in combinations(may_begin, size)
    }
    exports_min = minutes[frozenset()]
    best = min(minutes, key=lambda paths: (minutes[paths], len(paths)))
    if exports_min - minutes[best] < WORTH_MIN:
        best = frozenset()
    return FirstEngine(best, exports_min, minutes[best])


def _may_begin(resource: Resource, *, with_deleted: bool) -> bool:
    walk = resource.walk
    if not isinstance(walk, ByEngine) or not walk.source.may_begin:
        return False
    return not (with_deleted and resource.without_deleted)


def _records_by_resource(
    streams: tuple[Stream, ...], counts: Mapping[str, int]
) -> list[tuple[Resource, int]]:
    """Return how many records each export has at least, as far as Zendesk counts them."""
    resources = {it.resource.path: it.resource for it in streams}
    found = dict.fromkeys(resources, 0)
    for stream in streams:
        if not stream.children:
            path = stream.resource.path
            found[path] = max(found[path], counts.get(stream.name, 0))
    tickets = max(counts.get("tickets", 0), counts.get("ticket_metrics", 0))
    return [
        (resources[path], max(number, tickets) if path in _OF_TICKETS else number)
        for path, number in found.items()
        if isinstance(resources[path].walk, ByEngine)
    ]


def _minutes(
    records: list[tuple[Resource, int]],
    by_lists: frozenset[str],
    limits: Mapping[str, int],
    largest_page: int | None,
) -> float:
    """Return how long the bucket that binds needs for its requests."""
    requests: Counter[str] = Counter()
    for resource, number in records:
        path, page, walk = resource.path, resource.largest_page, resource.walk
        if path in by_lists and isinstance(walk, ByEngine):
            path, page = walk.source.path, LIST_PAGE
        pages = -(-number // min(page, largest_page or page))
        requests.update(dict.fromkeys(buckets_of(path), pages))
    return max((pages / limits[bucket] for bucket, pages in requests.items()), default=0.0)
