"""Lists by `updated_at`: cursors that clients build, and what such lists leave out."""

import base64
import struct
from typing import Any

import orjson
import pytest

from zendesk_emulator.changes.apply import change
from zendesk_emulator.data.clock import epoch_s

INT64_MAX = 2**63 - 1
LISTS = {
    "tickets": "/api/v2/tickets?support_type_scope=all",
    "users": "/api/v2/users?",
    "organizations": "/api/v2/organizations?",
    "custom_object_records": "/api/v2/custom_objects/car/records?",
}


def cursor(order: str, *values: tuple[str, Any]) -> str:
    """A cursor from the facts alone (docs/facts/closing-of-exports.md#2.1)."""
    packed = b""
    for kind, value in values:
        if kind == "s":
            packed += b"s" + struct.pack("<I", len(value)) + value.encode()
        else:
            packed += kind.encode() + struct.pack("<q", value)
    cursor = {"o": order, "v": base64.b64encode(packed).decode()}
    return base64.b64encode(orjson.dumps(cursor)).decode()


def at(stream: str, second: int, *, after: bool) -> str:
    """Before everything of a second, or after it."""
    if stream == "custom_object_records":
        return cursor("updated_at,id", ("d", second), ("s", "~" if after else ""))
    return cursor("updated_at,id", ("d", second), ("i", INT64_MAX if after else 0))


def walk(ask: Any, stream: str, query: str = "") -> list[dict[str, Any]]:
    target, found = f"{LISTS[stream]}&sort=updated_at&page[size]=7{query}", []
    while True:
        page = ask(target)
        found += page[stream]
        if not page["meta"]["has_more"]:
            return found
        target = page["links"]["next"]


def keys(records: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(each["updated_at"], each["id"]) for each in records]


def busiest(records: list[dict[str, Any]]) -> str:
    """The second that most records share."""
    seconds = [each["updated_at"] for each in records]
    found = max(seconds, key=seconds.count)
    assert seconds.count(found) > 3, "a cluster is what makes this interesting"
    return found


@pytest.mark.parametrize("stream", LISTS)
def test_a_walk_by_updated_at_is_in_order_and_whole(reading: Any, stream: str) -> None:
    found = walk(reading, stream)
    assert keys(found) == sorted(keys(found))
    unsorted = reading(f"{LISTS[stream]}&page[size]=100")
    assert len(found) == len({each["id"] for each in found})
    assert {each["id"] for each in unsorted[stream]} <= {each["id"] for each in found}


@pytest.mark.parametrize("stream", LISTS)
def test_a_cursor_can_be_built_from_a_time(reading: Any, stream: str) -> None:
    """(T, 0) shows all of that second, (T, max) what is after it."""
    whole = walk(reading, stream)
    second = busiest(whole)
    for after in (False, True):
        place = at(stream, epoch_s(second), after=after)
        shown = walk(reading, stream, f"&page[after]={place.replace('+', '%2B')}")
        kept = [
            each
            for each in whole
            if each["updated_at"] > second or (each["updated_at"] == second and not after)
        ]
        assert shown == kept


def test_the_cursor_that_is_given_is_the_one_that_can_be_built(reading: Any) -> None:
    page = reading(f"{LISTS['users']}&sort=updated_at&page[size]=7")
    last = page["users"][-1]
    built = cursor("updated_at,id", ("d", epoch_s(last["updated_at"])), ("i", last["id"]))
    assert page["meta"]["after_cursor"] == built
    page = reading(f"{LISTS['custom_object_records']}&sort=updated_at&page[size]=7")
    last = page["custom_object_records"][-1]
    built = cursor("updated_at,id", ("d", epoch_s(last["updated_at"])), ("s", last["id"]))
    assert page["meta"]["after_cursor"] == built


