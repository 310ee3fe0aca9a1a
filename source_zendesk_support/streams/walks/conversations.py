"""The side conversations that a page of the feed names, for the stream that takes them.

Owns what was delivered in this run, and whether the feed lacks the beginning of what it should
have. A ticket is asked for its conversations only where a page brings none beside an event. Moves
no position. Rests on docs/facts/closing-of-exports.md#2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.state.digests import digest
from source_zendesk_support.streams.state.marks import time_of

from .children import ChildReader
from .delivery import delivered_alone
from .stream_read import reads_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .time_pages import TimedPage

BESIDE = "side_conversations"  # the sideload of the feed, and its key on a page
HOUR_S = 3600
# Versions that are remembered, to deliver none of them twice in a sync: 8 MB at most.
MOST_REMEMBERED = 100_000
_DIGEST_BYTES = 8  # two of so many versions look alike once in 2**31 syncs


class Conversations:
    """The conversations of one run. `is_short`: some began before the feed does."""

    def __init__(self, context: WalkContext, run: WalkRun) -> None:
        self._context = context
        reads = reads_of(run)
        self._read = next((it for it in reads if it.stream.children), None)
        self._reader = ChildReader(context, run, reads)
        self._start_s = run.start.sent_s
        self._delivered: set[bytes] = set()
        self.stream = self._read.stream if self._read else None
        self.is_short = False

    @property
    def is_wanted(self) -> bool:
        """Whether a stream takes them, and has not failed."""
        return self._reader.is_wanted

    @property
    def refused(self) -> tuple[str, ...]:
        """Keys of tickets that Zendesk refused, to be asked again."""
        return tuple(self._read.refused) if self._read else ()

    def take_refused(self, keys: Iterable[str]) -> None:
        """Take over the refused tickets of another walk of the same stream."""
        if self._read:
            self._read.refused = dict.fromkeys(keys)

    def read_again(self) -> Iterator[PageResult]:
        """Yield what is below the tickets that an earlier sync was refused."""
        return self._reader.read_again()

    def states_at(self, position: Position) -> PageResult:
        """Return the state of the stream, unless it has failed."""
        return self._reader.states_at(position)

    def read(self, page: TimedPage, first_s: int | None) -> Iterator[PageResult]:
        """Yield the conversations of the events on a page.

        `first_s`: when the feed begins, in its first reading of all.
        """
        if not self.is_wanted:
            return
        found, asked = self._named(page)
        if found:
            yield self._deliver(found, first_s)
        for result in self._reader.read({"id": key} for key in asked):
            for _, records in result.records:
                self._compare(records, first_s)
            yield result

    def _named(self, page: TimedPage) -> tuple[list[Record], list[object]]:
        """Return the conversations beside the events, and the tickets of those that are not."""
        assert self.stream is not None
        beside = page.body.get(BESIDE)
        known = {
            str(it.get("id")): it
            for it in (beside if isinstance(beside, list) else ())
            if isinstance(it, dict)
        }
        found: dict[str, Record] = {}
        asked: dict[object, None] = {}
        for event in page.items:
            key, ticket = str(event.get("side_conversation_id")), event.get("ticket_id")
            if key in known:
                found[key] = known[key]
            elif isinstance(ticket, int | str):
                asked[ticket] = None
            else:
                self._context.skipped.add(self.stream.name, "events that name no ticket")
        return list(found.values()), list(asked)

    def _deliver(self, found: list[Record], first_s: int | None) -> PageResult:
        assert self.stream is not None
        self._compare(found, first_s)
        news = [it for it in found if self._is_new(it)]
        return delivered_alone(self._context, self.stream, news)

    def _is_new(self, record: Record) -> bool:
        """Return whether this version was not delivered in this run, as far as is remembered."""
        version = digest(record, _DIGEST_BYTES)
        if version in self._delivered:
            return False
        if len(self._delivered) < MOST_REMEMBERED:
            self._delivered.add(version)
        return True

    def _compare(self, records: Sequence[Record], first_s: int | None) -> None:
        """Note a conversation of the history whose creation the feed should have and does not."""
        if first_s is not None and begin_before(records, first_s, self._start_s):
            self.is_short = True


def begin_before(conversations: Iterable[Record], first_s: int, start_s: int) -> bool:
    """Return whether one of these conversations of the history began before the feed did.

    `first_s`: the time of the first event; `start_s`: the start of the history.
    """
    times = [time_of(it, "created_at") for it in conversations]
    # A conversation and its first event may differ by moments, and by no hour.
    return any(it is not None and start_s <= it < first_s - HOUR_S for it in times)
