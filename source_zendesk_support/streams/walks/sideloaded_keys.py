"""Deletions in lists that come beside the records of an export, as identities beside users.

Owns the keys in the states of such streams, and when these states are printed: they are too long
for every page (checkpoints.py). A key that is missing below a record is asked for singly at the end
of the run. Moves no position.
Rests on https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.result import PageResult, Record
from source_zendesk_support.streams.state.known_keys import KNOWN

from .checkpoints import Checkpoints
from .vanished import Vanished

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.key_memory import KeyMemory


class SideloadedKeys:
    """The keys of one stream while a run reads it."""

    def __init__(
        self, context: WalkContext, run: WalkRun, stream: Stream, memory: KeyMemory
    ) -> None:
        self._context = context
        self._run = run
        self._stream = stream
        self._memory = memory
        self._checkpoints = Checkpoints([(stream.name, self._with_keys({}))], context.now_s())
        self._state: dict[str, Any] | None = None  # the last one, without keys
        self._is_held = False  # whether it was not printed
        self._is_over = False

    def follow(self, results: Iterator[PageResult]) -> Iterator[PageResult]:
        """Yield the results of a run, with the keys in the states, and the deletions at its end."""
        name = self._stream.name
        try:
            for result in results:
                if name in result.completed or name in dict(result.failures):
                    yield from self._last(is_whole=name in result.completed)
                yield self._page(result)
        except Exception:
            yield from self._last(is_whole=False)
            raise
        yield from self._last(is_whole=True)

    def _page(self, result: PageResult) -> PageResult:
        name = self._stream.name
        if self._is_over:
            return result
        result = self._noted(result)
        self._checkpoints.note(len(dict(result.records).get(name, ())))
        states = []
        for each, state in result.states:
            if each != name:
                states.append((each, state))
                continue
            self._state = state
            self._is_held = not self._checkpoints.are_due_or_small(self._context.now_s())
            if not self._is_held:
                printed = (name, self._with_keys(state))
                self._checkpoints.printed([printed], self._context.now_s())
                states.append(printed)
        return replace(result, states=tuple(states))

    def _noted(self, result: PageResult) -> PageResult:
        """Remember the keys of a page; return the page."""
        for group, keys in result.below.get(self._stream.name, {}).items():
            self._memory.meet(keys, group)
            self._memory.read_whole(group)
        return result

    def _gone(self) -> list[Record]:
        """Return the tombstones of what is gone, once the run came to its end."""
        return Vanished(self._context, self._run.resource, self._stream, self._memory).tombstones()

    def _last(self, *, is_whole: bool) -> Iterator[PageResult]:
        """Yield the deletions of a run that came to its end, and a state that was held back."""
        if self._is_over:
            return
        self._is_over = True
        name, found = self._stream.name, []
        if is_whole and self._state is not None:
            found = self._gone()
        if self._state is not None and (found or self._is_held):
            yield PageResult(((name, found),), ((name, self._with_keys(self._state)),))

    def _with_keys(self, state: dict[str, Any]) -> dict[str, Any]:
        known = self._memory.known()
        return {**state, KNOWN: known.to_json()} if known else state


def with_keys(
    kind: type[SideloadedKeys],
    memories: Mapping[str, KeyMemory],
    context: WalkContext,
    run: WalkRun,
    results: Iterator[PageResult],
) -> Iterator[PageResult]:
    """Return the results of a run, with the deletions of the streams whose keys are remembered."""
    for stream in run.members:
        if stream.name in memories:
            results = kind(context, run, stream, memories[stream.name]).follow(results)
    return results
