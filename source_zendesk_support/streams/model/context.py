"""The surroundings of every walk of a sync: the client, the clock, the bounds, and the normalizers.

Owns no rule. Nothing here sends a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .engine import EngineChoice
from .skipped import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from source_zendesk_support.streams.state.gone_tickets import GoneTickets
    from source_zendesk_support.streams.state.key_memory import KeyMemory
    from source_zendesk_support.zendesk.client import ZendeskClient

    from .account_list import AccountList
    from .result import PageResult, Record, StoredFile
    from .stream import Stream
    from .walk import WalkRun


class Intervals(Protocol):
    """Knows which streams are not read in this sync, since they were lately."""

    def resting(self, run: WalkRun) -> tuple[Stream, ...]:
        """Return the members of a run that are not read in this sync."""

    def kept(self, run: WalkRun, streams: tuple[Stream, ...]) -> PageResult:
        """Return the states of streams that rest, as they were."""

    def follow(self, results: Iterator[PageResult]) -> Iterator[PageResult]:
        """Yield the results of a run, and at its end when its streams were read."""


class ListsBelow(Protocol):
    """Has lists of the account, with the children of many parents."""

    def read(self, context: WalkContext, listed: AccountList) -> None:
        """Read a list, unless a walk has; never with requests under way."""

    def below(self, listed: AccountList, parent: Record, parent_key: str) -> list[Record] | None:
        """Return the children of a parent; None where the parent itself is to be asked."""


class Files(Protocol):
    """Transfers the files of records."""

    def wants(self, stream: Stream) -> bool:
        """Return whether the files of a stream are to be transferred."""

    def fetch(self, stream: Stream, records: Sequence[Record]) -> list[StoredFile | None]:
        """Store the file of each record; None for a record that has none."""

    def follow(
        self, context: WalkContext, run: WalkRun, results: Iterator[PageResult]
    ) -> Iterator[PageResult]:
        """Yield the results of a run, and what earlier runs were not given."""


@dataclass(frozen=True, slots=True)
class WalkContext:
    """The surroundings of every walk of a sync.

    Attributes:
        client: The client of the account. It alone knows the clock of Zendesk.
        now_s: Returns our own epoch seconds.
        start_s: The start date of the user if `start_is_given`, else our default.
        largest_page: The most records that the user wants on a page, if there is such a bound.
        include_deleted_tickets: Whether deleted tickets are asked for.
        ratings_lookback_s: How far back satisfaction ratings are read again.
        normalize: Makes a record of the stream fit its schema, in place.
        hide: Returns a copy of a record of the stream without what the user wants hidden.
        sweep_s: How often every parent is asked for its children.
        ahead: How many parents may be asked for children before those of an earlier one are read.
        files: Transfers files, where a stream wants them.
        engine: Which engine reads a family that has an export.
        recheck_s: How often lists look for silent changes and deletions.
        intervals: Says which lists of set-up rest, where the user has them read at intervals.
        log: Prints a line in the log.
        completes_tickets: Whether the events before the start are read of tickets that are older.
        reads_closed_audits: Whether lists ask each closed ticket for its audits.
        tombstones: Returns the record of a key that is gone at a time, below a parent, by stream. A
            stream that is not in it looks for no deletions.
        sideloaded: The keys of streams that are read as a list beside the records of a page.
        account_lists: The lists of the account that have children of many parents; None where each
            parent is asked.
        of_tickets: The keys of streams whose records go with their ticket.
        gone_tickets: The deleted tickets of those of them whose pages say nothing of deletions.
        mark: Gives a record that Zendesk calls deleted the time of that, in place, by stream.

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
    files: Files | None = None
    skipped: Skipped = field(default_factory=Skipped)
    skip_unavailable_streams: bool = False
    hide: Mapping[str, Callable[[Record], Record]] = field(default_factory=dict)
    engine: EngineChoice = field(default_factory=EngineChoice)
    intervals: Intervals | None = None
    log: Callable[[str], None] = lambda _: None
    recheck_s: int = 86_400
    reads_closed_audits: bool = False
    completes_tickets: bool = False
    tombstones: Mapping[str, Callable[[int | str, int, str], Record]] = field(default_factory=dict)
    sideloaded: Mapping[str, KeyMemory] = field(default_factory=dict)
    of_tickets: Mapping[str, KeyMemory] = field(default_factory=dict)
    gone_tickets: Mapping[str, GoneTickets] = field(default_factory=dict)
    mark: Mapping[str, Callable[[Record], None]] = field(default_factory=dict)
    account_lists: ListsBelow | None = None
