"""The account in memory: tables of rows, their order, and a revision that grows with every change.

A row keeps the few columns that order and filter it, and the JSON bytes of its record, made once:
drawn from the seed when first asked for, or written by a change. Records are parsed back only
when something must be changed or compared. Nothing here knows HTTP.
"""

import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial, total_ordering
from typing import Any

import orjson

from .clock import Clock
from .page_cache import PageCache
from .past import Past

Record = dict[str, Any]

# Zendesk sorts statuses by their internal number, not by their name
STATUS_RANK = {
    "new": 0, "open": 1, "pending": 2, "solved": 3, "closed": 4, "deleted": 5, "hold": 6,
}  # fmt: skip


# How a record that is on no list answers: it is shown singly, or refused to the role.
FILTERED, REFUSED = "filtered", "refused"


@dataclass(slots=True, eq=False)
class Row:
    """One record: its position, what filters look at, and its JSON once it was needed."""

    id: int
    at_s: int  # its position in time: what an export or the list's own clock orders by
    created_s: int
    updated_s: int
    parent: int = 0  # the ticket or user it belongs to
    ordinal: int = 0  # which of its parent's children it is; read when it is drawn
    status: str = ""
    support: str = "agent"  # support_type of the ticket (docs/facts/zendesk-api.md#2.3.10)
    archived: bool = False  # closed for more than 120 days (docs/facts/zendesk-api.md#2.3.9)
    gone: bool = False  # deleted, inactive: what lists leave out
    hidden: str = ""  # on no list though it exists, and how it answers then
    body: bytes | None = None


def written(record: Record) -> bytes:
    """A record's JSON, copied to its exact length.

    orjson shrinks a larger buffer in place; what it leaves behind costs four times the memory.
    """
    return bytes(memoryview(orjson.dumps(record)))


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: str  # "i" integer, "d" time in epoch seconds, "s" text, as cursors write them
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """Columns that order a list; the last one is unique."""

    columns: tuple[Column, ...]

    @property
    def text(self) -> str:
        return ",".join(f"{'-' if c.descending else ''}{c.name}" for c in self.columns)


def order(*columns: str) -> Order:
    """`order("-created_at:d", "name:s", "id:i")`: a minus orders downwards."""
    parsed = []
    for text in columns:
        name, kind = text.removeprefix("-").split(":")
        parsed.append(Column(name, kind, text.startswith("-")))
    return Order(tuple(parsed))


@total_ordering
@dataclass(frozen=True, slots=True)
class Downwards:
    """A text in a key that orders downwards, where a number is negated."""

    text: str

    def __lt__(self, other: "Downwards") -> bool:
        return other.text < self.text


@dataclass(frozen=True, slots=True)
class Index:
    """Rows in order, with the keys to find a place among them."""

    keys: list[tuple[Any, ...]]
    rows: list[Row]


class Table:
    """The records of one resource."""

    def __init__(
        self,
        name: str,
        draw: Callable[[Row], Record] | None = None,
        key: Callable[[int], Any] = int,
    ) -> None:
        self.name = name
        self.key = key  # a row's number as the id Zendesk shows
        self.rows: dict[int, Row] = {}
        self.removed: set[int] = set()  # keys that once stood here and are gone without a trace
        self.trash: dict[int, Row] = {}  # the rows of these keys, to be restored
        self._draw = draw
        self._children: dict[int, list[Row]] | None = None
        self._top_id = 0
        self.past: Past | None = None  # of what can be searched

    def body(self, row: Row) -> bytes:
        if row.body is None:
            assert self._draw is not None
            row.body = written(self._draw(row))
        return row.body

    def record(self, row: Row) -> Record:
        record: Record = orjson.loads(self.body(row))
        return record

    def records(self, rows: Iterable[Row]) -> list[Record]:
        return [self.record(row) for row in rows]

    def add(self, row: Row, record: Record | None = None) -> Row:
        if record is not None:
            row.body = written(record)
        self.rows[row.id] = row
        if self.past is not None:
            self.past.created(row)
        self._top_id = max(self._top_id, row.id)
        if self._children is not None:
            self._children.setdefault(row.parent, []).append(row)
        return row

    def remove(self, row: Row) -> None:
        self.body(row)  # drawn while what lies around it is still there
        del self.rows[row.id]
        self.removed.add(row.id)
        self.trash[row.id] = row
        if self._children is not None:
            self._children[row.parent].remove(row)

    def children(self, parent: int) -> list[Row]:
        """Rows of one parent in the order they were added."""
        if self._children is None:
            self._children = {}
            for row in self.rows.values():
                self._children.setdefault(row.parent, []).append(row)
        return self._children.get(parent, [])

    def next_id(self, step: int = 1) -> int:
        """An id above all that were ever used here."""
        return self._top_id + step

    def amend(self, row: Row, **fields: Any) -> Record:
        """Write fields of a record; its columns are the caller's. Call before moving columns."""
        if self.past is not None:
            self.past.replaced(row, self.body(row))
        record = {**self.record(row), **fields}
        row.body = written(record)
        return record


