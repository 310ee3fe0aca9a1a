"""Whole-process measurements of this connector and the published one, on the emulator, by HTTPS.

Both read the same account from the same emulator process, in alternation, within one run.
README.md says what each figure means.
"""

from __future__ import annotations

import argparse
import compileall
import json
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
# The commands, and the host name that leads to the emulator, are those of the integration tests.
sys.path.insert(0, str(ROOT))

from growth import growth, growth_lines  # noqa: E402
from loading import loading, loading_lines  # noqa: E402
from measure import Measured, measure  # noqa: E402
from sync_requests import request_lines, requests_per_sync  # noqa: E402
from tables import table  # noqa: E402

from test_support.connector.process import BEFORE_ALL, CREDENTIALS  # noqa: E402 - their place is in the path now
from test_support.connector.published import (  # noqa: E402
    HostedConnector,
    ServedAccount,
    ZendeskHost,
    missing,
    ours,
    published,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLOCK = "2026-06-01T00:00:00Z"
# The last hour of the seeded history is empty: a read from there is a start and one request.
NOTHING_SINCE = "2026-05-31T23:30:00Z"
SPEC_RUNS = 10
PARTS = ("throughput", "spec", "requests", "memory", "loading", "growth")
GOAL_RATIO, GOAL_PEAK_MB, GOAL_SPEC_S = 90, 180, 0.15
# The floor is 60 % of ours: one and two thirds of its CPU.
GOAL_OVER_FLOOR = 1 / 0.6

Figures = dict[str, Any]
# The scripts that measure, and those that show the figures.
Part = tuple["Callable[[], Figures]", "Callable[[Figures], Iterator[str]]"]


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
        self,
        connector: HostedConnector,
        catalog: Any,
        state: Any = None,
        *,
        whole_tree: bool = False,
        **config: Any,
    ) -> Measured:
        connector.config.update(config)
        arguments = connector.read_arguments(catalog, state)
        return self.run(connector, *arguments, whole_tree=whole_tree)

    def run(
        self, connector: HostedConnector, *arguments: str, whole_tree: bool = False
    ) -> Measured:
        command, environment = connector.command(*arguments), self.host.environment
        return measure(command, environment, self.folder, whole_tree=whole_tree)

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
        for connector in (us, they):  # the emulator makes its pages once, before the runs
            bench.read(connector, catalogs[connector], start_date=starts[connector])
        runs: dict[Any, list[Measured]] = {us: [], they: [], "floor": []}
        for pair in range(pairs):
            for connector in (us, they) if pair % 2 else (they, us):
                runs[connector].append(
                    bench.read(connector, catalogs[connector], start_date=starts[connector])
                )
            runs["floor"].append(bench.floor())
        start_up = {
            c: [bench.read(c, catalogs[c], start_date=NOTHING_SINCE) for _ in range(3)]
            for c in (us, they)
        }
    ratios = [a.records_per_s / b.records_per_s for a, b in zip(runs[us], runs[they], strict=True)]
    cpu_ratios = [b.cpu_us / a.cpu_us for a, b in zip(runs[us], runs[they], strict=True)]
    over_floor = [a.cpu_us / b.cpu_us for a, b in zip(runs[us], runs["floor"], strict=True)]
    return {
        "ours": {**medians(runs[us]), **started(start_up[us])},
        "published": {**medians(runs[they]), **started(start_up[they])},
        "floor": medians(runs["floor"]),
        "over_floor": median(over_floor),
        "ratio": median(ratios),
        "ratios": ratios,
        "cpu_ratio": median(cpu_ratios),
    }


def start_of_last(account: ServedAccount, count: int) -> str:
    """Return a start date that leaves about so many tickets to an export."""
    newest_first = account.listed("tickets", sort="-updated_at")
    last = next(islice(newest_first, count, None), None)
    return last["updated_at"] if last else BEFORE_ALL


def started(runs: list[Measured]) -> Figures:
    return {
        "start_up_s": median(run.wall_s for run in runs),
        "start_up_cpu_s": median(run.cpu_s for run in runs),
    }


def medians(runs: list[Measured]) -> Figures:
    return {
        "records": int(median(run.total for run in runs)),
        **{
            name: median(getattr(run, name) for run in runs)
            for name in ("records_per_s", "cpu_us", "peak_mb", "wall_s")
        },
    }


