"""What a row of the catalog is made of: resources, child resources and streams.

Owns the words in which rows are written, and no row. Names, keys, cursor fields and state formats
of rows are those of the published connector, whose connections are taken over.
Rests on https://developer.zendesk.com/api-reference/ (docs/facts/zendesk-api.md#2 and #5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from source_zendesk_support.config.deletions import Deletions

from .deletion import HISTORY, NOT_REPORTED, TICKET_ID, WITH_TICKET
from .walk import ReadsWhole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from source_zendesk_support.records.custom_columns import FieldKind
    from source_zendesk_support.streams.state.position import Position

    from .account_list import AccountList
    from .deletion import DeletedWhere
    from .gate import Gate
    from .walk import Walk

    # The items of a page that are not repeats, and the whole page for its sideloads.
    Transform = Callable[[list[dict[str, Any]], Mapping[str, Any]], list[dict[str, Any]]]

EXPORT_PAGE = 1000  # the most an incremental export serves (docs/facts/zendesk-api.md#2.3)
SEEN_IN_DOCUMENTS = "the answer: it is known from documents alone"
LIST_PAGE = 100  # the most a cursor-paginated list serves (docs/facts/zendesk-api.md#2.1)


class Paging(Enum):
    """What a list is asked for. The dialect of the answer is followed, whatever it is.

    See docs/facts/zendesk-api.md#2.
    """

    CURSOR = "page[size]"
    NUMBER = "per_page"  # nothing else exists, or nothing else is sure
    WHOLE = ""  # documented without paging: no parameter is sent
    OLDER_CURSOR = "limit"  # newest first (docs/facts/zendesk-api.md#5.1)
    BARE_CURSOR = "after_cursor"  # no page size is documented; the cursor has this name
    LAST_ID = "last id"  # as CURSOR, but a page names no next one: it follows the last id
    START_AND_ID = "page_size"  # of engagements alone (docs/facts/zendesk-api.md#5.6)


def items_as_they_are(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001 - the shape of a Transform
) -> list[dict[str, Any]]:
    """Return every item whole."""
    return items


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource and how to walk it. Several streams can be taken from one walk.

    Attributes:
        path: The path below `api/v2`.
        walk: How it is read.
        key: Where a page holds the items.
        or_key: The other name that `key` may have.
        item_time: The field of an item that the position follows.
        prepare: Returns the items of a page in the form that is compared and delivered, for a list
            that serves them in parts (JSON:API) or without a time of their own.
        params: Query parameters of every request.
        without_deleted: Parameters of every request too, unless the user wants deleted tickets.
        largest_page: The most items that Zendesk serves on a page.
        paging: What a list is asked for.
        default_history_s: How far the history reaches back when the user gives no start date, if
            not as far as that of other streams.
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


@dataclass(frozen=True, slots=True)
class Sideload:
    """What a page brings beside its items when it is asked to.

    Attributes:
        name: What is asked for.
        field: What is missing where it is not on the page.
        path: Where it is asked for below one item, by the item's id; "" where it is not.
        key: Where that answer holds it.
        single_type: What it is there: an object, or a list of them.
        lacking: Returns the items of a page that should have it and do not.
        with_found: Returns items and page with what was found by the item's id.
        embedded: Fields that it adds to each item. Only streams that ask for it take them.
        parent_field: The field by which what is there names its item, where it is a list.

    """

    name: str
    field: str
    path: str
    key: str
    single_type: type[dict[str, Any] | list[dict[str, Any]]]
    lacking: Callable[[list[dict[str, Any]], Mapping[str, Any]], list[dict[str, Any]]]
    with_found: Callable[
        [list[dict[str, Any]], Mapping[str, Any], Mapping[Any, Any]],
        tuple[list[dict[str, Any]], Mapping[str, Any]],
    ]
    embedded: tuple[str, ...] = ()
    parent_field: str = ""


@dataclass(frozen=True, slots=True)
class CustomFields:
    """The list that defines the custom fields of a stream; its key in a page is its path."""

    path: str
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The file of a record, and where the record is read alone to ask for its file again.

    Attributes:
        url: The field with the address of the file.
        path: The path of one record, with `{key}` for its primary key.
        key: Where the answer holds the record.
        fields: The primary key, and what such an answer lacks, to be kept of a withheld file.

    """

    url: str
    path: str
    key: str
    fields: tuple[str, ...] = ("id",)


