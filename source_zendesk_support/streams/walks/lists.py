"""How a list is read: page by page, delivered whole or only what is new since the last sync.

Owns what all walks over lists share; each says in its own file what it asks for, what is new and
when it stops. A page is a checkpoint, unless the state holds more keys than may be printed so often
(checkpoints.py). The state keeps the open list. The position moves only when the list was read to
its end. It moves to the moment the reading began at most.
Rests on https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#2.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import encode
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.streams.state.marks import HighWaterMark
from source_zendesk_support.streams.state.position import OpenList
from source_zendesk_support.zendesk.errors import StartTimeTooRecent

from .checkpoints import Checkpoints
from .delivery import deliver, held_back
from .list_pages import list_pages
from .requests import run_request
from .vanished import Vanished, memory_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.key_memory import KeyMemory
    from source_zendesk_support.streams.state.known_keys import KnownKeys
    from source_zendesk_support.streams.state.position import Position
    from source_zendesk_support.zendesk.request import Params

    from .list_pages import ListPage


class ListProgress:
    """The records met on the pages of one list so far."""

    def __init__(
        self,
        run: WalkRun,
        since: ListPosition,
        open_list: OpenList | None,
        started_s: int,
        memory: KeyMemory | None = None,
    ) -> None:
        """`memory`: the keys of the list; None where no deletion is looked for."""
        self._key = run.members[0].primary_key
        self._old = replace(run.position_as(ListPosition), open_list=None, known=None)
        self.memory = memory
        self.is_whole = open_list is None  # whether the list is read from its beginning
        # A list may have been opened by a wrong clock.
        started_s = min(open_list.started_s, started_s) if open_list else started_s
        self._mark = HighWaterMark(since, started_s, run.resource.item_time)
        if open_list:
            self._mark.resume(open_list.newest_s, open_list.seen)

    def news(self, items: list[Record]) -> list[Record]:
        """Return the items that are new since the old position, or whose key is.

        A restored record can come back with the time that it had.
        """
        keys = [item.get(self._key) for item in items]
        found = [
            item
            for key, item in zip(keys, items, strict=True)
            if self._mark.is_new(str(key), item) or (self.memory and self.memory.is_new(key))
        ]
        if self.memory:
            self.memory.meet(keys)
        return found

    def is_over(self, items: list[Record], news: list[Record]) -> bool:  # noqa: ARG002
        """Return whether all that follows a page is known to be old."""
        return False

    def open_position(self, cursor: str | None) -> ListPosition:
        """Return the position while pages are left: the old one, and the page to resume after.

        Without a cursor there is no place to resume: the next sync begins the list again.
        """
        if cursor is None:
            return replace(self._old, known=self._known())
        mark = self._mark
        page = OpenList(cursor, mark.started_s, mark.newest_s, frozenset(mark.seen))
        return replace(self._old, open_list=page, known=self._known())

    def last_position(self) -> ListPosition:
        """Return the position when the list was read to its end."""
        return replace(self._mark.position(), known=self._known())

    def _known(self) -> KnownKeys | None:
        return self.memory.known() if self.memory else None


@dataclass(frozen=True)
class ListWalk:
    """The frame of every walk over a list: by itself it reads all, and delivers what is new."""

    label: ClassVar[str]
    position_type: ClassVar[type[Position]] = ListPosition
    progress: ClassVar[type[ListProgress]] = ListProgress

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams that stand at the same position share a run."""
        return position

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read from the first page, or from the page where an earlier sync was stopped."""
        share = ListShare(context, self, run)
        try:
            for page in self.pages(context, run):
                yield from share.take(page, page.items)
                if share.is_over:
                    return
                del page  # the next page is read without this one in memory
        except StartTimeTooRecent:
            position = replace(run.position_as(ListPosition), open_list=None)
            yield held_back(context, run, position)

    def only(self, context: WalkContext, run: WalkRun) -> Params:  # noqa: ARG002
        """Return the parameters by which Zendesk leaves out what is old."""
        return {}

    def pages(self, context: WalkContext, run: WalkRun) -> Iterator[ListPage]:
        """Yield the pages."""
        request = run_request(context, run, self.only(context, run))
        return list_pages(context.client, context.now_s, request, run.position.resume_cursor)

    def since(self, run: WalkRun) -> ListPosition:
        """Return the position after which a record is new."""
        return replace(run.position_as(ListPosition), open_list=None)


class ListShare:
    """The part of streams at one position in a list while it is read."""

    def __init__(self, context: WalkContext, walk: ListWalk, run: WalkRun) -> None:
        """`run`: of these streams alone."""
        self._context = context
        self._walk = walk
        self._run = run
        self._position = run.position_as(ListPosition)
        self._progress: ListProgress | None = None
        # One for all readings of the list: what an earlier one has delivered is known.
        self._memory = memory_of(context, run.members[0], self._position.known)
        states = [(stream.name, encode(stream, self._position)) for stream in run.members]
        self._checkpoints = Checkpoints(states, context.now_s())
        self.is_over = False

    def take(self, page: ListPage, items: list[Record]) -> Iterator[PageResult]:
        """Yield what is new on a page, and at the end of the list what is gone."""
        context, run, progress = self._context, self._run, self._progress
        if progress is None or page.begins:
            kept = None if page.begins else self._position.open_list
            since = self._walk.since(run)
            progress = self._walk.progress(run, since, kept, page.shown_s, self._memory)
            self._progress = progress
        news = progress.news(items)
        self.is_over = page.is_last or progress.is_over(items, news)
        if self.is_over:
            yield from self._deletions(progress, page)
            yield deliver(context, run, news, page.body, progress.last_position())
            return
        self._checkpoints.note(len(news))
        is_due = self._memory is None or self._checkpoints.are_due_or_small(context.now_s())
        place = progress.open_position(page.cursor) if is_due else None
        result = deliver(context, run, news, page.body, place)
        if self._memory and is_due:
            self._checkpoints.printed(result.states, context.now_s())
        yield result

    def _deletions(self, progress: ListProgress, page: ListPage) -> Iterator[PageResult]:
        """Yield the tombstones of a list that was read to its end."""
        if self._memory is None:
            return
        if progress.is_whole and page.is_last and page.is_steady:
            self._memory.read_whole()
        stream = self._run.members[0]
        vanished = Vanished(self._context, self._run.resource, stream, self._memory)
        found = vanished.tombstones()
        if found:
            yield PageResult(((stream.name, found),), ())


def new_since_start(run: WalkRun) -> ListPosition:
    """Return the position; without one, the start date leaves out what is older."""
    old = replace(run.position_as(ListPosition), open_list=None)
    return ListPosition(run.start.history_s) if old.at_s is None else old
