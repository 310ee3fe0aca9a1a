"""Reads in an account with faults, and the comparison of all that they delivered with the account.

Owns the page size of these tests: small, so that a fault falls into the middle of a walk.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from test_support.clock import CLOCK

from .account_truth import expect_equal
from .process import Destination

if TYPE_CHECKING:
    from .account_time import Account, TimedOutput

PAGE = 20
TEN_MINUTES_S = 600


def expect_whole(account: Account, catalog: dict[str, Any], *outputs: TimedOutput) -> None:
    destination = Destination(catalog)
    for output in outputs:
        destination.take(output)
    assert outputs[-1].code == 0, outputs[-1].error
    assert all(output.longest_silence_s <= 60 for output in outputs)
    expect_equal(account.emulator, destination)


def read_on(account: Account, catalog: dict[str, Any], failed: TimedOutput) -> TimedOutput:
    """Read again from the states that a failed sync has printed."""
    destination = Destination(catalog)
    destination.take(failed)
    return account.read(catalog, destination.states(), page_size=PAGE)


def instant(seconds: float) -> str:
    """Return a time that many seconds after the account's, as headers write it."""
    return formatdate(CLOCK.timestamp() + seconds, usegmt=True)
