"""The comparison of what is below some parents with the rows that a destination holds there.

Owns which parents are asked, and which of their records count. A parent that Zendesk refuses is
counted. Rests on docs/verify.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .asking import read_below
from .below import below_of
from .compare import changed_at_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.stream import Stream

    from .asking import Records
    from .below import Below
    from .held import Row
    from .held_rows import HeldRows
    from .verdict import Verdict


def compare_below(
    rows: HeldRows, stream: Stream, verdict: Verdict, below: Below, parents: int
) -> None:
    """Compare what is below some parents, the newest and some at random."""
    held, newest = rows.held, parents // 2
    keys = held.sample(below.parents, newest, parents - newest)
    above = held.rows(below.parents, keys)
    # A sync asks below no parent that its list shows as deleted.
    alive = {key for key, row in above.items() if row.get("deleted_at") is None}
    grandparents = _grandparents(below, above)
    comparison = rows.comparison(stream)
    refused = 0
    for key in keys:
        if key not in alive:
            continue
        rows.budget.check()
        fresh = read_below(rows.context, stream, below, key, grandparents.get(key, ""))
        if fresh is None:
            refused += 1
            continue
        fresh = _owed(rows, stream, below, fresh)
        own = held.below(stream.name, below.column, [key])
        if below.may_lack_all and not own:
            continue
        comparison.add(verdict.found, fresh, own, below.fields)
        verdict.found.extra += rows.without_record(
            stream, {it: row for it, row in own.items() if it not in fresh}
        )
    read = len(keys) - refused
    verdict.how = f"compared below {read} of {held.count(below.parents):,} parents"
    verdict.notes += [f"{refused} parents were refused"] if refused else []
    if refused and not read:
        verdict.why_not = "Zendesk refuses each parent that was asked for"


def _owed(rows: HeldRows, stream: Stream, below: Below, fresh: Records) -> Records:
    """Return the records that a sync delivers: an export begins at the start date.

    A list that replaces it has what is still to come, too.
    """
    is_export = bool(stream.children and stream.children.is_export)
    if is_export or below.replaces_export:
        fresh = {key: it for key, it in fresh.items() if rows.is_since_start(stream, it)}
    if below.replaces_export:
        now_s = rows.context.client.zendesk_s()
        fresh = {key: it for key, it in fresh.items() if (changed_at_s(stream, it) or 0) <= now_s}
    return fresh


def _grandparents(below: Below, rows: Mapping[str, Row]) -> dict[str, str]:
    """Return the parents of parents that are children themselves."""
    if "{grandparent}" not in below.request.path:
        return {}
    above = below_of(below.parents)
    assert above is not None
    return {key: str(row[above.column]) for key, row in rows.items()}
