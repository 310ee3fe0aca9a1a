"""Pages without their sideload, too large, empty, repeated, or with a link to another host.

Each test reads in the time of the account, and compares the destination with it.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from test_support.connector.account_time import Account
from test_support.connector.faulty_reads import PAGE, expect_whole, read_on
from test_support.connector.process import CREDENTIALS, Destination

# The parent of a stream that is a sideload, and where Zendesk has it for one record.
SIDELOADS = {"user_identities": ("users", "identities"), "ticket_metrics": ("tickets", "metrics")}


@pytest.mark.parametrize("stream", SIDELOADS)
def test_a_page_without_its_sideload_is_asked_for_once_more(stream: str, account: Account) -> None:
    parents, _ = SIDELOADS[stream]
    page = {parents: [{"id": 1}], "after_cursor": "x", "end_of_stream": True}
    catalog = account.catalog(stream, parents)
    account.fault(f"{parents}/cursor$", status=200, body=page, count=1)
    expect_whole(account, catalog, account.read(catalog))


@pytest.mark.parametrize("stream", SIDELOADS)
def test_a_sideload_that_stays_away_is_asked_for_singly(stream: str, account: Account) -> None:
    parents, below = SIDELOADS[stream]
    (parent, *_) = account.emulator.truth(parents).must
    page = {parents: [{"id": parent["id"]}], "after_cursor": "x", "end_of_stream": True}
    account.fault(f"{parents}/cursor$", status=200, body=page)
    output = account.read(account.catalog(stream, parents))
    assert output.code == 0, output.error
    assert account.emulator.site.log.by_path[f"/api/v2/{parents}/{parent['id']}/{below}"] == 1
    assert [it["data"]["id"] for it in output.records if it["stream"] == parents] == [parent["id"]]
    found = [it["data"] for it in output.records if it["stream"] == stream]
    owner = "user_id" if stream == "user_identities" else "ticket_id"
    assert {it[owner] for it in found} == {parent["id"]}
    assert "asked for singly" in output.log


@pytest.mark.parametrize("stream", SIDELOADS)
def test_a_sideload_that_a_whole_page_lacks_fails_its_own_stream(
    stream: str, account: Account
) -> None:
    parents, _ = SIDELOADS[stream]
    items = [{"id": number} for number in range(1, 102)]
    page = {parents: items, "after_cursor": "x", "end_of_stream": True}
    account.fault(f"{parents}/cursor$", status=200, body=page)
    output = account.read(account.catalog(stream, parents))
    assert output.code == 1
    assert output.statuses(stream)[-1] == "INCOMPLETE"
    assert output.statuses(parents)[-1] == "COMPLETE"
    (error,) = [it for it in output.errors if it.get("stream_descriptor")]
    assert error["failure_type"] == "transient_error"
    assert stream in error["message"]


def asked_sizes(account: Account, path: str) -> list[int]:
    queries = [e["query"] for e in account.emulator.requests["log"] if e["path"].endswith(path)]
    sizes = [part.partition("=")[2] for query in queries for part in query.split("&")
             if part.startswith(("per_page=", "page%5Bsize%5D="))]  # fmt: skip
    return [int(size) for size in sizes]


@pytest.mark.parametrize(("most", "count"), [(1, 4), (7, 2)])
def test_a_page_that_is_too_large_is_halved_and_grows_again(most: int, count: int) -> None:
    with Account("tiny", limits=False, tickets=250, cluster=3) as account:
        fault = {"status": 504, "body": "upstream request timeout", "page_over": most}
        # Only the first ones: then Zendesk is well again.
        account.fault("tickets/cursor$", count=count, **fault)
        account.fault("v2/groups$", count=count, **fault)
        catalog = account.catalog("tickets", "ticket_metrics", "groups")
        output = account.read(catalog, page_size=PAGE)
        expect_whole(account, catalog, output)
        for path in ("tickets/cursor", "v2/groups"):
            sizes = asked_sizes(account, path)
            assert sizes[0] == PAGE
            assert min(sizes) <= most
            assert account.time.passed_s < 60
        assert asked_sizes(account, "tickets/cursor")[-1] == PAGE, "it has grown again"


def test_a_page_that_has_become_smaller_than_one_seconds_records_is_widened(
    account: Account,
) -> None:
    """Twelve organizations share a second: pages of ten cannot get past it."""
    account.fault("organizations$", status=504, body="upstream request timeout", count=1)
    catalog = account.catalog("organizations")
    output = account.read(catalog, page_size=PAGE)
    assert output.code == 0, output.error
    held = {record["data"]["id"] for record in output.records}
    assert held >= {record["id"] for record in account.emulator.truth("organizations").must}
    assert asked_sizes(account, "organizations")[:3] == [PAGE, 10, 10]


# Every export that has a page size, streams that are taken from it, and two lists.
TOO_LARGE = ("tickets", "ticket_metrics", "ticket_events", "ticket_comments", "users",
             "organizations", "ticket_metric_events", "articles", "groups", "tags")  # fmt: skip


def test_a_page_size_that_stays_too_large_costs_little_and_loses_nothing() -> None:
    with Account("tiny", limits=False, tickets=150, cluster=3) as account:
        # The export of skills has no page size that could shrink.
        for path in ("incremental/(?!routing/)", "groups$", "tags$"):
            account.fault(path, status=504, body="upstream request timeout", page_over=10)
        catalog = account.catalog(*TOO_LARGE)
        output = account.read(catalog, page_size=PAGE)
        expect_whole(account, catalog, output)
        sizes = asked_sizes(account, "tickets/cursor")
        assert sum(size > 10 for size in sizes) <= 4
        assert all(size in (PAGE, 10) for size in sizes)


REFUSED = {"errors": [{"code": "InvalidPaginationParameter", "title": "page[after] is not valid"}]}
EXPIRED = {"errors": [{"code": "InvalidCursor", "status": "400", "title": "cursor is not valid"}]}


@pytest.mark.parametrize(
    ("path", "stream", "body"),
    [("groups$", "groups", REFUSED), ("tags$", "tags", REFUSED),
     ("tickets/cursor$", "tickets", EXPIRED), ("users/cursor$", "users", EXPIRED)],
)  # fmt: skip
def test_an_expired_page_cursor_restarts_the_walk_once(
    path: str, stream: str, body: dict[str, Any], account: Account
) -> None:
    account.fault(path, status=400, body=body, skip=2, count=1)
    catalog = account.catalog("groups", "tags", "tickets", "ticket_metrics", "users")
    output = account.read(catalog, page_size=5)
    expect_whole(account, catalog, output)
    assert output.statuses(stream)[-1] == "COMPLETE"


@pytest.mark.parametrize(
    ("path", "stream", "body"),
    [("groups$", "groups", REFUSED), ("tickets/cursor$", "tickets", EXPIRED)],
)
def test_cursors_that_expire_again_and_again_end_the_walk_and_lose_nothing(
    path: str, stream: str, body: dict[str, Any], account: Account
) -> None:
    account.fault(path, status=400, body=body, skip=2, count=1)
    account.fault(path, status=400, body=body, skip=2)
    catalog = account.catalog(stream)
    output = account.read(catalog, page_size=PAGE // 4)
    (error,) = output.errors
    assert error["failure_type"] == "transient_error"
    asked = len(account.answers)
    assert asked < 10, "no loop"
    account.emulator.site.faults.clear()
    destination = Destination(catalog)
    destination.take(output)
    destination.take(read_on(account, catalog, output))
    assert destination.differences(stream, account.emulator.truth(stream)) == []


def test_an_empty_page_with_more_to_come_is_gone_past(account: Account) -> None:
    cursor = "MTQwMDAwMDAwMC4wfHwxfA=="  # base64 of 1400000000.0||1|, before all of the account
    empty = {"tickets": [], "after_cursor": cursor, "end_of_stream": False}
    account.fault("tickets/cursor$", status=200, body=empty, count=1)
    more = {"groups": [], "meta": {"has_more": True, "after_cursor": _first_group_cursor(account)}}
    account.fault("v2/groups$", status=200, body=more, count=1)
    catalog = account.catalog("groups", "tickets")
    output = account.read(catalog, page_size=PAGE)
    assert output.code == 0, output.error
    assert output.counts()["tickets"] == len(account.emulator.truth("tickets").must)
    held = {record["data"]["id"] for record in output.records if record["stream"] == "groups"}
    assert len(held) == len(account.emulator.truth("groups").must) - 1


def _first_group_cursor(account: Account) -> str:
    """A cursor after the first group, as Zendesk would have given it with that group."""
    answer = requests.get(
        f"{account.emulator.base_url}/api/v2/groups",
        params={"page[size]": "1", "exclude_deleted": "false"},
        auth=(f"{CREDENTIALS['email']}/token", CREDENTIALS["api_token"]),
        timeout=10,
    )
    return str(answer.json()["meta"]["after_cursor"])


@pytest.mark.parametrize(("path", "key"), [("tickets/cursor$", "tickets"), ("groups$", "groups")])
def test_the_same_cursor_twice_fails_loudly_and_does_not_loop(
    path: str, key: str, account: Account
) -> None:
    again = {key: [], "after_cursor": "same", "end_of_stream": False,
             "meta": {"has_more": True, "after_cursor": "same"}}  # fmt: skip
    account.fault(path, status=200, body=again)
    output = account.read(account.catalog(key), page_size=PAGE)
    (error,) = output.errors
    assert "no progress" in error["message"]
    assert error["failure_type"] == "system_error"
    asked = path.rstrip("$")
    assert sum(answered.path.endswith(asked) for answered in account.answers) == 2


def test_a_link_to_another_host_is_never_followed(account: Account) -> None:
    with Account("tiny", limits=False) as elsewhere:
        link = f"{elsewhere.emulator.base_url}/api/v2/groups?page%5Bafter%5D=x"
        away = {"groups": [], "meta": {"has_more": True}, "links": {"next": link}}
        account.fault("v2/groups$", status=200, body=away, count=1)
        account.fault("users/cursor$", status=302, headers={"Location": link})
        account.fault("tickets/cursor$", status=200, count=1,
                      body={"tickets": [], "after_url": f"{link}&cursor=y"})  # fmt: skip
        output = account.read(account.catalog("groups", "users", "tickets"))
        assert elsewhere.answers == []
        assert all("127.0.0.1" in account.emulator.base_url for _ in account.answers)
        assert output.statuses("users")[-1] == "INCOMPLETE"
