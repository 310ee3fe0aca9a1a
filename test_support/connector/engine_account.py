"""An emulated account that is read with either engine, and the destination behind.

Owns the syncs of it and what they repeat. Its truth is the emulator's (engines.py).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from test_support.clock import HOUR_S
from test_support.connector.engines import STREAMS, deleted_tickets, differences, known
from test_support.connector.process import Destination, InProcess, Output
from zendesk_emulator.server.closing import plan_of

if TYPE_CHECKING:
    from pathlib import Path

    from zendesk_emulator import Emulator


class Account:
    """An emulated account, the connector in front of it, and the destination behind."""

    def __init__(self, folder: Path, emulator: Emulator, *names: str, **config: Any) -> None:
        self.emulator = emulator
        self.connector = InProcess(
            folder, emulator.base_url, recheck_hours=0, archived_ticket_events=True, **config
        )
        self.catalog = self.connector.catalog(*(names or STREAMS))
        self.destination = Destination(self.catalog)
        self.gone: set[int] = set()

    def sync(self) -> Output:
        output = self.connector.read(self.catalog, self.destination.states())
        assert output.code == 0, [error["message"] for error in output.errors]
        self.destination.take(output)
        self.gone |= deleted_tickets(self.emulator)
        return output

    def states(self) -> list[dict[str, Any]]:
        return self.destination.states()

    def repeats(self) -> Counter[str]:
        """Sync; return how many records came again as they were.

        Records of the last hour before the newest of their stream do not count. Nor do events of
        deleted tickets and identities of users that changed.
        """
        held = {name: dict(rows) for name, rows in self.destination.tables.items()}
        newest_s = {name: max(map(time_in, rows.values())) for name, rows in held.items() if rows}
        found: Counter[str] = Counter()
        for record in self.sync().records:
            name, data = record["stream"], record["data"]
            if name == "user_identities" or data.get("ticket_id") in self.gone:
                continue
            before = held.get(name, {}).get(self.destination.key_of(name, data))
            is_same = before is not None and known(name, before) == known(name, data)
            found[name] += is_same and time_in(data) < newest_s[name] - HOUR_S
        return +found

    def close(self, answer: str = "403-object", **how: Any) -> None:
        self.emulator.site.closing.set(plan_of("closed", answer, **how))

    def open(self) -> None:
        self.emulator.site.closing.set(plan_of("open"))

    def differences(self, *, by_exports: bool = False) -> list[str]:
        return [
            difference
            for stream in self.destination.keys
            for difference in differences(
                self.emulator, self.destination, stream, by_exports=by_exports
            )
        ]

    def change(self, seed: int) -> None:
        self.emulator.change("mix", count=60, seed=seed)
        self.emulator.clock.advance(HOUR_S)


def time_in(record: dict[str, Any]) -> float:
    """Return when a record was changed, or when its event happened."""
    found = next(
        record[it] for it in ("timestamp", "time", "updated_at", "created_at") if record.get(it)
    )
    return found if isinstance(found, int) else datetime.fromisoformat(found).timestamp()
