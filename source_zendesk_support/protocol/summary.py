"""The records and the cost of a sync: a few lines for people, one of JSON for programs.

Pure text from the counters of a sync. Names streams, buckets and numbers, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from source_zendesk_support.zendesk.accounting import Accounting
    from source_zendesk_support.zendesk.rate_limiter import Use

_FAULTS = "faults"  # the reason of a wait that no bucket is to blame for


def summary(records: Mapping[str, int], accounting: Accounting, uses: Iterable[Use]) -> str:
    """Return the summary: a line for each walk, for each bucket, and what bound the sync."""
    uses = list(uses)
    walks = sorted(accounting.requests.items())
    named = {name for who, _ in walks for name in who.split(", ")}
    lines = ["Summary of this sync:"]
    lines += [f"  {_delivered(who, records)}: {_cost(who, accounting)}" for who, _ in walks]
    lines += [
        f"  {name}: {count} records, without a request"
        for name, count in sorted(records.items())
        if name not in named
    ]
    lines += [f"  bucket {use.bucket}: {_spent(use, accounting)}" for use in uses]
    lines.append(f"  {_bound(accounting)}")
    lines.append(f"  {accounting.bytes_read / 1e6:.1f} MB were read.")
    return "\n".join(lines)


def figures(records: Mapping[str, int], accounting: Accounting, began_s: int | None = None) -> str:
    """Return the same as JSON: `{"summary": {"records": ..., "walks": [...], ...}}`.

    `began_s` is Zendesk's time when the reading began.
    """
    walks = [
        {
            "streams": who.split(", "),
            "requests": requests,
            "retries": accounting.retries[who],
            "waited_s": accounting.waited_by[who],
            "bytes": accounting.bytes[who],
            **_announced(who, accounting),
        }
        for who, requests in sorted(accounting.requests.items())
    ]
    found: dict[str, Any] = {
        "records": dict(records),
        "walks": walks,
        "waited_for_s": dict(accounting.waited_s),
    }
    if began_s is not None:
        found["began_s"] = began_s
    return orjson.dumps({"summary": found}).decode()


def _announced(who: str, accounting: Accounting) -> dict[str, Any]:
    """Return what Zendesk announced beside what came, where it announces anything."""
    it = accounting.announced.get(who)
    if it is None:
        return {}
    counted = {"announced": it.counted, "seen": it.seen} if it.counted or it.seen else {}
    return counted if it.says_end is None else {**counted, "end_of_stream": it.says_end}


def _delivered(who: str, records: Mapping[str, int]) -> str:
    """A walk may deliver several streams, whose requests are counted together."""
    return ", ".join(f"{name} {records.get(name, 0)} records" for name in who.split(", "))


def _cost(who: str, accounting: Accounting) -> str:
    figures = _announced(who, accounting)
    counted = (
        f", {figures['seen']} of {figures['announced']} announced" if "announced" in figures else ""
    )
    ends = {None: "", True: ", to the end of the stream"}
    return (
        f"{accounting.requests[who]} requests, {accounting.retries[who]} of them tried again, "
        f"{accounting.waited_by[who]} s waited, {accounting.bytes[who] / 1e6:.1f} MB"
        f"{counted}{ends.get(figures.get('end_of_stream'), ', the end of the stream not reached')}"
    )


def _spent(use: Use, accounting: Accounting) -> str:
    share = "" if use.share is None else f", {use.share:.0%} of {use.limit} a minute"
    return f"{use.requests} requests{share}, {accounting.waited_s[use.bucket]} s waited for"


def _bound(accounting: Accounting) -> str:
    """The bucket that was waited for longest is the one that set the pace."""
    waits = {reason: seconds for reason, seconds in accounting.waited_s.items() if seconds}
    faults = waits.pop(_FAULTS, 0)
    after_faults = f" {faults} s were waited after faults." if faults else ""
    if not waits:
        return f"No bucket bound this sync.{after_faults}"
    return f"The bucket {max(waits, key=waits.__getitem__)} bound this sync.{after_faults}"
