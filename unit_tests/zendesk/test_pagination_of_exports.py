"""A walk of an export visits every record once and ends, by cursor and by time."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.errors import ConnectorError, Failure, NoProgress
from source_zendesk_support.zendesk.pagination import after_cursor_export, after_time_export
from test_support.client.paged_items import HOST, ITEMS, MANY, SIZES, Item


@pytest.mark.parametrize("has_more", [True, False])
def test_an_export_may_say_its_end_as_lists_do(has_more: bool) -> None:
    body = {"meta": {"has_more": has_more}, "after_cursor": "b"}
    after = after_cursor_export("incremental/custom_objects/car/cursor", "a", body)
    assert (after.params is None) is not has_more
    assert after.cursor == "b"


def export_cursor(item: Item) -> str:
    return b64encode(f"{item.at_s}.0||{item.id}|".encode()).decode()


def cursor_export_page(
    items: list[Item], start_s: int, cursor: str | None, size: int, dialect: str
) -> dict[str, Any]:
    """The next page is strictly after the pair that the cursor names.

    See docs/facts/zendesk-api.md#2.3.2.
    """
    after = [number for number, item in enumerate(items, 1) if export_cursor(item) == cursor]
    first = after[0] if after else sum(item.at_s < start_s for item in items)
    page = items[first : first + size]
    ended = first + len(page) == len(items)
    named = export_cursor(page[-1]) if page else cursor
    body: dict[str, Any] = {"tickets": page, "before_cursor": None, "before_url": None}
    url = f"{HOST}/incremental/tickets/cursor.json?" + urlencode(
        {"cursor": named, "per_page": size}
    )
    if dialect == "url only":
        body |= {"after_url": url if named else None, "end_of_stream": ended}
    elif dialect == "no flag":  # a missing end_of_stream with a cursor: continue
        body |= {"after_cursor": None if ended else named, "after_url": None if ended else url}
    else:
        body |= {"after_cursor": named, "after_url": url, "end_of_stream": ended}
    return body


@given(ITEMS, SIZES, st.integers(98, 114), st.sampled_from(["whole", "url only", "no flag"]))
def test_cursor_export_visits_every_record_once(
    items: list[Item], size: int, start_s: int, dialect: str
) -> None:
    seen: list[Item] = []
    cursor = None
    requests = 0
    while True:
        requests += 1
        body = cursor_export_page(items, start_s, cursor, size, dialect)
        seen += body["tickets"]
        after = after_cursor_export("incremental/tickets/cursor", cursor, body)
        if after.params is None:
            break
        assert after.params == {"cursor": after.cursor}
        cursor = after.cursor
        assert requests < MANY
    wanted = [item for item in items if item.at_s >= start_s]
    assert seen == wanted
    assert requests == max(1, -(-len(wanted) // size))
    # The place to resume is known at the end too, and nothing lies behind it.
    if wanted and dialect != "no flag":
        assert after.cursor == export_cursor(wanted[-1])
        again = cursor_export_page(items, start_s, after.cursor, size, dialect)
        assert again["tickets"] == []


def cursor_body(**extra: object) -> dict[str, Any]:
    return {"tickets": [], "before_cursor": None, "before_url": None, **extra}


@pytest.mark.parametrize(
    ("body", "cursor"),
    [
        (cursor_body(after_cursor="b"), "b"),
        (cursor_body(after_cursor="b", end_of_stream=False), "b"),
        (cursor_body(after_cursor="b", end_of_stream=None), "b"),
        (cursor_body(after_cursor="b", end_of_stream="true"), "b"),
        (
            cursor_body(after_url=f"{HOST}/x?cursor=Yg%3D%3D&per_page=1", end_of_stream=False),
            "Yg==",
        ),
    ],
)
def test_cursor_export_continues_unless_it_says_the_end(body: dict[str, Any], cursor: str) -> None:
    after = after_cursor_export("x", "a", body)
    assert (after.params, after.cursor) == ({"cursor": cursor}, cursor)


@pytest.mark.parametrize(
    ("body", "cursor"),
    [
        (cursor_body(after_cursor="b", end_of_stream=True), "b"),
        (cursor_body(after_cursor="a", end_of_stream=True), "a"),
        # Without a cursor of its own, the end leaves the place that was reached before.
        (cursor_body(after_cursor=None, after_url=None, end_of_stream=True), "a"),
        (cursor_body(), "a"),
    ],
)
def test_cursor_export_keeps_its_place_at_the_end(body: dict[str, Any], cursor: str) -> None:
    after = after_cursor_export("x", "a", body)
    assert (after.params, after.cursor) == (None, cursor)


@pytest.mark.parametrize(
    "body",
    [
        cursor_body(after_cursor="a", end_of_stream=False),
        cursor_body(after_cursor="a"),
        cursor_body(after_url=f"{HOST}/x?cursor=a", end_of_stream=False),
        # More is announced but cannot be reached: ending here would lose it silently.
        cursor_body(after_cursor=None, after_url=None, end_of_stream=False),
        cursor_body(end_of_stream=False),
    ],
)
def test_cursor_export_without_progress_fails_loudly(body: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as caught:
        after_cursor_export("x", "a", body)
    assert caught.value.failure is Failure.SYSTEM


def time_export_page(items: list[Item], start_s: int, size: int, rule: str) -> dict[str, Any]:
    """A page of a time export (docs/facts/zendesk-api.md#2.3.4, #2.3.11, #2.3.14).

    "plus one": a page runs on until the second changes and ends at the last second + 1.
    "organizations": a page is cut at its size and always ends at its last record's own second.
    "no flag": as "plus one", but nothing says the end; a page without records has no next one.
    """
    wanted = [item for item in items if item.at_s >= start_s]
    page = wanted[:size]
    if rule != "organizations" and page:
        page = [item for item in wanted if item.at_s <= page[-1].at_s]
    ended = len(page) == len(wanted)
    end_s = page[-1].at_s + (0 if ended or rule == "organizations" else 1) if page else None
    next_page = f"{HOST}/incremental/x.json?start_time={end_s}" if page else None
    body = {"records": page, "count": len(page), "next_page": next_page, "end_time": end_s}
    return body if rule == "no flag" else body | {"end_of_stream": ended}


def walk_time_export(
    items: list[Item], start_s: int, size: int, rule: str
) -> tuple[list[Item], int, int]:
    """Walk as a reader does that knows only the records of the border second."""
    delivered: list[Item] = []
    border: set[Item] = set()
    requests = 0
    while True:
        requests += 1
        assert requests < MANY
        body = time_export_page(items, start_s, size, rule)
        fresh = [item for item in body["records"] if item not in border]
        # A page that holds more than was asked for ran on to the end of its second (2.3.4).
        is_full = len(body["records"]) == size
        after = after_time_export("incremental/x", start_s, body, may_be_cut=is_full)
        assert after.next_start_s >= start_s
        delivered += fresh
        here = {item for item in fresh if item.at_s == after.next_start_s}
        border = here | border if after.next_start_s == start_s else here
        start_s = after.next_start_s
        if after.is_last:
            return delivered, start_s, requests


@given(ITEMS, SIZES, st.integers(98, 114))
def test_time_export_visits_every_record_once(items: list[Item], size: int, start_s: int) -> None:
    delivered, end_s, requests = walk_time_export(items, start_s, size, "plus one")
    wanted = [item for item in items if item.at_s >= start_s]
    assert delivered == wanted
    assert end_s == (wanted[-1].at_s if wanted else start_s)
    assert requests <= max(1, -(-len(wanted) // size))


@given(ITEMS, SIZES, st.integers(98, 114))
def test_time_export_that_repeats_its_end_delivers_all_or_fails(
    items: list[Item], size: int, start_s: int
) -> None:
    wanted = [item for item in items if item.at_s >= start_s]
    in_one_second = max((sum(it.at_s == at.at_s for it in wanted) for at in wanted), default=0)
    try:
        delivered = walk_time_export(items, start_s, size, "organizations")[0]
    except ConnectorError:
        delivered = None
    if delivered is None:
        assert in_one_second >= size, "it gave up although a page could hold every second"
    else:
        assert delivered == wanted


@given(ITEMS, SIZES)
def test_time_export_without_a_flag_delivers_all_or_fails(items: list[Item], size: int) -> None:
    try:
        delivered = walk_time_export(items, 1, size, "no flag")[0]
    except ConnectorError:
        delivered = None
    if delivered is None:
        # Only this looks like a second that was cut short: it fills the page exactly.
        last_s = items[-1].at_s
        assert sum(item.at_s == last_s for item in items) == size
    else:
        assert delivered == items


def time_body(**extra: object) -> dict[str, Any]:
    return {"records": [], "count": 0, **extra}


NEXT = f"{HOST}/incremental/x.json?start_time=100"


@pytest.mark.parametrize(
    "body",
    [
        time_body(end_of_stream=False, end_time=100, next_page=NEXT),
        time_body(end_of_stream=False, end_time=None, next_page=None),
        time_body(end_of_stream=False, end_time=40, next_page=None),
        time_body(end_of_stream=False, next_page=NEXT),
        # Cut off within a second, each page is what it was before: no end, though nothing is new.
        time_body(end_time=100, next_page=NEXT),
    ],
)
def test_time_export_without_progress_fails_loudly(body: dict[str, Any]) -> None:
    with pytest.raises(NoProgress, match="1970-01-01T00:01:40") as caught:
        after_time_export("incremental/x", 100, body, may_be_cut=True)
    assert caught.value.failure is Failure.SYSTEM
    assert "Update some of these records" in caught.value.remedy


@pytest.mark.parametrize(
    ("body", "next_start_s", "is_last"),
    [
        (time_body(end_of_stream=True, end_time=100, next_page=NEXT), 100, True),
        (time_body(end_of_stream=True, end_time=130, next_page=NEXT), 130, True),
        (time_body(end_of_stream=True, end_time=None, next_page=None), 100, True),
        (time_body(end_of_stream=False, end_time=130, next_page=NEXT), 130, False),
        (time_body(end_of_stream=False, end_time=130, next_page=None), 130, False),
        (time_body(end_time=None, next_page=None), 100, True),
        (time_body(end_time=130, next_page=None), 130, True),
        (time_body(end_time=130, next_page=NEXT), 130, False),
        # The end that only the link names.
        (time_body(next_page=f"{HOST}/x.json?start_time=150"), 150, False),
        (time_body(end_time="150", next_page=f"{HOST}/x.json?start_time=150"), 150, False),
        # The start never goes back, and never jumps to what is not a number.
        (time_body(end_of_stream=True, end_time=40), 100, True),
        (time_body(end_of_stream=True, next_page=f"{HOST}/x?start_time=%C2%B2"), 100, True),
        (time_body(end_of_stream=True, next_page=f"{HOST}/x?start_time=-5"), 100, True),
    ],
)
@pytest.mark.parametrize("may_be_cut", [True, False])
def test_time_export_border_rules(
    body: dict[str, Any], next_start_s: int, is_last: bool, may_be_cut: bool
) -> None:
    after = after_time_export("incremental/x", 100, body, may_be_cut=may_be_cut)
    assert (after.next_start_s, after.is_last) == (next_start_s, is_last)


def test_a_short_page_that_ends_where_it_starts_is_the_end() -> None:
    """Nothing was cut off where there was room for more, so nothing can be missing."""
    body = time_body(end_time=100, next_page=NEXT)
    after = after_time_export("incremental/x", 100, body, may_be_cut=False)
    assert (after.next_start_s, after.is_last) == (100, True)


def test_room_on_a_page_does_not_end_an_export_with_a_flag() -> None:
    """The flag counts, not the size of the page."""
    body = time_body(end_of_stream=False, end_time=130, next_page=NEXT)
    assert after_time_export("incremental/x", 100, body, may_be_cut=False).is_last is False
    stuck = time_body(end_of_stream=False, end_time=100, next_page=NEXT)
    with pytest.raises(ConnectorError):
        after_time_export("incremental/x", 100, stuck, may_be_cut=False)
