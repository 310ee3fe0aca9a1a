"""Tickets by the time of their creation, archived ones included, and then whole by their ids.

The search export finds what no list shows, up to some minutes ago. Its records may lack fields, so
that each is asked for by its id, a hundred in a request; what is not found so is taken as the
search shows it. Rests on docs/facts/closing-of-exports.md#2 and docs/facts/zendesk-api.md#4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.id_set import ids_of_text, ids_to_text
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .creation_windows import FIRST_S, LONGEST_READING_S, Window
from .list_pages import list_pages
from .requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.state.lists_place import Sweep

SEARCH = "search/export"
CREATED = "created_at"
SEARCH_PAGE = 1000  # docs/facts/zendesk-api.md#4
SHOW_MANY = 100  # ids in one request (docs/facts/zendesk-api.md#6.4)


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Tickets that a search has found. `begun`: the sweep before them, `sweep`: after them."""

    items: list[Record]
    begun: Sweep
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class ShownPage:
    """Tickets by their ids, with the answer's sideloads. `at_s`: Zendesk's time when asked."""

    items: list[Record]
    body: Mapping[str, Any]
    at_s: int


def search_pages(context: WalkContext, words: str, sweep: Sweep) -> Iterator[FoundPage]:
    """Yield what a search for these words finds, newest first, in what is left of a sweep.

    The cursor of a search dies within an hour: a long search is begun again before that, where it
    stands.
    """
    window = Window(sweep.from_s, sweep.until_s)
    while not window.is_empty:
        asked_s = context.now_s()
        size = min(SEARCH_PAGE, context.largest_page or SEARCH_PAGE)
        params = {"query": f"{words} {window.query}", "filter[type]": "ticket"}
        request = ListRequest(SEARCH, "results", params, size=size)
        before = window
        for page in list_pages(context.client, context.now_s, request):
            created = [at_s for it in page.items if (at_s := time_of(it, CREATED))]
            if any(early < late for early, late in pairwise([window.until_s, *created])):
                raise _wrong_order()
            begun, sweep = sweep, after(sweep, page.items)
            window = Window(sweep.from_s, sweep.until_s)
            is_over = page.is_last
            items = [_ticket(item) for item in page.items if not _was_seen(item, begun)]
            yield FoundPage(items, begun, sweep.ended if is_over else sweep)
            del page, items
            is_late = context.now_s() - asked_s >= LONGEST_READING_S
            if not is_over and is_late and window != before:
                break
        else:
            return


def after(sweep: Sweep, tickets: list[Record]) -> Sweep:
    """Return what is left of a sweep after tickets, newest first.

    The second of the last one stays in, since more may follow of it, but for those that were seen.
    """
    created = [(time_of(it, CREATED), it.get("id")) for it in tickets]
    times = [at_s for at_s, _ in created if at_s is not None]
    if not times:
        return sweep
    until_s = Window(sweep.from_s, sweep.until_s).after_page(times[-1]).until_s
    seen = ids_of_text(sweep.seen) if until_s == sweep.until_s else set()
    seen |= {key for at_s, key in created if at_s == until_s - 1 and isinstance(key, int)}
    return replace(sweep, until_s=until_s, seen=ids_to_text(seen))


def _was_seen(ticket: Record, sweep: Sweep) -> bool:
    """Return whether a ticket is of the last second that was looked at, and was met there."""
    is_there = bool(sweep.seen) and time_of(ticket, CREATED) == sweep.until_s - 1
    return is_there and ticket.get("id") in ids_of_text(sweep.seen)


def shown(
    context: WalkContext, found: list[Record], include: str | None = None
) -> Iterator[ShownPage]:
    """Yield tickets whole, by the ids of those found, with a sideload."""
    by_id = {ticket["id"]: ticket for ticket in found if isinstance(ticket.get("id"), int)}
    wanted = list(by_id)
    for first in range(0, len(wanted), SHOW_MANY):
        ids = wanted[first : first + SHOW_MANY]
        params = {"ids": ",".join(map(str, ids))} | ({"include": include} if include else {})
        asked_s = context.now_s()
        page = context.client.get("tickets/show_many", params, expects="tickets")
        items: list[Record] = page.body["tickets"]
        at_s = page.server_s - max(0, context.now_s() - asked_s) - 1
        missing = by_id.keys() & set(ids) - {item.get("id") for item in items}
        yield ShownPage(
            [*items, *(by_id[each] for each in ids if each in missing)], page.body, at_s
        )
        del page, items


def _wrong_order() -> ConnectorError:
    return ConnectorError(
        "Zendesk serves this search in another order than the newest first, so that no place in it "
        "can be kept.",
        about=f"GET {SEARCH}",
        remedy="The state stands before this page. Please report this with the log of the sync.",
        failure=Failure.SYSTEM,
    )


def _ticket(result: Record) -> Record:
    """Return a search result as a ticket."""
    return {name: value for name, value in result.items() if name != "result_type"}


def whole_window(until_s: int) -> Window:
    """Return the window of everything that was created before a time."""
    return Window(FIRST_S, max(FIRST_S, until_s))
