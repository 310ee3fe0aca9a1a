"""The pages of a list after a pair: the last minute, another order, and a refused cursor."""

from __future__ import annotations

from typing import Any

import pytest

from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.streams.walks.keyset_pages import keyset_pages
from source_zendesk_support.streams.walks.requests import ListRequest
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import ConnectorError, CursorRefused, Failure
from source_zendesk_support.zendesk.keyset import TimeAndId, keyset_cursor, read_keyset_cursor

NOW_S = 1_780_000_000
OLD_S = NOW_S - 10_000
REQUEST = ListRequest("tickets", "tickets", {"sort": "updated_at"}, size=2)


def ticket(key: int | str, at_s: int) -> dict[str, Any]:
    return {"id": key, "updated_at": format_time(at_s)}


class Zendesk:
    """A list in the order it is given; `takes_cursors`: as Zendesk does with those of others."""

    def __init__(self, *records: dict[str, Any], takes_cursors: bool = True) -> None:
        self.records = list(records)
        self.takes_cursors = takes_cursors
        self.asked: list[TimeAndId | None] = []
        self._own: set[str] = set()

    def get(self, path: str, params: Any, *, expects: str, size: Any = None) -> Page:
        assert (path, expects) == ("tickets", "tickets")
        cursor = params.get("page[after]")
        self.asked.append(read_keyset_cursor("updated_at", cursor) if cursor else None)
        if cursor and not self.takes_cursors and cursor not in self._own:
            raise CursorRefused("no", about="x", remedy="y", failure=Failure.TRANSIENT)
        first = 0
        if cursor:
            places = [self._cursor(record) for record in self.records]
            after = read_keyset_cursor("updated_at", cursor)
            later = [n for n, each in enumerate(places) if self._place(each) > after]
            first = min(later, default=len(places))
        shown = self.records[first : first + size.value]
        more = first + size.value < len(self.records)
        last = self._cursor(shown[-1]) if shown else None
        self._own.add(last or "")
        return Page({"tickets": shown, "meta": {"has_more": more, "after_cursor": last}}, NOW_S)

    def _pair(self, record: dict[str, Any]) -> TimeAndId:
        return TimeAndId(time_of(record, "updated_at") or 0, record["id"])

    def _cursor(self, record: dict[str, Any]) -> str:
        return keyset_cursor("updated_at", self._pair(record))

    def _place(self, cursor: str) -> TimeAndId:
        return read_keyset_cursor("updated_at", cursor)


def read(make_context: Any, zendesk: Zendesk, after: TimeAndId) -> tuple[list[Any], list[Any]]:
    pages = list(keyset_pages(make_context(zendesk, lambda: NOW_S), REQUEST, "updated_at", after))
    return [item["id"] for page in pages for item in page.items], [page.place for page in pages]


def test_records_after_the_pair_come_and_the_place_moves_with_each_page(make_context: Any) -> None:
    zendesk = Zendesk(*(ticket(key, OLD_S + key // 2) for key in range(1, 6)))
    found, places = read(make_context, zendesk, TimeAndId(OLD_S, 1))
    assert found == [2, 3, 4, 5]
    assert places == [TimeAndId(OLD_S + 1, 3), TimeAndId(OLD_S + 2, 5)]
    assert zendesk.asked[0] == TimeAndId(OLD_S, 1)


def test_the_last_minute_is_left_to_the_next_sync(make_context: Any) -> None:
    zendesk = Zendesk(ticket(1, OLD_S), ticket(2, NOW_S - 30), ticket(3, NOW_S - 10))
    found, places = read(make_context, zendesk, TimeAndId(0))
    assert found == [1]
    assert places[-1] == TimeAndId(OLD_S, 1)


def test_a_refused_cursor_begins_the_list_and_repeats_nothing(make_context: Any) -> None:
    records = [ticket(key, OLD_S + key) for key in range(1, 6)]
    zendesk = Zendesk(*records, takes_cursors=False)
    found, places = read(make_context, zendesk, TimeAndId(OLD_S + 2, 2))
    assert found == [3, 4, 5]
    assert places[-1] == TimeAndId(OLD_S + 5, 5)
    assert zendesk.asked[:2] == [TimeAndId(OLD_S + 2, 2), None]


def test_a_list_in_another_order_is_an_error_before_anything_is_taken(make_context: Any) -> None:
    zendesk = Zendesk(ticket(1, OLD_S + 9), ticket(2, OLD_S))
    pages = keyset_pages(make_context(zendesk, lambda: NOW_S), REQUEST, "updated_at", TimeAndId(0))
    with pytest.raises(ConnectorError, match="another order") as caught:
        next(pages)
    assert caught.value.failure is Failure.SYSTEM


def test_a_record_without_a_time_is_delivered_and_has_no_place(make_context: Any) -> None:
    zendesk = Zendesk(ticket(1, OLD_S), {"id": 2, "updated_at": None})
    found, places = read(make_context, zendesk, TimeAndId(0))
    assert found == [1, 2]
    assert places == [TimeAndId(OLD_S, 1)]


def test_text_ids_have_an_order_too(make_context: Any) -> None:
    zendesk = Zendesk(ticket("A", OLD_S), ticket("B", OLD_S), ticket("C", OLD_S))
    found, places = read(make_context, zendesk, TimeAndId(OLD_S, "A"))
    assert found == ["B", "C"]
    assert places[-1] == TimeAndId(OLD_S, "C")
