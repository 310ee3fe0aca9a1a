"""The export of one parent, as a custom object has one, or its list where the export is refused.

A place keeps the time from which an export loses nothing, and beside it the cursor of the engine
that has written it. A list shows no deletions, so that it never moves that time.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.stream import LIST_PAGE
from source_zendesk_support.streams.state.position import ExportPosition, Place
from source_zendesk_support.zendesk.errors import StartTimeTooRecent, StreamRefused
from source_zendesk_support.zendesk.keyset import TimeAndId, keyset_cursor, read_keyset_cursor

from .export_pages import export_pages
from .keyset_pages import keyset_pages
from .requests import ListRequest, child_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import ChildResource
    from source_zendesk_support.streams.model.walk import Start

FAMILY = "incremental/custom_objects"
COLUMN = "updated_at"
# What an export has passed may lie behind its time in the list, whose time is another.
OVERLAP_S = 3600


@dataclass(frozen=True, slots=True)
class ParentPage:
    """One page below a parent, and the place after it."""

    items: list[Record]
    place: Place


def parent_pages(
    context: WalkContext, level: ChildResource, path: str, start: Start, old: Place | None
) -> Iterator[ParentPage]:
    """Yield the pages of one parent, with the engine that Zendesk allows."""
    place, refused = old, None
    if not (level.list_path and context.engine.reads_lists(FAMILY)):
        try:
            for page in _export(context, level, path, start, old):
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
    context: WalkContext, level: ChildResource, path: str, start: Start, old: Place | None
) -> Iterator[ParentPage]:
    position = ExportPosition()
    if old:
        by_export = old.after_cursor if _listed(old) is None else None
        position = ExportPosition(old.at_s, by_export)
    request = child_request(context, level, path)
    try:
        for page in export_pages(context, request, COLUMN, start.of(position.at_s), position):
            yield ParentPage(page.items, Place(page.position.at_s or 0, page.position.after_cursor))
    except StartTimeTooRecent:
        return  # the next sync reads it


def _list(
    context: WalkContext, level: ChildResource, path: str, start: Start, old: Place | None
) -> Iterator[ParentPage]:
    safe_s = old.at_s if old else start.sent_s
    after = _listed(old) if old else None
    if after is None:
        after = TimeAndId(max(0, safe_s - OVERLAP_S) if old else safe_s, "")
    size = min(LIST_PAGE, context.largest_page or LIST_PAGE)
    request = ListRequest(path, level.key, {"sort": COLUMN}, size=size)
    for page in keyset_pages(context, request, COLUMN, after):
        yield ParentPage(page.items, Place(safe_s, keyset_cursor(COLUMN, page.place)))


def _listed(place: Place) -> TimeAndId | None:
    """Return the pair of a place that a list has written; None after an export."""
    try:
        return read_keyset_cursor(COLUMN, place.after_cursor or "")
    except ValueError:
        return None
