"""A family with two engines: the export where Zendesk answers it, lists where it refuses it.

The engine is chosen once a sync. An export that closes in the middle hands over at its last page;
one that opens again begins where it loses nothing. Same streams, keys, cursors and states.
Rests on docs/facts/closing-of-exports.md#1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import decode, encode
from source_zendesk_support.streams.state.export_position import beside_lists, lists_of
from source_zendesk_support.zendesk.errors import ConnectorError, Failure, StreamRefused

from .list_engine import ListEngine

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import Walk, WalkRun
    from source_zendesk_support.streams.state.position import Position

    from .list_source import ListSource


class _Followed:
    """The deliveries of an engine before another one takes over."""

    def __init__(self, run: WalkRun) -> None:
        self._run = run
        self._states: dict[str, Mapping[str, Any]] = {}
        self._ended: set[str] = set()

    def results(self, results: Iterator[PageResult]) -> Iterator[PageResult]:
        """Yield the results, and note their states and the streams that have ended."""
        for result in results:
            self._states.update(result.states)
            self._ended |= {*dict(result.failures), *result.completed}
            yield result
            del result

    def rest(self) -> WalkRun:
        """Return the run of the streams that have not ended, from their last states."""
        run, states = self._run, self._states
        members = tuple(it for it in run.members if it.name not in self._ended)
        positions = {
            it.name: decode(it, states[it.name]) if it.name in states else run.positions[it.name]
            for it in members
        }
        return replace(run, members=members, positions=positions)


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
        if _is_first(run) and context.engine.begins_by_lists(family, context):
            yield from self._begun(context, run)
            return
        followed = _Followed(run)
        try:
            yield from followed.results(self._exported(context, run))
        except StreamRefused as refused:
            # Also where the answer looks like a missing scope: a closed export may look so.
            if not context.engine.may_switch:
                raise
            context.engine.switch(family, refused.status)
            yield from self._or_refused(context, followed.rest(), refused)

    def _begun(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read lists in a first sync; where they cannot be read, the export from its beginning."""
        followed = _Followed(run)
        try:
            yield from followed.results(self._lists(context, run))
        except ConnectorError as error:
            if not isinstance(error, StreamRefused) and error.failure is not Failure.SYSTEM:
                raise
            context.engine.give_up_lists(run.resource.path, str(error))
            yield from self._exported(context, followed.rest())

    def _exported(self, context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        """Read the export, without what lists have delivered up to their place.

        The place stays in the states until the export has passed it.
        """
        place = lists_of(run.position)
        if place is None:
            yield from self.export.read(context, run)
            return
        by_name = {stream.name: stream for stream in run.members}
        run = replace(run, unrepeated=partial(self.source.unrepeated, place))
        for result in self.export.read(context, run):
            states = tuple(
                (name, encode(by_name[name], beside_lists(decode(by_name[name], state), place)))
                for name, state in result.states
            )
            yield replace(result, states=states)
            del result

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


def _is_first(run: WalkRun) -> bool:
    """Return whether no history was read, or part of one by lists alone."""
    position, place = run.position, lists_of(run.position)
    is_begun = place is not None and not place.is_whole and position.resume_cursor is None
    return position.is_start or is_begun


def list_source_of(walk: Walk) -> ListSource | None:
    """Return the lists that a walk reads where its export is closed; None without any."""
    return walk.source if isinstance(walk, ByEngine) else None
