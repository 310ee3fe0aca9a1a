"""The cost of a refusal below one parent: that parent, or the whole child stream.

A parent that Zendesk refuses (403, 404, 422) is counted, skipped and remembered; the walk
continues. Where all of many were refused, one more request says whether the stream ends. The
account answers that request wherever it answers any parent. Moves no position. Rests on
docs/facts/zendesk-api.md#5.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.zendesk.errors import ConnectorError, StreamRefused

from .parent_chain import level_of
from .stream_read import ALL_REFUSED, MOST_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.zendesk.errors import RecordRefused

    from .parent_chain import ParentPages
    from .stream_read import StreamRead

# At the end of a walk so many refused parents and no answer mean that the stream is refused. Fewer
# may be single records that the signed-in user may not see: the next sync asks them again.
ALL_REFUSED_AT_END = 5


class ChildRefusals:
    """The refusals below the parents of one run."""

    def __init__(self, context: WalkContext) -> None:
        self._context = context
        self._opened: dict[str, StreamRefused | None] = {}  # by path of a child resource

    def note(
        self, read: StreamRead, chain: ParentPages, error: StreamRefused | RecordRefused
    ) -> Iterator[PageResult]:
        """Count a refused parent; end the stream where all of many were refused."""
        read.note_refusal(chain.level, chain.parent, error)
        self._context.skipped.add(
            read.stream.name, f"parents that Zendesk refused with status {error.status}"
        )
        has_probe = level_of(read).probe is not None
        most = ALL_REFUSED if has_probe else ALL_REFUSED + MOST_SAMPLES
        yield from self._refused_whole(read, most)

    def at_end(self, read: StreamRead) -> Iterator[PageResult]:
        """End a stream that was refused in all of a walk."""
        own = level_of(read)
        few = 1 if own.is_export or own.probe else ALL_REFUSED_AT_END
        yield from self._refused_whole(read, few)

    def _refused_whole(self, read: StreamRead, parents: int) -> Iterator[PageResult]:
        """End a stream of which so many parents were refused, none answered, and no probe."""
        error = read.refusal_of(parents)
        if error is None:
            return
        probe = level_of(read).probe
        if probe:
            if probe[0] not in self._opened:
                self._opened[probe[0]] = self._refusal_of_account(*probe)
            error = self._opened[probe[0]]
        if error:
            yield ended([read], error)
        else:
            read.note_answer(level_of(read))

    def _refusal_of_account(
        self, path: str, key: str, params: Mapping[str, str]
    ) -> StreamRefused | None:
        """Return the refusal of a path that is answered where any parent is; None without one."""
        try:
            self._context.client.get(path, params, expects=key)
        except StreamRefused as refused:
            return refused
        except ConnectorError as error:
            self._context.skipped.add(path, f"answers that do not show a refusal: {error.what}")
        return None


def ended(reads: list[StreamRead], error: Exception) -> PageResult:
    """End these streams with an error, and return the result that says so."""
    for read in reads:
        read.error = error
    return PageResult((), (), failures=tuple((read.stream.name, error) for read in reads))
