"""One page from one account: what is asked, what is a page, and what is never done at all."""

from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock as mocking

from source_zendesk_support.zendesk.body import BARE
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    CursorRefused,
    Failure,
    RecordRefused,
    StartTimeTooRecent,
    StreamRefused,
)
from source_zendesk_support.zendesk.request import PageSize
from source_zendesk_support.zendesk.timeouts import BACKOFF_LONGEST_S, Patience
from test_support.client.connection import BASE, EXPORT, GROUPS, NOW_S, PAGE, TICKETS, Connection


def test_a_page_is_its_object(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **PAGE)
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert connection.time.waits == []
    assert wire.call_count == 1


def test_an_answer_that_is_a_list_itself_is_a_page_only_where_one_is_expected(
    wire: mocking.Mocker,
) -> None:
    wire.get(GROUPS, json=[{"id": 1}, None])
    connection = Connection()
    page = connection.client.get("groups", {}, expects=(BARE, "groups"))
    assert page.body == {BARE: [{"id": 1}]}
    assert any("are not objects" in line for line in connection.log)
    with pytest.raises(ConnectorError, match="a 200 without `groups`"):
        connection.client.get("groups", {}, expects="groups")
    wire.get(GROUPS, **PAGE)
    assert connection.client.get("groups", {}, expects=(BARE, "groups")).body == PAGE["json"]


def test_the_request_is_what_was_asked_for(wire: mocking.Mocker) -> None:
    wire.get(EXPORT, json={"tickets": []})
    Connection().client.get(
        TICKETS,
        {"cursor": "aQ=+/", "include": "metric_sets"},
        expects="tickets",
        size=PageSize("per_page", 1000),
    )
    (request,) = wire.request_history
    # The parsed query of the mock is in small letters.
    assert request.qs == {"cursor": ["aq=+/"], "include": ["metric_sets"], "per_page": ["1000"]}
    assert "cursor=aQ%3D%2B%2F" in request.url
    assert request.headers["Authorization"] == "Bearer not-a-secret"
    connect_s, read_s = request.timeout
    assert connect_s
    assert read_s > 60  # a full export takes up to a minute (docs/facts/zendesk-api.md#1.4)


def test_an_item_that_is_not_an_object_costs_itself_and_is_counted(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, json={"groups": [None, {"id": 1}, "x", 5, {"id": 2}]})
    connection = Connection()
    assert connection.groups() == {"groups": [{"id": 1}, {"id": 2}]}
    assert any("items that are not objects" in line for line in connection.log)
    assert wire.call_count == 1


def test_an_empty_page_is_a_page(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, json={"groups": []})
    assert Connection().groups() == {"groups": []}


def test_the_expected_type_can_be_another(wire: mocking.Mocker) -> None:
    url = f"{BASE}/api/v2/account/settings"
    wire.get(url, [{"json": {"settings": []}}, {"json": {"settings": {"a": 1}}}])
    page = Connection().client.get("account/settings", {}, expects="settings", expected_type=dict)
    assert page.body == {"settings": {"a": 1}}
    assert wire.call_count == 2


NO_PAGES: dict[str, dict[str, Any]] = {
    "without the key": {"json": {"users": []}},
    "a null list": {"json": {"groups": None}},
    "an object for a list": {"json": {"groups": {}}},
    "an error in a success": {"json": {"error": "RecordNotFound"}},
    "a list": {"json": [{"id": 1}]},
    "a text": {"json": "Rate limit exceeded"},
    "null": {"text": "null"},
    "HTML": {"text": "<html>sign in</html>", "headers": {"Content-Type": "text/html"}},
    "nothing": {"content": b""},
    "cut off": {"content": b'{"groups": [{"id": 1}, {"id'},
    "not UTF-8": {"content": b'{"groups": ["\xff"]}'},
    "two objects": {"content": b'{"groups": []}{"groups": []}'},
}


@pytest.mark.parametrize("name", NO_PAGES)
def test_a_success_that_is_not_a_page_is_tried_again(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, [NO_PAGES[name], NO_PAGES[name], PAGE])
    connection = Connection()
    assert connection.groups() == PAGE["json"]
    assert len(connection.time.waits) == 2


@pytest.mark.parametrize("name", NO_PAGES)
def test_a_success_that_is_never_a_page_fails_as_passing(name: str, wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **NO_PAGES[name])
    connection = Connection()
    error = connection.failure()
    assert error.failure is Failure.TRANSIENT
    assert error.about == "GET groups"
    assert 600 <= connection.time.passed_s <= 600 + BACKOFF_LONGEST_S


@pytest.mark.parametrize(
    ("answer", "params", "kind"),
    [
        ({"status_code": 403, "json": {"error": {"title": "Forbidden"}}}, {}, StreamRefused),
        ({"status_code": 404, "json": {"error": "InvalidEndpoint"}}, {}, StreamRefused),
        ({"status_code": 404, "text": "<html></html>"}, {}, StreamRefused),
        (
            {"status_code": 400, "json": {"errors": [{"code": "StartTimeTooRecent"}]}},
            {"start_time": str(NOW_S - 59)},
            StartTimeTooRecent,
        ),
        (
            {"status_code": 422, "json": {"error": "InvalidValue"}},
            {"start_time": str(NOW_S - 86_400)},
            ConnectorError,
        ),
        (
            {"status_code": 400, "json": {"errors": [{"code": "InvalidPaginationParameter"}]}},
            {"page[after]": "x"},
            CursorRefused,
        ),
        ({"status_code": 422, "json": {"error": "RecordInvalid"}}, {}, RecordRefused),
        ({"status_code": 415}, {}, ConnectorError),
        ({"status_code": 402}, {}, ConnectorError),
    ],
)
def test_a_lasting_refusal_is_asked_once(
    answer: dict[str, Any], params: dict[str, str], kind: type, wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, **answer)
    connection = Connection()
    assert type(connection.failure(**params)) is kind
    assert wire.call_count == 1
    assert connection.time.waits == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, wire: mocking.Mocker) -> None:
    elsewhere = wire.get("https://evil.example/", json={"groups": []})
    wire.get(GROUPS, status_code=status, headers={"Location": "https://evil.example/"})
    assert Connection().failure().failure is Failure.CONFIG
    assert elsewhere.call_count == 0


