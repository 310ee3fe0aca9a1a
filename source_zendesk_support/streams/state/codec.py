"""State in and out: the position of a stream as a platform keeps it, with its version.

Pure. The types of positions know their own JSON (position.py); this module knows what all states
have in common: the version, and the published state of a stream that has no position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .legacy import says_nothing
from .values import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .keys import StateKeys
    from .position import Position

VERSION = "v"
NO_CURSOR = "__ab_no_cursor_state_message"  # the published state of a full refresh that has ended
# Low-code connectors of other CDK versions write this there instead.
_REFRESH_ENDED = "__ab_full_refresh_sync_complete"
# When a list of set-up was read last (walks/intervals.py).
READ_AT = "read_at"
_NO_POSITION = frozenset({NO_CURSOR, _REFRESH_ENDED, READ_AT})
# A cursor without a value was written as one of these.
_EMPTY = (None, "", "None", "null")
_OWN_EMPTY = (None, "")


def encode(stream: StateKeys, position: Position) -> dict[str, Any]:
    """Return the state of a stream: the published key, and our own keys beside it."""
    state = position.to_json(stream)
    return {**state, VERSION: position.VERSION} if state else {NO_CURSOR: True}


def decode(
    stream: StateKeys,
    state: Mapping[str, Any] | None,
    warn: Callable[[str], None] | None = None,
) -> Position:
    """Return the position that a state of ours or of an older connector stands for.

    `warn` gets a sentence when a state names no position, so that the stream is read anew.
    Raises ConnectorError (config) naming stream and key when a value cannot be read.
    """
    kind = stream.position_type
    if state is not None and not isinstance(state, dict):
        raise unreadable(stream, stream.name, "it is not an object")
    named = {key: value for key, value in (state or {}).items() if key not in _NO_POSITION}
    is_own = named.get(VERSION) == kind.VERSION
    found = {
        key: value
        for key, value in named.items()
        # A cursor of Zendesk's may be any text, also such a word.
        if value not in (_OWN_EMPTY if is_own and key in kind.OWN_KEYS else _EMPTY)
    }
    if not found or says_nothing(found) or _is_of_no_use(stream, found):
        if named and warn:
            warn(f"The saved state of the stream {stream.name} names no position: it is read anew.")
        return kind()
    version = found.get(VERSION)
    if version == kind.VERSION and type(version) is int:
        if found.keys().isdisjoint({stream.cursor_field, *kind.OWN_KEYS}):
            raise unreadable(stream, ", ".join(found), "none of its keys is of this stream")
        return kind.from_json(stream, found)
    if version is None:
        return kind.from_json(stream, kind.migrate(stream, found))
    raise unreadable(stream, VERSION, "it is not a version that this connector can read")


def _is_of_no_use(stream: StateKeys, state: Mapping[str, Any]) -> bool:
    """Return whether a stream that is read whole has a state without a page to resume after."""
    return stream.cursor_field is None and state.keys().isdisjoint(stream.position_type.OWN_KEYS)
