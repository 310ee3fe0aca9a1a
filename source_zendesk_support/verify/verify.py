"""The verification of one account: each stream of a destination against what Zendesk gives now.

Owns the order: counts, then each check, then the gaps between the ids of tickets. One stream that
cannot be read costs that stream. Never writes to a destination, and never asks more than announced.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.streams.walks.creation_sweep import SHOW_MANY
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    StreamRefused,
    TokenRefused,
)

from .asking import (
    TOGETHER,
    Budget,
    Reading,
    read_one,
    read_whole,
)
from .below import BY_LIST, below_of
from .below_check import compare_below
from .blind_spots import (
    COUNT_LEAVES_OUT,
    is_of_a_moment,
)
from .checks import Check, How, Plan
from .held_rows import HeldRows
from .ticket_gaps import Asked, some_of
from .verdict import Verdict
from .window_check import compare_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream

    from .held import Held

# The index of the search is some minutes behind (docs/facts/zendesk-api.md#4).
SEARCH_LAG_S = 600


@dataclass(slots=True)
class Verification:
    """One run of it. `verdicts` are in the order of the catalog."""

    context: WalkContext
    held: Held
    names: list[str]
    plan: Plan
    sample: int
    chance: random.Random = field(default_factory=random.Random)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    budget: Budget = field(init=False)
    rows: HeldRows = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.context.client, self.plan.most)
        self.rows = HeldRows(self.context, self.held, self.budget, self.sample)

    def run(self) -> Iterator[Verdict]:
        """Yield the verdict on each stream."""
        self.verdicts = {name: Verdict(name, self.held.count(name)) for name in self.names}
        self._count()
        for check in self.plan.checks:
            for name in check.streams:
                self.verdicts[name].how = check.how.value
            try:
                self._check(check)
            except TokenRefused:
                raise
            except ConnectorError as error:
                for name in check.streams:
                    self._give_up(self.verdicts[name], error)
        if "tickets" in self.verdicts:
            self._explain_gaps(self.verdicts["tickets"])
        yield from self.verdicts.values()

    @property
    def requests(self) -> int:
        """The requests that were sent."""
        return self.budget.spent

    def _count(self) -> None:
        """Ask what Zendesk counts; what it leaves out is named beside it."""
        client = self.context.client
        counts: dict[str | None, int | None] = {}
        for path in self.plan.counts:
            self.budget.check()
            counts[path] = client.count(path)
        for name, verdict in self.verdicts.items():
            counted = counts.get(STREAMS[name].count)
            if counted is not None:
                verdict.counted = counted
                left_out = COUNT_LEAVES_OUT.get(name)
                verdict.notes += [f"the count leaves out {left_out}"] if left_out else []
        for name in self.plan.searches:
            self._search(self.verdicts[name])

    def _search(self, verdict: Verdict) -> None:
        """Compare with what the search counts of the records created since the start."""
        began_s = self.held.began_s(verdict.stream) or self.context.client.zendesk_s()
        until_s = min(began_s, self.context.client.zendesk_s() - SEARCH_LAG_S) - 60
        from_s = self.context.start_s
        query = (
            f"type:{verdict.stream.removesuffix('s')} created>={format_time(from_s)} "
            f"created<{format_time(until_s)}"
        )
        held = self.held.count_created(verdict.stream, from_s, until_s)
        if held is None:
            verdict.notes.append("the time of creation is hidden, so that no search can count")
            return
        self.budget.check()
        try:
            page = self.context.client.get(
                "search/count", {"query": query}, expects="count", expected_type=int
            )
        except StreamRefused as refused:
            verdict.notes.append(f"the search refused to count with status {refused.status}")
            return
        searched = int(page.body["count"])
        verdict.missing_more = max(0, searched - held)
        verdict.notes.append(f"the search finds {searched:,} of those {held:,} created by then")

    def _check(self, check: Check) -> None:
        if check.how is How.WHOLE:
            self._whole(check)
            return
        (name,) = check.streams
        stream, verdict = STREAMS[name], self.verdicts[name]
        if check.how is How.TOGETHER:
            self._together(stream, verdict)
        elif check.how is How.BELOW:
            below = below_of(name)
            assert below is not None  # the plan has asked
            compare_below(self.rows, stream, verdict, below, check.bound)
        elif check.how is How.SINGLY:
            self._singly(stream, verdict)
        elif check.how is How.WINDOWS:
            self._in_windows(stream, verdict, check)
        elif verdict.counted is None:
            verdict.why_not = _why_counted_alone(name)

    def _in_windows(self, stream: Stream, verdict: Verdict, check: Check) -> None:
        """Compare windows of time or pages; below some tickets, where lists replace the export."""
        instead = BY_LIST.get(stream.name)
        if instead is None:
            compare_windows(self.rows, stream, verdict, check, self.chance)
            return
        if not self.context.engine.reads_lists(stream.resource.path):
            try:
                compare_windows(self.rows, stream, verdict, check, self.chance)
            except StreamRefused as refused:
                verdict.notes.append(f"the export is refused with status {refused.status}")
            else:
                return
        if instead.parents in self.held.streams():
            compare_below(self.rows, stream, verdict, instead, check.bound)
        else:
            verdict.why_not = _why_counted_alone(stream.name)

    def _whole(self, check: Check) -> None:
        streams = [STREAMS[name] for name in check.streams]
        reading = read_whole(self.context, streams, check.bound, self.budget)
        for stream in streams:
            verdict = self.verdicts[stream.name]
            error = reading.failures.get(stream.name)
            if isinstance(error, ConnectorError):
                self._give_up(verdict, error)
            elif error is not None:
                raise error
            elif stream.primary_key:
                self._compare_whole(stream, verdict, reading)
            else:
                _by_number(verdict, reading.unkeyed.get(stream.name, 0))

    def _compare_whole(self, stream: Stream, verdict: Verdict, reading: Reading) -> None:
        fresh, rows = reading.records[stream.name], self.held.rows(stream.name)
        self.rows.comparison(stream).add(verdict.found, fresh, rows)
        if not reading.is_whole:
            verdict.why_not = "Zendesk has many more records of it than the destination"
            verdict.is_open = not verdict.found.missing
            return
        verdict.found.extra += self.rows.without_record(
            stream, {key: row for key, row in rows.items() if key not in fresh}
        )

    def _together(self, stream: Stream, verdict: Verdict) -> None:
        rows = self.rows.sampled(stream)
        column = TOGETHER[stream.name].column
        ids = [str(row[column]) for row in rows.values() if str(row.get(column)).isdecimal()]
        fresh = self.rows.shown(stream, ids)
        if ids and not fresh:
            verdict.why_not = "Zendesk shows none of the sample by its ids"
            return
        if not ids and rows:
            verdict.why_not = "its ids are hashed, so that Zendesk cannot be asked for them"
            return
        self.rows.comparison(stream).add(verdict.found, fresh, rows)
        verdict.found.extra += self.rows.not_shown(stream, rows, fresh)

    def _singly(self, stream: Stream, verdict: Verdict) -> None:
        rows, comparison = self.rows.sampled(stream), self.rows.comparison(stream)
        gone: list[str] = []
        for key, row in rows.items():
            self.budget.check()
            fresh = read_one(self.context, stream, key)
            if fresh is None:
                verdict.why_not = "Zendesk does not show a single record of it"
                return
            comparison.add(verdict.found, fresh, rows)
            gone += self.rows.not_shown(stream, {key: row}, fresh)
        if rows and not verdict.found.compared:
            # It may answer so to every id: then no row is known to be too many.
            verdict.why_not = "Zendesk shows none of the sample singly"
            return
        verdict.found.extra += gone

    def _explain_gaps(self, verdict: Verdict) -> None:
        """Ask for ids that no ticket has, and note why they are missing."""
        gaps = self.held.gaps("tickets")
        number = sum(last - first + 1 for first, last in gaps)
        if not number:
            return
        stream = STREAMS["tickets"]
        ids = some_of(gaps, min(number, self.plan.gap_requests * SHOW_MANY), self.chance)
        try:
            shown = self.rows.shown(stream, ids)
        except TokenRefused:
            raise
        except ConnectorError as error:
            verdict.notes.append(f"{number:,} ids without a ticket, not explained: {error.what}")
            return
        since = {key: it for key, it in shown.items() if self.rows.is_since_start(stream, it)}
        known = set(verdict.found.missing) | verdict.found.late
        before, compared = len(verdict.found.missing), verdict.found.compared
        new = {key: record for key, record in since.items() if key not in known}
        self.rows.comparison(stream).add(verdict.found, new, {})
        verdict.found.compared = compared
        is_known = "deleted_tickets" in self.held.streams()
        asked = Asked(
            ids,
            shown,
            since,
            missing=len(verdict.found.missing) - before,
            deleted=len(self.held.rows("deleted_tickets", ids)) if is_known else 0,
        )
        verdict.notes.append(asked.sentence(number))

    def _give_up(self, verdict: Verdict, error: ConnectorError) -> None:
        """Note why a stream was not compared. A refusal is the account's; all else leaves it open.

        A sample that was read so far is not taken for a proof.
        """
        verdict.why_not = error.what
        verdict.is_open = not isinstance(error, StreamRefused)


def _why_counted_alone(name: str) -> str:
    """Return why a stream is not compared that is too large to be read whole."""
    if is_of_a_moment(STREAMS[name]):
        return "it has the values of the moment of each sync"
    below = below_of(name) or BY_LIST.get(name)
    if below is not None:
        return f"its parents, {below.parents}, are not in the destination"
    return "too large to be read again, and Zendesk shows no single record of it"


def _by_number(verdict: Verdict, number: int) -> None:
    """Compare numbers alone: records without a key cannot be identified."""
    verdict.how = f"{number:,} in Zendesk, compared by number, as there is no key"
    verdict.missing_more = max(0, number - verdict.held)
    if verdict.held > number:
        verdict.found.extra += [f"{verdict.held - number} rows"]