@pytest.mark.parametrize("stream", LISTS)
def test_downwards_is_the_reverse_in_time(reading: Any, stream: str) -> None:
    target, found = f"{LISTS[stream]}&sort=-updated_at&page[size]=7", []
    while True:
        page = reading(target)
        found += page[stream]
        if not page["meta"]["has_more"]:
            break
        target = page["links"]["next"]
    times = [each["updated_at"] for each in found]
    assert times == sorted(times, reverse=True)
    assert sorted(keys(found)) == keys(walk(reading, stream))
    second = epoch_s(busiest(found))
    place = cursor("-updated_at,id", ("d", second), ("i", 0))
    if stream == "custom_object_records":
        place = cursor("-updated_at,id", ("d", second), ("s", ""))
    older = reading(f"{LISTS[stream]}&sort=-updated_at&page[size]=7&page[after]={place}")[stream]
    assert epoch_s(older[0]["updated_at"]) == second


@pytest.mark.parametrize("stream", LISTS)
@pytest.mark.parametrize(
    "wrong",
    [cursor("id", ("i", 5)), cursor("updated_at", ("d", 5)), cursor("-updated_at,id", ("d", 5)),
     cursor("updated_at,id", ("i", 5), ("i", 5)), cursor("updated_at,id", ("d", 5)), "nonsense",
     cursor("updated_at,id", ("d", 5), ("d", 5))],
)  # fmt: skip
def test_a_cursor_of_another_order_is_refused(reading: Any, stream: str, wrong: str) -> None:
    target = f"{LISTS[stream]}&sort=updated_at&page[size]=7&page[after]={wrong}"
    status, body = reading.refused(target)
    assert (status, body["errors"][0]["code"]) == (400, "InvalidPaginationParameter")


@pytest.mark.parametrize(("path", "name"), [("groups", "name"), ("macros", "title")])
def test_texts_sort_downwards_too(reading: Any, path: str, name: str) -> None:
    upwards = reading(f"/api/v2/{path}?page[size]=5&sort={name}")[path]
    assert [each[name] for each in upwards] == sorted(each[name] for each in upwards)
    first = reading(f"/api/v2/{path}?page[size]=5&sort=-{name}")
    second = reading(first["links"]["next"])
    names = [each[name] for each in (*first[path], *second[path])]
    assert names == sorted(names, reverse=True)
    assert names[0] >= upwards[-1][name]


@pytest.mark.parametrize(
    ("kind", "stream", "leaves"),
    [
        ("delete_ticket", "tickets", True),
        ("archive_ticket", "tickets", True),
        ("update_ticket", "tickets", False),
        ("deactivate_user", "users", True),
        ("update_user", "users", False),
        ("delete_organization", "organizations", True),
        ("update_organization", "organizations", False),
        ("delete_object_record", "custom_object_records", True),
        ("update_object_record", "custom_object_records", False),
    ],
)
def test_a_change_comes_after_the_place_or_leaves_the_list(
    ask: Any, kind: str, stream: str, leaves: bool
) -> None:
    account = ask.site.account
    now_s = account.clock.now_s()
    key = next(
        each.key
        for each in (each for n in range(9) for each in change(account, kind, seed=n))
        if each.stream == stream
        and (stream != "custom_object_records" or f"/car/records/{each.key}" in _url(account, each))
    )
    shown = walk(ask, stream, f"&page[after]={at(stream, now_s, after=False)}")
    assert (key in [each["id"] for each in shown]) == (not leaves)
    assert (key in [each["id"] for each in walk(ask, stream)]) == (not leaves)


def _url(account: Any, changed: Any) -> str:
    table = account.table(changed.stream)
    url: str = table.record(table.rows[changed.id])["url"]
    return url


def test_agents_tickets_alone_are_listed_unless_asked(reading: Any) -> None:
    for scope, types in (
        ("", {"agent"}),
        ("&support_type_scope=ai_agent", {"ai_agent"}),
        ("&support_type_scope=all", {"agent", "ai_agent"}),
    ):
        listed = reading(f"/api/v2/tickets?page[size]=100{scope}")["tickets"]
        assert {each["support_type"] for each in listed} == types
