"""The positions in the states of older connectors.

Pure. The shapes are those of docs/facts/published-connector.md#1.4, #1.6 and #7: flat, per
partition, date ranges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .times import parse_time
from .values import number_in, time_in, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys

# Written in place of a cursor that never had a value, or lost it.
_EMPTY = (None, "", "None", "null", True, False)

Floors = tuple[tuple[str, int], ...]


def read_until(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    """Return the time up to which everything was read, by any version of a state."""
    if _is_by_parent(state):
        return _per_ticket(stream, state)
    return _date_range_or_flat(stream, state)


def read_until_by_parent(stream: StateKeys, state: Mapping[str, Any]) -> tuple[int | None, Floors]:
    """Return the time up to which everything was read, and the times of single parents."""
    if _is_by_parent(state):
        return _whole(stream, state), _floors(stream, state)
    return _date_range_or_flat(stream, state), ()


def _is_by_parent(state: Mapping[str, Any]) -> bool:
    is_date_range = state.get("state_type") == "date-range"
    return not is_date_range and ("states" in state or "use_global_cursor" in state)


def says_nothing(state: Mapping[str, Any]) -> bool:
    """Return whether a state by parent names no time at all, as after a full refresh."""
    states = state.get("states")
    if not _is_by_parent(state) or not isinstance(states, list) or not states:
        return False
    parts = [state.get("state"), state.get("parent_state")]
    parts += [it.get("cursor") for it in states if isinstance(it, dict)]
    return not any(map(_has_value, parts))


def _has_value(part: Any) -> bool:
    if isinstance(part, dict):
        return any(_has_value(value) for value in part.values())
    return part not in _EMPTY


def _date_range_or_flat(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    if state.get("state_type") == "date-range":
        return _date_range(stream, state)
    return _own(stream, state)


def _flat(
    stream: StateKeys, state: Mapping[str, Any], keys: Mapping[str, int | None]
) -> int | None:
    """`{"generated_timestamp": "1709373602"}`, under today's key or an older one."""
    for key, latest_s in keys.items():
        if state.get(key) is None:
            continue
        if latest_s is None:
            return time_in(stream, key, state[key])
        try:
            return min(parse_time(state[key]), latest_s)
        except ValueError:
            return latest_s
    return None


def _own(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    today: dict[str, int | None] = {stream.cursor_field: None} if stream.cursor_field else {}
    return _flat(stream, state, today | dict(stream.older_keys))


def _per_ticket(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    """ticket_metrics and side_conversations: one state per ticket over a walk of tickets.

    The place of that walk is `parent_state.tickets`; before it had one, everything up to `state`
    less the look-back window was read.
    """
    parents = state.get("parent_state")
    parent = parents.get("tickets") if isinstance(parents, dict) else None
    if stream.parent_keys and isinstance(parent, dict):
        is_date_range = parent.get("state_type") == "date-range"
        keys = stream.parent_keys
        at_s = _date_range(stream, parent) if is_date_range else _flat(stream, parent, keys)
        if at_s is not None:
            return at_s
    at_s = _whole(stream, state)
    if at_s is not None:
        return at_s
    states = _states(stream, state)
    if state.get("states") == [] and not parents and not state.get("state"):
        return 0  # a first sync that failed before it had read anything
    cursors = [item.get("cursor") for item in states]
    found = [_own(stream, cursor) for cursor in cursors if isinstance(cursor, dict)]
    return min((at_s for at_s in found if at_s is not None), default=None)


def _whole(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    """Return up to when a parent without its own state was read: `state` less the look-back."""
    whole = state.get("state")
    if not isinstance(whole, dict) or not whole:
        return None
    at_s = _own(stream, whole)
    window = state.get("lookback_window") or 0
    return None if at_s is None else max(0, at_s - number_in(stream, "lookback_window", window))


def _floors(stream: StateKeys, state: Mapping[str, Any]) -> Floors:
    """How far the children of each known parent were read.

    The place of the parents' own walk (`parent_state`) says nothing more: every parent is asked
    once after a take-over, because the published connector never came back to unchanged ones.
    """
    floors = {}
    for item in _states(stream, state):
        cursor, partition = item.get("cursor"), item.get("partition")
        at_s = _own(stream, cursor) if isinstance(cursor, dict) else None
        parent = _parent_of(partition) if isinstance(partition, dict) else None
        if at_s is not None and parent is not None:
            floors[parent] = at_s
    return tuple(sorted(floors.items()))


def _parent_of(partition: Mapping[str, Any]) -> str | None:
    """`{"post_id": 1, ...}`, or below a comment `{"id": {"post_id": 1, "comment_id": 2}, ...}`."""
    inner = partition.get("id")
    if isinstance(inner, dict):
        partition = {"comment_id": inner.get("comment_id")}
    names = [name for name in partition if name.endswith("_id")]
    value = partition[names[0]] if names else None
    return str(value) if isinstance(value, int | str) else None


def _states(stream: StateKeys, state: Mapping[str, Any]) -> list[dict[str, Any]]:
    states = state.get("states")
    if not isinstance(states, list | None):
        raise unreadable(stream, "states", "it is not a list")
    return [item for item in states or () if isinstance(item, dict)]


def _date_range(stream: StateKeys, state: Mapping[str, Any]) -> int | None:
    """A concurrent cursor's state: what lies before the first gap between its slices was read."""
    slices = state.get("slices")
    if not isinstance(slices, list) or not all(isinstance(part, dict) for part in slices):
        raise unreadable(stream, "slices", "it is not a list of slices")
    ends = [
        (
            time_in(stream, "slices.start", part.get("start")),
            time_in(stream, "slices.end", part.get("most_recent_cursor_value") or part.get("end")),
        )
        for part in slices
    ]
    return min(ends)[1] if ends else 0
