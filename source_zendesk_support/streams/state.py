"""State in and out: where a stream stands, in our shape and in every older shape we accept.

Pure: a platform's JSON in, a Position out, and back. A value that cannot be read is an error that
names stream and key; it is never ignored, because that would restart a history silently.
The older shapes are those of compatibility.md 1.4, 1.6 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .table import STREAMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .table import Stream

NO_CURSOR = "__ab_no_cursor_state_message"  # the published state of a full refresh that has ended
# What low-code connectors of other CDK versions write there instead.
_REFRESH_ENDED = "__ab_full_refresh_sync_complete"
AFTER_CURSOR = "after_cursor"
SEEN = "seen"
PAGE = "page"
# More records than this in one second are not remembered: they are delivered again instead, which
# upserting by key absorbs, while a state of this many marks is still below 50 KB.
MOST_SEEN = 2000
# An epoch beyond this is in milliseconds: in seconds it would be the year 5138.
_MILLISECONDS_FROM = 100_000_000_000
# What can be written as a date again: the years 1 to 9999.
_DATES = (-62_135_596_800, 253_402_300_799)


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that was not read to its end: the page to go on after, and what was met so far."""

    after_cursor: str
    started_s: int
    newest_s: int | None
    seen: frozenset[str]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream stands.

    `at_s`: epoch seconds up to which everything was read; `after_cursor`: Zendesk's own place in a
    cursor export; `seen`: marks of the records of that second, or later, that were delivered.
    """

    at_s: int | None = None
    after_cursor: str | None = None
    seen: frozenset[str] = frozenset()
    open_list: OpenList | None = None


START = Position()


def parse_time(value: Any) -> int:
    """Return epoch seconds of an epoch (int, float, text; seconds or milliseconds) or ISO 8601.

    Raises ValueError for anything else.
    """
    if isinstance(value, bool):
        raise ValueError("a boolean is no time")  # noqa: TRY004 - one error for whatever is no time
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text)
        except ValueError:
            at = datetime.fromisoformat(text)
            value = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
            return int(_in_range(value))
    if not isinstance(value, int | float):
        raise ValueError("no time")  # noqa: TRY004
    in_ms = abs(value) >= _MILLISECONDS_FROM
    return int(_in_range(value // 1000 if in_ms else value))


def _in_range(seconds: float) -> float:
    """Refuse what is no date, infinity and NaN included."""
    if not _DATES[0] <= seconds <= _DATES[1]:
        raise ValueError("no time")
    return seconds


def format_time(epoch_s: int) -> str:
    """Return epoch seconds as Zendesk and the published states write them: 2024-03-02T10:00:00Z."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encode(stream: Stream, position: Position) -> dict[str, Any]:
    """Return the state of a stream: the published key, and our own place beside it."""
    state: dict[str, Any] = {}
    if stream.cursor_field and position.at_s is not None:
        at_s = position.at_s
        state[stream.cursor_field] = str(at_s) if stream.state_is_epoch else format_time(at_s)
    if position.after_cursor:
        state[AFTER_CURSOR] = position.after_cursor
    if 0 < len(position.seen) <= MOST_SEEN:
        state[SEEN] = sorted(position.seen)
    if position.open_list:
        page = position.open_list
        state[PAGE] = {AFTER_CURSOR: page.after_cursor, "started_at": format_time(page.started_s)}
        if page.newest_s is not None:
            state[PAGE]["newest_at"] = format_time(page.newest_s)
        if 0 < len(page.seen) <= MOST_SEEN:
            state[PAGE][SEEN] = sorted(page.seen)
    return state or {NO_CURSOR: True}


def decode(stream: Stream, state: Mapping[str, Any] | None) -> Position:
    """Return the position that a state of ours or of an older connector stands for.

    Raises ConnectorError (config) naming stream and key when a value cannot be read.
    """
    if state is not None and not isinstance(state, dict):
        raise _unreadable(stream, stream.name, "it is not an object")
    if not state or state.get(NO_CURSOR) or state.get(_REFRESH_ENDED):
        return START
    at_s = _position_of(stream, state)
    after_cursor, page = state.get(AFTER_CURSOR), state.get(PAGE)
    if at_s is None and after_cursor is None and page is None:
        known = [stream.cursor_field, *stream.older_keys] if stream.cursor_field else [PAGE]
        raise _unreadable(stream, ", ".join(state), f"none of the keys {known} is in it")
    return Position(
        # A failed first sync of the published connector left "0" behind (compatibility.md 6.1).
        at_s=at_s or None,
        after_cursor=_text(stream, AFTER_CURSOR, after_cursor),
        seen=_marks(stream, state),
        open_list=_open_list(stream, page),
    )


