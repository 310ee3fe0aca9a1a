"""How each stream is compared, and how many requests that takes at most: known before any is sent.

Pure, from the number of rows that the destination holds. A small stream is read whole, as a sync
reads it; of a large one, records are asked for by id, below some parents, or one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.table import STREAMS, owner_of
from source_zendesk_support.streams.model.walk import reads_feed
from source_zendesk_support.streams.walks.creation_sweep import SHOW_MANY

from .asking import TOGETHER
from .below import BY_LIST, below_of
from .blind_spots import is_of_a_moment
from .windows import BY_ID, BY_NUMBER, BY_TIME, FEWEST, page_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from source_zendesk_support.streams.model.stream import Stream

    from .held import Held

# A stream is compared whole where that takes so many pages: 500 records of a list, 5,000 of an
# export, of which ten requests a minute are allowed (docs/facts/zendesk-api.md#1.2).
MOST_PAGES = 5
# Records inside those of a list cannot be asked for singly, so more pages are read for them.
MOST_PAGES_INSIDE = 50
# One page more than the rows fill: what is new, and the empty page at the end of some lists.
SPARE_PAGES = 1
# Ids that no row has are asked for in so many requests.
MOST_GAP_REQUESTS = 2
# An access token, and Zendesk's time where the clocks may differ.
SIGN_IN = 2
# A sample of N asks below one parent for each eighth of it: a request brings several records.
RECORDS_A_PARENT = 8


class How(Enum):
    """A way of comparing."""

    WHOLE = "all compared"
    TOGETHER = "a sample compared, by ids"
    BELOW = "compared below some parents"
    SINGLY = "a sample compared, each read singly"
    WINDOWS = "compared in windows"
    NOT = "not compared"


@dataclass(frozen=True, slots=True)
class Check:
    """A comparison of streams that are read together.

    Attributes:
        how: The way.
        streams: Their names.
        most: The most requests that it takes.
        bound: The records after which a whole reading stops, or the parents that are asked.
        is_all: Whether its windows are all of the stream, as far as the rows say it.

    """

    how: How
    streams: tuple[str, ...]
    most: int
    bound: int = 0
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The checks, the paths whose counts are asked, and whether the ids of tickets have gaps."""

    checks: tuple[Check, ...]
    counts: tuple[str, ...]
    searches: tuple[str, ...]
    gap_requests: int

    @property
    def most(self) -> int:
        """The most requests that all of it takes."""
        checks = sum(check.most for check in self.checks)
        return SIGN_IN + checks + len(self.counts) + len(self.searches) + self.gap_requests


def plan_checks(held: Held, names: Iterable[str], sample: int, largest_page: int | None) -> Plan:
    """Return how these streams are compared, with samples of so many records."""
    names = list(names)
    whole: dict[str, list[str]] = {}
    others, moments = [], []
    for name in names:
        stream = STREAMS[name]
        is_listed = stream.children is None and not reads_feed(stream.resource.walk)
        if is_of_a_moment(stream):
            moments.append(name)
        elif is_listed and _is_read_whole(held, stream, largest_page):
            whole.setdefault(stream.resource.path, []).append(name)
        else:
            others.append(name)
    checks = []
    for streams in whole.values():
        pages = _pages(held, streams[0], largest_page) + SPARE_PAGES
        # Records inside those of a page may be more than a page has.
        inside = max(held.count(it, dead=True) for it in streams)
        records = pages * _page(streams[0], largest_page) + inside
        checks.append(Check(How.WHOLE, tuple(streams), pages, records))
    checks += [_sampled(held, name, sample, largest_page) for name in others]
    checks += [Check(How.NOT, (name,), 0) for name in moments]
    counts = dict.fromkeys(STREAMS[name].count for name in names)
    searches = [name for name in ("tickets", "users", "organizations") if name in others]
    gaps = sum(last - first + 1 for first, last in _gaps(held, names))
    return Plan(
        tuple(checks),
        tuple(path for path in counts if path),
        tuple(searches),
        min(MOST_GAP_REQUESTS, -(-gaps // SHOW_MANY)),
    )


def _gaps(held: Held, names: list[str]) -> list[tuple[int, int]]:
    return held.gaps("tickets") if "tickets" in names else []


def _is_read_whole(held: Held, stream: Stream, largest_page: int | None) -> bool:
    """Return whether a list is short enough, or has no records that could be asked for singly."""
    if not stream.primary_key:
        return True
    pages = _pages(held, stream.name, largest_page)
    return pages <= (MOST_PAGES_INSIDE if _is_inside(stream) else MOST_PAGES)


def _is_inside(stream: Stream) -> bool:
    """Return whether the records stand inside those of another stream, and in no list or export."""
    name = stream.name
    is_elsewhere = name in TOGETHER or name in BY_TIME or below_of(name) is not None
    is_exported = "incremental/" in stream.resource.path
    return owner_of(stream) is not stream and not is_elsewhere and not is_exported


def _pages(held: Held, name: str, largest_page: int | None) -> int:
    """Return how many pages the rows of a stream fill, or of those that share its resource.

    Where they stand inside the records of another stream, the pages of that are counted.
    """
    stream, there = STREAMS[name], set(held.streams())
    if _is_inside(stream) and owner_of(stream).name in there:
        return _pages(held, owner_of(stream).name, largest_page)
    sharing = [
        row.name
        for row in STREAMS.values()
        if row.resource.path == stream.resource.path
        and row.children is None
        and (row is stream or not _is_inside(row))
    ]
    rows = max((held.count(it, dead=True) for it in sharing if it in there), default=0)
    return max(1, -(-rows // _page(name, largest_page)))


def _page(name: str, largest_page: int | None) -> int:
    return page_size(STREAMS[name], largest_page)


def _sampled(held: Held, name: str, sample: int, largest_page: int | None) -> Check:
    rows = held.count(name)
    if name in BY_TIME or name in BY_NUMBER or name in BY_ID:
        needed = _pages(held, name, largest_page) + SPARE_PAGES
        windows = min(max(FEWEST, sample // RECORDS_A_PARENT), needed)
        # One more to be refused the export, where lists replace it.
        most = windows + (name in BY_LIST)
        return Check(How.WINDOWS, (name,), most, windows, is_all=windows == needed)
    if name in TOGETHER:
        return Check(How.TOGETHER, (name,), -(-min(sample, max(1, rows)) // SHOW_MANY))
    below = below_of(name)
    if below and below.parents in held.streams():
        parents = min(max(2, sample // RECORDS_A_PARENT), held.count(below.parents))
        return Check(How.BELOW, (name,), parents, parents)
    if below or "incremental/" in STREAMS[name].resource.path:
        return Check(How.NOT, (name,), 0)
    return Check(How.SINGLY, (name,), min(sample, rows))
