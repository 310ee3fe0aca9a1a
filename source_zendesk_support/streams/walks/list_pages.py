"""The pages of one list, one after the other, in whatever dialect Zendesk answers.

Owns the place in a list while it is read. Never decides what is news, and never ends a list early:
pages by number are counted, and read again when records moved between them meanwhile. Rests on
https://developer.zendesk.com/api-reference/introduction/pagination/ (docs/facts/zendesk-api.md#2.1,
#2.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.resource import Paging
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    PageSizeRefused,
)
from source_zendesk_support.zendesk.pagination import (
    CycleGuard,
    NextPage,
    after_list_page,
    engagement_place,
)
from source_zendesk_support.zendesk.request import PageSize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from source_zendesk_support.zendesk.client import Page, ZendeskClient

    from .requests import ListRequest

# A list by number that changes while it is read is read again; one that changes all the time is
# left with what was read, and the next sync reads it again.
READINGS = 3
# The only size of a page of engagements that was ever seen (docs/facts/zendesk-api.md#5.6).
SEEN_PAGE = 10
BY_NUMBER = Paging.NUMBER.value


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page. `cursor` is a place to resume after it, in another process too; None without one.

    `shown_s` is Zendesk's time that the page is not older than. `begins`: it is the list's first.
    `is_steady`: the list did not change between its pages, as far as pages by number show it.
    """

    items: list[dict[str, Any]]
    body: Mapping[str, Any]
    shown_s: int
    server_s: int
    cursor: str | None
    begins: bool
    is_last: bool
    is_steady: bool = True


@dataclass(frozen=True, slots=True)
class BegunList:
    """A list whose first page was asked for. `first` waits for it, on the thread that asked."""

    size: PageSize | None
    asked_s: int
    first: Callable[[], Page]


def begin_list(client: ZendeskClient, now_s: Callable[[], int], request: ListRequest) -> BegunList:
    """Ask for the first page of a list, and wait for room in the budget only."""
    size = request.page_size
    asked_s = now_s()
    first = client.ask(request.path, request.params, expects=request.expects, size=size)
    return BegunList(size, asked_s, first)


def list_pages(
    client: ZendeskClient,
    now_s: Callable[[], int],
    request: ListRequest,
    after_cursor: str | None = None,
    begun: BegunList | None = None,
) -> Iterator[ListPage]:
    """Yield the pages of a list, from its beginning or after a place kept from an earlier sync.

    Pages that came before one that `begins` the list are read again. With `begun`, the first page
    was asked for by `begin_list`.
    """
    asking = _Asking(client, request, begun.size if begun else request.page_size, begun)
    for number in range(READINGS):
        reading = _ListReading(request, _place(request, after_cursor) if number == 0 else {})
        while True:
            asked_s = asking.begun.asked_s if asking.begun else now_s()
            page = asking.page_at(reading.place)
            if page is None:
                reading = _ListReading(request)
                continue
            begins = not reading.place
            items, after, moved = reading.take(page)
            # The page was put together before it was sent, and shows no change in between.
            shown_s = page.server_s - max(0, now_s() - asked_s) - 1
            yield ListPage(
                items,
                page.body,
                shown_s,
                page.server_s,
                after.cursor,
                begins=begins,
                is_last=after.params is None and not (moved and number < READINGS - 1),
                is_steady=not moved,
            )
            del page, items  # the next page is read without this one in memory
            if after.params is None:
                break
            reading.move(after.params)
        if not moved:
            return


@dataclass(slots=True)
class _Asking:
    """Asks for the pages of a list. `size` changes where Zendesk refuses the one that was sent."""

    client: ZendeskClient
    request: ListRequest
    size: PageSize | None
    begun: BegunList | None
    has_restarted: bool = False

    def page_at(self, place: Mapping[str, str]) -> Page | None:
        """Return the page at a place; None where the list has to begin again."""
        try:
            page = (
                self.begun.first()
                if self.begun
                else _get(self.client, self.request, place, self.size)
            )
        except PageSizeRefused:
            self.size, self.begun = _other_size(self.request.paging, self.size), None
            if self.size is None:
                raise
            return None
        except CursorRefused:
            # A cursor kept from an earlier sync, or of a walk that waited long, can have died. The
            # list begins again, once: what was delivered comes again, nothing is left out.
            if self.has_restarted or not place:
                raise
            self.has_restarted = True
            return None
        self.begun = None
        return page


