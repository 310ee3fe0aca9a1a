"""One walk that feeds several streams: who shares it, what it asks for, what each page delivers.

Streams of one resource that stand at the same position share a walk; others walk apart. Each keeps
a state of its own that is valid without the others. Nothing here sends a request.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .row import Walk
from .state import START, Position, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from source_zendesk_support.zendesk.client import ZendeskClient
    from source_zendesk_support.zendesk.errors import ConnectorError

    from .files import FileTransfer, StoredFile
    from .row import Feed, Stream

Record = dict[str, Any]

# A position that lies further ahead than this is a user's way to say "never".
FUTURE_S = 86_400
# 2100-01-01. What lies there does so by any clock, and nothing needs to be asked to tell.
NEXT_CENTURY_S = 4_102_444_800


@dataclass(frozen=True, slots=True)
class FeedRun:
    """One walk of this sync: a feed, its member streams, and where they stand.

    `positions` holds the place of each member, where they may differ: in a compared list.
    """

    feed: Feed
    members: tuple[Stream, ...]
    position: Position
    positions: Mapping[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one page gives: records of each stream, and the states to print after them.

    `files` has a file or None for each record of a stream whose files are transferred. `failures`
    are streams that end here while the walk goes on for the others.
    """

    records: tuple[tuple[str, list[Record]], ...]
    states: tuple[tuple[str, dict[str, Any]], ...]
    files: Mapping[str, list[StoredFile | None]] = field(default_factory=dict)
    failures: tuple[tuple[str, ConnectorError], ...] = ()


class LeftOut:
    """What a sync could not read and went on without. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, stream: str, what: str) -> None:
        """Count one: `what` is a noun and a reason, as in "parents refused with status 403"."""
        with self._lock:
            self._counts[stream, what] += 1

    def lines(self) -> list[str]:
        """Return a line for each stream and reason."""
        with self._lock:
            counts = sorted(self._counts.items())
        return [f"{stream}: {count} {what}" for (stream, what), count in counts]


@dataclass(frozen=True, slots=True)
class WalkContext:
    """What every walk of a sync needs.

    `start_s`: where a stream without a position begins; it is the user's word if `start_is_given`,
    else our default. `now_s` gives our own epoch seconds; Zendesk's are the client's to tell.
    `largest_page`: the user's bound, if any. `normalize` makes the records of a stream fit its
    schema, in place. `sweep_s`: how often every parent is asked for its children. `files` transfers
    the files of streams that are asked for them. `ahead`: below how many parents children are asked
    for while those of another are still being taken.
    """

    client: ZendeskClient
    now_s: Callable[[], int]
    start_s: int
    largest_page: int | None
    include_deleted_tickets: bool
    ratings_lookback_s: int
    normalize: Mapping[str, Callable[[Record], object]]
    sweep_s: int = 86_400
    ahead: int = 0
    start_is_given: bool = True
    files: FileTransfer | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    skip_unavailable_streams: bool = False


def plan_runs(streams: Iterable[Stream], positions: Mapping[str, Position]) -> list[FeedRun]:
    """Return the walks that deliver these streams: as few as their positions allow.

    The members of a compared list share it wherever they stand, but for an open page. A history of
    children, with a request for each parent, is walked apart: it would hold up the parents' own.
    """
    shared: dict[tuple[object, ...], list[Stream]] = {}
    for stream in streams:
        position = positions[stream.name]
        key: tuple[object, ...] = (stream.feed.path, position)
        if stream.feed.walk is Walk.COMPARED_LIST:
            page = position.open_list
            key = (stream.feed.path, page.after_cursor if page else None)
        elif stream.children and position.after_cursor is None:
            key = (*key, stream.name)
        shared.setdefault(key, []).append(stream)
    runs = []
    for members in shared.values():
        first = members[0]
        if first.feed.walk is Walk.COMPARED_LIST:
            places = {stream.name: positions[stream.name] for stream in members}
            runs.append(FeedRun(first.feed, tuple(members), START, places))
        else:
            runs.append(FeedRun(first.feed, tuple(members), positions[first.name]))
    return runs


def begin_of(context: WalkContext, feed: Feed) -> int:
    """Return where a feed begins without a position: some histories are long by default."""
    if context.start_is_given or feed.default_history_s is None:
        return context.start_s
    return context.now_s() - feed.default_history_s


def is_in_future(context: WalkContext, position: Position) -> bool:
    """Tell whether a position says: read nothing."""
    return position.at_s is not None and lies_ahead(context, position.at_s - FUTURE_S)


def lies_ahead(context: WalkContext, at_s: int) -> bool:
    """Tell whether a time is yet to come.

    Ours may be far behind, so that it is Zendesk's clock that decides, and is asked if need be. If
    it is ours that is ahead, Zendesk says itself that there is nothing to read yet.
    """
    if at_s <= context.now_s() or at_s >= NEXT_CENTURY_S:
        return at_s > context.now_s()
    context.client.ask_time()
    return at_s > context.client.zendesk_s()


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
    largest = max(stream.feed.largest_page for stream in run.members)
    return min(largest, context.largest_page or largest)


def deliver(
    context: WalkContext,
    run: FeedRun,
    items: list[Record],
    page: Mapping[str, Any],
    position: Position,
) -> Delivery:
    """Return the records that each member takes from a page, and the states after it.

    Members that hang below the records of the page have nothing of their own in it.
    """
    members = [stream for stream in run.members if stream.children is None]
    records, files = [], {}
    for stream in members:
        taken = taken_by(context, stream, items, page)
        records.append((stream.name, taken))
        if context.files and context.files.wants(stream):
            files[stream.name] = context.files.fetch(stream, taken)
    return Delivery(
        tuple(records),
        tuple((stream.name, encode(stream, position)) for stream in members),
        files,
    )


def taken_by(
    context: WalkContext, stream: Stream, items: list[Record], page: Mapping[str, Any]
) -> list[Record]:
    """Return what a stream takes from a page, made to fit its schema."""
    # An empty record has nothing to deliver, and consumers may take it for the end.
    taken = [record for record in stream.take(items, page) if record]
    normalize = context.normalize[stream.name]
    for record in taken:
        normalize(record)
    return taken


def unchanged(run: FeedRun, position: Position) -> Delivery:
    """Return a delivery without records: the states alone."""
    return Delivery((), tuple((stream.name, encode(stream, position)) for stream in run.members))


def held_back(context: WalkContext, run: FeedRun, position: Position) -> Delivery:
    """Return the states alone, and tell that Zendesk holds back what follows the position."""
    for stream in run.members:
        context.left_out.add(
            stream.name,
            "start in the last minutes, which Zendesk holds back: the next sync goes on",
        )
    return unchanged(run, position)
