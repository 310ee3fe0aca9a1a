"""One walk that feeds several streams: who shares it, what it asks for, what each page delivers.

Streams of one resource that stand at the same position share a walk; others walk
apart. Each keeps a state of its own that is valid without the others. Nothing here sends a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .state import Position, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from source_zendesk_support.zendesk.client import ZendeskClient

    from .table import Feed, Stream

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FeedRun:
    """One walk of this sync: a feed, its member streams, and where they stand."""

    feed: Feed
    members: tuple[Stream, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one page gives: records of each stream, and the states to print after them."""

    records: tuple[tuple[str, list[Record]], ...]
    states: tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class WalkContext:
    """What every walk of a sync needs.

    `start_s`: where a stream without a position begins. `now_s` gives our own epoch seconds.
    `largest_page`: the user's bound, if any. `normalize` makes the records of a stream fit its
    schema, in place.
    """

    client: ZendeskClient
    now_s: Callable[[], int]
    start_s: int
    largest_page: int | None
    include_deleted_tickets: bool
    ratings_lookback_s: int
    normalize: Mapping[str, Callable[[Record], object]]
    skip_unavailable_streams: bool = False


def plan_runs(streams: Iterable[Stream], positions: Mapping[str, Position]) -> list[FeedRun]:
    """Return the walks that deliver these streams: as few as their positions allow."""
    shared: dict[tuple[str, Position], list[Stream]] = {}
    for stream in streams:
        shared.setdefault((stream.feed.path, positions[stream.name]), []).append(stream)
    return [
        FeedRun(members[0].feed, tuple(members), position)
        for (_, position), members in shared.items()
    ]


def params_of(context: WalkContext, run: FeedRun) -> dict[str, str]:
    """Return the query parameters that every request of a walk has."""
    params = dict(run.feed.params)
    if not context.include_deleted_tickets:
        params |= run.feed.without_deleted
    includes = [stream.include for stream in run.members if stream.include]
    if includes:
        params["include"] = ",".join(includes)
    return params


def page_size(context: WalkContext, run: FeedRun) -> int:
    """Return how many records to ask for: what Zendesk serves, below the user's bound."""
    return min(run.feed.largest_page, context.largest_page or run.feed.largest_page)


def deliver(
    context: WalkContext,
    run: FeedRun,
    items: list[Record],
    page: Mapping[str, Any],
    position: Position,
) -> Delivery:
    """Return the records that each member takes from a page, and the states after it."""
    records = []
    for stream in run.members:
        # An empty record has nothing to deliver, and consumers may take it for the end.
        taken = [record for record in stream.take(items, page) if record]
        normalize = context.normalize[stream.name]
        for record in taken:
            normalize(record)
        records.append((stream.name, taken))
    return Delivery(
        tuple(records),
        tuple((stream.name, encode(stream, position)) for stream in run.members),
    )


def unchanged(run: FeedRun, position: Position) -> Delivery:
    """Return a delivery without records: the states alone."""
    return Delivery((), tuple((stream.name, encode(stream, position)) for stream in run.members))
