"""Tables in memory, filled as a warehouse fills them, and compared with what they should hold.

Owns the rule of when a value has arrived. Shares no code with the connector, so that the comparison
is a second opinion.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]

# Fields that Zendesk's own records do not have: those of the ticket that a metric set belongs to.
ADDED = {"ticket_metrics": {"_ab_updated_at", "generated_timestamp"}}


@dataclass(frozen=True)
class Table:
    """The rows of one stream: merged by key, or replaced by every sync."""

    stream: str
    key: tuple[str, ...]
    merged: bool
    rows: dict[tuple[str, ...], Record] = field(default_factory=dict)

    def take(self, records: list[Record]) -> int:
        """Store what a sync delivered; return how many rows are new or different since before."""
        before = dict(self.rows)
        if not self.merged:
            self.rows.clear()
        self.rows.update((tuple(json.dumps(it[part]) for part in self.key), it) for it in records)
        return sum(before.get(key) != record for key, record in self.rows.items())

    def differences(self, truth: Record) -> list[str]:
        """Return what these rows hold otherwise than they should, a sentence each.

        `truth` names its `key`, the records that `must` be here, and the keys that `may` be: those
        of deleted records, say, which an earlier sync was right to deliver.
        """
        held = {record[truth["key"]]: record for record in self.rows.values()}
        must = {record[truth["key"]]: record for record in truth["must"]}
        found = [f"{key} is missing" for key in must.keys() - held.keys()]
        strays = held.keys() - must.keys() - set(truth["may"])
        found += [f"{key} should not be here" for key in strays]
        for key in must.keys() & held.keys():
            found += self._unequal_fields(key, held[key], must[key])
        return found

    def _unequal_fields(self, key: object, held: Record, true: Record) -> list[str]:
        if self.stream == "ticket_comments" and not isinstance(true["via"], dict):
            # A word where all others have an object; the published stream leaves it out too.
            true = {**true, "via": None}
        return [
            f"{key}: {name} is {held.get(name)!r}, the account has {true.get(name)!r}"
            for name in sorted((held.keys() | true.keys()) - ADDED.get(self.stream, set()))
            if not arrived(held.get(name), true.get(name))
        ]

    def save(self, path: Path) -> None:
        """Write the rows as JSON lines."""
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows.values())
        path.write_text("".join(lines), encoding="utf-8")


def arrived(held: Any, true: Any) -> bool:
    """Whether a value arrived. A column of text holds the JSON text of what is not text."""
    if isinstance(held, dict) and isinstance(true, dict):
        return all(arrived(held.get(name), true.get(name)) for name in held.keys() | true.keys())
    if isinstance(held, list) and isinstance(true, list):
        return len(held) == len(true) and all(map(arrived, held, true))
    if isinstance(held, str) and not isinstance(true, str):
        return held == json.dumps(true, ensure_ascii=False, separators=(",", ":"))
    return bool(held == true) and isinstance(held, bool) == isinstance(true, bool)
