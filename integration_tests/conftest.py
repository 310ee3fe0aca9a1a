"""What tests of single commands share: an account without limits, one for all tests of a module."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


# A shell that starts the tests in the background switches these off, for every process below.
for number, handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running
