"""The cost of a first sync, from what Zendesk can count: requests by bucket, and minutes.

Pure arithmetic over the same walks that a sync makes. A lower bound wherever Zendesk cannot count,
and told as one. Rests on https://developer.zendesk.com/api-reference/introduction/rate-limits/.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from source_zendesk_support.config.config import Engine
from source_zendesk_support.streams.catalog.table import owner_of, parent_of
from source_zendesk_support.streams.model.resource import LIST_PAGE
from source_zendesk_support.streams.walks.by_engine import list_source_of
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.zendesk.endpoints import buckets_of

from .gauge import Gauge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from source_zendesk_support.streams.model.engine import FirstEngine
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost that one stream adds: requests by bucket, more than these unless `is_known`.

    `is_estimate`: about these, by a sample. `shared_with` is the stream whose requests deliver this
    one too.
    """

    stream: str
    records: int | None
    requests: Counter[str]
    is_known: bool
    shared_with: str | None = None
    is_estimate: bool = False


def forecast(
    streams: Iterable[Stream],
    counts: Mapping[str, int],
    largest_page: int | None,
    *,
    with_lists: bool = False,
    gauge: Gauge | None = None,
) -> list[Cost]:
    """Return the cost of each stream of a first sync; `counts` holds records by stream.

    `gauge` has what is estimated, and stands for what is not counted. `with_lists`: lists are read
    instead of exports. Records that no list shows cannot be counted.
    """
    found = []
    chosen = list(streams)
    gauge = gauge or Gauge()
    counts = {**gauge.counts, **counts}
    for run in plan_runs(chosen, {stream.name: stream.position_type() for stream in chosen}):
        first, *others = run.members
        listed = _listing(run, counts, largest_page, with_lists=with_lists)
        if first.name in gauge.sampled:
            listed = replace(listed, is_estimate=True)
        found.append(_with_children(first, listed, counts, gauge))
        for stream in others:
            shared = Cost(stream.name, counts.get(stream.name), Counter(), is_known=True)
            cost = _with_children(stream, shared, counts, gauge)
            found.append(replace(cost, shared_with=first.name))
    return found


def minutes_by_bucket(costs: Iterable[Cost], limits: Mapping[str, int]) -> dict[str, float]:
    """Return how long each bucket needs for its requests, when no other client draws on it."""
    total: Counter[str] = Counter()
    for cost in costs:
        total.update(cost.requests)
    return {bucket: number / limits[bucket] for bucket, number in total.items()}


def has_lists(stream: Stream) -> bool:
    """Return whether lists can be read instead of the export of a stream."""
    return list_source_of(stream.resource.walk) is not None


def chosen_engines(wanted: Engine, first: FirstEngine, *, is_closed: bool) -> str:
    """Return which engine a first sync reads, in a sentence. `is_closed`: exports are refused."""
    if wanted is Engine.LISTS or (is_closed and wanted is Engine.AUTO):
        return "A first sync reads lists."
    if wanted is Engine.EXPORTS or not first.by_lists:
        return "A first sync reads exports."
    return (
        f"A first sync reads lists instead of {', '.join(sorted(first.by_lists))}, and exports for "
        f"the others: at least {first.chosen_min:,.0f} minutes, and {first.exports_min:,.0f} with "
        "exports alone. Later syncs read exports."
    )


def _listing(
    run: WalkRun, counts: Mapping[str, int], largest_page: int | None, *, with_lists: bool
) -> Cost:
    """Return what the pages of a walk cost, beside the stream that drives it."""
    first = run.members[0]
    path, most, is_whole = run.resource.path, run.resource.largest_page, True
    if with_lists and (source := list_source_of(run.resource.walk)):
        path, most, is_whole = source.path, LIST_PAGE, source.recent_s is None
    page = min(most, largest_page or most)
    items = counts.get(owner_of(first).name)
    pages = 1 if items is None else max(1, -(-items // page))
    requests = Counter(dict.fromkeys(buckets_of(path), pages))
    is_known = is_whole and items is not None
    return Cost(first.name, counts.get(first.name), requests, is_known)


def _with_children(stream: Stream, cost: Cost, counts: Mapping[str, int], gauge: Gauge) -> Cost:
    """Add one request for each parent, as far as the parents can be counted."""
    parent = parent_of(stream)
    if stream.children is None or parent is None:
        return cost
    estimated = gauge.parents.get(stream.name)
    parents = counts.get(parent.name, 1) if estimated is None else estimated
    requests = cost.requests.copy()
    for bucket in buckets_of(stream.children.path):
        requests[bucket] += parents
    # Without an estimate: parents that say they have no children are not asked, so that their
    # number is a bound from above.
    return replace(cost, requests=requests, is_known=False, is_estimate=estimated is not None)
