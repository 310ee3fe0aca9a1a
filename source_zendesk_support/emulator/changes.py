"""What can happen to an account while it runs, each kind by its name, stamped with the clock.

A change writes what Zendesk would write: the record, and the events, metrics and neighbours that
follow from it. The caller holds nothing; `change` takes the account's lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from source_zendesk_support.emulator import (
    activity_changes,
    config_changes,
    help_center_changes,
    object_changes,
    people_changes,
    quiet_changes,
    seed_changes,
    ticket_changes,
)
from source_zendesk_support.emulator.account import Account
from source_zendesk_support.emulator.drawing import Draw
from source_zendesk_support.emulator.picking import NothingLeftError

# (stream, id) of everything that was written
Written = list[tuple[str, int]]
Kind = Callable[[Account, Draw, int | None], Written]

_TICKETS_AND_PEOPLE: dict[str, Kind] = {
    **ticket_changes.KINDS,
    **people_changes.KINDS,
    **config_changes.KINDS,
}
_AROUND: dict[str, Kind] = {
    **activity_changes.KINDS,
    **help_center_changes.KINDS,
    **object_changes.KINDS,
    **seed_changes.KINDS,
}
KINDS = {**_TICKETS_AND_PEOPLE, **_AROUND, **quiet_changes.KINDS}
MIX = "mix"
# An account lives on its tickets and people: of a mix so many in a hundred are changes of these
_TICKETS_PERCENT = 75


@dataclass(frozen=True, slots=True)
class Changed:
    """`id` numbers the row that was written; `key` is the id Zendesk shows for it."""

    kind: str
    stream: str
    id: int
    key: Any


def change(
    account: Account, kind: str, *, count: int = 1, seed: int = 0, row_id: int | None = None
) -> list[Changed]:
    """Change the account `count` times; `mix` draws kinds. Raises KeyError, LookupError.

    KeyError: the kind or the id does not exist. LookupError: nothing is left to change that way.
    """
    if kind != MIX and kind not in KINDS:
        raise KeyError(kind)
    done: list[Changed] = []
    with account.lock:
        draw = Draw(account.seed, 50, seed, account.revision)
        for _ in range(count):
            chosen = _drawn(draw) if kind == MIX else kind
            try:
                written = KINDS[chosen](account, draw, row_id)
            except NothingLeftError:
                if kind != MIX:
                    raise
                continue  # a mix on a small account may run out of something
            done += [
                Changed(chosen, stream, row_number, account.table(stream).key(row_number))
                for stream, row_number in written
            ]
        account.changed()
    return done


def _drawn(draw: Draw) -> str:
    kinds = _TICKETS_AND_PEOPLE if draw.chance(_TICKETS_PERCENT) else _AROUND
    return draw.of(sorted(kinds))
