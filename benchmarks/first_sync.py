"""How long a first sync takes at the account's limits: exports alone, and what the planner chooses.

A simulation in its own time: the requests of each walk meet the connector's own rate limiter and
the emulator's limits. No request is sent and no record is made, so that a million tickets take
seconds. What a request itself takes is left out, as the limit binds; with `--latency` it counts.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tables import table  # noqa: E402

from source_zendesk_support.streams.catalog.table import STREAMS  # noqa: E402
from source_zendesk_support.streams.model.resource import EXPORT_PAGE, LIST_PAGE  # noqa: E402
from source_zendesk_support.streams.walks.creation_sweep import SEARCH_PAGE, SHOW_MANY  # noqa: E402
from source_zendesk_support.streams.walks.first_engine import choose_first_engine  # noqa: E402
from source_zendesk_support.zendesk.endpoints import ACCOUNT, ENDPOINT_LIMITS  # noqa: E402
from source_zendesk_support.zendesk.rate_limiter import RateLimiter  # noqa: E402
from zendesk_emulator.data.clock import Clock  # noqa: E402
from zendesk_emulator.server.limits import HIGH_VOLUME, Limits  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE_PERCENT = 90  # the default of api_usage_percent
# For one ticket of the emulated accounts, measured on `small`.
EVENTS, METRIC_EVENTS, USERS, ARCHIVED = 3.0, 4.9, 0.32, 0.43
PLANS = {"Team": 200, "Professional": 400, "Enterprise": 700, "High Volume": HIGH_VOLUME}
SIZES = (100_000, 1_000_000)
WANTED = ("tickets", "ticket_metrics", "ticket_metric_events", "ticket_events", "ticket_comments")
TICKETS, USERS_EXPORT = "incremental/tickets/cursor", "incremental/users/cursor"


@dataclass(frozen=True)
class Took:
    """Minutes until all walks have ended, and how many requests they sent."""

    minutes: float
    requests: int
    by_lists: bool


def walks(tickets: int, events: float, by_lists: frozenset[str]) -> dict[str, Iterator[str]]:
    """Return the paths that each walk asks for, one after the other."""
    found = {
        "events": _pages("incremental/ticket_events", tickets * events / EXPORT_PAGE),
        "metric events": _pages(
            "incremental/ticket_metric_events", tickets * METRIC_EVENTS / EXPORT_PAGE
        ),
    }
    found["users"] = (
        _pages("users", tickets * USERS / LIST_PAGE)
        if USERS_EXPORT in by_lists
        else _pages(USERS_EXPORT, tickets * USERS / EXPORT_PAGE)
    )
    found["tickets"] = (
        _listed(tickets) if TICKETS in by_lists else _pages(TICKETS, tickets / EXPORT_PAGE)
    )
    return found


def _pages(path: str, number: float) -> Iterator[str]:
    for _ in range(ceil(number)):
        yield path


def _listed(tickets: int) -> Iterator[str]:
    """The live tickets by the list; the archive by searches, and whole by their ids."""
    archived = round(tickets * ARCHIVED)
    yield from _pages("tickets", (tickets - archived) / LIST_PAGE)
    for _ in range(ceil(archived / SEARCH_PAGE)):
        yield "search/export"
        yield from _pages("tickets/show_many", SEARCH_PAGE / SHOW_MANY)


def simulate(
    tickets: int, events: float, per_minute: int, by_lists: frozenset[str], latency_s: float
) -> Took:
    """Let all walks run until they end; every request has to find room on both sides."""
    clock = Clock(1_780_000_000, frozen=True)
    is_high = per_minute == HIGH_VOLUME
    limits = Limits(clock, account_per_minute=per_minute, high_volume=is_high)
    limiter = RateLimiter(share_percent=SHARE_PERCENT)
    running = walks(tickets, events, by_lists)
    wanted = {name: next(walk) for name, walk in running.items()}
    due = [(0.0, number, name) for number, name in enumerate(running)]
    requests, now_s, ended_s = 0, 0.0, 0.0
    while due:
        at_s, number, name = heapq.heappop(due)
        clock.advance(at_s - now_s)
        now_s = at_s
        wait = limiter.reserve(wanted[name], now=now_s)
        if wait:
            heapq.heappush(due, (now_s + wait.seconds, number, name))
            continue
        headers, refused = limits.spend(f"/api/v2/{wanted[name]}")
        assert refused is None, f"{wanted[name]}: a 429 of our own making"
        limiter.settle(wanted[name], dict(headers), sent_at=now_s, now=now_s)
        requests += 1
        ended_s = max(ended_s, now_s + latency_s)
        path = next(running[name], None)
        if path is not None:
            wanted[name] = path
            heapq.heappush(due, (now_s + latency_s, number, name))
    return Took(ended_s / 60, requests, TICKETS in by_lists)


def both(tickets: int, events: float, per_minute: int, latency_s: float) -> tuple[Took, Took]:
    """Return a first sync by exports alone, and by what the connector chooses."""
    ours = per_minute * SHARE_PERCENT // 100
    exports = {"incremental-exports": 30, "incremental-exports-cursor": 60}
    widened = exports if per_minute == HIGH_VOLUME else {}
    chosen = choose_first_engine(
        [STREAMS[name] for name in (*WANTED, "users")],
        {"tickets": round(tickets * (1 - ARCHIVED)), "users": round(tickets * USERS)},
        {**ENDPOINT_LIMITS, ACCOUNT: ours, **widened},
    )
    by_exports = simulate(tickets, events, per_minute, frozenset(), latency_s)
    return by_exports, simulate(tickets, events, per_minute, chosen.by_lists, latency_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=float, default=EVENTS, help="events of one ticket")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that a request takes")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    asked = parser.parse_args()
    rows, figures = [], []
    for tickets in SIZES:
        for plan, per_minute in PLANS.items():
            exports, chosen = both(tickets, asked.events, per_minute, asked.latency)
            share = chosen.minutes / exports.minutes
            rows.append(
                (
                    f"{tickets:,} tickets, {plan}", f"{exports.minutes:,.0f}",
                    f"{exports.requests:,}", f"{chosen.minutes:,.0f}", f"{chosen.requests:,}",
                    "lists" if chosen.by_lists else "exports", f"{share:.0%}",
                )
            )  # fmt: skip
            figures.append(
                {
                    "tickets": tickets, "plan": plan, "exports_min": exports.minutes,
                    "chosen_min": chosen.minutes, "share": share,
                }
            )  # fmt: skip
    heads = ("exports: minutes", "requests", "chosen: minutes", "requests", "tickets by", "share")
    print("\n".join(table("", heads, rows)))
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
