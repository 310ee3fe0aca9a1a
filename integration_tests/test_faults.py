"""Every fault that Zendesk or the way to it can have: what is tried again, what fails, what stands.

Each test reads in the account's own time with a fault injected, and compares the destination with
the account. Faults of one answer and its values are in unit_tests/zendesk: test_client.py,
test_retry.py and test_broken_answers.py.
"""

from __future__ import annotations

from datetime import timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.zendesk import sending
from test_support.clock import CLOCK
from test_support.connector.account_time import Account, TimedOutput
from test_support.connector.account_truth import COMPARED, deleted, expect_equal
from test_support.connector.process import Destination

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 20
TEN_MINUTES_S = 600


@pytest.fixture
def account() -> Iterator[Account]:
    with Account("tiny", limits=False) as made:
        yield made


def expect_whole(account: Account, catalog: dict[str, Any], *outputs: TimedOutput) -> None:
    destination = Destination(catalog)
    for output in outputs:
        destination.take(output)
    assert outputs[-1].code == 0, outputs[-1].error
    assert all(output.longest_silence_s <= 60 for output in outputs)
    expect_equal(account.emulator, destination)


def read_on(account: Account, catalog: dict[str, Any], failed: TimedOutput) -> TimedOutput:
    """Read again from the states that a failed sync has printed."""
    destination = Destination(catalog)
    destination.take(failed)
    return account.read(catalog, destination.states(), page_size=PAGE)


def instant(seconds: float) -> str:
    return formatdate(CLOCK.timestamp() + seconds, usegmt=True)


PASSING: dict[str, dict[str, Any]] = {
    "429 integer": {"status": 429, "headers": {"Retry-After": "30"}},
    "429 decimal": {"status": 429, "headers": {"Retry-After": "1.5"}},
    "429 date": {"status": 429, "headers": {"Retry-After": instant(40), "Date": instant(0)}},
    "429 absurd": {"status": 429, "headers": {"Retry-After": "86400"}},
    "429 bare": {"status": 429},
    "429 with room": {
        "status": 429,
        "headers": {"Retry-After": "9", "x-rate-limit": "700", "x-rate-limit-remaining": "650"},
    },
    "500": {"status": 500},
    "502": {"status": 502, "body": "<html>Bad Gateway</html>"},
    "503": {"status": 503},
    "503 with Retry-After": {"status": 503, "headers": {"Retry-After": "25"}},
    "503 with Retry-After 0": {"status": 503, "headers": {"Retry-After": "0"}},
    "409": {"status": 409, "body": {"error": "Conflict", "description": "temporary failure"}},
    "408": {"status": 408},
    "reset": {"kind": "reset"},
    "truncated": {"kind": "truncated"},
    "html": {"kind": "html"},
    "empty": {"kind": "empty"},
    "missing key": {"kind": "missing_key"},
    "null for a list": {"status": 200, "body": {"groups": None, "tickets": None, "users": None,
                        "organizations": None, "ticket_events": None}},
    "a list of nulls": {"status": 200, "body": {"groups": [None], "tickets": [None],
                        "users": [None], "organizations": [None], "ticket_events": [None]}},
    "504 text": {"status": 504, "body": "upstream request timeout"},
}  # fmt: skip
PATHS = "(groups|tickets/cursor|users/cursor|organizations|ticket_events)$"


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_time_and_nothing_else(name: str, account: Account) -> None:
    account.fault(PATHS, count=12, skip=2, **PASSING[name])
    catalog = account.catalog()
    output = account.read(catalog, page_size=PAGE)
    expect_whole(account, catalog, output)
    assert output.errors == []
    assert account.time.passed_s > 0


LASTING = [name for name in PASSING if name.partition(" ")[0] not in ("429", "504")]


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_stays_fails_its_stream_after_ten_minutes_and_keeps_its_pages(
    name: str, account: Account
) -> None:
    account.fault("tickets/cursor$", skip=1, **PASSING[name])
    catalog = account.catalog(*COMPARED)
    output = account.read(catalog, page_size=PAGE)
    assert output.code == 1
    assert TEN_MINUTES_S <= account.time.passed_s <= TEN_MINUTES_S + 60
    assert output.longest_silence_s <= 60
    failed = {error["stream_descriptor"]["name"] for error in output.errors}
    # Messages are read below the tickets.
    assert failed == {"tickets", "ticket_metrics", "conversation_log"}
    assert {error["failure_type"] for error in output.errors} == {"transient_error"}
    assert output.statuses("users")[-1] == "COMPLETE"
    assert output.counts()["tickets"] > 0, "the page before the fault is delivered"
    account.emulator.site.faults.clear()
    expect_whole(account, catalog, output, read_on(account, catalog, output))


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


