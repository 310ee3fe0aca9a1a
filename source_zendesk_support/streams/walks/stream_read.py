"""One stream while it is read below the records of a walk: which parents it has asked and lost.

Owns what is known of its parents in this run. Moves no position and sends nothing. Here every
record is new; what differs for a compared list is in compared_read.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.state.export_position import ExportPosition
from source_zendesk_support.zendesk.errors import StreamRefused

from .watched import Watched

if TYPE_CHECKING:
    from collections.abc import Iterable

    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.export_position import Newest
    from source_zendesk_support.streams.state.key_memory import KeyMemory
    from source_zendesk_support.zendesk.errors import RecordRefused

# So many parents refused and none answered: the account itself may be refused, as where it has not
# booked an add-on. Where one request can tell, it is sent; else the rest of the walk is sampled.
ALL_REFUSED = 50
# Of the parents after these, one in so many is asked,
SAMPLED = 10
# until so many more are refused: then the stream is refused.
MOST_SAMPLES = 10
# Refused parents that a state remembers, to ask them again. At 11 to 14 digits each it grows by
# 16 KB at most.
MOST_REMEMBERED = 1000


class StreamRead:
    """One stream in one run. `error`: why it ended before the others."""

    def __init__(
        self,
        stream: Stream,
        refused_before: Iterable[str] = (),
        watched_before: Iterable[tuple[str, Newest]] = (),
        memory: KeyMemory | None = None,
    ) -> None:
        """Keys of parents that an earlier sync could not ask, and of those that it watched.

        `memory`: the keys of the stream; None where no deletion is looked for.
        """
        self.stream = stream
        self.memory = memory
        watch = stream.children.watch if stream.children else None
        self.watched = Watched(stream, watch, dict(watched_before)) if watch else None
        self.error: Exception | None = None
        self.sweeps = False  # whether every parent is asked, changed or not
        # Keys of parents that were refused and are to be asked again, in the order of refusal.
        self.refused = dict.fromkeys(refused_before)
        self._refused_before = frozenset(self.refused)
        # By path of the child resource: how many parents were refused, and the last refusal.
        self._refusals: dict[str, tuple[int, StreamRefused]] = {}
        self._answered: set[str] = set()  # paths of child resources
        self._sampled = 0

    def wants(self, level: ChildResource, parent: Record, group: str) -> bool:
        """Return whether a parent is to be asked for its children, which are of this group."""
        is_known = self.memory is not None and self.memory.knows_below(group)
        if not (is_known or may_have_children(level, parent)):
            return False
        if self._is_sampled(level):
            return True
        self._remember(level, parent)
        return False

    def _is_sampled(self, level: ChildResource) -> bool:
        """Return whether to ask a parent although all before it were refused: one in SAMPLED."""
        if self._refusals_at(level) < ALL_REFUSED:
            return True
        self._sampled += 1
        return self._sampled % SAMPLED == 0

    def _refusals_at(self, level: ChildResource) -> int:
        """Return how many parents were refused; 0 once one was answered."""
        found = self._refusals.get(level.path)
        return found[0] if found and level.path not in self._answered else 0

    def new_children(self, page: str, parent: str, items: list[Record], group: str) -> list[Record]:  # noqa: ARG002
        """Return the children on a page that are to be delivered."""
        return self.watched.news(parent, items) if self.watched else items

    def was_read(self, level: ChildResource, parent: Record) -> None:
        """Mark the children of this parent as read."""
        self.refused.pop(str(parent.get(level.parent_key)), None)

    def note_answer(self, level: ChildResource) -> None:
        """Count a parent that was answered: the child resource is not refused as a whole."""
        self._answered.add(level.path)

    def note_refusal(
        self, level: ChildResource, parent: Record, error: StreamRefused | RecordRefused
    ) -> None:
        """Count a refused parent. One that is missing itself says nothing of the stream."""
        if isinstance(error, StreamRefused) and not error.is_about_a_record:
            # One that was refused before says nothing new of the account.
            if str(parent.get(level.parent_key)) not in self._refused_before:
                count, _ = self._refusals.get(level.path, (0, error))
                self._refusals[level.path] = (count + 1, error)
            self._remember(level, parent)
        else:
            self.was_read(level, parent)
        if self.watched:
            self.watched.drop(str(parent.get(level.parent_key)))

    def _remember(self, level: ChildResource, parent: Record) -> None:
        self.refused[str(parent.get(level.parent_key))] = None

    def refusal_of(self, parents: int) -> StreamRefused | None:
        """Return the refusal where so many parents were refused and none was answered."""
        found = (
            error
            for path, (count, error) in self._refusals.items()
            if count >= parents and path not in self._answered
        )
        return next(found, None)


def may_have_children(level: ChildResource, parent: Record) -> bool:
    """Return whether a parent itself says nothing against children."""
    if level.count_in and parent.get(level.count_in) == 0:
        return False
    return not level.only_where or bool(parent.get(level.only_where))


def reads_of(run: WalkRun) -> list[StreamRead]:
    """Return the streams of a run, with the parents that an earlier sync was refused."""
    reads = []
    for stream in run.members:
        position = run.positions[stream.name]
        own = position if isinstance(position, ExportPosition) else ExportPosition()
        reads.append(StreamRead(stream, own.refused, own.watched))
    return reads


def unfinished(reads: list[StreamRead]) -> list[StreamRead]:
    """Return the streams that have not failed."""
    return [read for read in reads if read.error is None]
