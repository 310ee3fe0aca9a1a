"""An hour of an account's life with every fault at random, read by one sync after another.

Owns the mix of faults and changes. Used by test_soak.py, which expects the truth at the end, and by
benchmarks/faults.py, which prints what it cost.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from test_support.clock import HOUR_S
from test_support.connector.account_truth import deleted, owed
from test_support.connector.process import Destination

if TYPE_CHECKING:
    from test_support.connector.account_time import Account, TimedOutput

PAGE = 8  # small, so that an hour holds many pages; more than share one second
CHANGE_EVERY_S = 300
PROBABILITY = 0.02  # of each kind of fault: about every fifth answer is one
LONG_AGO_S = 3650  # days: the changes are to ratings of any age

_EXPORTS_AND_LISTS = "^/api/v2/(?!.*/count$)"
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 429, "headers": {"Retry-After": "11"}},
    {"status": 429, "headers": {"Retry-After": "2.5"}},
    {"status": 429},
    {"status": 500},
    {"status": 502, "body": "<html>Bad Gateway</html>"},
    {"status": 503, "headers": {"Retry-After": "20"}},
    {"status": 503},
    {"status": 409, "body": {"error": "Conflict", "description": "temporary failure"}},
    {"status": 504, "body": "upstream request timeout", "page_over": PAGE // 2},
    {"kind": "reset"},
    {"kind": "truncated"},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "missing_key"},
    {"status": 200, "body": {"tickets": None, "groups": None, "users": None}},
)
# Rare, because a walk forgives it once.
CURSORS: tuple[dict[str, Any], ...] = (
    {"status": 400, "body": {"errors": [{"code": "InvalidCursor", "status": "400"}]}},
    {"status": 400, "body": {"errors": [{"code": "InvalidPaginationParameter"}]}},
)


@dataclass
class Soak:
    """The course of an hour."""

    outputs: list[TimedOutput] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def longest_silence_s(self) -> float:
        return max(output.longest_silence_s for output in self.outputs)


def soak(account: Account, seed: int) -> Soak:
    """Live through an hour, then read once without faults and compare with the account."""
    done = Soak()
    catalog = account.catalog()
    destination = Destination(catalog)
    settings: dict[str, Any] = {
        "page_size": PAGE,
        "satisfaction_ratings_lookback_days": LONG_AGO_S,
    }
    _faults_at_random(account)
    were_deleted = _life_goes_on(account, seed)
    while account.time.passed_s < HOUR_S:
        output = account.read(catalog, destination.states(), **settings)
        destination.take(output)
        done.outputs.append(output)
        account.time.rest(60.0)
    account.emulator.site.faults.clear()
    account.time.meanwhile.clear()
    account.time.rest(120.0)  # the last changes are not held back any more
    output = account.read(catalog, destination.states(), **settings)
    destination.take(output)
    done.outputs.append(output)
    if output.error is not None:
        done.differences.append(f"the last sync failed: {output.errors}")
    for stream in sorted(destination.keys):
        truth = owed(account.emulator, destination, stream, were_deleted)
        done.differences += destination.differences(stream, truth)
    return done


def _faults_at_random(account: Account) -> None:
    for fault in FAULTS:
        account.fault(_EXPORTS_AND_LISTS, probability=PROBABILITY, **fault)
    for fault in CURSORS:
        path = "cursor$" if "InvalidCursor" in str(fault) else "/(groups|tags|ticket_fields)$"
        account.fault(path, probability=PROBABILITY / 4, skip=1, **fault)


def _life_goes_on(account: Account, seed: int) -> set[int]:
    """Let it change, and return where the tickets are noted that were deleted at some time."""
    draw = random.Random(seed)
    were_deleted = deleted(account.emulator)
    for at_s in range(CHANGE_EVERY_S, 2 * HOUR_S, CHANGE_EVERY_S):
        number = draw.randrange(1_000_000)

        def change(number: int = number) -> None:
            account.emulator.change("mix", count=12, seed=number)
            were_deleted.update(deleted(account.emulator))

        account.time.meanwhile.append((float(at_s), change))
    return were_deleted
