"""The parts of a truth, and the few rules that make one from a table.

See docs/facts/zendesk-api.md#2.3, #5.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.seed import event_records


@dataclass(frozen=True, slots=True)
class Query:
    """A question about a stream.

    `start_s`: where the reader began. `visible_until_s`: the last second that an export shows.
    """

    start_s: int
    visible_until_s: int
    include_deleted_tickets: bool = False

    def shows(self, at_s: int) -> bool:
        return self.start_s <= at_s <= self.visible_until_s


@dataclass(frozen=True, slots=True)
class Truth:
    """`must`: records as served. `may`: keys a destination may hold too, in any older version.

    `key` names the field the keys are of; fields joined by `+` make one key, joined the same way.
    It is "" where there is one record and no field that names it.
    `drifting` fields move without the record's own time. A destination which reads only what is new
    may hold older values of them (docs/facts/zendesk-api.md#5.4;
    docs/facts/published-connector.md#6.12). With `newest_by` a destination holds a history: of the
    records with one key, the newest by that field counts.
    """

    key: str
    must: list[Record]
    may: list[Any]
    drifting: tuple[str, ...] = ()
    newest_by: str = ""


Rule = Callable[[Account, Query], Truth]


def key_of(truth: Truth, record: Record) -> Any:
    """Return a record's key under a truth."""
    if not truth.key:
        return ""
    names = truth.key.split("+")
    return record[names[0]] if len(names) == 1 else "+".join(str(record[n]) for n in names)


def by_key(truth: Truth, records: Iterable[Record]) -> dict[Any, Record]:
    """Return what a destination holds by the keys of a truth; of a history, the newest."""
    if truth.newest_by:
        records = sorted(records, key=lambda record: str(record[truth.newest_by]))
    return {key_of(truth, record): record for record in records}


def expected(
    account: Account,
    table: str,
    must: Callable[[Row], bool],
    *,
    key: str = "id",
    drifting: tuple[str, ...] = (),
) -> Truth:
    """Return the rows that must be held; others, and those that are gone, may be held."""
    stored = account.table(table)
    sure, others = [], list(stored.removed)
    for row in stored.rows.values():
        if must(row):
            sure.append(row)
        else:
            others.append(row.id)
    return Truth(key, stored.records(sure), [stored.key(one) for one in others], drifting)


def exported(account: Account, table: str, query: Query) -> Truth:
    """Return all rows from the start on; what the last minute changed may be held as it was."""
    stored = account.table(table)
    rows = stored.rows.values()
    sure = [row for row in rows if query.shows(row.at_s)]
    younger = [row.id for row in rows if row.at_s > query.visible_until_s]
    may = [stored.key(one) for one in (*younger, *stored.removed)]
    return Truth("id", stored.records(sure), may)


def exported_from(table: str) -> Rule:
    return lambda account, query: exported(account, table, query)


def listed(table: str) -> Rule:
    """Return the rule of a list that shows everything alive, whatever the start."""
    return lambda account, _: expected(account, table, lambda row: not row.gone)


def listed_with_deleted(table: str) -> Rule:
    """Return the rule of a list that shows deleted records too, on request.

    See docs/facts/zendesk-api.md#5.2.
    """
    return lambda account, _: expected(account, table, lambda _row: True)


def created_from(table: str) -> Rule:
    """Return the rule of a list filtered by its own time, which shows the last minute too."""
    return lambda account, query: expected(account, table, lambda row: row.at_s >= query.start_s)


def updated_from(table: str, drifting: tuple[str, ...] = ()) -> Rule:
    """Return the rule of a list of which only records updated from the start on count."""

    def rule(account: Account, query: Query) -> Truth:
        return expected(
            account, table, lambda row: row.updated_s >= query.start_s, drifting=drifting
        )

    return rule


def comments(events: Iterable[Record]) -> Iterable[Record]:
    """Yield the comments among the children, with what they take from their event.

    See docs/facts/zendesk-api.md#2.3.12.
    """
    for event in events:
        taken = {name: event[name] for name in ("ticket_id", "timestamp")}
        if "via_reference_id" in event:
            taken["via_reference_id"] = event["via_reference_id"]
        for child in event["child_events"]:
            if child["event_type"] in event_records.COMMENTS:
                yield {**child, **taken}
