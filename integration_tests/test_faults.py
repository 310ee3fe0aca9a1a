"""Every fault that Zendesk or the way to it can have: what is tried again, what fails, what stands.

Each test reads in the account's own time with a fault injected, and compares the destination with
the account. Faults of one answer and its values are in unit_tests/zendesk: test_client.py,
test_retry.py and test_broken_answers.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from source_zendesk_support.streams.walks import account_lists
from source_zendesk_support.zendesk import sending
from test_support.connector.faulty_reads import (
    PAGE,
    TEN_MINUTES_S,
    expect_whole,
    instant,
    read_on,
)

if TYPE_CHECKING:
    from test_support.connector.account_time import Account


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
# Streams that are read at these paths, with sideloads and children, and one stream beside.
FAULTED = ("groups", "tickets", "ticket_metrics", "conversation_log", "users", "user_identities",
           "organizations", "ticket_events", "ticket_comments", "tags")  # fmt: skip


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_time_and_nothing_else(name: str, account: Account) -> None:
    account.fault(PATHS, count=12, skip=2, **PASSING[name])
    catalog = account.catalog(*FAULTED)
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
    catalog = account.catalog(*FAULTED)
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


def test_an_unreadable_success_shows_its_structure_and_no_data(account: Account) -> None:
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
    catalog = account.catalog("groups", "tags")
    output = account.read(catalog, page_size=PAGE)
    expect_whole(account, catalog, output)
    assert "ReadTimeout; trying again" in output.log


def test_no_connection_at_all_is_given_up_as_passing(account: Account) -> None:
    account.emulator.close()
    output = account.read(account.catalog("groups", "tickets"))
    assert {error["failure_type"] for error in output.errors} == {"transient_error"}
    assert TEN_MINUTES_S <= account.time.passed_s <= TEN_MINUTES_S + 60


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


def test_a_refused_stream_ends_alone(account: Account) -> None:
    account.emulator.site.refusals.add("/api/v2/groups", "plan")
    account.emulator.site.refusals.add("/api/v2/incremental/users", "missing")
    # With the engine `auto`, lists would be read in place of the refused export.
    output = account.read(account.catalog(), page_size=PAGE, engine="exports")
    failed = {error["stream_descriptor"]["name"] for error in output.errors}
    assert failed == {"groups", "users", "user_identities"}
    assert {error["failure_type"] for error in output.errors} == {"config_error"}
    # A walk may wait for another's list, which takes less than the shortest wait of a retry.
    waits = [wait for wait in account.time.waits if wait > account_lists.LOOK_S]
    assert waits == [], "nothing is tried again that cannot get better"


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