def _position_of(stream: Stream, state: Mapping[str, Any]) -> int | None:
    if state.get("state_type") == "date-range":
        return _date_range(stream, state)
    if "states" in state or "use_global_cursor" in state:
        return _per_partition(stream, state)
    return _flat(stream, state)


def _flat(stream: Stream, state: Mapping[str, Any]) -> int | None:
    """`{"generated_timestamp": "1709373602"}`, under today's key or an older one."""
    if stream.cursor_field and state.get(stream.cursor_field) is not None:
        return _time(stream, stream.cursor_field, state[stream.cursor_field])
    for key, latest_s in stream.older_keys.items():
        if state.get(key) is None:
            continue
        if latest_s is None:
            return _time(stream, key, state[key])
        try:
            return min(parse_time(state[key]), latest_s)
        except ValueError:
            return latest_s
    return None


def _per_partition(stream: Stream, state: Mapping[str, Any]) -> int | None:
    """ticket_metrics of the published connector: one state per ticket over a walk of tickets.

    The place of that walk is `parent_state.tickets`; before it had one, everything up to `state`
    less the look-back window was read.
    """
    parents = state.get("parent_state")
    parent = parents.get(stream.feed.key) if isinstance(parents, dict) else None
    if isinstance(parent, dict) and parent:
        at_s = _position_of(STREAMS[stream.feed.key], parent)
        if at_s is not None:
            return at_s
    whole = state.get("state")
    if isinstance(whole, dict) and whole:
        at_s = _flat(stream, whole)
        window = state.get("lookback_window") or 0
        return None if at_s is None else max(0, at_s - _time(stream, "lookback_window", window))
    states = state.get("states")
    if states == [] and not parents and not whole:
        return 0  # a first sync that failed before it had read anything
    if not isinstance(states, list | None):
        raise _unreadable(stream, "states", "it is not a list")
    cursors = [item.get("cursor") for item in states or () if isinstance(item, dict)]
    found = [_flat(stream, cursor) for cursor in cursors if isinstance(cursor, dict)]
    return min((at_s for at_s in found if at_s is not None), default=None)


def _date_range(stream: Stream, state: Mapping[str, Any]) -> int | None:
    """A concurrent cursor's state: what lies before the first gap between its slices was read."""
    slices = state.get("slices")
    if not isinstance(slices, list) or not all(isinstance(part, dict) for part in slices):
        raise _unreadable(stream, "slices", "it is not a list of slices")
    ends = [
        (
            _time(stream, "slices.start", part.get("start")),
            _time(stream, "slices.end", part.get("most_recent_cursor_value") or part.get("end")),
        )
        for part in slices
    ]
    return min(ends)[1] if ends else 0


def _time(stream: Stream, key: str, value: Any) -> int:
    try:
        return parse_time(value)
    except ValueError:
        raise _unreadable(stream, key, "its value is neither an epoch nor ISO 8601") from None


def _text(stream: Stream, key: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise _unreadable(stream, key, "its value is not a text")
    return value


def _marks(stream: Stream, state: Mapping[str, Any]) -> frozenset[str]:
    marks = state.get(SEEN, [])
    if not isinstance(marks, list) or not all(isinstance(mark, str) for mark in marks):
        raise _unreadable(stream, SEEN, "its value is not a list of texts")
    return frozenset(marks)


def _open_list(stream: Stream, page: Any) -> OpenList | None:
    if page is None:
        return None
    if not isinstance(page, dict):
        raise _unreadable(stream, PAGE, "its value is not an object")
    cursor = _text(stream, f"{PAGE}.{AFTER_CURSOR}", page.get(AFTER_CURSOR))
    if cursor is None:
        raise _unreadable(stream, f"{PAGE}.{AFTER_CURSOR}", "it is missing")
    newest = page.get("newest_at")
    return OpenList(
        cursor,
        started_s=_time(stream, f"{PAGE}.started_at", page.get("started_at")),
        newest_s=None if newest is None else _time(stream, f"{PAGE}.newest_at", newest),
        seen=_marks(stream, page),
    )


def _unreadable(stream: Stream, key: str, why: str) -> ConnectorError:
    return ConnectorError(
        f"The saved state cannot be read: {why}.",
        about=f"state of the stream {stream.name}, key `{key}`",
        remedy="Restore the state of an earlier sync, or reset the stream to read it anew.",
        failure=Failure.CONFIG,
    )
