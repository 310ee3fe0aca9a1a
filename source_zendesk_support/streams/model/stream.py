"""Rows of the catalog: streams, with their sideloads, custom fields and files.

Owns the words in which rows are written, and no row. Names, keys, cursor fields and state formats
of rows are those of the published connector, whose connections are taken over.
Rests on https://developer.zendesk.com/api-reference/ (docs/facts/zendesk-api.md#2 and #5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from source_zendesk_support.config.deletions import Deletions

from .deletion import HISTORY, LISTED_OR_MISSING, NOT_REPORTED, TICKET_ID, WITH_TICKET
from .resource import items_as_they_are
from .walk import reads_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from source_zendesk_support.records.custom_columns import FieldKind
    from source_zendesk_support.streams.state.position import Position

    from .deletion import DeletedWhere
    from .gate import Gate
    from .resource import ChildResource, Resource, Transform


SEEN_IN_DOCUMENTS = "the answer: it is known from documents alone"


@dataclass(frozen=True, slots=True)
class Sideload:
    """A sideload: records that a page brings beside its items when it is asked to.

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
        is_whole = reads_whole(self.resource.walk) and not (children and children.is_export)
        is_merged = bool(self.cursor_field and self.primary_key)
        is_missing = self.deletions in (NOT_REPORTED, LISTED_OR_MISSING)
        return (is_whole or self.is_sideloaded) and is_merged and is_missing

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
        """Return whether the records are gone and come back with their ticket."""
        return self.deletions == WITH_TICKET

    @property
    def needs_deleted_tickets(self) -> bool:
        """Return whether Zendesk's list must say which tickets are deleted: no page does."""
        is_export = "incremental/" in self.resource.path and self.children is None
        return self.follows_tickets and not is_export

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
        """The gates that must be open: for the children first, then for the resource."""
        gates = (self.children.gate if self.children else None, self.resource.gate)
        return tuple(dict.fromkeys(gate for gate in gates if gate))

    @property
    def demands(self) -> str:
        """The plan, role or product that Zendesk demands, in words; "" where it demands none."""
        return self.needs or "; ".join(gate.needs for gate in self.gates)
