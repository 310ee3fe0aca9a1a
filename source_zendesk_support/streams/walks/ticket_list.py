"""Tickets and their metrics without the export: list, archive, and what moves no `updated_at`.

The list shows neither archived tickets nor changes by automations, SLAs and merges. Owns the shape
of the export: `metric_set` inside the ticket, and a `generated_timestamp`. No list has that time:
it is `updated_at`, or Zendesk's time when a recheck asked, so that the later record always wins.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.id_set import ids_of_text, ids_to_text
from source_zendesk_support.streams.state.lists_place import Sweep
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.zendesk.errors import StreamRefused

from .creation_sweep import search_pages, shown, whole_window
from .creation_windows import share_of
from .list_pages import list_pages
from .requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun

    from .keyset_pages import KeysetPage
    from .list_reading import ListReading

ARCHIVE, OPEN, CLOSED = "archive", "open", "closed"
NOT_CLOSED = "status<closed"
# Every recheck asks for one of so many shares of the closed tickets, by their creation: a month,
# where rechecks are daily.
SHARES = 30
METRIC_SETS = "metric_sets"
LIST_PARAMS = {"sort": "updated_at", "support_type_scope": "all"}


@dataclass(frozen=True)
class TicketList:
    """The family of `incremental/tickets`."""

    path: ClassVar[str] = "tickets"
    key: ClassVar[str] = "tickets"
    column: ClassVar[str] = "updated_at"
    params: ClassVar[Mapping[str, str]] = LIST_PARAMS
    has_archive: ClassVar[bool] = True
    is_complete: ClassVar[bool] = True
    first_is_check: ClassVar[bool] = True

    def include(self, run: WalkRun) -> str | None:
        """Return the sideload of the metrics, where a stream takes them."""
        return METRIC_SETS if any(stream.include for stream in run.members) else None

    def shape(
        self, reading: ListReading, page: KeysetPage
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return tickets as the export shows them."""
        items = self._whole(reading, page.items, page.body)
        note_status(reading, items)
        return [_dated(it, time_of(it, self.column)) for it in items], page.body

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield the archive, once, and every recheck what has changed silently."""
        if not reading.place.is_whole:
            sweep = reading.begin_sweep(ARCHIVE)
            words = f"status:closed{_since(reading.run.start.sent_s)}"
            yield from self._swept(reading, words, sweep)
            reading.move(is_whole=True, sweep=None)
            yield from self._deletions(reading, 0)
            yield from reading.checkpoint()
        if not reading.is_check_due:
            return
        yield from read_shares(reading, self._swept, self._left)
        yield from self._deletions(reading, reading.deleted_since_s)
        end_check(reading)
        yield from reading.checkpoint()

    def was_delivered(self, record: Record) -> bool:
        """Return whether the list has shown a record: all but silent changes and deletions."""
        moved_s = record.get("generated_timestamp", record.get("_ab_updated_at"))
        is_silent = moved_s != time_of(record, "updated_at")
        return not is_silent and record.get("status") != "deleted"

    def _swept(self, reading: ListReading, words: str, sweep: Sweep) -> Iterator[PageResult]:
        context, include = reading.context, self.include(reading.run)
        for found in search_pages(context, words, sweep):
            for page in shown(context, found.items, include):
                items = self._whole(reading, page.items, page.body)
                is_check = sweep.kind != ARCHIVE
                note_status(reading, items)
                dated = [
                    _dated(it, page.at_s if is_check else time_of(it, self.column)) for it in items
                ]
                yield reading.deliver(dated, page.body)
                if sweep.kind != CLOSED:  # nothing is added below a closed ticket
                    yield from reading.below(dated)
                del page, items, dated
            if found.sweep:
                reading.move(sweep=found.sweep)
                yield from reading.checkpoint()

    def _left(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield the tickets that were not closed, and that no search for such finds any more.

        They were closed, also by an automation or a merge, which moves no time, or are too new for
        the search. One that is gone is forgotten.
        """
        context = reading.context
        found: set[Any] = set()
        for search in search_pages(context, NOT_CLOSED, whole_sweep(reading)):
            found |= {ticket.get("id") for ticket in search.items}
        left = [{"id": each} for each in sorted(ids_of_text(reading.place.not_closed) - found)]
        for page in shown(context, left, self.include(reading.run)):
            there = [ticket for ticket in page.items if "status" in ticket]
            gone = [{**it, "status": "closed"} for it in page.items if "status" not in it]
            items = self._whole(reading, there, page.body)
            note_status(reading, [*items, *gone])
            yield reading.deliver([_dated(it, page.at_s) for it in items], page.body)

    def _whole(
        self, reading: ListReading, tickets: list[Record], body: Mapping[str, Any]
    ) -> list[Record]:
        if self.include(reading.run) is None:
            return tickets
        return with_metric_sets(reading.context, tickets, body)

    def _deletions(self, reading: ListReading, since_s: int) -> Iterator[PageResult]:
        """Yield deleted tickets, of which Zendesk lists little, where the user wants them."""
        context = reading.context
        if not context.include_deleted_tickets:
            return
        request = ListRequest("deleted_tickets", "deleted_tickets", {"support_type_scope": "all"})
        for page in list_pages(context.client, context.now_s, request):
            gone = [
                _deleted(it) for it in page.items if (time_of(it, "deleted_at") or 0) >= since_s
            ]
            if gone:
                yield reading.deliver(gone, {})
            del page


