"""What a truth is made of, and the few ways to tell one from a table.

See docs/facts/zendesk-api.md#2.3, #5.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from zendesk_emulator.data.account import Account, Record, Row


@dataclass(frozen=True, slots=True)
class Asked:
    """`start_s`: where an export was told to begin. `visible_until_s`: the last second shown."""

    start_s: int
    visible_until_s: int
    include_deleted_tickets: bool = False

    def shows(self, at_s: int) -> bool:
        return self.start_s <= at_s <= self.visible_until_s


@dataclass(frozen=True, slots=True)
class Truth:
    """`must`: records as served. `may`: keys a destination may hold too, in any older version.

    `key` names the field the keys are of; fields joined by `+` make one key, joined the same way.
    `drifting` fields move without the record's own time, so that a destination which reads only
    what is new may hold older values of them (docs/facts/zendesk-api.md#5.4;
    docs/facts/published-connector.md#6.12).
    """

    key: str
    must: list[Record]
    may: list[Any]
    drifting: tuple[str, ...] = ()


Telling = Callable[[Account, Asked], Truth]


def key_of(truth: Truth, record: Record) -> Any:
    """A record's key under a truth."""
    names = truth.key.split("+")
    return record[names[0]] if len(names) == 1 else "+".join(str(record[n]) for n in names)


def told(
    account: Account,
    table: str,
    must: Callable[[Row], bool],
    *,
    key: str = "id",
    drifting: tuple[str, ...] = (),
) -> Truth:
    """Rows that must be there; the others, and those that are gone, may be."""
    stored = account.table(table)
    sure, others = [], list(stored.removed)
    for row in stored.rows.values():
        if must(row):
            sure.append(row)
        else:
            others.append(row.id)
    return Truth(key, stored.records(sure), [stored.key(one) for one in others], drifting)


def exported(account: Account, table: str, asked: Asked) -> Truth:
    """Everything from the start on; what changed in the last minute may be held as it was."""
    stored = account.table(table)
    rows = stored.rows.values()
    sure = [row for row in rows if asked.shows(row.at_s)]
    younger = [row.id for row in rows if row.at_s > asked.visible_until_s]
    may = [stored.key(one) for one in (*younger, *stored.removed)]
    return Truth("id", stored.records(sure), may)


def exported_from(table: str) -> Telling:
    return lambda account, asked: exported(account, table, asked)


def listed(table: str) -> Telling:
    """Lists show everything that is alive, whatever the start."""
    return lambda account, _: told(account, table, lambda row: not row.gone)


def listed_with_deleted(table: str) -> Telling:
    """Lists that show the deleted too, when they are asked for them.

    See docs/facts/zendesk-api.md#5.2.
    """
    return lambda account, _: told(account, table, lambda _row: True)


def created_from(table: str) -> Telling:
    """Lists filtered by their own time show also the last minute."""
    return lambda account, asked: told(account, table, lambda row: row.at_s >= asked.start_s)


def updated_from(table: str, drifting: tuple[str, ...] = ()) -> Telling:
    """Lists read whole, of which what was updated before the start is not asked for."""

    def tell(account: Account, asked: Asked) -> Truth:
        return told(account, table, lambda row: row.updated_s >= asked.start_s, drifting=drifting)

    return tell


def comments(events: Iterable[Record]) -> Iterable[Record]:
    """The Comment children, with what they take from their event.

    See docs/facts/zendesk-api.md#2.3.12.
    """
    for event in events:
        taken = {name: event[name] for name in ("ticket_id", "timestamp")}
        if "via_reference_id" in event:
            taken["via_reference_id"] = event["via_reference_id"]
        for child in event["child_events"]:
            if child["event_type"] == "Comment":
                yield {**child, **taken}
