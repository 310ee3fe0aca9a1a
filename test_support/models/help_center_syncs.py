"""Syncs of the model Help Center, and the tables and states that they leave."""

import json
from collections import Counter
from dataclasses import dataclass, field

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.walks.account_lists import AccountLists
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.errors import ConnectorError

from .help_center import DAY_S, FAMILY, HelpCenter, Record, tombstone


@dataclass
class Destination:
    """A platform with the states of several streams."""

    tables: dict[str, dict[int, Record]] = field(
        default_factory=lambda: {name: {} for name in STREAMS}
    )
    states: dict[str, Record] = field(default_factory=dict)
    came: Counter[str] = field(default_factory=Counter)
    failures: dict[str, ConnectorError] = field(default_factory=dict)
    removed: Counter[str] = field(default_factory=Counter)
    uncovered: list[tuple[str, int, Record | None]] = field(default_factory=list)

    def take(self, name: str, records: list[Record]) -> None:
        self.came[name] += len(records)
        for record in records:
            key, table = record["id"], self.tables[name]
            self.uncovered.append((name, key, table.get(key)))
            if "_ab_cdc_deleted_at" in record:
                table.pop(key, None)
                self.removed[name] += 1
            else:
                table[key] = record

    def commit(self, name: str, state: Record) -> None:
        self.states[name] = state
        self.uncovered = [it for it in self.uncovered if it[0] != name]

    def roll_back(self) -> None:
        """Lose what no state covers: nothing can know that it was there."""
        for name, key, before in reversed(self.uncovered):
            self.tables[name].pop(key, None)
            if before is not None:
                self.tables[name][key] = before
        self.uncovered.clear()

    def plain(self, name: str) -> dict[int, Record]:
        return {
            key: {n: v for n, v in row.items() if n != "_airbyte_parent_id"}
            for key, row in self.tables[name].items()
        }


def sync(
    make_context,
    center,
    destination,
    *,
    names=FAMILY,
    page=3,
    sweep_s=DAY_S,
    kill_after=None,
    ahead=0,
    finds_deletions=False,
    lists_votes=False,
) -> list[str]:
    """Run one sync from the destination's states; return its requests."""
    center.requests.clear()
    streams = [STREAMS[name] for name in names]
    saved = json.loads(json.dumps(destination.states))
    stands = {row.name: decode(row, saved.get(row.name)) for row in streams}
    context = make_context(
        center,
        lambda: center.now_s,
        largest_page=page,
        sweep_s=sweep_s,
        ahead=ahead,
        tombstones=dict.fromkeys(names, tombstone) if finds_deletions else {},
        account_lists=AccountLists() if lists_votes else None,
    )
    delivered = 0
    for run in plan_runs(streams, stands):
        for delivery in run.resource.walk.read(context, begin(context, run).run):
            for name, records in delivery.records:
                destination.take(name, records)
            destination.failures |= dict(delivery.failures)
            delivered += 1
            if kill_after is not None and delivered >= kill_after:
                if finds_deletions:
                    destination.roll_back()
                return list(center.requests)
            for name, state in delivery.states:
                destination.commit(name, state)
    return list(center.requests)


def expect_equal(center: HelpCenter, destination: Destination, names=FAMILY) -> None:
    truth = center.truth()
    for name in names:
        assert destination.plain(name) == truth[name], name
