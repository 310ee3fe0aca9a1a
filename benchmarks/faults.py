"""The cost of limits and faults: 429s, the share of the budget spent, silence, memory, and losses.

First this connector alone, in the account's own time (an hour of it takes seconds). Then, where the
published connector can be run (README.md), both as processes in real time on the same faults.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from test_support.connector.account_time import Account, spent_share, too_early  # noqa: E402 - their place is in the path
from test_support.connector.process import Destination, Output  # noqa: E402
from test_support.connector.published import ServedAccount, ZendeskHost, missing, ours, published  # noqa: E402
from test_support.connector.soak import soak  # noqa: E402

BUCKET = "incremental-exports"
SEEDS = (1, 2, 3, 4, 5)
# Both have these, and both read them with few requests.
STREAMS = ("tickets", "users", "organizations", "groups", "ticket_fields", "tags", "brands")
# Zendesk's smallest plan (docs/facts/zendesk-api.md#1.1): a first read of a small account is bound
# by it.
ACCOUNT_PER_MINUTE = 10
LONGEST_THROTTLED_S = 300
LONGEST_RUN_S = 90  # a connector that is not done by then counts as stuck
CLOCK = "2026-06-01T00:00:00Z"
EVERY_PATH = "^/api/v2/(?!.*/count$)"
BOTH: dict[str, dict[str, Any]] = {
    "429, Retry-After 5": {"status": 429, "headers": {"Retry-After": "5"}},
    "429, Retry-After 2.5": {"status": 429, "headers": {"Retry-After": "2.5"}},
    "500": {"status": 500},
    "503, Retry-After 3": {"status": 503, "headers": {"Retry-After": "3"}},
    "409": {"status": 409, "body": {"error": "Conflict", "description": "temporary failure"}},
    "connection reset": {"kind": "reset"},
    "body cut off": {"kind": "truncated"},
    "200 with HTML": {"kind": "html"},
    "200, empty": {"kind": "empty"},
    "200 without its key": {"kind": "missing_key"},
    "504 above 500 a page": {"status": 504, "body": "upstream request timeout", "page_over": 500},
}


def line(name: str, value: object) -> None:
    print(f"  {name:<48} {value}")


def refused(account: Account) -> int:
    return sum(answered.status == 429 for answered in account.answers)


def alone() -> None:
    print("Alone on an account, 10 export requests a minute, pages of 5")
    with Account("tiny", cluster=3, tickets=150) as account:
        output = account.read(account.catalog(), page_size=5)
        exports = account.in_bucket(BUCKET)
        line("exit, account minutes", f"{output.code}, {account.time.passed_s / 60:.1f}")
        line("429s met", refused(account))
        line(f"share of {BUCKET} used", f"{spent_share(exports, 10):.1%}")
        line("longest silence, s", f"{output.longest_silence_s:.1f}")


def noisy() -> None:
    print("With a neighbour that takes 5 of the 10, all at once, every minute")
    with Account("tiny", cluster=3, tickets=150) as account:
        spend = account.emulator.site.limits.spend
        for minute in range(600):
            happens = (
                60.0 * minute + 20,
                lambda: [spend("/api/v2/incremental/x") for _ in "12345"],
            )
            account.time.meanwhile.append(happens)
        output = account.read(account.catalog(), page_size=5)
        exports = account.in_bucket(BUCKET)
        served = [answered for answered in exports if answered.status == 200]
        line("exit, account minutes", f"{output.code}, {account.time.passed_s / 60:.1f}")
        line("429s met, of requests", f"{refused(account)} of {len(exports)}")
        line("served of 10 a minute", f"{10 * spent_share(served, 10):.1f}")
        line("requests after a 429 before its time", len(too_early(exports)))


def hours() -> None:
    print(f"An hour of account time with every fault at random, {len(SEEDS)} seeds")
    before_mb = _peak_mb()
    for seed in SEEDS:
        with Account("tiny", seed=seed, cluster=3) as account:
            done = soak(account, seed)
            early = sum(len(too_early(account.in_bucket(name)))
                        for name in (BUCKET, f"{BUCKET}-cursor"))  # fmt: skip
            bad = sum(answered.status != 200 for answered in account.answers)
            line(
                f"seed {seed}",
                f"{len(done.outputs)} syncs, {len(account.answers)} requests, {bad} bad answers, "
                f"{refused(account)} 429s, {early} too early, silence "
                f"{done.longest_silence_s:.0f} s, differences {len(done.differences)}",
            )
    line("peak memory before, after (with the emulator), MB", f"{before_mb:.0f}, {_peak_mb():.0f}")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def beside_the_published() -> None:
    reason = missing()
    if reason:
        print(f"The published connector is not run: {reason}")
        return
    print("Four bad answers after the first good one, as processes in real time")
    print(f"  {'fault':<24} {'connector':<10} {'exit':>5} {'s':>6} {'lost':>5} {'wrong':>6}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        host = ZendeskHost(folder)
        arguments = ("--size", "tiny", "--seed", "1", "--clock", CLOCK, "--frozen")
        with ServedAccount(host, *arguments) as account:
            for fault, fields in BOTH.items():
                for kind, make in (("ours", ours), ("published", published)):
                    connector = make(folder, host)
                    catalog = connector.catalog(*STREAMS)
                    account.ask("POST", "faults", {"path": EVERY_PATH, "count": 4, "skip": 1}
                                | fields)  # fmt: skip
                    row = _read(connector, catalog, account)
                    account.ask("DELETE", "faults")
                    print(f"  {fault:<24} {kind:<10} {row}", flush=True)


def throttled_beside_the_published() -> None:
    if missing():
        return
    streams = (*STREAMS, "ticket_metrics", "group_memberships", "satisfaction_ratings")
    print(f"An account of {ACCOUNT_PER_MINUTE} requests a minute, as processes in real time")
    print(f"  {'':<24} {'connector':<10} {'exit':>5} {'s':>6} {'lost':>5} {'wrong':>6}  answers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        host = ZendeskHost(folder)
        arguments = ("--size", "small", "--tickets", "60", "--seed", "1", "--clock", CLOCK)
        with ServedAccount(host, *arguments) as account:
            for kind, make in (("ours", ours), ("published", published)):
                connector = make(folder, host)
                catalog = connector.catalog(*streams)
                limits = {"enabled": True, "account_per_minute": ACCOUNT_PER_MINUTE}
                account.ask("DELETE", "requests")
                account.ask("POST", "limits", limits)
                row = _read(connector, catalog, account, LONGEST_THROTTLED_S)
                answers = account.ask("GET", "requests")["by_status"]
                print(f"  {'':<24} {kind:<10} {row}  {answers}", flush=True)


def _read(
    connector: Any,
    catalog: dict[str, Any],
    account: ServedAccount,
    longest_s: float = LONGEST_RUN_S,
) -> str:
    begun = time.monotonic()
    try:
        output = connector.run(*connector.read_arguments(catalog), timeout_s=longest_s)
    except subprocess.TimeoutExpired as stuck:
        lines = (stuck.stdout or b"").decode().splitlines()[:-1]
        output = Output([each for each in lines if each.startswith("{")], -1)
    took_s = time.monotonic() - begun
    destination = Destination(catalog)
    destination.take(output)
    lost, wrong = 0, 0
    for stream in STREAMS:
        truth = account.truth(stream)
        held = destination.tables[stream]
        lost += sum(record[truth.key] not in held for record in truth.must)
        wrong += sum(key not in {r[truth.key] for r in truth.must} | set(truth.may)
                     for key in held)  # fmt: skip
    code = "stuck" if output.code == -1 else str(output.code)
    return f"{code:>5} {took_s:6.1f} {lost:5} {wrong:6}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", action="store_true", help="without the published connector")
    asked = parser.parse_args()
    alone()
    noisy()
    hours()
    if not asked.ours:
        beside_the_published()
        throttled_beside_the_published()


if __name__ == "__main__":
    main()