def test_a_netrc_of_the_machine_signs_nothing(
    wire: mocking.Mocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.zendesk.com login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth(GROUPS), "the file must be one that requests would use"
    wire.get(GROUPS, **PAGE)
    Connection().groups()
    assert wire.request_history[0].headers["Authorization"] == "Bearer not-a-secret"


def test_no_error_and_no_log_line_holds_the_token(wire: mocking.Mocker) -> None:
    wire.get(GROUPS, text="not-a-secret", status_code=500)
    connection = Connection()
    texts = [str(connection.failure()), *connection.log]
    wire.get(GROUPS, text="not-a-secret")
    texts += [str(connection.failure()), *connection.log]
    wire.get(GROUPS, exc=requests.exceptions.ConnectionError("not-a-secret"))
    texts += [str(connection.failure()), *connection.log]
    assert [text for text in texts if "not-a-secret" in text] == []


@pytest.mark.parametrize(
    ("headers", "server_s"),
    [
        ({"Date": formatdate(NOW_S + 500, usegmt=True)}, NOW_S + 500),
        ({"date": formatdate(NOW_S - 500, usegmt=True)}, NOW_S - 500),
        ({}, NOW_S),
        ({"Date": ""}, NOW_S),
        ({"Date": "now"}, NOW_S),
        ({"Date": "21 Oct 99999999999 07:28:00 GMT"}, NOW_S),
    ],
)
def test_the_time_is_zendesks_own(
    headers: dict[str, str], server_s: int, wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, json={"groups": []}, headers=headers)
    assert Connection().client.get("groups", {}, expects="groups").server_s == server_s


@pytest.mark.parametrize(("ahead_s", "kind"), [(0, StartTimeTooRecent), (86_400, ConnectorError)])
def test_a_start_is_recent_by_zendesks_own_time(
    ahead_s: int, kind: type, wire: mocking.Mocker
) -> None:
    """A start that is old to Zendesk cannot be too recent, even if our own clock says so."""
    wire.get(
        GROUPS,
        status_code=422,
        json={"error": "InvalidValue"},
        headers={"Date": formatdate(NOW_S + ahead_s, usegmt=True)},
    )
    assert type(Connection().failure(start_time=str(NOW_S - 30))) is kind


def test_accounting_counts_every_request(wire: mocking.Mocker) -> None:
    body = b'{"groups": []}'
    wire.get(
        GROUPS,
        [
            {"status_code": 429, "headers": {"Retry-After": "30"}, "content": b"slow"},
            {"exc": requests.exceptions.ConnectionError},
            {"status_code": 503, "headers": {"Retry-After": "20"}, "content": b"down!"},
            {"content": body},
            {"content": body},
        ],
    )
    connection = Connection()
    connection.groups()
    connection.groups()
    accounting = connection.client.accounting
    assert accounting.requests == {"groups": 5}
    assert accounting.retries == {"groups": 3}
    assert accounting.bytes_read == len(b"slow") + len(b"down!") + 2 * len(body)
    assert accounting.waited_s["account"] == 30
    assert 20 <= accounting.waited_s["faults"] <= 21


COUNT = f"{BASE}/api/v2/users/count"


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({"json": {"count": {"value": 7, "refreshed_at": "2026-03-01T00:00:00Z"}}}, 7),
        # Zendesk is still counting, and says 100,000 meanwhile.
        ({"json": {"count": {"value": 100_000, "refreshed_at": None}}}, None),
        ({"json": {"count": 7}}, None),
        ({"json": {"count": {"value": "7", "refreshed_at": "x"}}}, None),
        ({"json": []}, None),
        ({"text": "<html>"}, None),
        ({"status_code": 403, "json": {}}, None),
        ({"status_code": 500, "text": ""}, None),
        ({"exc": requests.exceptions.ReadTimeout}, None),
        ({"status_code": 429, "headers": {"Retry-After": "30"}, "json": {}}, None),
    ],
)
def test_a_count_is_asked_once(
    answer: dict[str, Any], count: int | None, wire: mocking.Mocker
) -> None:
    wire.get(COUNT, **answer)
    connection = Connection()
    assert connection.client.count("users/count") == count
    assert wire.call_count == 1
    assert connection.time.waits == []


def test_a_count_never_waits_and_its_429_counts(wire: mocking.Mocker) -> None:
    wire.get(COUNT, status_code=429, headers={"Retry-After": "30"})
    connection = Connection()
    assert connection.client.count("users/count") is None
    assert connection.client.count("groups/count") is None
    assert wire.call_count == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"text": "<html>"}, "a page (HTML) instead of JSON"),
        ({"text": ""}, "it is not JSON"),
        ({"json": {"other": []}}, "a 200 without `groups`"),
        ({"exc": requests.exceptions.SSLError}, "TLS connection"),
        ({"exc": requests.exceptions.ConnectionError}, "network connection to Zendesk is missing"),
    ],
)
def test_values_that_could_not_be_read_are_named(
    wire: mocking.Mocker, answer: dict[str, Any], words: str
) -> None:
    wire.get(GROUPS, **answer)
    assert words in Connection(patience=Patience(faults_s=0)).failure().what
