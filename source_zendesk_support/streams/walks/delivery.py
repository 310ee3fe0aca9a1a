"""How a page becomes what its streams are given: records, files, and the states that cover them.

Nothing here sends a request, but for the bytes of files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.hidden_records import HiddenRecords
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import encode
from source_zendesk_support.zendesk.errors import ConnectorError

from .said_of_tickets import are_deleted, keys_of_tickets, without_gone
from .sideloads import completed, keys_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    position: Position | None,
) -> PageResult:
    """Return the records that each member takes from a page, and the states after it if any.

    Child streams have nothing of their own on the page of their parents. A member whose sideload
    is missing fails alone.
    """
    records, states, files, failures, below = [], [], {}, [], {}
    for stream in run.members:
        if stream.children:
            continue
        try:
            own_items, own_page = completed(context, stream, items, page)
        except ConnectorError as error:
            failures.append((stream.name, error))
            continue
        taken = transformed(context, stream, own_items, own_page)
        if stream.name in context.of_tickets:
            taken = without_gone(context, stream, taken)
            below[stream.name] = keys_of_tickets(stream, taken)
        shown = delivered(context, stream, taken)
        records.append((stream.name, shown))
        if stream.name in context.sideloaded:
            below[stream.name] = keys_below(stream, own_items, own_page)
        if position is not None:
            states.append((stream.name, encode(stream, position)))
        if context.files and context.files.wants(stream):
            files[stream.name] = context.files.fetch(stream, shown)
    tickets = are_deleted(items) if context.of_tickets.keys() & below.keys() else {}
    return PageResult(
        tuple(records), tuple(states), files, tuple(failures), below=below, tickets=tickets
    )


def taken_by(
    context: WalkContext, stream: Stream, items: list[Record], page: Mapping[str, Any]
) -> Sequence[Record]:
    """Return what a stream takes from a page: it fits the schema, and nothing hidden is in it."""
    return delivered(context, stream, transformed(context, stream, items, page))


def delivered_alone(context: WalkContext, stream: Stream, items: list[Record]) -> PageResult:
    """Return what one stream takes from items, with the keys below their tickets where needed."""
    taken, below = transformed(context, stream, items, {}), {}
    if stream.name in context.of_tickets:
        taken = without_gone(context, stream, taken)
        below[stream.name] = keys_of_tickets(stream, taken)
    return PageResult(((stream.name, delivered(context, stream, taken)),), (), below=below)


def delivered(context: WalkContext, stream: Stream, taken: list[Record]) -> Sequence[Record]:
    """Return records of a stream as they are delivered: fit for the schema, nothing hidden."""
    if not taken:
        return taken  # a stream without news needs no normalizer
    normalize, hide = context.normalize[stream.name], context.hide.get(stream.name)
    mark = context.mark.get(stream.name)
    found = []
    for record in taken:
        try:
            normalize(record)
            if mark is not None:
                mark(record)
            found.append(record)
        except ConnectorError:
            raise
        except Exception as error:  # noqa: BLE001 - one record costs that record
            _skip(context, stream, error)
    if hide is None:
        return found
    hidden = HiddenRecords(found, hide, lambda error: _skip(context, stream, error))
    # Files are found by the place of their record, so that none may be left out behind them.
    has_files = context.files is not None and context.files.wants(stream)
    return list(hidden) if has_files else hidden


def transformed(
    context: WalkContext, stream: Stream, items: list[Record], page: Mapping[str, Any]
) -> list[Record]:
    """Return the records of a page; those of an item that cannot be understood are skipped."""
    try:
        return _filled(stream.transform(items, page))
    except Exception:  # noqa: BLE001 - found and counted below
        records: list[Record] = []
        for item in items:
            try:
                records += stream.transform([item], page)
            except Exception as error:  # noqa: BLE001 - one item costs that item
                _skip(context, stream, error)
        return _filled(records)


def _filled(records: Iterable[Record]) -> list[Record]:
    """Return the records without empty ones, which consumers may take for the end."""
    return [record for record in records if record]


def _skip(context: WalkContext, stream: Stream, error: Exception) -> None:
    """Count a record that does not have the form of its kind; never show its content."""
    context.skipped.add(
        stream.name, f"records that do not have the form of their kind ({type(error).__name__})"
    )


def unchanged(run: WalkRun, streams: Iterable[Stream]) -> PageResult:
    """Return the states of streams as they were, without records."""
    states = ((stream.name, encode(stream, run.positions[stream.name])) for stream in streams)
    return PageResult((), tuple(states))


def held_back(context: WalkContext, run: WalkRun, position: Position | None = None) -> PageResult:
    """Return the states alone, and count that Zendesk holds back what follows them.

    `position`: of all members; without it each keeps its own.
    """
    for stream in run.members:
        context.skipped.add(
            stream.name,
            "start in the last minutes, which Zendesk holds back: the next sync continues there",
        )
    states = (
        (stream.name, encode(stream, position or run.positions[stream.name]))
        for stream in run.members
    )
    return PageResult((), tuple(states))