def test_an_unreadable_success_shows_its_structure_and_nobodys_data(account: Account) -> None:
    leaking = '{"users": "Ann Lee ann@example.com", "id": 123456}'
    account.fault("v2/groups$", status=200, body=leaking)
    output = account.read(account.catalog("groups"), retry_patience_seconds=10)
    (error,) = output.errors
    assert "50 bytes; keys: none that is documented, and 2 others" in error["message"]
    assert not [word for word in ("Ann", "example", "123456") if word in error["message"]]
    assert error["failure_type"] == "transient_error"


def test_a_read_that_never_answers_and_one_that_cannot_connect(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "USUAL", sending.Bounds((0.2, 0.2)))
    account.fault("v2/groups$", kind="pass", hold=True, count=2)
    catalog = account.catalog()
    output = account.read(catalog, page_size=PAGE)
    expect_whole(account, catalog, output)
    assert "ReadTimeout; trying again" in output.log


def test_no_connection_at_all_is_given_up_as_passing(account: Account) -> None:
    account.emulator.close()
    output = account.read(account.catalog("groups", "tickets"))
    assert {error["failure_type"] for error in output.errors} == {"transient_error"}
    assert TEN_MINUTES_S <= account.time.passed_s <= TEN_MINUTES_S + 60


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
        catalog = account.catalog(*COMPARED)
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


def test_a_page_size_that_stays_too_large_costs_little_and_loses_nothing() -> None:
    with Account("tiny", limits=False, tickets=150, cluster=3) as account:
        # The export of skills has no page size that could shrink.
        for path in ("incremental/(?!routing/)", "groups$", "tags$"):
            account.fault(path, status=504, body="upstream request timeout", page_over=10)
        catalog = account.catalog()
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
    catalog = account.catalog(*COMPARED)
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


def test_a_refused_stream_does_not_keep_a_platform_from_trying_again(account: Account) -> None:
    """It does not where the first error, by time, is one of the configuration."""
    account.emulator.site.refusals.add("/api/v2/groups", "plan")
    account.fault("tickets/cursor$", status=500)
    output = account.read(account.catalog("tickets", "groups", "tags"))
    traces = output.of("TRACE")
    errors = [trace for trace in traces if trace["type"] == "ERROR"]
    errors.sort(key=lambda trace: trace["emitted_at"])
    kinds = [trace["error"]["failure_type"] for trace in errors]
    assert kinds == ["transient_error", "config_error"]
    assert errors[0]["emitted_at"] < errors[1]["emitted_at"]
    assert errors[1]["error"]["stream_descriptor"]["name"] == "groups"
    # The log shows it when it happens, ten minutes before.
    ended = [
        trace["stream_status"]["stream_descriptor"]["name"]
        for trace in traces
        if trace["type"] == "STREAM_STATUS" and trace["stream_status"]["status"] == "INCOMPLETE"
    ]
    assert ended == ["groups", "tickets"]
    assert "The stream groups ends here" in output.log


def test_an_empty_page_with_more_to_come_is_gone_past(account: Account) -> None:
    cursor = "MTQwMDAwMDAwMC4wfHwxfA=="  # base64 of 1400000000.0||1|, before all of the account
    empty = {"tickets": [], "after_cursor": cursor, "end_of_stream": False}
    account.fault("tickets/cursor$", status=200, body=empty, count=1)
    more = {"groups": [], "meta": {"has_more": True, "after_cursor": _first_group_cursor(account)}}
    account.fault("v2/groups$", status=200, body=more, count=1)
    catalog = account.catalog()
    output = account.read(catalog, page_size=PAGE)
    assert output.code == 0, output.error
    assert output.counts()["tickets"] == len(account.emulator.truth("tickets").must)
    held = {record["data"]["id"] for record in output.records if record["stream"] == "groups"}
    assert len(held) == len(account.emulator.truth("groups").must) - 1


def _first_group_cursor(account: Account) -> str:
    """A cursor after the first group, as Zendesk would have given it with that group."""
    import requests  # noqa: PLC0415

    from test_support.connector.process import CREDENTIALS  # noqa: PLC0415

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


