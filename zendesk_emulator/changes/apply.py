"""The kinds of change of a running account, each by its name, stamped with the clock.

A change writes what Zendesk would write: the record, and the events, metrics and neighbours that
follow from it. `change` takes the account's lock; its caller must not hold it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zendesk_emulator.data.account import Account
from zendesk_emulator.data.drawing import Draw
from zendesk_emulator.data.picking import NothingLeftError

from . import (
    activity as activity_changes,
    config as config_changes,
    gone as gone_changes,
    help_center as help_center_changes,
    messaging as messaging_changes,
    object as object_changes,
    omnichannel as omnichannel_changes,
    people as people_changes,
    quiet as quiet_changes,
    ratings as rating_changes,
    seeded_lists as seed_changes,
    ticket as ticket_changes,
    ticket_removal,
)

# (stream, id) of everything that was written
Written = list[tuple[str, int]]
Kind = Callable[[Account, Draw, int | None], Written]

_TICKETS_AND_PEOPLE: dict[str, Kind] = {
    **ticket_changes.KINDS,
    **ticket_removal.KINDS,
    "metric_event": ticket_changes.metric_event,
    **rating_changes.KINDS,
    **people_changes.KINDS,
    **config_changes.KINDS,
}
_AROUND: dict[str, Kind] = {
    **activity_changes.KINDS,
    **help_center_changes.KINDS,
    **object_changes.KINDS,
    **omnichannel_changes.KINDS,
    **messaging_changes.KINDS,
    **seed_changes.KINDS,
}
_FAMILIES: dict[str, Kind] = dict(seed_changes.FAMILY_KINDS)
# Of a mix
_OUTSIDE: dict[str, Kind] = {
    **quiet_changes.KINDS,
    **gone_changes.KINDS,
    "merge_organizations": people_changes.merge_organizations,
}
KINDS = {**_TICKETS_AND_PEOPLE, **_AROUND, **_FAMILIES, **_OUTSIDE}
MIX = "mix"
# An account lives on its tickets and people: of a mix so many in a hundred are changes of these
_TICKETS_PERCENT = 75
# and of the others so many in a hundred are changes of small lists
_FAMILIES_PERCENT = 40


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
    kinds = _TICKETS_AND_PEOPLE
    if not draw.chance(_TICKETS_PERCENT):
        kinds = _FAMILIES if draw.chance(_FAMILIES_PERCENT) else _AROUND
    return draw.of(sorted(kinds))
