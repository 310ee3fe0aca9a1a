"""The pages of a list in the order of time and id, from a pair that a state has kept.

A page never passes the last minute, in which a change may still be on its way into the list. A list
in another order is an error: a pair would stand for records that were not read. A list that refuses
the built cursor is read from its beginning. Records that the pair has passed are left out.
Rests on docs/facts/closing-of-exports.md#2 and docs/facts/zendesk-api.md#2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.keyset import TimeAndId, keyset_cursor

from .list_pages import list_pages
from .start import HELD_BACK_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record

    from .requests import ListRequest


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """One page.

    Attributes:
        items: The records after the pair, up to the last minute.
        body: The whole answer, for its sideloads.
        place: The pair after the page.
        settled_s: The last second that the page shows for good.

    """

    items: list[Record]
    body: Mapping[str, Any]
    place: TimeAndId
    settled_s: int


def keyset_pages(
    context: WalkContext, request: ListRequest, column: str, after: TimeAndId
) -> Iterator[KeysetPage]:
    """Yield the pages of a list that is ordered by `column` and id, after a pair."""
    cursor = keyset_cursor(column, after)
    for page in list_pages(context.client, context.now_s, request, cursor):
        settled_s = page.shown_s - HELD_BACK_S
        items: list[Record] = []
        last = None
        for item in page.items:
            at_s = time_of(item, column)
            if at_s is None:
                items.append(item)  # it has no place; nothing says that it was delivered
                continue
            here = TimeAndId(at_s, item.get("id", 0))
            if last is not None and not _follows(here, last):
                raise _wrong_order(request.path, column)
            last = here
            if at_s > settled_s:
                break
            if _follows(here, after):
                items.append(item)
                after = here
        is_settled = last is None or last.at_s <= settled_s
        yield KeysetPage(items, page.body, after, settled_s)
        del page, items  # the next page is read without this one in memory
        if not is_settled:
            return


def _follows(here: TimeAndId, there: TimeAndId) -> bool:
    """Return whether a pair comes after another; a text id follows any number."""
    if here.at_s != there.at_s:
        return here.at_s > there.at_s
    if isinstance(here.record_id, int) and isinstance(there.record_id, int):
        return here.record_id > there.record_id
    return str(here.record_id) > ("" if there.record_id == 0 else str(there.record_id))


def _wrong_order(path: str, column: str) -> ConnectorError:
    return ConnectorError(
        f"Zendesk serves this list in another order than by `{column}`, so that no place in it can "
        "be kept.",
        about=f"GET {path}",
        remedy="Nothing was skipped: the state stands before this page. Please report this with "
        "the log of the sync.",
        failure=Failure.SYSTEM,
    )
