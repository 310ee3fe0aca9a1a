"""One parent while its children are read: which they are, and the streams that take them.

Owns the names of paths and of groups of children. Sends nothing and moves no position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .record_paths import group_name, path_id
from .stream_read import unfinished

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.result import Record

    from .stream_read import StreamRead


@dataclass(frozen=True, slots=True)
class ParentPages:
    """The pages below one parent.

    Attributes:
        level: The child resource.
        parent: The record they are below.
        grandparent: The id of the parent of that, where it is part of the path.
        reads: The streams that take the children.
        deeper: The streams that take what is below the children.

    """

    level: ChildResource
    parent: Record
    grandparent: str
    reads: list[StreamRead]
    deeper: list[StreamRead]

    @property
    def parent_id(self) -> str:
        return path_id(self.parent[self.level.parent_key])

    @property
    def path(self) -> str:
        return self.level.path.format(parent=self.parent_id, grandparent=self.grandparent)

    @property
    def group(self) -> str:
        """The name of the group of the children's keys."""
        return group_name(self.grandparent, self.parent_id)

    @property
    def unfinished(self) -> list[StreamRead]:
        """The streams at any depth that have not failed."""
        return unfinished([*self.reads, *self.deeper])

    def read_whole(self) -> None:
        """Mark the children of the parent as read to their end."""
        for read in unfinished(self.reads):
            if read.memory:
                read.memory.read_whole(self.group)
        for read in unfinished(self.deeper):
            if read.memory:
                read.memory.see_all_below(self.parent_id)


def level_of(read: StreamRead) -> ChildResource:
    """Return the child resource that a stream is read from."""
    assert read.stream.children is not None
    return read.stream.children
