"""A walk of a list visits every record once and ends, in each of Zendesk's dialects."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.pagination import CycleGuard, after_list_page, after_time_export
from test_support.client.paged_items import HOST, ITEMS, MANY, SIZES, Item


def list_page(items: list[Item], first: int, size: int, dialect: str) -> dict[str, Any]:
    """A page of a cursor-paginated list in one of the two dialects.

    See docs/facts/zendesk-api.md#2.1.
    """
    page, stop = items[first : first + size], min(first + size, len(items))
    has_more = stop < len(items)
    link = f"{HOST}/groups.json?" + urlencode({"page[after]": f"aQ=+/{stop}", "page[size]": size})
    cursor = f"aQ=+/{stop}" if page else None
    if dialect == "support":  # names a next page on the last one too; nulls when empty
        meta: dict[str, Any] = {"has_more": has_more, "after_cursor": cursor, "before_cursor": "b"}
        links: dict[str, Any] = {"prev": None, "next": link if page else None}
    elif dialect == "help center":  # no key at the ends
        meta = {"has_more": has_more, "after_cursor": cursor}
        links = {"first": "f", "last": "l"} | ({"next": link} if has_more else {})
    else:  # cursors only inside the link (docs/facts/zendesk-api.md#2.1: keys may be absent)
        meta, links = {"has_more": has_more}, {"next": link}
    return {"items": page, "meta": meta, "links": links}


def place_of(params: Mapping[str, str] | None) -> int:
    return int(params["page[after]"].rpartition("/")[2]) if params else 0


@given(ITEMS, SIZES, st.sampled_from(["support", "help center", "links only"]))
def test_list_walk_visits_every_record_once(items: list[Item], size: int, dialect: str) -> None:
    seen: list[Item] = []
    params: Mapping[str, str] | None = None
    requests = 0
    while True:
        requests += 1
        body = list_page(items, place_of(params), size, dialect)
        seen += body["items"]
        after = after_list_page("groups", params or {}, body)
        if after.params is None:
            break
        params = after.params
        assert requests < MANY
    assert seen == items
    assert requests == max(1, -(-len(items) // size))


@pytest.mark.parametrize(
    "body",
    [
        {"groups": []},
        {"groups": [], "meta": None, "links": None},
        {"groups": [], "meta": {"has_more": False}, "links": {"next": f"{HOST}/g?page[after]=x"}},
        {"groups": [1], "meta": {"has_more": False, "after_cursor": "x"}},
        {"groups": [1], "meta": {"has_more": None, "after_cursor": "x"}},
        {"groups": [1], "meta": {}, "next_page": None},
        {"groups": [1], "meta": "odd", "links": "odd"},
    ],
)
def test_list_ends_by_has_more_alone(body: dict[str, Any]) -> None:
    assert after_list_page("groups", {}, body).params is None


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        ({"cursor": "a"}, {"audits": [], "before_url": f"{HOST}/ticket_audits?cursor=a"}),
        ({"cursor": "a"}, {"audits": [], "before_url": f"{HOST}/x", "before_cursor": "a"}),
        ({"page": "3"}, {"groups": [], "next_page": f"{HOST}/groups?page=3"}),
        ({"cursor": "b"}, {"groups": [], "next_page": f"{HOST}/groups?cursor=b"}),
    ],
)
def test_an_empty_page_that_names_itself_is_the_end_where_nothing_else_is(sent, body) -> None:
    assert after_list_page("groups", sent, body).params is None
    with pytest.raises(ConnectorError):
        after_list_page("groups", sent, {**body, "audits": [{"id": 1}]})


def walk(places: Iterable[int]) -> None:
    progress = CycleGuard("groups")
    for place in places:
        progress.goes_to({"page[after]": str(place)})


@given(st.integers(0, 300), st.integers(1, 300))
def test_a_cycle_is_noticed_whatever_its_period(way: int, period: int) -> None:
    numbers = range(3 * (way + period) + 2)
    places = [number if number < way else way + (number - way) % period for number in numbers]
    with pytest.raises(ConnectorError) as caught:
        walk(places)
    assert caught.value.failure is Failure.SYSTEM
    assert "makes no progress" in caught.value.what


def test_a_long_walk_without_a_cycle_is_not_a_cycle() -> None:
    walk(range(5000))


@given(st.text(max_size=30) | st.sampled_from(["http://[", "http://[::1", "//[x]/?page=2"]))
def test_any_address_of_a_next_page_is_a_place_an_end_or_an_error(url: str) -> None:
    for body in ({"next_page": url}, {"before_url": url}, {"meta": {"has_more": True},
                 "links": {"next": url}}):  # fmt: skip
        with suppress(ConnectorError):
            after_list_page("groups", {}, body)
    with suppress(ConnectorError):
        after_time_export("x", 5, {"next_page": url, "end_of_stream": False}, may_be_cut=True)


@pytest.mark.parametrize("end", [-5, True, "9" * 5000, 1.5, [], None])
def test_an_end_that_is_not_a_second_makes_no_progress(end: Any) -> None:
    with pytest.raises(ConnectorError):
        after_time_export("x", 5, {"end_time": end, "end_of_stream": False}, may_be_cut=True)


def test_list_continues_after_an_empty_page_with_more_to_come() -> None:
    body = {"groups": [], "meta": {"has_more": True, "after_cursor": "b"}}
    after = after_list_page("groups", {"page[after]": "a"}, body)
    assert after.params == {"page[after]": "b"}
    assert after.cursor == "b"


@pytest.mark.parametrize(
    "body",
    [
        {"meta": {"has_more": True, "after_cursor": "a"}},
        {"meta": {"has_more": True}, "links": {"next": f"{HOST}/groups?page%5Bafter%5D=a"}},
        {"meta": {"has_more": True}},
        {"meta": {"has_more": True, "after_cursor": None}, "links": {"next": None}},
        {
            "meta": {"has_more": True, "after_cursor": ""},
            "links": {"next": f"{HOST}/groups?page=2"},
        },
        {"meta": {"has_more": True}, "links": None},
        {"groups": [1], "next_page": f"{HOST}/groups"},
        {"groups": [1], "next_page": f"{HOST}/groups?page%5Bafter%5D=a"},
        {"audits": [1], "before_url": f"{HOST}/ticket_audits", "before_cursor": None},
    ],
)
def test_list_without_a_new_cursor_fails_loudly(body: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as caught:
        after_list_page("groups", {"page[after]": "a"}, body)
    assert caught.value.failure is Failure.SYSTEM
    assert caught.value.about == "GET groups"


def test_the_list_of_audits_ends_with_an_empty_page_that_names_itself() -> None:
    body = {"audits": [], "before_url": f"{HOST}/ticket_audits?cursor=a", "before_cursor": "a"}
    assert after_list_page("ticket_audits", {"cursor": "a"}, body).params is None
    assert after_list_page("ticket_audits", {"cursor": "b"}, body).params == {"cursor": "a"}
    with pytest.raises(ConnectorError, match="a page leads to itself"):
        after_list_page("ticket_audits", {"cursor": "a"}, {**body, "audits": [1]})


@pytest.mark.parametrize(
    ("body", "params", "cursor"),
    [
        # A list that ignored page[size] is paged by number, in the size of its link.
        ({"next_page": f"{HOST}/groups?page=2", "count": 200}, {"page": "2"}, None),
        (
            {"next_page": f"{HOST}/groups?page=3&per_page=50"},
            {"page": "3", "per_page": "50"},
            None,
        ),
        ({"next_page": f"{HOST}/g?page%5Bafter%5D=b"}, {"page[after]": "b"}, "b"),
        ({"next_page": f"{HOST}/g?cursor=b", "count": 200}, {"cursor": "b"}, None),
        ({"before_url": f"{HOST}/ticket_audits?cursor=b"}, {"cursor": "b"}, "b"),
        ({"before_url": f"{HOST}/ticket_audits", "before_cursor": "b"}, {"cursor": "b"}, "b"),
        # Cursor pagination goes before everything else in the answer.
        (
            {"meta": {"has_more": True, "after_cursor": "b"}, "next_page": f"{HOST}/g?page=2"},
            {"page[after]": "b"},
            "b",
        ),
    ],
)
def test_a_list_continues_in_the_dialect_of_its_answer(body, params, cursor) -> None:
    after = after_list_page("groups", {}, body)
    assert (after.params, after.cursor) == (params, cursor)


ENGAGEMENTS = f"{HOST}/engagements?start_time=1&start_time_cursor=7&engagement_id_cursor=B5"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        # engagements (docs/facts/zendesk-api.md#5.6.3)
        (
            {"items": [{}], "next_page_url": ENGAGEMENTS, "has_more": True},
            {"start_time_cursor": "7", "engagement_id_cursor": "B5"},
        ),
        ({"items": [{}], "next_page_url": None, "has_more": False}, None),
        # JSON:API, with and without `meta` (docs/facts/zendesk-api.md#5.6.4)
        ({"data": [{}], "links": {"next": f"{HOST}/x?page%5Bafter%5D=9"}}, {"page[after]": "9"}),
        (
            {"data": [{}], "links": {"next": {"href": f"{HOST}/x?page%5Bafter%5D=9"}}},
            {"page[after]": "9"},
        ),
        ({"data": [{}], "links": {"next": None, "prev": None}}, None),
        ({"data": [], "links": {}}, None),
    ],
)
def test_the_places_of_other_dialects(body: dict[str, Any], place: Any) -> None:
    assert after_list_page("things", {}, body).params == place


@pytest.mark.parametrize(
    "body",
    [
        {"items": [{}], "next_page_url": None, "has_more": True},
        {"items": [{}], "next_page_url": f"{HOST}/engagements?start_time=1", "has_more": True},
        {"data": [{}], "links": {"next": f"{HOST}/x"}},
    ],
)
def test_more_to_come_without_a_place_is_an_error(body: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError, match="nothing leads to them"):
        after_list_page("things", {}, body)
