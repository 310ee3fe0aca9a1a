"""One stream while it is read below the records of a walk: which parents it has asked and lost.

Owns what is known of its parents in this run. Moves no position and sends nothing. Here every
record is new; what differs for a compared list is in compared_read.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.errors import StreamRefused

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.stream import ChildResource, Stream
    from source_zendesk_support.zendesk.errors import ConnectorError, RecordRefused


class StreamRead:
    """One stream in one run. `error`: why it ended before the others."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.error: ConnectorError | None = None
        self.was_asked_for = False  # since the last page of parents
        # By path of the child resource: how many parents were refused, and the last refusal.
        self._refusals: dict[str, tuple[int, StreamRefused]] = {}
        self._answered: set[str] = set()  # paths of child resources

    def wants(self, level: ChildResource, parent: Record) -> bool:
        """Return whether a parent is to be asked for its children."""
        if level.count_in and parent.get(level.count_in) == 0:
            return False
        return not level.only_where or bool(parent.get(level.only_where))

    def new_children(self, page: str, parent: str, items: list[Record]) -> list[Record]:  # noqa: ARG002
        """Return the children on a page that are to be delivered."""
        return items

    def was_read(self, level: ChildResource, parent: Record) -> None:
        """Mark the children of this parent as read, or refused."""

    def note_answer(self, level: ChildResource) -> None:
        """Count a parent that was answered: the child resource is not refused as a whole."""
        self.was_asked_for = True
        self._answered.add(level.path)

    def note_refusal(self, level: ChildResource, error: StreamRefused | RecordRefused) -> None:
        """Count a refused parent. One that is missing itself says nothing of the stream."""
        self.was_asked_for = True
        if isinstance(error, StreamRefused) and not error.is_about_a_record:
            count, _ = self._refusals.get(level.path, (0, error))
            self._refusals[level.path] = (count + 1, error)

    def refusal_of(self, parents: int) -> StreamRefused | None:
        """Return the refusal where so many parents were refused and none was answered."""
        found = (
            error
            for path, (count, error) in self._refusals.items()
            if count >= parents and path not in self._answered
        )
        return next(found, None)

    @property
    def is_held(self) -> bool:
        """Whether its state may not move: parents were refused and none was answered.

        To pass them by would lose their children when the permission is given later.
        """
        return self.refusal_of(1) is not None


def unfinished(reads: list[StreamRead]) -> list[StreamRead]:
    """Return the streams that have not failed."""
    return [read for read in reads if read.error is None]
