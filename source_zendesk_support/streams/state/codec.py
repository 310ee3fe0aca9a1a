"""State in and out: where a stream stands, in our shape and in every older shape we accept.

Pure: a platform's JSON in, a Position out, and back. A value that cannot be read is an error that
names stream and key; it is never ignored, because that would restart a history silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .digests import Digests
from .legacy import read_until
from .position import START, OpenList, Place, Position, time_in, unreadable
from .times import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.catalog.stream import Stream

NO_CURSOR = "__ab_no_cursor_state_message"  # the published state of a full refresh that has ended
# What low-code connectors of other CDK versions write there instead.
_REFRESH_ENDED = "__ab_full_refresh_sync_complete"
AFTER_CURSOR = "after_cursor"
SEEN = "seen"
PAGE = "page"
VERSIONS = "versions"
SWEPT = "swept_at"
FLOORS = "read_until"  # by parent
PLACES = "exports"  # by parent
# More records than this in one second are not remembered: they are delivered again instead, which
# upserting by key absorbs, while a state of this many marks is still below 50 KB.
MOST_SEEN = 2000


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
    if position.versions:
        state[VERSIONS] = position.versions
    if position.swept_s is not None:
        state[SWEPT] = format_time(position.swept_s)
    if position.floors:
        state[FLOORS] = {parent: format_time(at_s) for parent, at_s in position.floors}
    if position.places:
        state[PLACES] = {
            parent: {"at": format_time(place.at_s)}
            | ({AFTER_CURSOR: place.after_cursor} if place.after_cursor else {})
            for parent, place in position.places
        }
    if position.open_list:
        state[PAGE] = _page(position.open_list)
    return state or {NO_CURSOR: True}


def _page(page: OpenList) -> dict[str, Any]:
    state: dict[str, Any] = {
        AFTER_CURSOR: page.after_cursor,
        "started_at": format_time(page.started_s),
    }
    if page.newest_s is not None:
        state["newest_at"] = format_time(page.newest_s)
    if 0 < len(page.seen) <= MOST_SEEN:
        state[SEEN] = sorted(page.seen)
    return state


def decode(stream: Stream, state: Mapping[str, Any] | None) -> Position:
    """Return the position that a state of ours or of an older connector stands for.

    Raises ConnectorError (config) naming stream and key when a value cannot be read.
    """
    if state is not None and not isinstance(state, dict):
        raise unreadable(stream, stream.name, "it is not an object")
    if not state or state.get(NO_CURSOR) or state.get(_REFRESH_ENDED):
        return START
    at_s, floors = read_until(stream, state)
    ours = [state.get(key) for key in (AFTER_CURSOR, PAGE, VERSIONS, SWEPT, FLOORS, PLACES)]
    if at_s is None and not floors and all(value is None for value in ours):
        known = [stream.cursor_field, *stream.older_keys] if stream.cursor_field else [PAGE]
        raise unreadable(stream, ", ".join(state), f"none of the keys {known} is in it")
    swept = state.get(SWEPT)
    return Position(
        # A failed first sync of the published connector left "0" behind
        # (docs/facts/published-connector.md#6.1).
        at_s=at_s or None,
        after_cursor=_text(stream, AFTER_CURSOR, state.get(AFTER_CURSOR)),
        seen=_marks(stream, state),
        open_list=_open_list(stream, state.get(PAGE)),
        versions=_versions(stream, state.get(VERSIONS)),
        swept_s=None if swept is None else time_in(stream, SWEPT, swept),
        floors=floors or _own_floors(stream, state.get(FLOORS)),
        places=_places(stream, state.get(PLACES)),
    )


def _text(stream: Stream, key: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise unreadable(stream, key, "its value is not a text")
    return value


def _marks(stream: Stream, state: Mapping[str, Any]) -> frozenset[str]:
    marks = state.get(SEEN, [])
    if not isinstance(marks, list) or not all(isinstance(mark, str) for mark in marks):
        raise unreadable(stream, SEEN, "its value is not a list of texts")
    return frozenset(marks)


def _versions(stream: Stream, value: Any) -> str:
    text = _text(stream, VERSIONS, value) or ""
    try:
        Digests(text)
    except ValueError:
        raise unreadable(stream, VERSIONS, "its value was not written by this connector") from None
    return text


def _own_floors(stream: Stream, value: Any) -> tuple[tuple[str, int], ...]:
    floors = _object(stream, FLOORS, value)
    return tuple(sorted((key, time_in(stream, FLOORS, at)) for key, at in floors.items()))


def _places(stream: Stream, value: Any) -> tuple[tuple[str, Place], ...]:
    places = []
    for parent, place in sorted(_object(stream, PLACES, value).items()):
        inner = _object(stream, PLACES, place)
        at_s = time_in(stream, f"{PLACES}.at", inner.get("at"))
        cursor = _text(stream, f"{PLACES}.{AFTER_CURSOR}", inner.get(AFTER_CURSOR))
        places.append((parent, Place(at_s, cursor)))
    return tuple(places)


def _object(stream: Stream, key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise unreadable(stream, key, "its value is not an object")
    return value or {}


def _open_list(stream: Stream, page: Any) -> OpenList | None:
    if page is None:
        return None
    page = _object(stream, PAGE, page)
    cursor = _text(stream, f"{PAGE}.{AFTER_CURSOR}", page.get(AFTER_CURSOR))
    if cursor is None:
        raise unreadable(stream, f"{PAGE}.{AFTER_CURSOR}", "it is missing")
    newest = page.get("newest_at")
    return OpenList(
        cursor,
        started_s=time_in(stream, f"{PAGE}.started_at", page.get("started_at")),
        newest_s=None if newest is None else time_in(stream, f"{PAGE}.newest_at", newest),
        seen=_marks(stream, page),
    )
