"""What the demo says at its end: one row a stream, and where to look further. Prints, no more."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from source_zendesk_support.streams.table import STREAMS

if TYPE_CHECKING:
    from collections import Counter


@dataclass(frozen=True)
class Sync:
    """What one run of `read` delivered and cost: numbers by stream, requests by path."""

    seconds: float
    sent: Counter[str]
    new: Counter[str]
    requests: Counter[str]
    stream_seconds: dict[str, float]


def print_table(first: Sync, second: Sync, verdicts: dict[str, list[str]]) -> None:
    print(f"\n{'':26}{'----- first read -----':>29}{'----- second read -----':>28}")
    print(
        f"{'stream':26}{'records':>10}{'requests':>10}{'seconds':>9}"
        f"{'new':>9}{'sent':>9}{'requests':>10}  destination"
    )
    shown: set[str] = set()
    for name, found in verdicts.items():
        path = f"/api/v2/{STREAMS[name].feed.path}"
        costs = ["shared" if path in shown else f"{it.requests[path]:,}" for it in (first, second)]
        shown.add(path)
        print(
            f"{name:26}{first.sent[name]:>10,}{costs[0]:>10}{first.stream_seconds[name]:>9.1f}"
            f"{second.new[name]:>9,}{second.sent[name]:>9,}{costs[1]:>10}  "
            + (f"{len(found):,} differences" if found else "equal")
        )
    print(
        f"{'all':26}{first.sent.total():>10,}{first.requests.total():>10,}{first.seconds:>9.1f}"
        f"{second.new.total():>9,}{second.sent.total():>9,}{second.requests.total():>10,}\n"
    )
    print(
        "new: not in the destination before, or different there. The streams that cannot be read\n"
        "incrementally are sent whole. shared: from the same requests as the stream above."
    )


def print_ending(verdicts: dict[str, list[str]]) -> None:
    wrong = {name: found for name, found in verdicts.items() if found}
    for name, found in wrong.items():
        # A few of each: enough to see the kind of fault.
        for difference in found[:3]:
            print(textwrap.shorten(f"  {name} {difference}", 300))
    print(
        f"\n{len(wrong)} of {len(verdicts)} tables differ from what the account holds."
        if wrong
        else f"\nAll {len(verdicts)} tables hold what the account holds, record by record."
    )
    print(
        "The files are in .demo/: tables/ is the destination, first.jsonl and second.jsonl are what"
        "\nthe connector printed, state.json is where a third read would begin. To look at them:"
        "\n  head -n 1 .demo/tables/tickets.jsonl"
        "\n  grep -m 3 '\"STATE\"' .demo/first.jsonl"
    )
