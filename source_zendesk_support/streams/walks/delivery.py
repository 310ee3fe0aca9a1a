"""How a page becomes what its streams are given: records, files, and the states that cover them.

Nothing here sends a request, but for the bytes of files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.position import Position


def deliver(
    context: WalkContext,
    run: WalkRun,
    items: list[Record],
    page: Mapping[str, Any],
    position: Position,
) -> PageResult:
    """Return the records that each member takes from a page, and the states after it.

    Child streams have nothing of their own on the page of their parents.
    """
    members = [stream for stream in run.members if stream.children is None]
    records, files = [], {}
    for stream in members:
        taken = taken_by(context, stream, items, page)
        records.append((stream.name, taken))
        if context.files and context.files.wants(stream):
            files[stream.name] = context.files.fetch(stream, taken)
    return PageResult(
        tuple(records),
        tuple((stream.name, encode(stream, position)) for stream in members),
        files,
    )


def taken_by(
    context: WalkContext, stream: Stream, items: list[Record], page: Mapping[str, Any]
) -> list[Record]:
    """Return what a stream takes from a page: it fits the schema, and nothing hidden is in it."""
    # An empty record has nothing to deliver, and consumers may take it for the end.
    taken = [record for record in stream.transform(items, page) if record]
    return delivered(context, stream, taken)


def delivered(context: WalkContext, stream: Stream, taken: list[Record]) -> list[Record]:
    """Return records of a stream as they are delivered: fit for the schema, nothing hidden."""
    normalize = context.normalize[stream.name]
    for record in taken:
        normalize(record)
    hide = context.hide.get(stream.name)
    return taken if hide is None else [hide(record) for record in taken]


def unchanged(run: WalkRun, streams: Iterable[Stream]) -> PageResult:
    """Return the states of streams as they were, without records."""
    states = ((stream.name, encode(stream, run.positions[stream.name])) for stream in streams)
    return PageResult((), tuple(states))


def held_back(context: WalkContext, run: WalkRun, position: Position) -> PageResult:
    """Return the states alone, and count that Zendesk holds back what follows the position."""
    for stream in run.members:
        context.skipped.add(
            stream.name,
            "start in the last minutes, which Zendesk holds back: the next sync continues there",
        )
    return PageResult((), tuple((stream.name, encode(stream, position)) for stream in run.members))
