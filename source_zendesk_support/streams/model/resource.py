"""Resources and child resources: the requests of a row, and how their pages are named.

Owns the words of requests in rows, and no row. Rests on
https://developer.zendesk.com/api-reference/ (docs/facts/zendesk-api.md#2 and #5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .account_list import AccountList
    from .gate import Gate
    from .walk import Walk

    # The items of a page that are not repeats, and the whole page for its sideloads.
    Transform = Callable[[list[dict[str, Any]], Mapping[str, Any]], list[dict[str, Any]]]

EXPORT_PAGE = 1000  # the most an incremental export serves (docs/facts/zendesk-api.md#2.3)
LIST_PAGE = 100  # the most a cursor-paginated list serves (docs/facts/zendesk-api.md#2.1)


def items_as_they_are(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001 - the shape of a Transform
) -> list[dict[str, Any]]:
    """Return every item whole."""
    return items


class Paging(Enum):
    """The paging that a list is asked for. The dialect of the answer is followed, whatever it is.

    See docs/facts/zendesk-api.md#2.
    """

    CURSOR = "page[size]"
    NUMBER = "per_page"  # nothing else exists, or nothing else is sure
    WHOLE = ""  # documented without paging: no parameter is sent
    OLDER_CURSOR = "limit"  # newest first (docs/facts/zendesk-api.md#5.1)
    BARE_CURSOR = "after_cursor"  # no page size is documented; the cursor has this name
    LAST_ID = "last id"  # as CURSOR, but a page names no next one: it follows the last id
    START_AND_ID = "page_size"  # of engagements alone (docs/facts/zendesk-api.md#5.6)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource and how to walk it. Several streams can be taken from one walk.

    Attributes:
        path: The path below `api/v2`.
        walk: How it is read.
        key: Where a page holds the items.
        or_key: The other name that `key` may have.
        item_time: The field of an item that the position follows.
        prepare: Returns the items of a page in the form that is compared and delivered. A list
            that serves them in parts (JSON:API) or without a time of their own needs it.
        params: Query parameters of every request.
        without_deleted: Parameters of every request too, unless the user wants deleted tickets.
        largest_page: The most items that Zendesk serves on a page.
        paging: What a list is asked for.
        default_history_s: How far the history reaches back when the user gives no start date. None:
            as far as that of other streams.
        missing_is_bare: Whether a record that is gone is a 404 without a code.
        has_lives: Whether the items are events of tickets, whose lives a history may cut.
        unverified: What of the row was never seen on the wire. The walk copes with either answer.
        gate: What opens the resource; None where every account answers, or nothing is known.
        is_object: Whether the answer holds one object under `key`, and not a list.

    """

    path: str
    walk: Walk
    key: str
    or_key: str | None = None
    item_time: str = "updated_at"
    prepare: Transform = items_as_they_are
    params: Mapping[str, str] = field(default_factory=dict)
    without_deleted: Mapping[str, str] = field(default_factory=dict)
    largest_page: int = LIST_PAGE
    paging: Paging = Paging.CURSOR
    default_history_s: int | None = None
    missing_is_bare: bool = False
    has_lives: bool = False
    unverified: str = ""
    gate: Gate | None = None
    is_object: bool = False


class Rereading(Enum):
    """When a parent is asked for its children again."""

    SWEEP = "when it changes, and every parent once per help_center_sweep_hours"
    CHANGES = "when it changes"
    ALWAYS = "every sync"


@dataclass(frozen=True, slots=True)
class Watch:
    """When parents are asked again although nothing on them has changed.

    Attributes:
        item_time: The time of a child.
        state_field: The field of the parent that says whether children may still come.
        states: Its values while they may.
        idle_s: How long after the newest child a parent is let go.

    """

    item_time: str
    state_field: str
    states: frozenset[str]
    idle_s: int


@dataclass(frozen=True, slots=True)
class ChildResource:
    """A child resource: read with one paginated request per parent record.

    Attributes:
        path: The path, with `{parent}` for the parent and `{grandparent}` for the parent of that.
        key: Where a page holds the children.
        below: The child resource whose records are the parents; None for those of the walk itself.
        parent_key: The field of a parent that stands for it in the path.
        counters: Fields of the parent that move with its children.
        count_in: The field of the parent that counts its children: at 0 it is not asked.
        only_where: The field of the parent without which it has no children.
        labels: Fields that a child gets from its parent: its own name, and that of the parent.
        rereading: When a parent is asked again.
        paging: What each list of children is asked for.
        is_export: Whether each parent has an incremental cursor export of its own.
        list_path: The list of the same records, where Zendesk refuses that export.
        record_path: The path of one child, with `{key}` beside the others; "": below the list.
        asked_by: The field that stands for one child in that path, where it is not its key.
        probe: A path, its key and its parameters that the account answers where it answers any
            parent; None where no such path is known.
        gate: What opens the children beside what opens their parents.
        unverified: What of the row was never seen on the wire.
        watch: When parents are asked again although nothing on them has changed; None for never.
        listed: The list of the account that has the children of all parents; None without one.
        embedded: The sideload that puts the children into their parents, in a field of its name;
            "" without one.

    """

    path: str
    key: str
    below: ChildResource | None = None
    parent_key: str = "id"
    counters: tuple[str, ...] = ()
    count_in: str | None = None
    only_where: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    rereading: Rereading = Rereading.SWEEP
    paging: Paging = Paging.CURSOR
    is_export: bool = False
    list_path: str = ""
    record_path: str = ""
    asked_by: str = ""
    probe: tuple[str, str, Mapping[str, str]] | None = None
    gate: Gate | None = None
    unverified: str = ""
    watch: Watch | None = None
    listed: AccountList | None = None
    embedded: str = ""
