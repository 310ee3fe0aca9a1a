"""Where a walk begins: the position of a stream, or the start of the history.

Owns the rules for a stream without a position and for a position in the future. Never moves one.
Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from source_zendesk_support.streams.catalog.stream import Resource
    from source_zendesk_support.streams.state.position import Position

    from .context import WalkContext

# A position that lies further ahead than this is a user's way to say "never".
FUTURE_S = 86_400
# 2100-01-01. What lies there does so by any clock, and nothing needs to be asked to tell.
NEXT_CENTURY_S = 4_102_444_800
# Zendesk withholds the last 60 seconds and rejects a start in them
# (docs/facts/zendesk-api.md#2.3.5).
HELD_BACK_S = 60


def begin_of(context: WalkContext, resource: Resource) -> int:
    """Return where a feed begins without a position: some histories are long by default."""
    if context.start_is_given or resource.default_history_s is None:
        return context.start_s
    return context.now_s() - resource.default_history_s


def is_in_future(context: WalkContext, position: Position) -> bool:
    """Tell whether a position says: read nothing."""
    return position.at_s is not None and lies_ahead(context, position.at_s - FUTURE_S)


def lies_ahead(context: WalkContext, at_s: int) -> bool:
    """Tell whether a time is yet to come.

    Ours may be far behind, so that it is Zendesk's clock that decides, and is asked if need be. If
    it is ours that is ahead, Zendesk says itself that there is nothing to read yet.
    """
    if at_s <= context.now_s() or at_s >= NEXT_CENTURY_S:
        return at_s > context.now_s()
    context.client.ask_time()
    return at_s > context.client.zendesk_s()


def start_of(context: WalkContext, position: Position) -> int:
    """Return the `start_time` to send: the position, or the start of the history, old enough.

    A position came from Zendesk and is sent as it is, whatever our own clock says.
    """
    if position.at_s is not None:
        return position.at_s
    return max(0, min(context.start_s, context.now_s() - HELD_BACK_S - 1))
