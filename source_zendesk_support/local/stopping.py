"""The signals that end a sync in order: the connector ends, and what came is kept.

Owns which signals these are for `zendesk-local`. SIGQUIT and SIGKILL end it at once, and leave
nothing that the next sync would not find.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .connector import Connector


@contextmanager
def stopping(connector: Connector, stopped_by: list[str]) -> Iterator[None]:
    """Let SIGTERM, SIGINT and SIGHUP end the sync in order, and note which came."""

    def stop(number: int, _frame: object) -> None:
        stopped_by.append(signal.Signals(number).name)
        connector.stop()

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {it: signal.signal(it, stop) for it in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