def test_a_refused_stream_ends_alone(account: Account) -> None:
    account.emulator.site.refusals.add("/api/v2/groups", "plan")
    account.emulator.site.refusals.add("/api/v2/incremental/users", "missing")
    # With the engine `auto`, lists would be read in place of the refused export.
    output = account.read(account.catalog(), page_size=PAGE, engine="exports")
    failed = {error["stream_descriptor"]["name"] for error in output.errors}
    assert failed == {"groups", "users", "user_identities"}
    assert {error["failure_type"] for error in output.errors} == {"config_error"}
    assert account.time.passed_s == 0, "nothing is tried again that cannot get better"


def test_a_start_of_long_ago_that_is_called_too_recent_fails_its_stream(account: Account) -> None:
    """Believed, it would end each sync as complete with nothing read."""
    account.fault("(organizations|ratings)$", status=422, body={"error": "InvalidValue"})
    catalog = account.catalog("organizations", "satisfaction_ratings")
    output = account.read(catalog)
    assert output.code == 1
    failed = {error["stream_descriptor"]["name"]: error for error in output.errors}
    assert failed.keys() == {"organizations", "satisfaction_ratings"}
    for stream, error in failed.items():
        assert "too recent" in error["message"]
        assert stream in error["message"]
        assert output.statuses(stream)[-1] == "INCOMPLETE"
    account.emulator.site.faults.clear()
    expect_whole(account, catalog, output, read_on(account, catalog, output))


@pytest.mark.parametrize("skew_s", [-600.0, 600.0])
def test_a_clock_that_is_ten_minutes_wrong_loses_nothing(skew_s: float) -> None:
    with Account("tiny", limits=False, skew_s=skew_s) as account:
        catalog = account.catalog()
        destination = Destination(catalog)
        were_deleted: set[int] = set()
        for sync in range(4):
            # The latest changes are in the last minute: a position by our clock would
            # pass it or lie before it.
            output = account.read(catalog, destination.states(), page_size=50,
                                  satisfaction_ratings_lookback_days=3650)  # fmt: skip
            assert output.code == 0, output.error
            destination.take(output)
            expect_equal(account.emulator, destination, were_deleted)
            were_deleted |= deleted(account.emulator)
            account.emulator.change("mix", count=40, seed=sync)
            account.emulator.clock.advance(90)


@pytest.mark.parametrize("skew_s", [-7_200.0, 7_200.0, -3 * 86_400.0, 3 * 86_400.0])
def test_a_clock_that_is_days_wrong_delays_nothing(skew_s: float) -> None:
    """What ends at "now", and what seems to lie ahead, goes by Zendesk's clock."""
    with Account("tiny", limits=False) as account:
        names = ("audit_logs", "groups", "tickets", "articles")
        catalog = account.catalog(*names)
        destination = Destination(catalog)
        destination.take(account.read(catalog))
        account.skew_s = account.time.skew_s = skew_s
        for seed in range(2):
            account.emulator.change("new_audit_log", count=2, seed=seed)
            account.emulator.change("mix", count=40, seed=seed)
            account.emulator.clock.advance(90)
            output = account.read(catalog, destination.states())
            assert output.code == 0, output.error
            assert "future" not in output.log
            destination.take(output)
            truths = {name: account.emulator.truth(name) for name in names}
            wrong = {name: destination.differences(name, it) for name, it in truths.items()}
            assert not any(wrong.values()), wrong


def test_a_start_date_that_only_our_clock_puts_ahead_is_begun_at() -> None:
    with Account("tiny", limits=False, skew_s=-3 * 86_400.0) as account:
        yesterday = CLOCK - timedelta(days=1)
        start = yesterday.strftime("%Y-%m-%dT%H:%M:%SZ")
        output = account.read(account.catalog("groups", "tickets"), start_date=start)
        assert output.code == 0, output.error
        assert output.counts()["groups"]
        assert "future" not in output.log


@pytest.mark.parametrize("skew_s", [-600.0, 600.0])
def test_a_wrong_clock_waits_no_longer_than_retry_after(skew_s: float) -> None:
    with Account("tiny", limits=False, skew_s=skew_s) as account:
        account.fault("v2/groups$", status=429, count=1,
                      headers={"Retry-After": instant(40), "Date": instant(0)})  # fmt: skip
        output = account.read(account.catalog("groups"))
        assert output.code == 0
        assert 40 <= account.time.passed_s < 42


@pytest.mark.parametrize("skew_s", [-600.0, 600.0])
def test_a_start_date_of_just_now_is_no_error_whatever_the_clock(skew_s: float) -> None:
    with Account("tiny", limits=False, skew_s=skew_s) as account:
        start = account.time.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        output = account.read(account.catalog("tickets", "users"), start_date=start)
        assert output.code == 0, output.error
