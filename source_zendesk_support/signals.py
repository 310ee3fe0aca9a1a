"""How a signal ends the process: in order, and with a token exchange finished that was under way.

Owns the handlers and the last act: the process dies by the signal itself, so that shells and
platforms see what ended it. Never prints. Imports nothing slow: `run.py` needs it before all else.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol and on signal(7).
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# SIGHUP comes from a terminal or a session that is gone: the sync ends like any other.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# A read that is stopped prints its page and its states to the end. Docker allows ten
# seconds before SIGKILL, Kubernetes thirty, and stdout may be stuck.
STOP_WITHIN_S = 8
SHELL_CODE = 128  # a shell reports the end by signal n as 128 + n


class Stop:
    """Whether the command was stopped, by which signal, and what must not be cut off meanwhile.

    `in_order`: the command looks by itself whether it `is_due` to end. Any other ends at once, or
    when the exchange ends that was under way. No lock is taken by a handler: the thread that it
    interrupts could hold it.
    """

    def __init__(self, *, in_order: bool = True) -> None:
        self.signal = ""
        self.in_order = in_order
        self._lock = threading.Lock()
        self._exchanges = 0

    @property
    def is_exchanging(self) -> bool:
        """Return whether tokens are under way that replace the stored ones."""
        return self._exchanges > 0

    @property
    def is_due(self) -> bool:
        """Return whether the command was stopped and nothing holds up its end."""
        return bool(self.signal) and not self.is_exchanging

    def begin_exchange(self) -> bool:
        """Return whether an exchange of tokens may begin: none does after a signal.

        The exchange is counted before the signal is looked at, and a handler does both the other
        way round: one of the two sees the other.
        """
        with self._lock:
            self._exchanges += 1
            if not self.signal:
                return True
            self._exchanges -= 1
            return False

    def end_exchange(self) -> None:
        """Record that the new tokens were printed, or that there are none.

        A command that does not end in order is sent its signal once more, which ends it now.
        """
        with self._lock:
            self._exchanges -= 1
        main = threading.main_thread().ident
        if self.signal and not self.in_order and main is not None:
            signal.pthread_kill(main, signal.Signals[self.signal])


def die_by(number: int) -> NoReturn:
    """End the process by a signal, without its threads and without a traceback.

    The kernel shields the first process of a container from its own default actions: that one exits
    with the code by which shells report the signal.
    """
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.raise_signal(number)
    os._exit(SHELL_CODE + number)


def die_at_once() -> None:
    """Let each signal end the process at once and quietly, until `stopping` takes over.

    Without a handler, Python would print a traceback for SIGINT, and the first process of a
    container would be deaf.
    """
    for number in _stop_signals():
        signal.signal(number, lambda number, _frame: die_by(number))


@contextmanager
def stopping(stop: Stop) -> Iterator[None]:
    """Let signals set `stop`, and end the process when it takes too long or a second one comes."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if not stop.signal:
            stop.signal = signal.Signals(number).name
            signal.alarm(STOP_WITHIN_S)
            if stop.in_order:
                return
        if not stop.is_exchanging:
            die_by(number)

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        die_by(signal.Signals[stop.signal])

    handlers = {**dict.fromkeys(_stop_signals(), on_signal), signal.SIGALRM: on_alarm}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_signals() -> list[signal.Signals]:
    """Return the signals to be handled: one that was switched off (`nohup`, `&`) stays so."""
    return [
        number
        for number in STOP_SIGNALS
        if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN
    ]
