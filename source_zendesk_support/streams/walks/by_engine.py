"""A family with two engines: the export where Zendesk answers it, lists where it refuses it.

The engine is chosen once a sync. An export that closes in the middle hands over at its last page;
one that opens again begins where it loses nothing. Same streams, keys, cursors and states.
Rests on docs/facts/closing-of-exports.md#1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import decode
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.position import lists_of
from source_zendesk_support.zendesk.errors import StreamRefused

from .list_engine import ListEngine
from .list_reading import HOUR_S

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import Walk, WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .list_source import ListSource


@dataclass(frozen=True)
class ByEngine:
    """Reads a family with either engine.

    Attributes:
        export: The walk of the export.
        source: What lists have in its place.

    """

    export: Walk
    source: ListSource

    @property
    def label(self) -> str:
        """The walk of the export, in a few words."""
        return self.export.label

    @property
    def position_type(self) -> type[Position]:
        """How positions are kept: both engines read those of the export."""
        return self.export.position_type

    def groups_by(self, stream: Stream, position: Position) -> Hashable:
        """Return what the export asks its streams to have in common."""
        return self.export.groups_by(stream, position)

    def read(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the export, and go over to lists where Zendesk refuses it."""
        family = run.resource.path
        if context.engine.reads_lists(family):
            yield from self._lists(context, run)
            return
        states: dict[str, Mapping[str, Any]] = {}
        ended: set[str] = set()
        try:
            for result in self._exported(context, run):
                states.update(result.states)
                ended |= {*dict(result.failures), *result.completed}
                yield result
                del result
        except StreamRefused as refused:
            # Also where the answer looks like a missing scope: a closed export may look so.
            if not context.engine.may_switch:
                raise
            context.engine.switch(family, refused.status)
            members = tuple(it for it in run.members if it.name not in ended)
            positions = {
                it.name: decode(it, states[it.name])
                if it.name in states
                else run.positions[it.name]
                for it in members
            }
            rest = replace(run, members=members, positions=positions)
            yield from self._or_refused(context, rest, refused)

    def _exported(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        place = lists_of(run.position)
        if place is None:
            yield from self.export.read(context, run)
            return
        for result in self.export.read(context, run):
            kept = tuple(
                (name, [it for it in records if not self._is_repeat(it, run, name, place.at_s)])
                for name, records in result.records
            )
            yield replace(result, records=kept)

    def _is_repeat(self, record: Record, run: WalkRun, name: str, at_s: int) -> bool:
        """Return whether lists have delivered a record before an export repeats it."""
        (stream,) = (it for it in run.members if it.name == name)
        moved_s = time_of(record, stream.cursor_field or "")
        if moved_s is None or moved_s >= at_s - HOUR_S:
            return False
        return self.source.was_delivered(record)

    def _or_refused(
        self, context: WalkContext, run: WalkRun, refused: StreamRefused
    ) -> Iterator[PageResult]:
        """Read lists; where they are refused at once too, it is the export that is to blame."""
        has_begun = False
        try:
            for result in self._lists(context, run):
                has_begun = True
                yield result
                del result
        except StreamRefused:
            if has_begun:
                raise
            raise refused from None

    def _lists(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read lists for the members that stand at one position, and then for the others.

        A history of children needs a request for each parent: it is read last, by itself.
        """
        together: dict[tuple[bool, Position], list[Stream]] = {}
        for stream in run.members:
            position = run.positions[stream.name]
            is_history = bool(stream.children) and lists_of(position) is None
            together.setdefault((is_history, position), []).append(stream)
        for number, group in enumerate(sorted(together, key=lambda it: it[0]), 1):
            members = together[group]
            yield from ListEngine(self.source).read(context, run.of(tuple(members), run.start))
            if number < len(together):
                yield PageResult((), (), completed=tuple(it.name for it in members))
