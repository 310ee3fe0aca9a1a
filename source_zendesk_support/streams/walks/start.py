"""Where a run begins, and which of its streams have nothing to read yet.

Owns the rules for a stream without a position and for a time in the future. They are asked once for
each run. Never moves a position.
Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
(docs/facts/zendesk-api.md#2.3.5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.walk import Start

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun

# A position that lies further ahead than this is a user's way to say "never".
FUTURE_S = 86_400
# 2100-01-01. A time beyond it lies ahead by any clock, and Zendesk need not be asked.
NEXT_CENTURY_S = 4_102_444_800
# Zendesk withholds the last 60 seconds and rejects a start in them
# (docs/facts/zendesk-api.md#2.3.5).
HELD_BACK_S = 60


@dataclass(frozen=True, slots=True)
class Begun:
    """A run at its beginning.

    Attributes:
        run: The run of the members that are to be read; without members nothing is.
        not_started: The members without a position, where the start date lies in the future.
        in_future: The members whose position a user has put into the future.

    """

    run: WalkRun
    not_started: tuple[Stream, ...] = ()
    in_future: tuple[Stream, ...] = ()

    @property
    def waiting(self) -> tuple[Stream, ...]:
        """The members of which nothing is read in this sync."""
        return self.not_started + self.in_future


def begin(context: WalkContext, run: WalkRun) -> Begun:
    """Return where a run begins, and for whom."""
    fresh = [it for it in run.members if run.positions[it.name].is_start]
    not_started = tuple(fresh) if fresh and _lies_ahead(context, context.start_s) else ()
    ahead = [it for it in run.members if _is_in_future(context, run.positions[it.name].at_s)]
    in_future = tuple(it for it in ahead if run.positions[it.name].is_time_alone)
    run = _without_times(context, run, [it for it in ahead if it not in in_future])
    members = tuple(it for it in run.members if it not in not_started + in_future)
    return Begun(run.of(members, _start(context, run)), not_started, in_future)


def _without_times(context: WalkContext, run: WalkRun, streams: list[Stream]) -> WalkRun:
    """Return the run without positions that no sync can have reached: the streams are read anew.

    An earlier version, or a wrong clock, followed a record that is dated in the future.
    """
    positions = dict(run.positions)
    for stream in streams:
        positions[stream.name] = positions[stream.name].without_time()
        context.skipped.add(stream.name, "position in the future: read from the start date again")
    return replace(run, positions=positions)


def _start(context: WalkContext, run: WalkRun) -> Start:
    """Return the start of the history: a short one by default, where the resource says so."""
    now_s, history_s = context.now_s(), run.resource.default_history_s
    start_s = context.start_s
    if history_s is not None and not context.start_is_given:
        start_s = now_s - history_s
    return Start(start_s, max(0, min(start_s, now_s - HELD_BACK_S - 1)))


def _is_in_future(context: WalkContext, at_s: int | None) -> bool:
    """Return whether a position says: read nothing."""
    return at_s is not None and _lies_ahead(context, at_s - FUTURE_S)


def _lies_ahead(context: WalkContext, at_s: int) -> bool:
    """Return whether a time is yet to come.

    Our clock may be far behind, so Zendesk's decides, and is asked where the two could differ. If
    ours is ahead, Zendesk itself answers that there is nothing to read yet.
    """
    if at_s <= context.now_s() or at_s >= NEXT_CENTURY_S:
        return at_s > context.now_s()
    context.client.ask_time()
    return at_s > context.client.zendesk_s()
