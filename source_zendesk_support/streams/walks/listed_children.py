"""The keys of records below parents whose lists replace exports: which of them are still there.

An export shows a deleted record, a list leaves it out. So the keys of delivered records are
remembered with both engines. Every recheck reads the list below each parent whole. Decides nothing:
vanished.py asks for what is missing. Delivers nothing and moves no position.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.resource import LIST_PAGE
from source_zendesk_support.streams.state.marks import time_of

from .list_pages import list_pages
from .requests import ListRequest

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.state.key_memory import KeyMemory


class ListedChildren:
    """The keys of one stream below all of its parents, and the recheck of them."""

    def __init__(self, context: WalkContext, stream: Stream, memory: KeyMemory) -> None:
        self._context = context
        self._memory = memory
        self._stream = stream
        self._now_s = context.client.zendesk_s()
        checked_s = memory.checked_s
        is_recent = checked_s is not None and 0 <= self._now_s - checked_s < context.recheck_s
        self._is_due = not is_recent
        self._read_whole: dict[str, bool] = {}  # by group of a recheck that has begun

    def remember(self, group: str, records: list[Record]) -> None:
        """Remember the keys of delivered records, and forget those that are called deleted."""
        where, key = self._stream.deleted_where, self._stream.primary_key
        assert where is not None  # of others nothing is remembered
        self._memory.meet((it.get(key) for it in records if not where.is_true_of(it)), group)
        self._memory.forget(
            group, [it[key] for it in records if where.is_true_of(it) and key in it]
        )

    def check(self, group: str, path: str, column: str, delivered: tuple[int, int]) -> None:
        """Read the list below one parent whole, where a recheck is due.

        `delivered`: the first and the last second of what was delivered. A record outside of it is
        remembered only where it was before: one that was never delivered is not missed.
        """
        memory, level = self._memory, self._stream.children
        if not self._is_due or memory.is_full or level is None:
            return
        self._read_whole[group] = is_whole = False
        first_s, last_s = delivered
        context, key = self._context, self._stream.primary_key
        size = min(LIST_PAGE, context.largest_page or LIST_PAGE)
        for page in list_pages(
            context.client, context.now_s, ListRequest(path, level.key, size=size)
        ):
            memory.meet(
                [
                    item.get(key)
                    for item in page.items
                    if memory.holds(item.get(key), group)
                    or first_s <= (time_of(item, column) or 0) <= last_s
                ],
                group,
            )
            is_whole = page.is_last and page.is_steady
            del page
        if is_whole:
            memory.read_whole(group)
        self._read_whole[group] = is_whole

    @property
    def has_begun(self) -> bool:
        """Whether a recheck has begun in this run."""
        return bool(self._read_whole)

    def end(self, *, is_decided: bool) -> None:
        """End a recheck; one that left something open is due in the next sync again."""
        if is_decided and all(self._read_whole.values()):
            self._memory.checked_s = self._now_s
