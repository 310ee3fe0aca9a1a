"""Lists of set-up that are read at intervals: when each was read last, and which rests now.

Owns one key of states beside those of positions. A stream rests only after it was read to its end.
Sends nothing but a question for the time. How late a change may come is the user's word.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.state.codec import NO_CURSOR, READ_AT
from source_zendesk_support.streams.state.times import format_time, parse_time

from .delivery import unchanged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.zendesk.client import ZendeskClient


class Intervals:
    """Which streams of set-up rest, and the states that say when they were read."""

    def __init__(
        self,
        names: Collection[str],
        interval_s: int,
        saved: Mapping[str, Mapping[str, Any] | None],
        client: ZendeskClient,
    ) -> None:
        """`names`: the streams that may rest; `saved`: their states."""
        self._names = frozenset(names)
        self._interval_s = interval_s
        times = {name: _read_s(saved.get(name)) for name in names}
        self._read = {name: read_s for name, read_s in times.items() if read_s is not None}
        self._client = client
        self._lock = threading.Lock()

    def resting(self, run: WalkRun) -> tuple[Stream, ...]:
        """Return the members of a run that are not read in this sync."""
        known = [it for it in run.members if it.name in self._read]
        if not known:
            return ()
        with self._lock:  # walks begin together, and one request shows the time to all
            self._client.ask_time()
        now_s = self._client.zendesk_s()
        # A time in the future was written by a wrong clock.
        return tuple(it for it in known if 0 <= now_s - self._read[it.name] < self._interval_s)

    def kept(self, run: WalkRun, streams: tuple[Stream, ...]) -> PageResult:
        """Return the states of streams that rest, as they were."""
        states = tuple(
            (name, {**state, READ_AT: format_time(self._read[name])})
            for name, state in unchanged(run, streams).states
        )
        return PageResult((), states)

    def follow(self, results: Iterator[PageResult]) -> Iterator[PageResult]:
        """Yield the results of a run, and at its end when its streams were read."""
        states: dict[str, dict[str, Any]] = {}
        failed: set[str] = set()
        for result in results:
            states |= {name: it for name, it in result.states if name in self._names}
            failed |= dict(result.failures).keys()
            yield result
            del result
        # A list without records leaves no position that a time could stand beside.
        read_at = format_time(self._client.zendesk_s())
        ended = tuple(
            (name, {**state, READ_AT: read_at})
            for name, state in states.items()
            if name not in failed and NO_CURSOR not in state
        )
        if ended:
            yield PageResult((), ended)


def _read_s(state: Mapping[str, Any] | None) -> int | None:
    value = state.get(READ_AT) if isinstance(state, dict) else None
    try:
        return None if value is None else parse_time(value)
    except ValueError:
        return None
