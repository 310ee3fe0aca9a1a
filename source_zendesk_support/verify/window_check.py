"""The comparison of windows of a large stream with the rows that a destination holds there.

Both ways: each record against its row, and each row of the window's time against the records. Asks
nothing itself. Rests on docs/verify.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compare import seconds_of
from .windows import BY_TIME, Windows

if TYPE_CHECKING:
    import random

    from source_zendesk_support.streams.model.stream import Stream

    from .checks import Check
    from .held import Row
    from .held_rows import HeldRows
    from .verdict import Verdict
    from .windows import WindowPage


def compare_windows(
    rows: HeldRows, stream: Stream, verdict: Verdict, check: Check, chance: random.Random
) -> None:
    """Compare windows of a stream, and put into the verdict what was found and how."""
    comparison, seen = rows.comparison(stream), set[str]()
    windows = Windows(rows.context, rows.held, rows.budget, stream, chance)
    count = 0
    for window in windows.read(check.bound, is_all=check.is_all):
        count += 1
        fresh = {key: record for key, record in window.records.items() if key not in seen}
        comparison.add(verdict.found, fresh, rows.held.rows(stream.name, fresh))
        others = {
            key: row
            for key, row in _rows_within(rows, stream, window).items()
            if key not in seen and key not in window.records
        }
        verdict.found.extra += rows.without_record(stream, others)
        seen |= fresh.keys() | others.keys()
    what = "windows of time" if stream.name in BY_TIME else "pages"
    verdict.how = f"{verdict.found.compared:,} compared, on {count} {what}"


def _rows_within(rows: HeldRows, stream: Stream, window: WindowPage) -> dict[str, Row]:
    """Return the rows of a window's time; none where it has no such time, or times are hashed."""
    cursor = stream.cursor_field
    if window.until_s is None or cursor is None:
        return {}
    times = [seconds_of(record.get(cursor)) for record in window.records.values()]
    if not all(at_s is not None for at_s in times):
        return {}
    column = rows.held.column(cursor)
    return rows.held.within(stream.name, column, window.from_s, window.until_s)
