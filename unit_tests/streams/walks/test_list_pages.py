"""Pages of a list in each dialect: all of them, once, and an error at the wall of Zendesk's."""

from dataclasses import dataclass, field
from math import ceil
from typing import Any

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.streams.model.resource import Paging
from source_zendesk_support.streams.walks.list_pages import READINGS, list_pages
from source_zendesk_support.streams.walks.requests import ListRequest
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    PageSizeRefused,
)
from source_zendesk_support.zendesk.request import PageSize

HOST = "https://acme.zendesk.com/api/v2"


@dataclass
class NumberedList:
    """A list in whichever dialect `answers` says, whatever it is asked for."""

    rows: list[int]
    answers: str = "number"
    page: int = 3
    wall: int | None = None
    count: int | None = None
    after_page: Any = None
    requests: list[dict[str, Any]] = field(default_factory=list)

    def get(self, path: str, params: dict[str, Any], *, expects: str, size: Any = None) -> Page:
        asked = dict(params)
        if size is not None:
            assert isinstance(size, PageSize)
            asked[size.param] = str(size.value)
        self.requests.append(asked)
        body = {
            "number": self._by_number,
            "cursor": self._by_cursor,
            "whole": self._whole,
            "last id": self._by_last_id,
            "bare cursor": self._by_bare_cursor,
        }[self.answers](path, asked)
        if self.after_page:
            self.after_page(len(self.requests))
        return Page({expects: body.pop("rows"), **body}, server_s=1000)

    def _by_number(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        number = int(asked.get("page", 1))
        reach = self.rows if self.wall is None else self.rows[: self.wall]
        first = (number - 1) * self.page
        rows = reach[first : first + self.page]
        has_more = first + self.page < len(reach)
        return {
            "rows": [{"id": row} for row in rows],
            "next_page": f"{HOST}/{path}?page={number + 1}&per_page={self.page}"
            if has_more
            else None,
            "count": len(self.rows) if self.count is None else self.count,
        }

    def _by_cursor(self, _: str, asked: dict[str, Any]) -> dict[str, Any]:
        first = int(asked.get("page[after]", 0))
        if first > len(self.rows):
            raise CursorRefused("No.", about="GET", remedy="", failure=Failure.TRANSIENT)
        end = first + self.page
        return {
            "rows": [{"id": row} for row in self.rows[first:end]],
            "meta": {"has_more": end < len(self.rows), "after_cursor": str(end)},
        }

    def _by_last_id(self, _: str, asked: dict[str, Any]) -> dict[str, Any]:
        after = int(asked.get("page[after]", -1))
        rows = [row for row in self.rows if row > after][: self.page]
        return {"rows": [{"id": row} for row in rows], "total": len(self.rows)}

    def _by_bare_cursor(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        return self._by_cursor(path, {"page[after]": asked.get("after_cursor", 0)})

    def _whole(self, _path: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"rows": [{"id": row} for row in self.rows]}


def read(served: NumberedList, paging: Paging, cursor: str | None = None) -> list[Any]:
    request = ListRequest("things", "things", paging=paging, size=served.page)
    return list(list_pages(served, lambda: 1000, request, cursor))


def ids(pages: list[Any]) -> list[int]:
    return [item["id"] for page in pages for item in page.items]


@given(
    st.integers(0, 20),
    st.integers(1, 6),
    st.sampled_from(["number", "cursor", "whole"]),
    st.sampled_from([Paging.CURSOR, Paging.NUMBER, Paging.WHOLE]),
)
def test_every_record_comes_once_in_any_dialect(n, page, answers, paging) -> None:
    served = NumberedList(list(range(n)), answers, page)
    pages = read(served, paging)
    assert ids(pages) == list(range(n))
    assert [it.is_last for it in pages] == [False] * (len(pages) - 1) + [True]
    assert [it.begins for it in pages] == [True] + [False] * (len(pages) - 1)
    assert len(served.requests) == (1 if answers == "whole" else max(1, ceil(n / page)))
    if answers != "cursor":
        assert {it.cursor for it in pages} == {None}


@given(
    st.integers(0, 20),
    st.integers(1, 6),
    st.sampled_from(["number", "cursor", "whole", "last id"]),
)
def test_a_list_without_a_word_on_more_is_read_to_its_end(n, page, answers) -> None:
    """Whether it resumes after the last id, as documented, or is paged as other lists are."""
    served = NumberedList(list(range(n)), answers, page)
    pages = read(served, Paging.LAST_ID)
    assert ids(pages) == list(range(n))
    assert [it.is_last for it in pages] == [False] * (len(pages) - 1) + [True]


@given(st.integers(0, 20), st.integers(1, 6))
def test_a_cursor_has_the_name_that_its_list_takes(n, page) -> None:
    served = NumberedList(list(range(n)), "bare cursor", page)
    pages = read(served, Paging.BARE_CURSOR)
    assert ids(pages) == list(range(n))
    assert {name for asked in served.requests for name in asked} <= {"after_cursor"}
    middle = pages[0].cursor
    if middle:
        assert ids(read(served, Paging.BARE_CURSOR, middle)) == list(range(page, n))


class ByNumberOnly(NumberedList):
    def get(self, path: str, params: dict[str, Any], *, expects: str, size: Any = None) -> Page:
        if size is not None and size.param == "page[size]":
            self.requests.append({"page[size]": str(size.value), **params})
            raise PageSizeRefused("No.", about="GET", remedy="", failure=Failure.SYSTEM)
        return super().get(path, params, expects=expects, size=size)


@pytest.mark.parametrize("cursor", [None, "6"])
def test_a_list_that_refuses_a_page_size_is_asked_by_number(cursor: str | None) -> None:
    """From its beginning, also where an earlier sync had a cursor."""
    served = ByNumberOnly(list(range(7)))
    pages = read(served, Paging.CURSOR, cursor)
    assert ids(pages) == list(range(7))
    assert [it.begins for it in pages] == [True, False, False]
    assert [it.get("page") for it in served.requests[1:]] == [None, "2", "3"]
    assert {it.get("per_page") for it in served.requests[1:]} == {"3"}


def test_a_list_that_refuses_both_ways_fails_once() -> None:
    class Closed(NumberedList):
        def get(self, _path: str, params: Any, **_: Any) -> Page:
            self.requests.append(params)
            raise PageSizeRefused("No.", about="GET", remedy="", failure=Failure.SYSTEM)

    served = Closed([1])
    with pytest.raises(PageSizeRefused):
        read(served, Paging.CURSOR)
    assert len(served.requests) == 2


@pytest.mark.parametrize("period", [1, 2, 3, 7])
def test_a_list_whose_cursors_come_again_ends_with_an_error(period: int) -> None:
    class Cycle(NumberedList):
        def get(self, _path: str, params: Any, *, expects: str, **_: Any) -> Page:
            self.requests.append(params)
            cursor = str(len(self.requests) % period)
            body = {"meta": {"has_more": True, "after_cursor": cursor}}
            return Page({expects: [{"id": 1}], **body}, server_s=1000)

    served = Cycle([1])
    with pytest.raises(ConnectorError) as caught:
        read(served, Paging.CURSOR)
    assert "no progress" in caught.value.what
    assert len(served.requests) <= 3 * period + 3


@pytest.mark.parametrize("place", ["records", "content_tags"])
def test_records_are_found_in_either_place_where_the_facts_leave_it_open(place: str) -> None:
    class Tags(NumberedList):
        def get(self, path: str, params: Any, *, expects: Any, size: Any = None) -> Page:
            assert expects == ("records", "content_tags")
            return super().get(path, params, expects=place, size=size)

    request = ListRequest("tags", "records", size=3, or_key="content_tags")
    pages = list(list_pages(Tags([1, 2, 3, 4], "cursor"), lambda: 1000, request))
    assert ids(pages) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("paging", "first"),
    [
        (Paging.CURSOR, {"page[size]": "3"}),
        (Paging.NUMBER, {"per_page": "3"}),
        (Paging.WHOLE, {}),
        (Paging.OLDER_CURSOR, {"limit": "3"}),
    ],
)
def test_a_list_is_asked_as_its_row_says_and_followed_as_it_answers(paging, first) -> None:
    served = NumberedList(list(range(5)))
    read(served, paging)
    assert served.requests == [first, {"page": "2", "per_page": "3"}]


def test_a_list_by_number_from_which_a_record_vanished_is_read_again() -> None:
    served = NumberedList(list(range(7)))

    def vanish(request: int) -> None:
        if request == 1:
            served.rows.remove(0)  # 3 is now on the page that was already read

    served.after_page = vanish
    pages = read(served, Paging.NUMBER)
    assert set(ids(pages)) == set(range(7))
    assert [page.is_last for page in pages].count(True) == 1
    assert pages[-1].is_last


def test_a_list_by_number_that_never_rests_is_left_in_the_end() -> None:
    served = NumberedList(list(range(7)), count=8)
    pages = read(served, Paging.NUMBER)
    assert len(pages) == 3 * READINGS
    assert pages[-1].is_last


def test_a_list_cut_off_at_the_wall_is_an_error() -> None:
    served = NumberedList(list(range(10_500)), page=100, wall=10_000)
    with pytest.raises(ConnectorError) as caught:
        read(served, Paging.NUMBER)
    assert caught.value.failure is Failure.CONFIG
    assert "10000 of the 10500" in caught.value.what


def test_a_dead_cursor_begins_the_list_again_and_only_once() -> None:
    served = NumberedList(list(range(5)), "cursor")
    pages = read(served, Paging.CURSOR, "99")
    assert ids(pages) == list(range(5))
    assert pages[0].begins
    pages = read(served, Paging.CURSOR, "3")
    assert ids(pages) == [3, 4]
    assert not pages[0].begins
