"""The lines of a terminal while a sync runs: a line for each stream that is read or waits.

Decides nothing. The lines keep their order and fit the width; what has ended makes room. Without a
terminal a line comes every few minutes, so that a log stays short.
Rests on https://rich.readthedocs.io/en/stable/live.html.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.zendesk.endpoints import buckets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .message_handler import MessageHandler
    from .pieces import Piece

A_SECOND = 2  # how often it is drawn: what changes faster cannot be read
RESTS = 4  # lines that are taken: the sum, what had to be said, and what the shell has
QUIET_S = 300.0  # without a terminal
_NAME = 25  # few names of streams are longer; at 80 columns a limit has to be named behind it
# A shorter wait is over before it is read.
SHORTEST_WAIT_S = 3


@dataclass(slots=True)
class Progress:
    """The lines of a sync. `clock` is the time of day in seconds.

    Of a sync that was stopped, the errors of its streams say nothing else, and are not shown.
    """

    heard: MessageHandler
    clock: Callable[[], float] = time.time
    was_stopped: Callable[[], bool] = lambda: False
    written: Counter[str] = field(default_factory=Counter)
    began_s: float = 0.0

    def __post_init__(self) -> None:
        self.began_s = self.clock()

    def note(self, piece: Piece) -> None:
        """Record a piece that was written."""
        self.written.update({name: part.records for name, part in piece.parts.items()})

    def lines(self, width: int, height: int) -> list[str]:
        """Return the lines: streams under way in the order of the catalog, and the sum."""
        open_streams = [
            name for name in self.heard.statuses if self.heard.statuses[name] in _UNDER_WAY
        ]
        busy = [name for name in open_streams if self.written[name] or name in self.heard.waits]
        shown = busy[: max(1, height - RESTS)]
        lines = [self._line(name) for name in shown]
        lines.append(self.sum(len(open_streams) - len(shown)))
        # The last thing that had to be said, such as a database that is waited for.
        last = self.heard.notes[-1:]
        if self.was_stopped():
            last = [("WARN", "Stopping: what came is kept ...")]
        lines += [f"{level}: {text}" for level, text in last]
        return [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines]

    def sum(self, others: int = 0) -> str:
        """Return how far the sync is as a whole."""
        statuses = self.heard.statuses
        if not statuses:
            return "Signing in and asking for the first pages ..."
        ended = sum(it not in _UNDER_WAY for it in statuses.values())
        more = f", {others} more under way" if others else ""
        return f"{self.written.total():,} records written; {ended} of {len(statuses)} done{more}"

    def _line(self, name: str) -> str:
        number = self.written[name]
        shown = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
        parts = [f"{shown:<{_NAME}} {number:>10,}"]
        left_s = round(self.heard.waits.get(name, 0.0) - self.clock())
        if left_s >= SHORTEST_WAIT_S:
            parts.append(f"waits {_time(left_s)} for {_bucket(name)}")
            return "  ".join(parts)
        rate = number / max(1.0, self.clock() - self.began_s)
        parts.append(f"{rate:>7,.0f}/s")
        whole = self.heard.estimates.get(name, 0)
        if whole > number:
            parts.append(f"{number / whole:>4.0%}")
            parts.append(f"{_time((whole - number) / rate)} left" if rate else "")
        return "  ".join(parts).rstrip()


_UNDER_WAY = frozenset({"STARTED", "RUNNING"})


def _bucket(name: str) -> str:
    """Return the narrowest limit that a stream draws on."""
    stream = STREAMS[name]
    path = stream.children.path if stream.children else stream.resource.path
    return buckets_of(path)[-1]


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def progress(
    heard: MessageHandler,
    say: Callable[[str], None],
    *,
    is_drawn: bool,
    was_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Callable[[Piece], None]]:
    """Yield what takes note of each piece that was written."""
    state = Progress(heard, was_stopped=was_stopped)
    if not is_drawn:
        yield _plain(state, say)
        return
    console = Console(stderr=True, highlight=False)

    def drawn() -> Group:
        lines = state.lines(console.width - 1, console.height)
        return Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))

    with Live(get_renderable=drawn, console=console, refresh_per_second=A_SECOND, transient=True):
        yield state.note


def _plain(state: Progress, say: Callable[[str], None]) -> Callable[[Piece], None]:
    """Return what notes a piece, and says how far a long sync is."""
    said_at = time.monotonic()

    def note(piece: Piece) -> None:
        nonlocal said_at
        state.note(piece)
        if time.monotonic() - said_at >= QUIET_S:
            said_at = time.monotonic()
            say(state.sum())

    return note


def is_terminal() -> bool:
    """Return whether somebody watches."""
    return sys.stderr.isatty()
