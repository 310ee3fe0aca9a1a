"""The engine `lists`: what an export gives, read from lists, searches and single requests.

A list in the order of change comes first, then once the archive. Records that no list shows come
once every recheck. Each page is a checkpoint, also within an archive or a recheck.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.resource import LIST_PAGE
from source_zendesk_support.zendesk.keyset import TimeAndId

from .keyset_pages import keyset_pages
from .list_reading import ListReading
from .requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult
    from source_zendesk_support.streams.model.walk import WalkRun

    from .list_source import ListSource


@dataclass(frozen=True)
class ListEngine:
    """Reads one family without its export."""

    source: ListSource

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the list to its end, and then what it does not show."""
        source = self.source
        reading = ListReading(context, run, source)
        after = TimeAndId(reading.place.at_s, reading.place.record_id)
        request = self._request(context, run)
        yield from reading.children.read_again()
        for page in keyset_pages(context, request, source.column, after):
            items, body = source.shape(reading, page)
            yield from reading.below(items)
            reading.move(at_s=page.place.at_s, record_id=page.place.record_id)
            yield reading.deliver(reading.completed(items), body)
            if reading.children.is_wanted:
                yield reading.children.states_at(reading.position())
            del page, items, body  # the next page is read without this one in memory
        yield from source.read_rest(reading)
        if reading.lives:
            reading.lives.count()
        yield from reading.children.read_watched()
        yield from reading.children.at_end()
        yield from reading.checkpoint()

    def _request(self, context: WalkContext, run: WalkRun) -> ListRequest:
        source = self.source
        include = source.include(run)
        params = {**source.params, **({"include": include} if include else {})}
        size = min(LIST_PAGE, context.largest_page or LIST_PAGE)
        return ListRequest(source.path, source.key, params, size=size)
