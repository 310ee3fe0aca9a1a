"""Side conversations that share the run of the tickets, so that the export is read once.

Owns the question whether Zendesk serves the feed of their events. It is asked before the runs are
planned. It is asked only where both streams stand at the same place of the export. Moves no
position.
Rests on docs/facts/closing-of-exports.md#2.4 and docs/values.md.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.streams.state.feed_position import FeedPosition
from source_zendesk_support.zendesk.errors import ConnectorError, StreamRefused
from source_zendesk_support.zendesk.timeouts import ONE_TRY

from .conversation_feed import (
    ConversationFeed,
    first_s,
    refusal_line,
    short_line,
    with_conversations,
)
from .conversations import BESIDE, begin_before
from .requests import run_request
from .start import begin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.state.position import Position


def beside_tickets(
    context: WalkContext, streams: Sequence[Stream], positions: Mapping[str, Position]
) -> tuple[list[Stream], dict[str, Position]]:
    """Return the streams and their positions, with conversations in the run of the tickets.

    That is so where Zendesk refuses the feed. It is also so in a first sync where the feed begins
    later than the history.
    """
    planned, placed = list(streams), dict(positions)
    for number, stream in enumerate(planned):
        place = _place_in_export(stream, streams, positions)
        if place and (reason := _reason_against_feed(context, stream, positions[stream.name])):
            assert isinstance(stream.resource.walk, ConversationFeed)
            context.log(reason)
            planned[number] = replace(stream, resource=stream.resource.walk.tickets)
            placed[stream.name] = place
    return planned, placed


def _place_in_export(
    stream: Stream, streams: Sequence[Stream], positions: Mapping[str, Position]
) -> ExportPosition | None:
    """Return the place of conversations in the export of tickets; None if none else is there."""
    walk, position = stream.resource.walk, positions[stream.name]
    if not (isinstance(walk, ConversationFeed) and isinstance(position, FeedPosition)):
        return None
    if position.feed or not stream.children:
        return None
    place = ExportPosition(**{it.name: getattr(position, it.name) for it in fields(ExportPosition)})
    groups_by = walk.tickets.walk.groups_by
    key = groups_by(stream, place)
    others = (it for it in streams if it.resource is walk.tickets)
    return place if any(groups_by(it, positions[it.name]) == key for it in others) else None


def _reason_against_feed(context: WalkContext, stream: Stream, position: Position) -> str | None:
    """Return why tickets are asked; None where the feed serves or has a fault of its own."""
    begun = begin(context, WalkRun(stream.resource, (stream,), {stream.name: position}))
    if not begun.run.members:
        return None
    request = with_conversations(run_request(context, begun.run))
    start_s = begun.run.start.sent_s
    params = {**request.params, "start_time": str(start_s), "per_page": str(request.size)}
    # No stream waits for a second try: without an answer the walks read alone, as they can.
    client = context.client.as_patient_as(ONE_TRY)
    try:
        body = client.get(request.path, params, expects=request.key).body
    except StreamRefused as refused:
        return refusal_line(stream, refused)
    except ConnectorError:
        return None  # the walk meets the fault again, and reports it
    begins_s, conversations = first_s(body[request.key]), body.get(BESIDE)
    if not position.is_start or begins_s is None or not isinstance(conversations, list):
        return None
    records = [it for it in conversations if isinstance(it, dict)]
    return short_line(stream) if begin_before(records, begins_s, start_s) else None
