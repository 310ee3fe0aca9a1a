"""Parents whose children may grow while nothing on the parent shows it: conversations under way.

Owns which parents a child stream asks again in the next sync, and what of their children is new.
Sends nothing. That a running conversation leaves its ticket as it is, is unverified
(docs/facts/zendesk-api.md#5.6.1); where it moves the ticket, nothing is lost but a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.export_position import Newest
from source_zendesk_support.streams.state.marks import mark, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.resource import Watch
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream

# Parents that a state names, each asked with every sync. At some 90 bytes each it grows by 90 KB.
MOST_WATCHED = 1000


class Watched:
    """The parents that one stream watches, by key, with the newest children of each."""

    def __init__(self, stream: Stream, watch: Watch, before: Mapping[str, Newest]) -> None:
        self._key = stream.primary_key
        self._watch = watch
        self._before = dict(before)
        self._newest = dict(before)
        self._read: set[str] = set()
        self._asks_again = False

    def left(self) -> list[str]:
        """Return the parents of earlier syncs that this one has not read; from now on only news.

        Parents that changed themselves have been read by now, with all their children.
        """
        self._asks_again = True
        return [key for key in self._before if key not in self._read]

    def news(self, parent: str, items: list[Record]) -> list[Record]:
        """Return the children that are to be delivered, and remember the newest."""
        known = self._before.get(parent) if self._asks_again else None
        for item in items:
            self._remember(parent, item)
        if known is None:
            return items
        return [item for item in items if self._is_new(known, item)]

    def _is_new(self, known: Newest, item: Record) -> bool:
        at_s = time_of(item, self._watch.item_time)
        if at_s is None or at_s > known.at_s:
            return True
        return at_s == known.at_s and self._mark(item) not in known.seen

    def _remember(self, parent: str, item: Record) -> None:
        at_s, newest = time_of(item, self._watch.item_time), self._newest.get(parent)
        if at_s is None or (newest is not None and at_s < newest.at_s):
            return
        before = newest.seen if newest is not None and newest.at_s == at_s else frozenset()
        self._newest[parent] = Newest(at_s, before | {self._mark(item)})

    def _mark(self, item: Record) -> str:
        return mark(str(item.get(self._key)), item)

    def was_read(self, key: str, parent: Mapping[str, Any], now_s: int) -> None:
        """Watch a parent from now on, or no longer, as its own state says."""
        self._read.add(key)
        state = parent.get(self._watch.state_field)
        if isinstance(state, str) and state not in self._watch.states:
            self.drop(key)
        else:
            self._newest.setdefault(key, Newest(now_s))

    def drop(self, key: str) -> None:
        """Watch a parent no longer."""
        self._newest.pop(key, None)
        self._before.pop(key, None)

    def kept(self, now_s: int) -> list[tuple[str, Newest]]:
        """Return the parents to ask in the next sync, those with the newest children first.

        A parent without a new child for long is let go, once this sync has asked it. A child that
        is dated in the future must not hide those that are not.
        """
        idle_s = now_s - self._watch.idle_s
        kept = [
            (key, newest if newest.at_s <= now_s else Newest(now_s))
            for key, newest in self._newest.items()
            if newest.at_s >= idle_s or (key in self._before and key not in self._read)
        ]
        return sorted(kept, key=lambda it: (-it[1].at_s, it[0]))
