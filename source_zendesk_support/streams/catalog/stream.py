"""What a row of the stream table is made of: the ways to read, the feeds, and the streams.

Owns the words in which rows are written, and no row. Names, keys, cursor fields and state formats
of rows are those of the published connector, whose connections are taken over.
Rests on https://developer.zendesk.com/api-reference/ (docs/facts/zendesk-api.md#2 and #5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from .transforms import items_as_they_are

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .transforms import Transform

EXPORT_PAGE = 1000  # the most an incremental export serves (docs/facts/zendesk-api.md#2.3)
LIST_PAGE = 100  # the most a cursor-paginated list serves (docs/facts/zendesk-api.md#2.1)


class Walk(Enum):
    """A way of reading Zendesk, named after its own mechanism."""

    CURSOR_EXPORT = "cursor export"
    TIME_EXPORT = "time export"
    FULL_LIST = "list, whole each time"
    FILTERED_LIST = "list, everything read, only news emitted"
    COMPARED_LIST = "list, everything read, what differs from the last time emitted"
    NEWEST_FIRST_LIST = "list, newest first, stops at the first wholly old page"
    LOOK_BACK_LIST = "list, filtered by creation, read again within a look-back"
    CREATED_LIST = "list, filtered by creation, oldest first"
    SINCE_LIST = "list since the last position"


class Paging(Enum):
    """What a list is asked for; whatever dialect the answer has is followed.

    See docs/facts/zendesk-api.md#2.
    """

    CURSOR = "page[size]"
    NUMBER = "per_page"  # nothing else exists, or nothing else is sure
    WHOLE = ""  # documented without paging: no parameter is sent
    OLDER_CURSOR = "limit"  # of ticket_audits alone (docs/facts/zendesk-api.md#5.1)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource and how to walk it. Several streams can be taken from one walk.

    `key` is where a page holds its items, `item_time` their field that the position follows.
    `without_deleted` are sent too, unless the user wants deleted tickets. `begins_at_start`: what
    is older than the user's start date is left out while there is no position. `default_history_s`:
    how far it reaches back when the user gives no start date, if not as far as all others.
    `or_key`: the other name that `key` may have. `unverified` says what of the row nobody has seen
    on the wire; the walk copes with either answer.
    """

    path: str
    walk: Walk
    key: str
    or_key: str | None = None
    item_time: str = "updated_at"
    params: Mapping[str, str] = field(default_factory=dict)
    without_deleted: Mapping[str, str] = field(default_factory=dict)
    largest_page: int = LIST_PAGE
    paging: Paging = Paging.CURSOR
    begins_at_start: bool = False
    default_history_s: int | None = None
    unverified: str = ""


class Rereading(Enum):
    """When a parent is asked for its children again."""

    SWEEP = "when it changes, and every parent once per help_center_sweep_hours"
    CHANGES = "when it changes"
    ALWAYS = "every sync"


@dataclass(frozen=True, slots=True)
class ChildResource:
    """A child resource: read with one paginated request per parent record.

    `path` names the parent as `{parent}` and the parent of that as `{grandparent}`, by the field
    `parent_key`. `counters` are fields of the parent that move with its children; where `count_in`
    is 0, or `only_where` empty or missing, there are none. `labels` are fields that a child gets
    from its parent. `is_export`: each parent has an incremental cursor export of its own.
    """

    path: str
    key: str
    below: str | None = None
    parent_key: str = "id"
    counters: tuple[str, ...] = ()
    count_in: str | None = None
    only_where: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    rereading: Rereading = Rereading.SWEEP
    paging: Paging = Paging.CURSOR
    is_export: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """One row of the catalog.

    `transform` gets the stream's records out of a page; `include` is the sideload it needs for
    that. `older_keys` are keys of states that earlier connectors wrote, each with the latest epoch
    second it can be believed to, or None. `needs` is the plan, role or product that Zendesk
    demands, `deletions` how a deletion shows. `file_url` is the field with the address of a
    record's file.
    """

    name: str
    resource: Resource
    description: str
    primary_key: str = "id"  # "": none
    cursor_field: str | None = None
    state_is_epoch: bool = False  # epoch seconds as text; else ISO 8601
    transform: Transform = items_as_they_are
    include: str | None = None
    older_keys: Mapping[str, int | None] = field(default_factory=dict)
    children: ChildResource | None = None
    file_url: str | None = None
    needs: str = ""
    deletions: str = "not told"


def listed(
    name: str,
    walk: Walk,
    description: str,
    *,
    params: Mapping[str, str] | None = None,
    paging: Paging = Paging.CURSOR,
    unverified: str = "",
    needs: str = "",
    deletions: str | None = None,
) -> Stream:
    """Return the row of a list that is called as its stream is, by path and key.

    One that is delivered whole each time replaces what was there: it has no cursor, and what was
    deleted is gone from it.
    """
    is_whole = walk is Walk.FULL_LIST
    return Stream(
        name,
        Resource(name, walk, name, params=params or {}, paging=paging, unverified=unverified),
        description,
        cursor_field=None if is_whole else "updated_at",
        needs=needs,
        deletions=deletions or ("gone from the list" if is_whole else "not told"),
    )
