"""Whole-process measurements of this connector and the published one, on the emulator, by HTTPS.

Both read the same account from the same emulator process, in alternation, within one run.
What each figure means stands in README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
# The commands, and the host name that leads to the emulator, are those of the integration tests.
sys.path[:0] = [str(ROOT), str(ROOT / "integration_tests")]

from connector import BEFORE_ALL, CREDENTIALS  # noqa: E402 - their place is in the path now
from measure import Measured, measure  # noqa: E402
from published import (  # noqa: E402
    HostedConnector,
    ServedAccount,
    ZendeskHost,
    missing,
    ours,
    published,
)

from source_zendesk_support.streams.table import STREAMS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOCK = "2026-06-01T00:00:00Z"
# The last hour of the seeded history is empty: a read from there is a start and one request.
NOTHING_SINCE = "2026-05-31T23:30:00Z"
SPEC_RUNS = 10
GOAL_RATIO, GOAL_PEAK_MB, GOAL_SPEC_S = 40, 180, 0.15
COMMON = tuple(name for name in STREAMS if name not in ("ticket_events", "deleted_tickets"))

Figures = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """Where everything runs."""

    folder: Path
    host: ZendeskHost

    def account(self, *arguments: str) -> ServedAccount:
        return ServedAccount(self.host, "--seed", "1", "--clock", CLOCK, *arguments)

    def both(self, **config: Any) -> tuple[HostedConnector, HostedConnector]:
        return ours(self.folder, self.host, **config), published(self.folder, self.host, **config)

    def read(
        self, connector: HostedConnector, catalog: Any, state: Any = None, **config: Any
    ) -> Measured:
        connector.config.update(config)
        return self.run(connector, *connector.read_arguments(catalog, state))

    def run(self, connector: HostedConnector, *arguments: str) -> Measured:
        return measure(connector.command(*arguments), self.host.environment, self.folder)

    def floor(self) -> Measured:
        script = [sys.executable, str(ROOT / "benchmarks" / "floor.py")]
        asked = [f"https://{self.host.name}", "0", CREDENTIALS["email"], CREDENTIALS["api_token"]]
        return measure(self.host.command([*script, *asked]), self.host.environment, self.folder)


def throughput(bench: Bench, tickets: int, published_tickets: int, pairs: int) -> Figures:
    """Read `tickets`: ours all of them, the published one the last of them, in turns."""
    us, they = bench.both(start_date=BEFORE_ALL)
    with bench.account("--size", "small", "--tickets", str(tickets)) as account:
        recent = start_of_last(account, published_tickets)
        catalogs = {c: c.catalog("tickets") for c in (us, they)}
        starts = {us: BEFORE_ALL, they: recent}
        for connector in (us, they):  # the emulator makes its pages once; nobody pays for that
            bench.read(connector, catalogs[connector], start_date=starts[connector])
        runs: dict[Any, list[Measured]] = {us: [], they: [], "floor": []}
        for pair in range(pairs):
            for connector in (us, they) if pair % 2 else (they, us):
                runs[connector].append(
                    bench.read(connector, catalogs[connector], start_date=starts[connector])
                )
            runs["floor"].append(bench.floor())
        start_up = {
            c: median(
                bench.read(c, catalogs[c], start_date=NOTHING_SINCE).wall_s for _ in range(3)
            )
            for c in (us, they)
        }
    ratios = [
        a.records_per_s / b.records_per_s for a, b in zip(runs[us], runs[they], strict=True)
    ]
    cpu_ratios = [
        b.cpu_s_per_1000 / a.cpu_s_per_1000 for a, b in zip(runs[us], runs[they], strict=True)
    ]
    return {
        "ours": {**medians(runs[us]), "start_up_s": start_up[us]},
        "published": {**medians(runs[they]), "start_up_s": start_up[they]},
        "floor": medians(runs["floor"]),
        "ratio": median(ratios),
        "ratios": ratios,
        "cpu_ratio": median(cpu_ratios),
    }


def start_of_last(account: ServedAccount, count: int) -> str:
    """Return a start date that leaves about so many tickets to an export."""
    newest_first = account.listed("tickets", sort="-updated_at")
    last = next(islice(newest_first, count, None), None)
    return last["updated_at"] if last else BEFORE_ALL


def medians(runs: list[Measured]) -> Figures:
    return {
        "records": int(median(run.total for run in runs)),
        **{
            name: median(getattr(run, name) for run in runs)
            for name in ("records_per_s", "cpu_s_per_1000", "peak_mb", "wall_s")
        },
    }


def start_up(bench: Bench) -> Figures:
    us, they = bench.both()
    runs: dict[str, list[float]] = {"ours": [], "published": []}
    for _ in range(SPEC_RUNS):
        runs["ours"].append(bench.run(us, "spec").wall_s)
        runs["published"].append(bench.run(they, "spec").wall_s)
    return {name: median(times) for name, times in runs.items()}


def requests_per_sync(bench: Bench, size: str) -> Figures:
    """A first read of every stream, and a second when nothing has changed."""
    figures: Figures = {}
    us, they = bench.both(start_date=BEFORE_ALL)
    with bench.account("--size", size) as account:
        for name, connector, streams in (("ours", us, tuple(STREAMS)), ("published", they, COMMON)):
            catalog = connector.catalog(*streams)
            account.requests()
            first = bench.read(connector, catalog)
            asked = account.requests()
            again = bench.read(connector, catalog, first.states)
            figures[name] = {
                "records": dict(first.records),
                "first": asked,
                "unchanged": account.requests(),
                "records_again": dict(again.records),
            }
    figures["needed"] = needed_requests(figures["ours"]["records"])
    return figures


def needed_requests(records: dict[str, int]) -> dict[str, int]:
    """Return ceil(records / page) of each shared walk, by path."""
    walks: dict[str, int] = {}
    for stream in STREAMS.values():
        # Streams that are taken out of others' records do not fill its pages.
        fills = stream.feed.key == stream.name
        pages = ceil(records.get(stream.name, 0) / stream.feed.largest_page) if fills else 0
        path = f"/api/v2/{stream.feed.path}"
        walks[path] = max(walks.get(path, 1), pages)
    return walks


def memory(bench: Bench, tickets: int) -> Figures:
    """Every stream, of a large account and of one with a tenth of its tickets."""
    us, _ = bench.both(start_date=BEFORE_ALL)
    peaks = {}
    for count in (tickets // 10, tickets):
        with bench.account("--size", "large", "--tickets", str(count)):
            peaks[count] = bench.read(us, us.catalog())
    return {
        str(count): {"records": run.total, "peak_mb": run.peak_mb, "wall_s": run.wall_s}
        for count, run in peaks.items()
    }


def report(figures: Figures) -> Iterator[str]:
    if "throughput" in figures:
        yield from _throughput_lines(figures["throughput"])
    if "spec" in figures:
        spec = figures["spec"]
        yield f"\nspec: ours {spec['ours']:.3f} s (goal < {GOAL_SPEC_S}), " + (
            f"published {spec['published']:.3f} s; median of {SPEC_RUNS}"
        )
    if "requests" in figures:
        yield from _request_lines(figures["requests"])
    if "memory" in figures:
        yield f"\nmemory of all streams (goal <= {GOAL_PEAK_MB} MB whatever the size)"
        for count, run in figures["memory"].items():
            yield (
                f"  {int(count):>9,} tickets  {run['records']:>11,} records  "
                f"{run['peak_mb']:7.1f} MB  {run['wall_s']:7.1f} s"
            )


def _throughput_lines(found: Figures) -> Iterator[str]:
    yield "tickets, whole processes (medians)"
    yield f"{'':12}{'records':>9}{'records/s':>11}{'CPU s/1000':>12}{'peak MB':>9}" + (
        f"{'wall s':>9}{'start-up s':>12}"
    )
    for name in ("ours", "published", "floor"):
        row = found[name]
        start = f"{row['start_up_s']:12.2f}" if "start_up_s" in row else ""
        yield f"{name:12}{row['records']:9,}{row['records_per_s']:11,.0f}" + (
            f"{row['cpu_s_per_1000']:12.4f}{row['peak_mb']:9.1f}{row['wall_s']:9.2f}{start}"
        )
    spread = ", ".join(f"{ratio:.1f}" for ratio in sorted(found["ratios"]))
    yield f"records/s, ours over published: {found['ratio']:.1f} (goal >= {GOAL_RATIO}; {spread})"
    yield f"CPU per record, published over ours: {found['cpu_ratio']:.1f}"


def _request_lines(found: Figures) -> Iterator[str]:
    mine, theirs = found["ours"], found["published"]
    yield f"\n{'requests':45}{'needed':>8}{'ours':>8}{'again':>8}{'published':>11}{'again':>8}"
    counts = (mine["first"], mine["unchanged"], theirs["first"], theirs["unchanged"])
    for path in sorted({path for count in counts for path in count}):
        if not path.startswith("/api/v2/tickets/"):
            yield f"{path:45}{found['needed'].get(path, 0):8}" + (
                f"{counts[0].get(path, 0):8}{counts[1].get(path, 0):8}"
                f"{counts[2].get(path, 0):11}{counts[3].get(path, 0):8}"
            )
    single = [sum(n for p, n in c.items() if p.startswith("/api/v2/tickets/")) for c in counts]
    yield f"{'/api/v2/tickets/{id}/metrics':45}{0:8}{single[0]:8}{single[1]:8}" + (
        f"{single[2]:11}{single[3]:8}"
    )
    totals = [sum(count.values()) for count in counts]
    yield f"{'total':45}{sum(found['needed'].values()):8}{totals[0]:8}{totals[1]:8}" + (
        f"{totals[2]:11}{totals[3]:8}"
    )
    yield (
        f"records: ours {sum(mine['records'].values()):,}, again "
        f"{sum(mine['records_again'].values()):,}; published "
        f"{sum(theirs['records'].values()):,}, again {sum(theirs['records_again'].values()):,}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000, help="what ours reads")
    parser.add_argument("--published-tickets", type=int, default=10_000, help="what it reads")
    parser.add_argument("--pairs", type=int, default=5, help="how often both read in turn")
    parser.add_argument("--size", default="small", help="the account whose requests are counted")
    parser.add_argument("--large", type=int, default=100_000, help="tickets of the memory run")
    parser.add_argument("--only", nargs="+", choices=("throughput", "spec", "requests", "memory"))
    parser.add_argument("--json", type=Path, help="write all figures here too")
    asked = parser.parse_args()
    reason = missing()
    if reason:
        sys.exit(reason)
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), ZendeskHost(Path(folder)))
        parts = {
            "throughput": lambda: throughput(
                bench, asked.tickets, asked.published_tickets, asked.pairs
            ),
            "spec": lambda: start_up(bench),
            "requests": lambda: requests_per_sync(bench, asked.size),
            "memory": lambda: memory(bench, asked.large),
        }
        for name in asked.only or parts:
            figures[name] = parts[name]()
            print("\n".join(report({name: figures[name]})), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
