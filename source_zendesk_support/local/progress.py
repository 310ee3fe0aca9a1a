"""One line on a terminal while a sync runs: how much has come, and into which tables it goes.

Shows nothing where stderr is not a terminal. Decides nothing.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .message_handler import MessageHandler
    from .pieces import Piece

_MOST_NAMED = 3


@contextmanager
def progress(heard: MessageHandler) -> Iterator[Callable[[Piece], None]]:
    """Yield what takes note of each piece that was written."""
    if not sys.stderr.isatty():
        yield lambda _piece: None
        return
    written: Counter[str] = Counter()
    started_at = time.monotonic()
    with Console(stderr=True).status("Signing in and asking for the first pages ...") as status:

        def show(piece: Piece) -> None:
            written.update({name: part.records for name, part in piece.parts.items()})
            ended = sum(it == "COMPLETE" for it in heard.statuses.values())
            largest = sorted(piece.parts, key=lambda name: -piece.parts[name].records)
            rate = written.total() / max(1.0, time.monotonic() - started_at)
            line = (
                f"{written.total():,} records written, {rate:,.0f}/s; {ended} of "
                f"{len(heard.statuses)} streams at their end; {', '.join(largest[:_MOST_NAMED])}"
            )
            status.update(Text(line, overflow="ellipsis", no_wrap=True))

        yield show
