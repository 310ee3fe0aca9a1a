"""Tables for a terminal or a file. Prints what it is given, and decides nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

WIDTH = 100  # what fits beside an editor; a narrower terminal is kept
Cells = tuple[str, ...]


def console() -> Console:
    """Return where results go; a file gets the full width."""
    width = min(WIDTH, Console().width) if sys.stdout.isatty() else WIDTH
    return Console(width=width, highlight=False, emoji=False)


def print_table(
    out: Console, title: str | None, head: Cells, rows: Iterable[Cells], *, text: int
) -> None:
    """Print a table; its first `text` columns are words, the others numbers."""
    if title:  # a title of the table's own breaks at the width of the table
        out.print(Text(title, style="bold"))
    table = Table(box=None, pad_edge=False)
    for index, name in enumerate(head):
        is_text = index < text
        table.add_column(
            name,
            justify="left" if is_text else "right",
            no_wrap=not is_text,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(Text, row))  # as it is: brackets are not markup
    out.print(table)


def cost_rows(
    streams: Iterable[str],
    records: Mapping[str, int],
    walks: Iterable[Mapping[str, Any]],
    unchanged: Collection[str] = (),
) -> list[Cells]:
    """Return a row for each stream that came or cost: records, requests, retries, waits, size.

    Streams of one walk share its requests, which stand beside the first. It is not named: a table
    of 80 columns has no room. Streams without news are one row at the end, with the `unchanged`
    streams, which came as the database has them.
    """
    by_stream = {walk["streams"][0]: walk for walk in walks}
    shared = {name: walk["streams"][0] for walk in walks for name in walk["streams"][1:]}
    wanted = list(streams)
    new = (name for name in wanted if records.get(name) and name not in unchanged)
    busy = sorted(new, key=lambda it: -records[it])
    rows: list[Cells] = []
    for name in busy:
        if name in shared:
            rows.append((name, f"{records[name]:,}", "shared", "", "", ""))
        else:
            rows.append((name, f"{records[name]:,}", *_cost([by_stream.get(name, {})])))
    told = set(busy)
    rest = [walk for first, walk in by_stream.items() if first not in told]
    quiet = len(wanted) - len(busy)
    if quiet or rest:
        came = sum(records.get(name, 0) for name in unchanged)
        more = " more" if busy else ""
        rows.append((f"nothing new in {quiet}{more}", f"{came:,}", *_cost(rest)))
    all_of_them = "1 stream" if len(wanted) == 1 else f"{len(wanted)} streams"
    rows.append((all_of_them, f"{sum(records.values()):,}", *_cost(list(by_stream.values()))))
    return rows


def _cost(walks: list[Mapping[str, Any]]) -> Cells:
    total = {
        name: sum(int(walk.get(name, 0)) for walk in walks)
        for name in ("requests", "retries", "waited_s", "bytes")
    }
    return (
        f"{total['requests']:,}",
        f"{total['retries']:,}",
        f"{total['waited_s']:,}",
        f"{total['bytes'] / 1e6:,.1f}",
    )


COST_HEAD = ("stream", "records", "requests", "again", "waited s", "MB")