def start_up(bench: Bench) -> Figures:
    us, they = bench.both()
    runs: dict[str, list[float]] = {"ours": [], "published": []}
    for _ in range(SPEC_RUNS):
        runs["ours"].append(bench.run(us, "spec").wall_s)
        runs["published"].append(bench.run(they, "spec").wall_s)
    return {name: median(times) for name, times in runs.items()}


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


def throughput_lines(found: Figures) -> Iterator[str]:
    heads = (
        *("records", "records/s", "CPU us", "peak MB", "wall s"),
        *("start-up s", "its CPU s"),
    )
    rows = (
        (
            name,
            f"{row['records']:,}",
            f"{row['records_per_s']:,.0f}",
            f"{row['cpu_us']:.1f}",
            f"{row['peak_mb']:.0f}",
            f"{row['wall_s']:.2f}",
            *(f"{row[key]:.2f}" if key in row else "" for key in ("start_up_s", "start_up_cpu_s")),
        )
        for name, row in ((name, found[name]) for name in ("ours", "published", "floor"))
    )
    yield from table("tickets (medians)", heads, rows)
    spread = ", ".join(f"{ratio:.1f}" for ratio in sorted(found["ratios"]))
    yield f"records/s, ours over published: {found['ratio']:.1f} (goal >= {GOAL_RATIO}; {spread})"
    yield f"CPU per record, published over ours: {found['cpu_ratio']:.1f}"
    over = found["over_floor"]
    yield f"CPU per record, ours over the floor: {over:.2f} (goal <= {GOAL_OVER_FLOOR:.2f})"


def spec_lines(found: Figures) -> Iterator[str]:
    rows = [(name, f"{seconds:.3f}") for name, seconds in found.items()]
    yield from table(f"spec (median of {SPEC_RUNS}; goal < {GOAL_SPEC_S})", ("wall s",), rows)


def memory_lines(found: Figures) -> Iterator[str]:
    rows = [
        (
            f"{int(tickets):,} tickets",
            f"{run['records']:,}",
            f"{run['peak_mb']:.0f}",
            f"{run['wall_s']:.1f}",
        )
        for tickets, run in found.items()
    ]
    title = f"ours, all streams (goal <= {GOAL_PEAK_MB} MB)"
    yield from table(title, ("records", "peak MB", "wall s"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000, help="what ours reads")
    parser.add_argument("--published-tickets", type=int, default=5_000, help="what it reads")
    parser.add_argument("--pairs", type=int, default=5, help="how often both read in turn")
    parser.add_argument("--size", default="small", help="the account whose requests are counted")
    parser.add_argument("--large", type=int, default=100_000, help="tickets of the memory run")
    parser.add_argument("--load", type=int, default=60_000, help="tickets of the loading run")
    parser.add_argument("--rounds", type=int, default=3, help="how often each database is loaded")
    parser.add_argument("--lines", type=int, default=20_000, help="tickets of the growth run")
    parser.add_argument("--times", type=int, default=6, help="how often their lines are loaded")
    parser.add_argument("--only", nargs="+", choices=PARTS)
    parser.add_argument("--json", type=Path, help="write all figures here too")
    asked = parser.parse_args()
    reason = missing()
    if reason:
        sys.exit(reason)
    # As pip does when it installs: a process that compiles its modules takes 0.3 s more.
    compileall.compile_dir(ROOT / "source_zendesk_support", quiet=1)
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), ZendeskHost(Path(folder)))
        sizes = (asked.tickets, asked.published_tickets, asked.pairs)
        parts: dict[str, Part] = {
            "throughput": (lambda: throughput(bench, *sizes), throughput_lines),
            "spec": (lambda: start_up(bench), spec_lines),
            "requests": (lambda: requests_per_sync(bench, asked.size), request_lines),
            "memory": (lambda: memory(bench, asked.large), memory_lines),
            "loading": (lambda: loading(bench, asked.load, asked.rounds), loading_lines),
            "growth": (lambda: growth(bench, asked.lines, asked.times), growth_lines),
        }
        for name in asked.only or parts:
            measured, lines = parts[name]
            figures[name] = measured()
            print("\n".join(lines(figures[name])), end="\n\n", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
