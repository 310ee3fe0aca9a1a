"""An hour with every fault at random: the destination equals the account, and nothing is left."""

from __future__ import annotations

import gc
import resource
from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.endpoints import ENDPOINT_LIMITS
from test_support.connector.account_time import Account, too_early, walks
from test_support.connector.soak import HOUR_S, soak

if TYPE_CHECKING:
    import threading

# The growth of this process in an hour, in KiB. The lines of its syncs are kept for the comparison
# and are about a third of it; an unbounded queue or a page kept per sync would be ten times it.
MOST_GROWTH_KB = 150 * 1024


def test_an_hour_of_faults_ends_with_the_truth() -> None:
    # The threads of the walks make every run another one: `benchmarks/faults.py` has more seeds.
    with Account("tiny", seed=1, cluster=3) as account:
        others = walks()
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        done = soak(account, seed=1)
        assert done.differences == []
        assert account.time.passed_s >= HOUR_S
        assert done.longest_silence_s <= 60
        faults = sum(status != 200 for status in (a.status for a in account.answers))
        assert faults > 100, "it was an hour of faults"
        for bucket in ENDPOINT_LIMITS:
            assert too_early(account.in_bucket(bucket)) == []
        for output in done.outputs:
            assert {e["failure_type"] for e in output.errors} <= {"transient_error"}
        _expect_no_thread(others)
        gc.collect()
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
        assert grown_kb < MOST_GROWTH_KB


def _expect_no_thread(others: frozenset[threading.Thread]) -> None:
    for thread in walks() - others:
        thread.join(timeout=5)
    assert walks() <= others