@dataclass(slots=True)
class _ListReading:
    """One reading of a list from a place: how many records came, and how many were announced."""

    request: ListRequest
    place: dict[str, str] = field(default_factory=dict)
    progress: CycleGuard = field(init=False)
    read: int = 0
    announced: Any = None

    def __post_init__(self) -> None:
        self.progress = CycleGuard(self.request.path)

    def take(self, page: Page) -> tuple[list[dict[str, Any]], NextPage, bool]:
        """Return the records of a page, the place after it, and whether the list has moved."""
        items = _items(page, self.request, self.place)
        self.read += len(items)
        if self.announced is None:
            self.announced = page.body.get("count")
        after = _after(self.request, self.place, page.body, items)
        is_end_by_number = after.params is None and "page" in self.place
        moved = is_end_by_number and _has_moved(self.request.path, page, self.announced, self.read)
        return items, after, moved

    def move(self, params: Mapping[str, str]) -> None:
        """Go to the next page. Raises ConnectorError when the list leads round in a circle."""
        self.place = dict(params)
        self.progress.goes_to(self.place)


def _after(
    request: ListRequest,
    sent: Mapping[str, str],
    body: Mapping[str, Any],
    items: list[dict[str, Any]],
) -> NextPage:
    """Return the next page: as the answer says, or as the paging of the list has it."""
    if _goes_by_ids(request, body):
        last = _last_id(items)  # no page is said to be the last: an empty one is
        return NextPage(_place(request, last) or None, last)
    after = after_list_page(request.path, sent, body)
    if request.paging is Paging.BARE_CURSOR and after.params is not None and after.cursor:
        return NextPage(_place(request, after.cursor), after.cursor)
    return after


def _place(request: ListRequest, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    if request.paging is Paging.START_AND_ID:
        return engagement_place(cursor)
    return {request.cursor_param: cursor}


def _other_size(paging: Paging, size: PageSize | None) -> PageSize | None:
    """Return the size to ask for where Zendesk refused the one that was sent; None without one."""
    if size is not None and paging is Paging.CURSOR and size.param != BY_NUMBER:
        # Some lists have pages by number only, in some accounts (zenpy issues 565, 571).
        return PageSize(BY_NUMBER, size.largest)
    if size is not None and paging is Paging.START_AND_ID and size.largest > SEEN_PAGE:
        return PageSize(size.param, SEEN_PAGE)
    return None


def _get(
    client: ZendeskClient, request: ListRequest, place: Mapping[str, str], size: PageSize | None
) -> Page:
    # Pages by number keep the size of their link.
    kept = None if "page" in place else size
    if request.is_object:
        return client.get(
            request.path, {**request.params, **place}, expects=request.key, expected_type=dict
        )
    params = {**request.params, **place}
    return client.get(request.path, params, expects=request.expects, size=kept)


def _items(page: Page, request: ListRequest, sent: Mapping[str, str]) -> list[dict[str, Any]]:
    key = request.key
    if request.or_key and key not in page.body:
        key = request.or_key
    found = page.body[key]
    items: list[dict[str, Any]] = found if isinstance(found, list) else [found]
    is_repeat = _goes_by_ids(request, page.body) and _place(request, _last_id(items)) == sent
    return [] if is_repeat else request.prepare(items, page.body)


def _goes_by_ids(request: ListRequest, body: Mapping[str, Any]) -> bool:
    """Return whether a page says nothing of a next one, which then follows its last id."""
    return request.paging is Paging.LAST_ID and body.keys().isdisjoint({"meta", "next_page"})


def _last_id(items: list[dict[str, Any]]) -> str | None:
    return str(items[-1].get("id")) if items else None


def _has_moved(path: str, page: Page, announced: Any, read: int) -> bool:
    """Return whether a list by number, read to its end, changed meanwhile.

    `announced` is the count on its first page. Raises ConnectorError when the list was cut off at
    the wall of 10,000 records.
    """
    count = page.body.get("count")
    if not isinstance(count, int) or count == announced == read:
        return False
    if read >= 10_000 and count > read:
        raise ConnectorError(
            f"Zendesk gave out {read} of the {count} records of the list: its pages by number end "
            "there, and there is no other way to read it.",
            about=f"GET {path}",
            remedy="Make the list shorter in Zendesk, or leave the stream out of the catalog.",
            failure=Failure.CONFIG,
        )
    return True
