"""How a list is read: page by page, delivered whole or only what is new since the last sync.

Owns what all walks over lists share; each says in its own file what it asks for, what is new and
when it stops. Every page is a checkpoint: the open list is kept in the state, and the position
moves only when the list was read to its end, to the moment the reading began at most.
Rests on https://developer.zendesk.com/api-reference/introduction/pagination/
(docs/facts/zendesk-api.md#2.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.marks import HighWaterMark
from source_zendesk_support.streams.state.position import ListPosition, OpenList
from source_zendesk_support.zendesk.errors import StartTimeTooRecent

from .delivery import deliver, held_back
from .list_pages import list_pages
from .requests import run_request

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position
    from source_zendesk_support.zendesk.request import Params

    from .list_pages import ListPage


class Progress:
    """The records met on the pages of one list so far."""

    def __init__(
        self, run: WalkRun, since: ListPosition, open_list: OpenList | None, started_s: int
    ) -> None:
        self._key = run.members[0].primary_key
        self._old = replace(run.position_as(ListPosition), open_list=None)
        # A list may have been opened by a wrong clock.
        started_s = min(open_list.started_s, started_s) if open_list else started_s
        self._mark = HighWaterMark(since, started_s, run.resource.item_time)
        if open_list:
            self._mark.resume(open_list.newest_s, open_list.seen)

    def news(self, items: list[Record]) -> list[Record]:
        """Return the items that are new since the old position."""
        return [item for item in items if self._mark.is_new(str(item.get(self._key)), item)]

    def is_over(self, items: list[Record], news: list[Record]) -> bool:  # noqa: ARG002
        """Return whether all that follows a page is known to be old."""
        return False

    def open_position(self, cursor: str | None) -> ListPosition:
        """Return the position while pages are left: the old one, and the page to resume after.

        Without a cursor there is no place to resume: the next sync begins the list again.
        """
        if cursor is None:
            return self._old
        mark = self._mark
        page = OpenList(cursor, mark.started_s, mark.newest_s, frozenset(mark.seen))
        return replace(self._old, open_list=page)

    def last_position(self) -> ListPosition:
        """Return the position when the list was read to its end."""
        return self._mark.position()


@dataclass(frozen=True)
class ListWalk:
    """What every walk over a list shares: by itself it reads all, and delivers what is new."""

    label: ClassVar[str]
    position_type: ClassVar[type[Position]] = ListPosition
    progress: ClassVar[type[Progress]] = Progress

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams that stand at the same position share a run."""
        return position

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read from the first page, or from the page where an earlier sync was stopped."""
        position = run.position_as(ListPosition)
        open_list = position.open_list
        progress: Progress | None = None
        try:
            for page in self.pages(context, run):
                if progress is None or page.begins:
                    kept = None if page.begins else open_list
                    progress = self.progress(run, self.since(run), kept, page.shown_s)
                news = progress.news(page.items)
                if page.is_last or progress.is_over(page.items, news):
                    yield deliver(context, run, news, page.body, progress.last_position())
                    return
                place = progress.open_position(page.cursor)
                yield deliver(context, run, news, page.body, place)
                del page  # the next page is read without this one in memory
        except StartTimeTooRecent:
            yield held_back(context, run, replace(position, open_list=None))

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


def new_since_start(run: WalkRun) -> ListPosition:
    """Return the position; without one, the start date leaves out what is older."""
    old = replace(run.position_as(ListPosition), open_list=None)
    return ListPosition(run.start.history_s) if old.at_s is None else old
