"""Engagements: a feed by start, of parts of tickets that Zendesk writes when they have ended.

An engagement that began long ago appears behind others that have been read. Each sync reads what
began within a day before the position; once per `recheck_s` it reads all that Zendesk still has.
The position follows the end of engagements, and stays an hour behind the present: how long Zendesk
takes to write one is not known. Rests on
https://developer.zendesk.com/api-reference/agent-availability/omnichannel-engagements/
(docs/facts/zendesk-api.md#5.6.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from source_zendesk_support.streams.state.engagement_position import EngagementPosition
from source_zendesk_support.streams.state.list_position import ListPosition
from source_zendesk_support.streams.state.marks import HighWaterMark, time_of
from source_zendesk_support.streams.state.position import OpenList

from .delivery import deliver
from .list_pages import list_pages
from .requests import run_request

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position

STARTED_AT = "engagement_start_time"
DAY_S = 86_400
# Zendesk gives out nothing older; a minute less, so that no clock puts the start beyond it.
KEPT_S = 90 * DAY_S - 60
# Most engagements on messaging end within a day of their start.
RECENT_S = DAY_S
# An engagement is written within so long after its end: unverified, and generous.
WRITTEN_S = 3600


class _Reading:
    """One reading of the feed: what is new in it, and where it stands."""

    def __init__(
        self, run: WalkRun, old: EngagementPosition, shown_s: int, *, sweeps: bool
    ) -> None:
        self._old = old
        self._key = run.members[0].primary_key
        self._ended_at = run.resource.item_time
        self._sweeps = sweeps
        self._shown_s = shown_s
        place = ListPosition(old.at_s, old.seen)
        self._mark = HighWaterMark(place, shown_s - WRITTEN_S, self._ended_at)

    def resume(self, page: OpenList) -> None:
        """Continue where an earlier process stopped."""
        self._mark.resume(page.newest_s, page.seen)

    def news(self, items: list[Record]) -> list[Record]:
        """Return the engagements that were not delivered yet."""
        mark, key = self._mark, self._key
        return [it for it in items if mark.is_new(str(it.get(key)), it) or self._is_late(it)]

    def _is_late(self, item: Record) -> bool:
        """Return whether only a sweep shows an engagement: it began long before it ended."""
        at_s, swept_s = self._old.at_s, self._old.swept_s
        started_s, ended_s = time_of(item, STARTED_AT), time_of(item, self._ended_at)
        if not self._sweeps or at_s is None or swept_s is None:
            return False
        if started_s is None or ended_s is None:
            return False
        return swept_s - WRITTEN_S <= ended_s < at_s and started_s < at_s - RECENT_S

    def open_position(self, cursor: str | None) -> EngagementPosition:
        """Return the position while pages are left: the old one, and the page to resume after."""
        if cursor is None:
            return replace(self._old, open_list=None)
        seen = frozenset(self._mark.seen)
        page = OpenList(cursor, self._shown_s, self._mark.newest_s, seen)
        return replace(self._old, open_list=page)

    def last_position(self) -> EngagementPosition:
        """Return the position when the feed was read to its end."""
        place = self._mark.position()
        is_swept = self._sweeps and place.at_s is not None
        swept_s = self._shown_s if is_swept else self._old.swept_s
        return EngagementPosition(place.at_s, place.seen, swept_s=swept_s)


@dataclass(frozen=True)
class EngagementFeed:
    """Reads what has ended since the position, however long ago it began."""

    label: ClassVar[str] = "feed by start, all of it once a day"
    position_type: ClassVar[type[Position]] = EngagementPosition

    def groups_by(self, stream: Stream, position: Position) -> Hashable:  # noqa: ARG002
        """Streams that stand at the same position share a run."""
        return position

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read from the first page, or from the page where an earlier sync was stopped."""
        old = run.position_as(EngagementPosition)
        opened = old.open_list
        # Zendesk counts the days that it keeps by its own clock.
        context.client.ask_time()
        now_s = opened.started_s if opened else context.client.zendesk_s()
        sweeps = _is_sweep_due(old, now_s, context.recheck_s)
        from_s = run.start.history_s
        if old.at_s is not None:
            from_s = 0 if sweeps else old.at_s - RECENT_S
        # Zendesk keeps nothing older. A resumed reading may have begun with an older start.
        from_s = max(from_s, context.client.zendesk_s() - KEPT_S)
        request = run_request(context, run, {"start_time": str(from_s)})
        reading: _Reading | None = None
        for page in list_pages(context.client, context.now_s, request, old.resume_cursor):
            if reading is None or page.begins:
                kept = None if page.begins else opened
                shown_s = min(page.shown_s, kept.started_s) if kept else page.shown_s
                reading = _Reading(run, old, shown_s, sweeps=sweeps)
                if kept:
                    reading.resume(kept)
            news = reading.news(page.items)
            place = reading.open_position(page.cursor)
            position = reading.last_position() if page.is_last else place
            yield deliver(context, run, news, page.body, position)
            del page  # the next page is read without this one in memory


def _is_sweep_due(old: EngagementPosition, now_s: int, recheck_s: int) -> bool:
    """Return whether all is to be read: at first, and when the last time is too long ago."""
    if old.at_s is None or old.swept_s is None:
        return True
    return not 0 <= now_s - old.swept_s < recheck_s
