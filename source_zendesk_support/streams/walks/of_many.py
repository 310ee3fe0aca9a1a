"""Lists that take the ids of other records, 100 a request.

Owns nothing but the asking: every record of the lists is delivered, and nothing resumes in the
middle. Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/skill_based_routing/.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from .full_list import FullList
from .list_pages import ListPage, list_pages
from .requests import ListRequest, run_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.walk import WalkRun


MOST_IDS = 100  # of one request (docs/facts/endpoints.md)


@dataclass(frozen=True)
class OfMany(FullList):
    """Reads a list for the ids of all others.

    Attributes:
        path: The list of the others, and its key.
        filters: The parameters of each part of that list.
        ids_in: The parameter that takes the ids.

    """

    path: str
    filters: tuple[Mapping[str, str], ...] = field(hash=False)
    ids_in: str

    label: ClassVar[str] = "list, whole"

    def pages(self, context: WalkContext, run: WalkRun) -> Iterator[ListPage]:
        """Yield the pages for all ids as those of one list."""
        asked, held = run_request(context, run), None
        for ids in self._ids(context, asked.size):
            request = replace(asked, params={**asked.params, self.ids_in: ids})
            for page in list_pages(context.client, context.now_s, request):
                if held:
                    yield held
                held = replace(page, cursor=None, begins=held is None, is_last=False)
        now_s = context.client.zendesk_s()
        nothing = ListPage([], {}, now_s, now_s, None, begins=True, is_last=True)
        yield replace(held or nothing, is_last=True)

    def _ids(self, context: WalkContext, size: int) -> Iterator[str]:
        """Yield the ids of the others, as many as one request takes, joined by commas."""
        ids: list[str] = []
        for params in self.filters:
            request = ListRequest(self.path, self.path, params, size=size)
            for page in list_pages(context.client, context.now_s, request):
                ids += [str(it["id"]) for it in page.items if isinstance(it.get("id"), int | str)]
                while len(ids) >= MOST_IDS:
                    yield ",".join(ids[:MOST_IDS])
                    del ids[:MOST_IDS]
        if ids:
            yield ",".join(ids)
