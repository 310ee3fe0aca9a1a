"""Signals as a terminal leaves them: a shell that starts tests in the background ignores two.

Every process below would ignore them too, and no test could stop one by them.
"""

import signal


def allow_interrupts() -> None:
    """Let SIGINT and SIGHUP reach the processes that tests start."""
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
