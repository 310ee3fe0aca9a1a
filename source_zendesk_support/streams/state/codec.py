"""State in and out: the position of a stream as a platform keeps it, with its version.

Pure. The types of positions know their own JSON (position.py); this module knows what all states
have in common: the version, and the published state of a stream that has no position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .values import unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys
    from .position import Position

VERSION = "v"
NO_CURSOR = "__ab_no_cursor_state_message"  # the published state of a full refresh that has ended
# What low-code connectors of other CDK versions write there instead.
_REFRESH_ENDED = "__ab_full_refresh_sync_complete"


def encode(stream: StateKeys, position: Position) -> dict[str, Any]:
    """Return the state of a stream: the published key, and our own keys beside it."""
    state = position.to_json(stream)
    return {**state, VERSION: position.VERSION} if state else {NO_CURSOR: True}


def decode(stream: StateKeys, state: Mapping[str, Any] | None) -> Position:
    """Return the position that a state of ours or of an older connector stands for.

    Raises ConnectorError (config) naming stream and key when a value cannot be read.
    """
    kind = stream.position_type
    if state is not None and not isinstance(state, dict):
        raise unreadable(stream, stream.name, "it is not an object")
    if not state or state.get(NO_CURSOR) or state.get(_REFRESH_ENDED):
        return kind()
    version = state.get(VERSION)
    if version == kind.VERSION and type(version) is int:
        return kind.from_json(stream, state)
    if version is None:
        return kind.from_json(stream, kind.migrate(stream, state))
    raise unreadable(stream, VERSION, "it is not a version that this connector can read")
