"""Lists without a cursor that rest: which tables stay as they are in this sync.

Owns the time of reading that stands in the state of such a stream, by this machine's clock. A
stream rests only after its table was written whole: `--again`, a new table and a new column take
its state away, and with it the rest. The connector alone never lets such a stream rest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.catalog.set_up import WHOLE_SET_UP
from source_zendesk_support.streams.state.codec import READ_AT
from source_zendesk_support.streams.state.times import format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .pieces import Piece


def resting(states: Mapping[str, Any], interval: timedelta, now: datetime) -> frozenset[str]:
    """Return the streams whose tables stay as they are. Without an interval none does."""
    return frozenset(
        name
        for name in WHOLE_SET_UP & states.keys()
        # A time in the future was written by a wrong clock.
        if (read_at := _read_at(states[name])) and timedelta(0) <= now - read_at < interval
    )


def note_reading(piece: Piece, began_at: datetime) -> None:
    """Write into the states of a piece when its lists were read, that they can rest."""
    for name in WHOLE_SET_UP & piece.ended & piece.states.keys():
        began_s = int(began_at.timestamp())
        piece.states[name] = {**piece.states[name], READ_AT: format_time(began_s)}


def _read_at(state: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(parse_time(state[READ_AT]), UTC)
    except (KeyError, TypeError, ValueError):
        return None
