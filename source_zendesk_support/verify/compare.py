"""The comparison of what Zendesk gives with what a destination holds, key by key.

Pure. Decides what is missing, stale, late or too much; never asks Zendesk, and never keeps a value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.times import parse_time

from .blind_spots import SILENT
from .held import is_alive
from .same import same

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from source_zendesk_support.streams.model.stream import Stream

    from .held import Row

# Fields that say when a record changed, beside the cursor of its stream.
_TIMES = ("updated_at", "created_at")


@dataclass(slots=True)
class Found:
    """The findings of a comparison: the keys, and of stale ones the fields.

    Attributes:
        compared: How many records of Zendesk's were compared.
        missing: Keys that the destination lacks.
        stale: Keys whose row differs, with the fields that do.
        extra: Keys of live rows that Zendesk does not have.
        late: Keys that changed too shortly before the last sync, or after it.
        silent: How often a field differs that Zendesk changes without a time.

    """

    compared: int = 0
    missing: list[str] = field(default_factory=list)
    stale: dict[str, list[str]] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    silent: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the records of a stream are compared.

    Attributes:
        stream: The stream.
        column: Returns the column of a field.
        unfit: Key and column of the values that the destination could not take.
        late_from_s: What changed then or later may not have come yet; None: it must have.
        went_with_ticket: Returns whether a record may rightly be gone: its ticket is deleted.
        never_came: Returns whether a record may be without a row: its ticket is marked as deleted.

    """

    stream: Stream
    column: Callable[[str], str]
    unfit: Collection[tuple[str, str]]
    late_from_s: int | None
    went_with_ticket: Callable[[Mapping[str, Any]], bool] = lambda _: False
    never_came: Callable[[Mapping[str, Any]], bool] = lambda _: False

    def add(
        self,
        found: Found,
        fresh: Mapping[str, Mapping[str, Any]],
        held: Mapping[str, Row],
        fields: Collection[str] | None = None,
    ) -> None:
        """Compare records by key, in the fields that they have, or in some of these."""
        for key, record in fresh.items():
            found.compared += 1
            row = held.get(key)
            is_there = row is not None and is_alive(self.stream.name, row)
            if not is_alive(self.stream.name, record):
                # A destination may keep it, mark it, or not have it.
                if is_there:
                    self._note(found, key, record, found.extra.append)
                continue
            if not is_there and self._may_be_gone(record, row):
                continue
            if row is None or not is_there:
                self._note(found, key, record, found.missing.append)
                continue
            names = self._different(key, record, row, fields)
            silent = SILENT.get(self.stream.name, frozenset())
            if names and silent.issuperset(names):
                found.silent.update(names)
            elif names:
                self._note(found, key, record, partial(_put, found.stale, names))

    def _may_be_gone(self, record: Mapping[str, Any], row: Row | None) -> bool:
        """Return whether a destination may rightly have no live row of a record."""
        if row is None:
            return self.never_came(record)
        where = self.stream.deleted_where
        return bool(where and where.is_true_of(record)) or self.went_with_ticket(record)

    def _note(
        self,
        found: Found,
        key: str,
        record: Mapping[str, Any],
        fault: Callable[[str], None],
    ) -> None:
        changed_s = changed_at_s(self.stream, record)
        late_s = self.late_from_s
        if late_s is not None and changed_s is not None and changed_s >= late_s:
            found.late.add(key)
        else:
            fault(key)

    def _different(
        self, key: str, record: Mapping[str, Any], row: Row, fields: Collection[str] | None
    ) -> list[str]:
        """Return the fields whose value differs; those without a column are not held at all."""
        return [
            name
            for name, value in record.items()
            if (fields is None or name in fields)
            and (column := self.column(name)) in row
            and (key, column) not in self.unfit
            and not same(value, row[column])
        ]


def changed_at_s(stream: Stream, record: Mapping[str, Any]) -> int | None:
    """Return when a record last changed, as far as its times say; a row has them as datetimes."""
    times = (seconds_of(record.get(name or "")) for name in (stream.cursor_field, *_TIMES))
    return max((it for it in times if it is not None), default=None)


def seconds_of(value: Any) -> int | None:
    """Return the epoch second of a time, as Zendesk or a driver gives it; None for no time."""
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=value.tzinfo or UTC).timestamp())
    try:
        return parse_time(value)
    except ValueError:
        return None


def _put(stale: dict[str, list[str]], names: list[str], key: str) -> None:
    stale[key] = names
