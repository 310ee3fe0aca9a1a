"""A resource of the configuration as one row: the number of its records, and how one is drawn.

The seed, the kinds of change and the truth follow from such a row (docs/facts/zendesk-api.md#5.2,
#5.3).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zendesk_emulator.data.account import Account, Record, Row
from zendesk_emulator.data.clock import iso
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.sizes import DAY_S, HISTORY_S, QUIET_S, Size

# The day the account was set up lies before any start date that a client would choose
SET_UP_S = 4_000 * DAY_S
_SET_UP_EVERY = 3  # each third record was made in that one second
_CHILDLESS_EVERY = 3  # parents
REDRAWN = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """One resource. `one` is its singular, in kinds of change; `count` a field of Size or a number.

    `touched` is the text field that an update rewrites; None: these records never change;
    REDRAWN: an update draws the record anew.
    `below` are the tables whose rows go with a deleted record. `parent` is the table whose records
    it lies below: then `count` is the most below one of them.
    """

    stream: str
    one: str
    base: int
    count: str | int
    record: Callable[[Account, Row, Draw], Record]
    touched: str | None
    key: Callable[[int], Any] = int
    step: int = 7
    removable: bool = True
    below: tuple[str, ...] = ()
    parent: str = ""

    def number(self, row: Row) -> int:
        """Which of the records it is, from 0."""
        return (row.id - self.base) // self.step


def sow(account: Account, size: Size, now_s: int, seeds: tuple[Seed, ...]) -> None:
    for seed in seeds:
        table = account.add_table(seed.stream, key=seed.key)
        for number, parent in enumerate(_parents(account, size, seed)):
            draw = Draw(account.seed, seed.base, number)
            row = row_of(seed.base + seed.step * number, number, now_s, draw, parent)
            table.add(row, seed.record(account, row, draw))


def _parents(account: Account, size: Size, seed: Seed) -> list[int]:
    """The parent of each record, 0 without one; each third parent has no records below it."""
    count = seed.count if isinstance(seed.count, int) else getattr(size, seed.count)
    if not seed.parent:
        return [0] * count
    found = []
    for number, row in enumerate(account.table(seed.parent).rows.values()):
        below = 0 if number % _CHILDLESS_EVERY == 1 else 1 + (number % count)
        found += [row.id] * below
    return found


def row_of(row_id: int, number: int, now_s: int, draw: Draw, parent: int = 0) -> Row:
    """A row with a history; a third were made, and never changed, in the second of the set-up."""
    if number % _SET_UP_EVERY == 0:
        created_s = updated_s = now_s - SET_UP_S
    else:
        created_s = draw.between(now_s - HISTORY_S, now_s - 30 * DAY_S)
        updated_s = draw.between(created_s, now_s - QUIET_S)
    return Row(row_id, updated_s, created_s, updated_s, parent=parent, ordinal=number)


def stamps(row: Row) -> Record:
    return {"created_at": iso(row.created_s), "updated_at": iso(row.updated_s)}


def named(account: Account, table: str, path: str, row: Row) -> Record:
    """Return the fields of almost every record: `url`, `id`, `created_at`, `updated_at`."""
    key = account.table(table).key(row.id)
    return {"url": account.url(f"{path}/{key}"), "id": key, **stamps(row)}
