"""The deletions that a sync reports: tombstones, and marks on records, by stream.

Owns which streams of a catalog have room for them. A destination that does not know the field would
make a row of nulls of a tombstone. So a catalog without the field gets no tombstones.
Rests on docs/deletions.md.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from .config.deletions import Deletions
from .records.deletion import DELETED_AT, tombstone
from .records.schema import load_schema
from .streams.catalog.table import STREAMS
from .streams.state.gone_tickets import GONE, GoneTickets
from .streams.state.key_memory import KeyMemory
from .streams.state.known_keys import KNOWN, KnownKeys
from .streams.state.times import format_time
from .streams.walks.delivery import delivered
from .streams.walks.of_tickets import TOO_MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .protocol.selected_stream import SelectedStream
    from .streams.model.context import WalkContext
    from .streams.model.deletion import DeletedWhere
    from .streams.model.result import Record
    from .streams.model.stream import Stream


def with_deletions(
    context: WalkContext,
    catalog: Iterable[SelectedStream],
    mode: Deletions,
    saved: Mapping[str, Mapping[str, Any] | None],
) -> WalkContext:
    """Return a context that looks for deletions in the streams whose catalog has room for them.

    `saved`: the states of streams.
    """
    streams = [
        stream
        for selected in catalog
        if (stream := STREAMS.get(selected.name))
        and stream.name in context.normalize
        and stream.shows_deletions(mode)
        and _has_room(selected.json_schema)
    ]
    marks = {
        it.name: _mark(it, where, context)
        for it in streams
        if (where := it.deleted_where) and mode is Deletions.TOMBSTONES
    }
    sideloaded = {
        it.name: KeyMemory(KnownKeys.from_json(it, (saved.get(it.name) or {}).get(KNOWN)))
        for it in streams
        if it.finds_deletions and it.is_sideloaded
    }
    of_tickets = {
        it.name: _keys_of_tickets(it, saved.get(it.name) or {})
        for it in streams
        if it.follows_tickets
    }
    gone_tickets = {
        it.name: GoneTickets.from_json(it, (saved.get(it.name) or {}).get(GONE))
        for it in streams
        if it.needs_deleted_tickets
    }
    context = replace(context, mark=marks)  # which the makers need
    return replace(
        context,
        tombstones=_makers(streams, context),
        sideloaded=sideloaded,
        of_tickets=of_tickets,
        gone_tickets=gone_tickets,
    )


def _makers(
    streams: Iterable[Stream], context: WalkContext
) -> dict[str, Callable[[int | str, int, str], Record]]:
    """Return what makes the record of a deletion, by stream."""
    found = {
        it.name: _tombstones(it, context)
        for it in streams
        if it.finds_deletions or it.follows_tickets
    }
    if context.engine.may_read_lists:
        found |= {
            stream.name: _as_deleted(stream, stream.deleted_where, context)
            for name in context.normalize
            if (stream := STREAMS[name]).list_lacks_deleted and stream.deleted_where
        }
    return found


def _keys_of_tickets(stream: Stream, saved: Mapping[str, Any]) -> KeyMemory:
    memory = KeyMemory(KnownKeys.from_json(stream, saved.get(KNOWN)))
    if saved.get(TOO_MANY):
        memory.be_full()
    return memory


def _has_room(schema: Mapping[str, Any]) -> bool:
    """Return whether a schema declares the field of deletions; without properties it says nothing.

    One without the field was discovered by an earlier version, or with another setting.
    """
    properties = schema.get("properties")
    return not isinstance(properties, dict) or DELETED_AT in properties


def _tombstones(stream: Stream, context: WalkContext) -> Callable[[int | str, int, str], Record]:
    hide = context.hide.get(stream.name)
    assert stream.cursor_field is not None  # nothing vanishes from a stream that is replaced
    cursor_field = stream.cursor_field
    schema = cache(load_schema)  # few syncs find a deletion

    def make(key: int | str, at_s: int, _parent: str) -> Record:
        record = tombstone(stream.primary_key, key, cursor_field, schema(stream.name), at_s)
        context.normalize[stream.name](record)
        return record if hide is None else hide(record)

    return make


def _as_deleted(
    stream: Stream, where: DeletedWhere, context: WalkContext
) -> Callable[[int | str, int, str], Record]:
    """Return what makes the record of a key that is gone, as the export of the stream shows it.

    Its times and its name are all that is left; the time is that of the finding.
    """
    labels = stream.children.labels if stream.children else {}

    def make(key: int | str, at_s: int, parent: str) -> Record:
        record = {
            stream.primary_key: key,
            where.field: where.value,
            where.time_field: format_time(at_s),
            **dict.fromkeys(labels, parent),
        }
        (made,) = delivered(context, stream, [record])
        return made

    return make


def _mark(stream: Stream, where: DeletedWhere, context: WalkContext) -> Callable[[Record], None]:
    names = (where.time_field, stream.cursor_field or where.time_field)

    def mark(record: Record) -> None:
        if where.is_true_of(record):
            times = (record.get(name) for name in names)
            named_at = next((it for it in times if isinstance(it, str) and it), None)
            record[DELETED_AT] = named_at or format_time(context.client.zendesk_s())

    return mark
