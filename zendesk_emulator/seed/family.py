"""A list of Zendesk as one row of data: its records, where it is served, and how it is paged.

The seed, the list or branch, the kinds of change and the truth follow from such a row. Records hold
what Zendesk documents of them; what was never seen on the wire says so at the connector's row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.drawing import Draw

from .rows import Seed, named

Fields = Callable[[Account, Row, Draw], Record]
# Fields that almost every record shows; a family says which of them its own records lack
STANDARD = ("url", "id", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Family:
    """One list. `path` lies below `api/v2`; `*` in it stands for the parent of the records.

    `paging` is one of api.resources.PAGINGS, `dialect` one of its dialects.
    """

    seed: Seed
    path: str
    key: str
    paging: str
    dialect: str
    scope: str
    admin: bool
    size_max: int


def family(
    stream: str,
    base: int,
    count: int,
    path: str,
    fields: Fields,
    *,
    key: str = "",
    lacks: tuple[str, ...] = (),
    ids: Callable[[int], Any] = int,
    touched: str | None = "name",
    removable: bool = True,
    parent: str = "",
    paging: str = "both",
    dialect: str = "support",
    scope: str = "read",
    admin: bool = False,
    size_max: int = 100,
) -> Family:
    """A family whose records have the standard fields but those that they lack, and these.

    Its kinds of change are named after the stream: `new_jira_link`, `delete_jira_link`.
    """

    def record(account: Account, row: Row, draw: Draw) -> Record:
        above = account.table(parent).key(row.parent) if parent else ""
        shown = named(account, stream, path.replace("*", str(above)), row)
        return {name: it for name, it in shown.items() if name not in lacks} | fields(
            account, row, draw
        )

    seed = Seed(
        stream,
        _singular(stream),
        base,
        count,
        record,
        touched,
        key=ids,
        removable=removable,
        parent=parent,
    )
    return Family(seed, path, key or stream, paging, dialect, scope, admin, size_max)


def _singular(stream: str) -> str:
    if stream.endswith("ies"):
        return f"{stream[:-3]}y"
    return stream.removesuffix("es" if stream.endswith(("sses", "uses")) else "s")


def parent_key(account: Account, table: str, row: Row) -> Any:
    """The id that Zendesk shows of a record's parent."""
    return account.table(table).key(row.parent)
