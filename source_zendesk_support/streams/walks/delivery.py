"""What one page gives to the streams of a walk: records, files, and the states that cover them.

Owns what is asked of every page (parameters, size). Nothing here sends a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.codec import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.catalog.stream import Stream
    from source_zendesk_support.streams.state.position import Position
    from source_zendesk_support.zendesk.errors import ConnectorError

    from .context import Record, WalkContext
    from .files import StoredFile
    from .plan import WalkRun


@dataclass(frozen=True, slots=True)
class PageResult:
    """What one page gives: records of each stream, and the states to print after them.

    `files` has a file or None for each record of a stream whose files are transferred. `failures`
    are streams that end here while the walk goes on for the others.
    """

    records: tuple[tuple[str, list[Record]], ...]
    states: tuple[tuple[str, dict[str, Any]], ...]
    files: Mapping[str, list[StoredFile | None]] = field(default_factory=dict)
    failures: tuple[tuple[str, ConnectorError], ...] = ()


def params_of(context: WalkContext, run: WalkRun) -> dict[str, str]:
    """Return the query parameters that every request of a walk has."""
    params = dict(run.resource.params)
    if not context.include_deleted_tickets:
        params |= run.resource.without_deleted
    includes = [stream.include for stream in run.members if stream.include]
    if includes:
        params["include"] = ",".join(includes)
    return params


def page_size(context: WalkContext, run: WalkRun) -> int:
    """Return how many records to ask for: what Zendesk serves, below the user's bound."""
    largest = max(stream.resource.largest_page for stream in run.members)
    return min(largest, context.largest_page or largest)


def deliver(
    context: WalkContext,
    run: WalkRun,
    items: list[Record],
    page: Mapping[str, Any],
    position: Position,
) -> PageResult:
    """Return the records that each member takes from a page, and the states after it.

    Members that hang below the records of the page have nothing of their own in it.
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
    normalize = context.normalize[stream.name]
    for record in taken:
        normalize(record)
    hide = context.hide.get(stream.name)
    return taken if hide is None else [hide(record) for record in taken]


def unchanged(run: WalkRun, position: Position) -> PageResult:
    """Return a delivery without records: the states alone."""
    return PageResult((), tuple((stream.name, encode(stream, position)) for stream in run.members))


def held_back(context: WalkContext, run: WalkRun, position: Position) -> PageResult:
    """Return the states alone, and tell that Zendesk holds back what follows the position."""
    for stream in run.members:
        context.skipped.add(
            stream.name,
            "start in the last minutes, which Zendesk holds back: the next sync goes on",
        )
    return unchanged(run, position)