@dataclass(frozen=True, slots=True)
class Stream:
    """One row of the catalog.

    Attributes:
        primary_key: The field that names a record; "" without one.
        cursor_field: The published cursor; None where every sync delivers the whole stream.
        state_is_epoch: Whether states write the cursor as epoch seconds; else as ISO 8601.
        transform: Returns the records of the stream from a page.
        include: The sideload that `transform` needs.
        older_keys: Keys of states that earlier connectors wrote, each with the latest epoch second
            it can be believed to, or None.
        parent_keys: The same for the walk over parents that the published connector kept in
            `parent_state`, under the key of the resource.
        children: The child resource that the records come from; None for the resource's own.
        count: The path that counts the records. Only where a record is one item of that count.
        custom_fields: Where the custom fields of the records are defined.
        file: Where the file of a record is; None for records without files.
        needs: The plan, role or product that Zendesk demands, where no gate says it or the stream
            demands more.
        deletions: How a deletion shows, in words.
        deleted_where: How a record says that it is deleted; None where none does.

    """

    name: str
    resource: Resource
    description: str
    primary_key: str = "id"
    cursor_field: str | None = None
    state_is_epoch: bool = False
    transform: Transform = items_as_they_are
    include: Sideload | None = None
    older_keys: Mapping[str, int | None] = field(default_factory=dict)
    parent_keys: Mapping[str, int | None] = field(default_factory=dict)
    children: ChildResource | None = None
    count: str | None = None
    custom_fields: CustomFields | None = None
    file: FileRecord | None = None
    needs: str = ""
    deletions: str = NOT_REPORTED
    deleted_where: DeletedWhere | None = None

    @property
    def finds_deletions(self) -> bool:
        """Return whether a deletion shows by nothing but a key that is missing.

        Zendesk says nothing of it, and each run reads the list, or what is below a parent, whole.
        A stream without a cursor is replaced by each sync, and what is gone with it.
        """
        children = self.children
        is_whole = isinstance(self.resource.walk, ReadsWhole) and not (
            children and children.is_export
        )
        is_merged = bool(self.cursor_field and self.primary_key)
        return (is_whole or self.is_sideloaded) and is_merged and self.deletions == NOT_REPORTED

    @property
    def list_lacks_deleted(self) -> bool:
        """Whether a list, which replaces the export below a parent, leaves out deleted records."""
        return bool(self.children and self.children.list_path and self.deleted_where)

    @property
    def is_sideloaded(self) -> bool:
        """Return whether the records are a list that comes beside each record of a page."""
        return self.include is not None and bool(self.include.parent_field)

    @property
    def is_history(self) -> bool:
        """Return whether records say what once happened, which no deletion undoes."""
        return self.deletions.startswith(HISTORY) or self.name == "deleted_tickets"

    def goes_with_ticket(self, schema: Mapping[str, Any]) -> bool:
        """Return whether records go with their ticket, which the schema names.

        History stays, and what shows deletions of its own needs no ticket for it.
        """
        is_own = self.is_history or self.deleted_where is not None or self.finds_deletions
        return TICKET_ID in schema["properties"] and not is_own

    @property
    def follows_tickets(self) -> bool:
        """Return whether pages say of which tickets the records are gone or restored."""
        return self.deletions == WITH_TICKET

    def shows_deletions(self, mode: Deletions) -> bool:
        """Return whether records of the stream may have the field of deletions."""
        if mode is Deletions.OFF:
            return False
        is_told = bool(self.deleted_where) or self.follows_tickets
        return self.finds_deletions or (mode is Deletions.TOMBSTONES and is_told)

    @property
    def position_type(self) -> type[Position]:
        """How its positions are kept."""
        return self.resource.walk.position_type

    @property
    def unverified(self) -> str:
        """The part of the row that was never seen on the wire; "" where all was."""
        return (self.children.unverified if self.children else "") or self.resource.unverified

    @property
    def gates(self) -> tuple[Gate, ...]:
        """What must be open: for the children first, then for the resource."""
        gates = (self.children.gate if self.children else None, self.resource.gate)
        return tuple(dict.fromkeys(gate for gate in gates if gate))

    @property
    def demands(self) -> str:
        """The plan, role or product that Zendesk demands, in words; "" where it demands none."""
        return self.needs or "; ".join(gate.needs for gate in self.gates)
