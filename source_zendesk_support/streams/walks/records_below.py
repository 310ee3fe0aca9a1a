"""The records below one record, where an engine or a sideload has none for it.

Owns what a refusal costs: that record, which is counted and named. A refusal of the whole resource
is raised. Rests on docs/facts/zendesk-api.md#5.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.errors import RecordRefused, StreamRefused

from .list_pages import list_pages

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record

    from .requests import ListRequest


def records_below(
    context: WalkContext, request: ListRequest, stream: str, parents: str
) -> list[Record]:
    """Return all records of a request below one record; none where Zendesk refuses that record.

    `stream` and `parents` name them in the count of what was skipped.
    """
    try:
        pages = list_pages(context.client, context.now_s, request)
        return [item for page in pages for item in page.items]
    except (StreamRefused, RecordRefused) as refused:
        if not refused.is_about_a_record:
            raise
        context.skipped.add(stream, f"{parents} refused with status {refused.status}")
        return []
