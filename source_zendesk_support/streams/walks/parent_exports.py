"""The export of one parent, as a custom object has one, or its list where the export is refused.

A place keeps where the export stands, and beside it the cursor of the list. A list shows no
deletions (listed_children.py finds them), so that it never moves the export, which has them whole.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.resource import LIST_PAGE
from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.streams.state.list_position import Place
from source_zendesk_support.streams.state.lists_place import HOUR_S
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import StartTimeTooRecent, StreamRefused
from source_zendesk_support.zendesk.keyset import TimeAndId, keyset_cursor, read_keyset_cursor

from .export_pages import export_pages
from .keyset_pages import keyset_pages
from .requests import ListRequest, child_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import Start

FAMILY = "incremental/custom_objects"
COLUMN = "updated_at"


@dataclass(frozen=True, slots=True)
class ParentPage:
    """One page below a parent, and the place after it. `list_path`: the list that it is of."""

    items: list[Record]
    place: Place
    list_path: str = ""


def parent_pages(
    context: WalkContext, stream: Stream, path: str, start: Start, old: Place | None
) -> Iterator[ParentPage]:
    """Yield the pages of one parent, with the engine that Zendesk allows."""
    level = stream.children
    assert level is not None  # only children have parents
    place, refused = old, None
    if not (level.list_path and context.engine.reads_lists(FAMILY)):
        try:
            for page in _export(context, stream, path, start, old):
                place = page.place
                yield page
        except StreamRefused as error:
            can_switch = level.list_path and context.engine.may_switch
            if not can_switch or error.is_about_a_record:
                raise
            refused = error
        else:
            return
    before, _, after = level.path.partition("{parent}")
    parent = path.removeprefix(before).removesuffix(after)
    has_begun = False
    try:
        for page in _list(context, level, level.list_path.format(parent=parent), start, place):
            if refused and not has_begun:
                context.engine.switch(FAMILY, refused.status)
            has_begun = True
            yield page
    except StreamRefused:
        if has_begun or refused is None:
            raise
        raise refused from None  # the list is closed too: it is the export's answer that counts


def _export(
    context: WalkContext, stream: Stream, path: str, start: Start, old: Place | None
) -> Iterator[ParentPage]:
    """Yield the pages of the export, without what the list has delivered up to its own place."""
    position = ExportPosition(old.at_s, old.after_cursor) if old else ExportPosition()
    listed = _listed(old)
    level, where = stream.children, stream.deleted_where
    assert level is not None  # only children have parents
    request = child_request(context, level, path)
    try:
        for page in export_pages(context, request, COLUMN, start.of(position.at_s), position):
            at_s = page.position.at_s or 0
            is_behind = listed is not None and at_s < listed.at_s
            cursor = old.listed if old and is_behind else None
            items = [
                it
                for it in page.items
                if listed is None
                or (where and where.is_true_of(it))
                or not _was_listed(it, listed.at_s)
            ]
            yield ParentPage(items, Place(at_s, page.position.after_cursor, cursor))
            del page, items
    except StartTimeTooRecent:
        return  # the next sync reads it


def _list(
    context: WalkContext, level: ChildResource, path: str, start: Start, old: Place | None
) -> Iterator[ParentPage]:
    """Yield the pages of the list; the export's own place stays where it was."""
    place = old or Place(start.sent_s, None)
    after = _listed(old)
    if after is None:
        after = TimeAndId(max(0, place.at_s - HOUR_S) if old else place.at_s, "")
    size = min(LIST_PAGE, context.largest_page or LIST_PAGE)
    request = ListRequest(path, level.key, {"sort": COLUMN}, size=size)
    for page in keyset_pages(context, request, COLUMN, after):
        listed = keyset_cursor(COLUMN, page.place)
        yield ParentPage(page.items, replace(place, listed=listed), path)
        del page


def _listed(place: Place | None) -> TimeAndId | None:
    """Return the pair on which the list stands; None where no list was read."""
    if place is None or place.listed is None:
        return None
    try:
        return read_keyset_cursor(COLUMN, place.listed)
    except ValueError:
        return None  # another hand has written it: the list begins at the export's place


def listed_until_s(place: Place) -> int:
    """Return up to when the list was read; 0 where it was not."""
    listed = _listed(place)
    return listed.at_s if listed else 0


def _was_listed(record: Record, until_s: int) -> bool:
    """Return whether the list has shown a record that is there: all but the last hour."""
    at_s = time_of(record, COLUMN)
    return at_s is not None and at_s < until_s - HOUR_S