def _column_value(table: Table, column: Column, row: Row) -> Any:
    name = column.name
    if name == "id" and column.kind == "s":
        return table.key(row.id)
    match name:
        case "id" | "nice_id":
            return row.id
        case "created_at":
            return row.created_s
        case "updated_at":
            return row.updated_s
        case "time" | "deleted_at":
            return row.at_s
        case "status":
            return STATUS_RANK[row.status]
        case "score":
            return table.record(row)["count"]
        case _:
            return table.record(row)[name]


def key_of(table: Table, columns: tuple[Column, ...], row: Row) -> tuple[Any, ...]:
    """A row's place under an order."""
    return tuple(ordered(column, _column_value(table, column, row)) for column in columns)


def ordered(column: Column, value: Any) -> Any:
    """Return what a value is in a key: in a descending column it is turned round."""
    if not column.descending:
        return value
    return Downwards(value) if column.kind == "s" else -value


def _export_key(row: Row) -> tuple[int, int]:
    return (row.at_s, row.id)


# The order of every export: (position in time, id) (docs/facts/zendesk-api.md#2.3.1)
EXPORT = order("time:d", "id:i")

SEARCHED = frozenset({"tickets", "users", "organizations", "groups"})
SEARCH_DELAY_S = 120  # "up to a few minutes" (docs/facts/zendesk-api.md#4)
INDEXES_KEPT = 64  # a test seldom walks more lists and filters than this at one revision


class Account:
    """One Zendesk account. Hold `lock` while reading more than one thing or changing anything."""

    def __init__(self, clock: Clock, *, seed: int, subdomain: str) -> None:
        self.clock = clock
        self.seed = seed
        self.subdomain = subdomain
        self.lock = threading.RLock()
        self.revision = 0
        self.tables: dict[str, Table] = {}
        # where attachments lie: the account's own host, and another that wants no credentials
        self.origin = "https://emulator.zendesk.com"
        self.foreign_origin = "https://files.example"
        # path -> how it is paged instead, where docs/facts/zendesk-api.md is not sure
        # (resources.Listing)
        self.paging: dict[str, str] = {}
        # How far back the feed of side conversation events reaches; None: to the first of all.
        self.conversation_feed_s: int | None = None
        self.search_delay_s = SEARCH_DELAY_S  # what is younger cannot be searched yet
        self.pages = PageCache()
        # users drawn from the seed: what is drawn later still chooses among these
        self.population = 0
        # what the lives of tickets follow from (seed/life.py): the organizations that users began
        # in; ticket -> when it was created and updated and how it ended; groups with their agents;
        # and what changes have added
        self.first_organizations: dict[int, int] = {}
        self.seeded_s = 0
        self.frames: dict[int, Any] = {}
        self.lives: dict[int, Any] = {}
        self.openings: dict[int, Any] = {}
        self.happenings: dict[int, Any] = {}
        self.teams: tuple[tuple[int, tuple[int, ...]], ...] = ()
        self.later_steps: dict[int, list[Any]] = {}
        self._indexes: dict[Hashable, Index] = {}
        self._indexes_revision = -1

    def table(self, name: str) -> Table:
        return self.tables[name]

    def add_table(
        self,
        name: str,
        draw: Callable[[Row], Record] | None = None,
        key: Callable[[int], Any] = int,
    ) -> Table:
        self.tables[name] = Table(name, draw, key)
        if name in SEARCHED:
            self.tables[name].past = Past(self.clock.now_s)
        return self.tables[name]

    def changed(self) -> None:
        """Something was written: pages and orders made before are void."""
        self.revision += 1

    def url(self, path: str) -> str:
        """The address a record names as its own."""
        return f"https://{self.subdomain}.zendesk.com/api/v2/{path}.json"

    def index(
        self,
        table: str,
        by: Order,
        kept: Hashable = None,
        keep: Callable[[Row], bool] | None = None,
    ) -> Index:
        """The rows that `keep` keeps, in order; `kept` names the filter and makes it reusable."""
        if self._indexes_revision != self.revision or len(self._indexes) > INDEXES_KEPT:
            self._indexes.clear()
            self._indexes_revision = self.revision
        found = self._indexes.get((table, by, kept))
        if found is None:
            found = self._indexes[(table, by, kept)] = self._ordered(table, by, keep)
        return found

    def _ordered(self, name: str, by: Order, keep: Callable[[Row], bool] | None) -> Index:
        table = self.tables[name]
        rows = [
            row for row in table.rows.values() if not row.hidden and (keep is None or keep(row))
        ]
        key = _export_key if by == EXPORT else partial(key_of, table, by.columns)
        keyed = sorted(((key(row), row) for row in rows), key=lambda pair: pair[0])
        return Index([pair[0] for pair in keyed], [pair[1] for pair in keyed])
