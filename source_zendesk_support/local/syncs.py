"""The history of syncs in a database: when it began, how it ended, what it brought.

Owns the form of the table `_syncs`. From this table `status` and `verify` know when a stream was
last read to its end. Knows no database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TABLE = "_syncs"
# Where a schedule tells its syncs when the next one is due (ISO 8601).
NEXT_RUN = "ZENDESK_LOCAL_NEXT_RUN"
COLUMNS = "began_at TIMESTAMP, ended_at TIMESTAMP, exit_code INTEGER, "
COLUMNS += "streams VARCHAR, next_run_at TIMESTAMP"
# At 15 minutes, five days of them; a row has about 4 KB.
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One sync.

    Attributes:
        began_at: When its reading began, by Zendesk's clock.
        ended_at: When it had ended, by this machine's.
        exit_code: 0, or 1 when something was left to do.
        streams: The last status of each stream, and its number of records.
        next_run_at: When a schedule runs next; None for a sync by hand.

    """

    began_at: datetime
    ended_at: datetime
    exit_code: int
    streams: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    next_run_at: datetime | None = None

    def values(self) -> tuple[datetime, datetime, int, str, datetime | None]:
        """Return the values of the table's columns; times are UTC, without a zone."""
        return (
            _plain(self.began_at),
            _plain(self.ended_at),
            self.exit_code,
            orjson.dumps(dict(self.streams)).decode(),
            None if self.next_run_at is None else _plain(self.next_run_at),
        )


def from_values(row: tuple[Any, ...]) -> SyncRow:
    """Return the sync of a row of the table."""
    began_at, ended_at, exit_code, streams, next_run_at = row
    return SyncRow(
        began_at.replace(tzinfo=UTC),
        ended_at.replace(tzinfo=UTC),
        exit_code,
        orjson.loads(streams),
        None if next_run_at is None else next_run_at.replace(tzinfo=UTC),
    )


def _plain(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def next_run() -> datetime | None:
    """Return when the schedule that runs this sync runs the next one; None without a schedule."""
    due = os.environ.get(NEXT_RUN)
    return datetime.fromisoformat(due) if due else None


def last_complete(rows: Iterable[SyncRow]) -> dict[str, SyncRow]:
    """Return the last sync that has read each stream to its end; `rows` go from new to old."""
    found: dict[str, SyncRow] = {}
    for row in rows:
        for name, what in row.streams.items():
            if what.get("status") == "COMPLETE":
                found.setdefault(name, row)
    return found
