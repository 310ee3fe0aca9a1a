"""The rows that a destination holds, beside the records that Zendesk gives now.

Owns which rows of a stream are sampled, and which rows without a record are extra: not every one
is, since history stays and a sync begins at its start date. Never writes to a destination.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from source_zendesk_support.records.deletion import DELETED_AT
from source_zendesk_support.streams.walks.creation_sweep import SHOW_MANY

from .asking import Budget, Records, read_together
from .blind_spots import OF_A_TICKET, keeps_history, late_s, reads_from_start
from .compare import Comparison, changed_at_s
from .held import is_alive

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream

    from .held import Held, Row

_GONE_FIELDS = (("deleted_at", None), ("permanently_deleted", True), ("active", False))


@dataclass(frozen=True, slots=True)
class HeldRows:
    """The rows of a destination, and the ways to ask Zendesk for the same records."""

    context: WalkContext
    held: Held
    budget: Budget
    sample: int

    def comparison(self, stream: Stream) -> Comparison:
        began_s = self.held.began_s(stream.name)
        late = late_s(stream, self.context.sweep_s)
        return Comparison(
            stream,
            self.held.column,
            self.held.unfit(stream.name),
            None if began_s is None else began_s - late,
            partial(self._went_with_ticket, stream),
            partial(self._never_came, stream),
        )

    def _went_with_ticket(self, stream: Stream, record: Mapping[str, Any]) -> bool:
        """Return whether a record that Zendesk still lists belongs to a ticket that is deleted."""
        return stream.name in OF_A_TICKET and not self.live_tickets([str(record.get("ticket_id"))])

    def _never_came(self, stream: Stream, record: Mapping[str, Any]) -> bool:
        """Return whether a record belongs to a ticket whose row is marked: its rows are not owed.

        Only `deletions: tombstones` marks tickets, and leaves such records out.
        """
        if stream.name not in OF_A_TICKET or "tickets" not in self.held.streams():
            return False
        ticket = str(record.get("ticket_id"))
        row = self.held.rows("tickets", [ticket]).get(ticket, {})
        return row.get(DELETED_AT) not in (None, "")

    def without_record(self, stream: Stream, rows: Mapping[str, Row]) -> list[str]:
        """Return the live rows without a record, as far as Zendesk's list should have it."""
        live = {key: row for key, row in rows.items() if is_alive(stream.name, row)}
        if keeps_history(stream) or not self._tells_deletions(stream):
            return []
        if reads_from_start(stream):
            live = {key: row for key, row in live.items() if self.is_since_start(stream, row)}
        if stream.name in OF_A_TICKET:
            tickets = {str(row.get("ticket_id")) for row in live.values()}
            alive = self.live_tickets(tickets)
            live = {key: row for key, row in live.items() if str(row.get("ticket_id")) in alive}
        return sorted(live)

    def _tells_deletions(self, stream: Stream) -> bool:
        """Return whether a deleted record's row says so: its field may be dropped or hashed."""
        where, hide = stream.deleted_where, self.context.hide.get(stream.name)
        if where is None or hide is None:
            return True
        deleted = {where.field: where.value if where.value is not None else where.time_field}
        return where.is_true_of(hide(deleted))

    def is_since_start(self, stream: Stream, row: Row) -> bool:
        changed_s = changed_at_s(stream, row)
        return changed_s is not None and changed_s >= self.context.start_s

    def live_tickets(self, ids: Collection[str]) -> set[str]:
        if "tickets" not in self.held.streams():
            return set()
        rows = self.held.rows("tickets", ids)
        return {key for key, row in rows.items() if is_alive("tickets", row)}

    def shown(self, stream: Stream, ids: list[str]) -> Records:
        """Return the records that Zendesk shows of these ids."""
        fresh: Records = {}
        for at in range(0, len(ids), SHOW_MANY):
            self.budget.check()
            fresh |= read_together(self.context, stream, ids[at : at + SHOW_MANY])
        return fresh

    def sampled(self, stream: Stream) -> dict[str, Row]:
        newest = -(-self.sample // 2)
        keys = self.held.sample(stream.name, newest, self.sample - newest)
        return self.held.rows(stream.name, keys)

    def not_shown(self, stream: Stream, rows: Mapping[str, Row], fresh: Records) -> list[str]:
        """Return the rows that Zendesk does not show; one that says it is deleted may be so."""
        missing = {key: row for key, row in rows.items() if key not in fresh}
        return self.without_record(
            stream,
            {key: row for key, row in missing.items() if not _says_gone(stream, row)},
        )


def _says_gone(stream: Stream, row: Row) -> bool:
    """Return whether a row itself says that its record is deleted."""
    where = stream.deleted_where
    return bool(where and where.is_true_of(row)) or any(
        row.get(name) is value if value is not None else row.get(name) is not None
        for name, value in _GONE_FIELDS
    )
