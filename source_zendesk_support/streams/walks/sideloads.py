"""The single items that lack their sideload: it is asked for below them.

Owns how many are asked. One record without its sideload costs a request, never the other streams of
the page. Rests on
https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    RecordRefused,
    StreamRefused,
)

from .record_paths import path_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Sideload, Stream

# A page of 1000 that lacks more than a tenth lacks the sideload itself.
MOST_SINGLES = 100


def completed(
    context: WalkContext, stream: Stream, items: list[Record], page: Mapping[str, Any]
) -> tuple[list[Record], Mapping[str, Any]]:
    """Return items and page with the sideload that single items lack, for one stream.

    Raises ConnectorError when too many lack it, or when Zendesk cannot be asked.
    """
    sideload = stream.include
    if sideload is None:
        return items, page
    lacking = sideload.lacking(items, page)
    if not lacking:
        return items, page
    if not sideload.path:
        for _ in lacking:
            context.skipped.add(stream.name, f"records without `{sideload.field}`")
        return sideload.with_found(items, page, {})
    if len(lacking) > MOST_SINGLES:
        raise ConnectorError(
            f"Zendesk left `{sideload.field}` out for {len(lacking)} records of a page.",
            about=f"the sideload {sideload.name}",
            remedy="Run the sync again: the state stands before this page. Report it if it recurs.",
            failure=Failure.TRANSIENT,
        )
    found = {}
    for item in lacking:
        key = item.get("id")
        if not isinstance(key, int | str):
            context.skipped.add(stream.name, f"records without `{sideload.field}` and without id")
            continue
        value = _single(context, stream, sideload, key)
        if value is not None:
            found[key] = value
    return sideload.with_found(items, page, found)


def _single(
    context: WalkContext, stream: Stream, sideload: Sideload, key: int | str
) -> Record | list[Record] | None:
    """Return what one item lacks; None where Zendesk does not have it."""
    path = sideload.path.format(id=quote(str(key), safe=""))
    try:
        answer = context.client.get(
            path, {}, expects=sideload.key, expected_type=sideload.single_type
        )
    except (StreamRefused, RecordRefused) as error:
        context.skipped.add(
            stream.name, f"records without `{sideload.field}`, refused with status {error.status}"
        )
        return None
    context.skipped.add(stream.name, f"records without `{sideload.field}`, asked for singly")
    value: Record | list[Record] = answer.body[sideload.key]
    return value


def keys_below(
    stream: Stream, items: list[Record], page: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Return the keys that a sideloaded list has below each item of a page."""
    include = stream.include
    assert include is not None
    found: dict[str, list[Any]] = {path_id(item.get("id")): [] for item in items}
    for each in page.get(include.field) or ():
        if isinstance(each, dict):
            keys = found.get(path_id(each.get(include.parent_field)))
            if keys is not None:
                keys.append(each.get(stream.primary_key))
    return found