def note_status(reading: ListReading, tickets: list[Record]) -> None:
    """Note which tickets are not closed, for the recheck that asks what became of them."""
    known = ids_of_text(reading.place.not_closed)
    before = set(known)
    for ticket in tickets:
        if not isinstance(ticket.get("id"), int):
            continue
        if ticket.get("status") == "closed":
            known.discard(ticket["id"])
        else:
            known.add(ticket["id"])
    if known != before:
        reading.move(not_closed=ids_to_text(known))


def whole_sweep(reading: ListReading) -> Sweep:
    """Return a sweep over everything, which no state keeps."""
    now_s = reading.context.client.zendesk_s()
    whole = whole_window(now_s + 1)
    return Sweep(OPEN, now_s, whole.from_s, whole.until_s)


def read_shares(
    reading: ListReading,
    swept: Callable[[ListReading, str, Sweep], Iterator[PageResult]],
    left: Callable[[ListReading], Iterator[PageResult]] | None = None,
) -> Iterator[PageResult]:
    """Yield all tickets that are not closed, and the next share of the closed ones.

    `left` yields those that were not closed before and are not found now.
    """
    sweep = reading.place.sweep
    if sweep is None or sweep.kind == OPEN:
        sweep = reading.begin_sweep(OPEN)
        yield from swept(reading, NOT_CLOSED, sweep)
        if left:
            yield from left(reading)
        share = share_of(whole_window(sweep.started_s), SHARES, reading.place.shares)
        sweep = replace(sweep, kind=CLOSED, from_s=share.from_s, until_s=share.until_s)
        reading.move(sweep=sweep)
    yield from swept(reading, "status:closed", sweep)


def end_check(reading: ListReading) -> None:
    """Move the place behind a recheck: to when it began."""
    sweep = reading.place.sweep
    assert sweep is not None
    reading.move(checked_s=sweep.started_s, shares=(reading.place.shares + 1) % SHARES, sweep=None)


def with_metric_sets(
    context: WalkContext, tickets: list[Record], body: Mapping[str, Any]
) -> list[Record]:
    """Return tickets with their `metric_set`, wherever the answer has it, or asked one by one."""
    beside = {
        found.get("ticket_id"): found
        for found in body.get(METRIC_SETS) or ()
        if isinstance(found, dict)
    }
    whole = []
    for ticket in tickets:
        if "metric_set" in ticket:
            whole.append(ticket)
            continue
        found = beside.get(ticket.get("id"))
        if found is None:
            found = _asked_metric_set(context, ticket.get("id"))
        whole.append({**ticket, "metric_set": found})
    return whole


def _asked_metric_set(context: WalkContext, ticket_id: Any) -> Record | None:
    path = f"tickets/{ticket_id}/metrics"
    try:
        page = context.client.get(path, {}, expects="ticket_metric", expected_type=object)
    except StreamRefused as refused:
        if not refused.is_about_a_record:
            raise
        context.skipped.add("ticket_metrics", "tickets without metrics (404)")
        return None
    found = page.body["ticket_metric"]
    if isinstance(found, list):  # as some clients have met it
        found = found[0] if found else None
    return found if isinstance(found, dict) else None


def _dated(ticket: Record, at_s: int | None) -> Record:
    return {**ticket, "generated_timestamp": at_s}


def _deleted(entry: Record) -> Record:
    deleted_at = entry.get("deleted_at")
    return {
        "id": entry.get("id"),
        "subject": entry.get("subject"),
        "status": "deleted",
        "updated_at": deleted_at,
        "generated_timestamp": time_of(entry, "deleted_at"),
    }


def _since(start_s: int) -> str:
    return f" updated>={format_time(start_s)}" if start_s > 0 else ""
