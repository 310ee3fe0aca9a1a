"""Tickets and their metrics without the export: list, archive, and what moves no `updated_at`.

The list shows neither archived tickets nor changes by automations, SLAs and merges. Owns the shape
of the export: `metric_set` inside the ticket, and a `generated_timestamp`. No list has that time:
it is `updated_at`, or Zendesk's time when a recheck asked, so that the later record always wins.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.lists_place import HOUR_S, Sweep
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.times import format_time

from .creation_sweep import search_pages, shown, whole_window
from .creation_windows import share_of
from .list_pages import list_pages
from .listed_metric_sets import METRIC_SETS, with_metric_sets
from .requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.lists_place import ListsPlace

    from .creation_sweep import ShownPage
    from .keyset_pages import KeysetPage
    from .list_reading import ListReading

ARCHIVE, OLDER, OPEN, RECENT, CLOSED = "archive", "older", "open", "recent", "closed"
NOT_CLOSED, IS_CLOSED = "status<closed", "status:closed"
# Zendesk closes a solved ticket 28 days after its last update at the latest, and silently. A
# ticket that an export showed as solved, two days before it stood still, is closed within these.
LONGEST_SOLVED_S = 30 * 86_400
# Every recheck asks for one of so many shares of the closed tickets, by their creation: a month,
# where rechecks are daily.
SHARES = 30
# A ticket comes once, at its last change, and archiving is one. An export that has come so near to
# today was at its end, or all but; one further back may have had archived tickets before it.
ALMOST_NOW_S = 2 * 86_400
# A ticket is archived 120 days after it was closed (docs/facts/zendesk-api.md#2.3.9). Changes later
# than this happened to no ticket in the archive.
NOT_ARCHIVED_S = 100 * 86_400
# A ticket is on the list so long after its last update: 28 days until it is closed, 120 until it is
# archived, and two for good measure.
LONGEST_LISTED_S = 150 * 86_400
LIST_PARAMS = {"sort": "updated_at", "support_type_scope": "all"}


@dataclass(frozen=True)
class TicketList:
    """The family of `incremental/tickets`."""

    path: ClassVar[str] = "tickets"
    key: ClassVar[str] = "tickets"
    column: ClassVar[str] = "updated_at"
    params: ClassVar[Mapping[str, str]] = LIST_PARAMS
    recent_s: ClassVar[int | None] = ALMOST_NOW_S
    is_complete: ClassVar[bool] = True
    rounds_count: ClassVar[bool] = True
    may_begin: ClassVar[bool] = True
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
            yield from self._archive(reading)
            reading.move(is_whole=True, sweep=None)
            yield from self._deletions(reading, 0)
            yield from reading.checkpoint()
        if not reading.is_check_due:
            return
        yield from read_shares(reading, self._swept, self._left)
        yield from self._deletions(reading, reading.deleted_since_s)
        end_check(reading)
        yield from reading.checkpoint()

    def _archive(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield the closed tickets, and those that were last updated before the start.

        An export begins with what was touched since the start. Archiving touches a ticket, and so
        does a silent change of one that is not closed.
        """
        start_s, sweep = reading.run.start.sent_s, reading.place.sweep
        if sweep is None or sweep.kind != OLDER:
            words = f"{IS_CLOSED}{_since(start_s - LONGEST_LISTED_S)}"
            yield from self._swept(reading, words, reading.begin_sweep(ARCHIVE))
        if start_s > 0:
            words = f"{NOT_CLOSED} updated<{format_time(start_s)}"
            yield from self._swept(reading, words, reading.begin_sweep(OLDER))

    def unrepeated(
        self, place: ListsPlace, items: list[Record], body: Mapping[str, Any]
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return the tickets that lists have not shown: silent changes, deletions, the last hour.

        Before the archive was read, nothing is known to be a repeat.
        """
        if not place.is_whole:
            return items, body
        return [it for it in items if not _was_shown(it, place)], body

    def _swept(self, reading: ListReading, words: str, sweep: Sweep) -> Iterator[PageResult]:
        context, include = reading.context, self.include(reading.run)
        for found in search_pages(context, words, sweep):
            for page in shown(context, found.items, include):
                items = self._whole(reading, page.items, page.body)
                is_check = sweep.kind not in {ARCHIVE, OLDER}
                note_status(reading, items)
                dated = [
                    _dated(it, page.at_s if is_check else time_of(it, self.column)) for it in items
                ]
                yield reading.deliver(dated, page.body)
                if sweep.kind not in {RECENT, CLOSED}:  # nothing is added below a closed ticket
                    yield from reading.below(dated)
                del page, items, dated
            reading.move(sweep=found.sweep)
            yield from reading.checkpoint()

    def _left(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield the tickets that were not closed, and that no search for such finds any more."""
        for page in left_tickets(reading, self.include(reading.run)):
            items = self._whole(reading, page.items, page.body)
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
    for ticket in tickets:
        if isinstance(ticket.get("id"), int):
            reading.note_alive(ticket["id"], is_alive=ticket.get("status") != "closed")


def whole_sweep(reading: ListReading) -> Sweep:
    """Return a sweep over everything, which no state keeps."""
    now_s = reading.context.client.zendesk_s()
    whole = whole_window(now_s + 1)
    return Sweep(OPEN, now_s, whole.from_s, whole.until_s)


def left_tickets(reading: ListReading, include: str | None = None) -> Iterator[ShownPage]:
    """Yield the tickets that were not closed, and that no search for such finds any more.

    Such a ticket was closed, or is too new for the search. An automation or a merge closes one too,
    and moves no time. One that is gone is forgotten.
    """
    context = reading.context
    found: set[Any] = set()
    for search in search_pages(context, NOT_CLOSED, whole_sweep(reading)):
        found |= {ticket.get("id") for ticket in search.items}
    left = [{"id": each} for each in sorted(reading.alive - found)]
    for page in shown(context, left, include):
        there = [ticket for ticket in page.items if "status" in ticket]
        gone = [{**it, "status": "closed"} for it in page.items if "status" not in it]
        note_status(reading, [*there, *gone])
        yield replace(page, items=there)


def read_shares(
    reading: ListReading,
    swept: Callable[[ListReading, str, Sweep], Iterator[PageResult]],
    left: Callable[[ListReading], Iterator[PageResult]],
) -> Iterator[PageResult]:
    """Yield all tickets that are not closed, and the next share of the closed ones.

    `left` yields those that were not closed before and are not found now. After an export no list
    knows these: what was closed lately is asked for instead.
    """
    sweep = reading.place.sweep
    if sweep is None or sweep.kind == OPEN:
        sweep = reading.begin_sweep(OPEN)
        yield from swept(reading, NOT_CLOSED, sweep)
        yield from left(reading)
        sweep = _over_all(sweep, RECENT)
        reading.move(sweep=sweep)
    if sweep.kind == RECENT:
        if reading.exported_s is not None:
            words = f"{IS_CLOSED}{_since(reading.exported_s - LONGEST_SOLVED_S)}"
            yield from swept(reading, words, sweep)
        sweep = _next_share(reading, sweep)
        reading.move(sweep=sweep)
    yield from swept(reading, IS_CLOSED, sweep)


def _next_share(reading: ListReading, sweep: Sweep) -> Sweep:
    """Return the sweep over the next share of the closed tickets, by their creation.

    All shares of a round divide one window, so that no creation falls between two of them; the
    last share has what was created since the round began too.
    """
    number = reading.place.shares
    if number == 0 or reading.place.round_s is None:
        reading.move(round_s=sweep.started_s, shares=0)
        number = 0
    begun_s = reading.place.round_s or sweep.started_s
    share = share_of(whole_window(begun_s), SHARES, number)
    until_s = sweep.started_s + 1 if number == SHARES - 1 else share.until_s
    return sweep.over(CLOSED, share.from_s, until_s)


def _over_all(sweep: Sweep, kind: str) -> Sweep:
    whole = whole_window(sweep.started_s + 1)
    return sweep.over(kind, whole.from_s, whole.until_s)


def end_check(reading: ListReading) -> None:
    """Move the place behind a recheck: to when it began."""
    sweep, place = reading.place.sweep, reading.place
    assert sweep is not None
    shares = (place.shares + 1) % SHARES
    closed_s = place.closed_s if shares else place.round_s
    reading.move(checked_s=sweep.started_s, shares=shares, closed_s=closed_s, sweep=None)


def _was_shown(ticket: Record, place: ListsPlace) -> bool:
    """Return whether lists have shown a ticket of the export as it is.

    Every ticket that is not closed was shown by the last recheck. Of a closed one that changed
    silently nothing says so.
    """
    moved_s, updated_s = ticket.get("generated_timestamp"), time_of(ticket, "updated_at")
    if updated_s is None or not isinstance(moved_s, int) or ticket.get("status") == "deleted":
        return False
    if moved_s != updated_s:
        is_known = ticket.get("status") != "closed" and place.checked_s is not None
        return is_known and moved_s < (place.checked_s or 0) - HOUR_S
    return updated_s < place.at_s - HOUR_S


def _dated(ticket: Record, at_s: int | None) -> Record:
    """Return a ticket with the time that exports have, and with `fields`.

    A list by cursor leaves these out. They are `custom_fields` under another name
    (docs/facts/zendesk-api.md#5.1).
    """
    same = {"fields": ticket["custom_fields"]} if "custom_fields" in ticket else {}
    return {**same, **ticket, "generated_timestamp": at_s}


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
