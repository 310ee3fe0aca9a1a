"""The time of walks: Zendesk's own once an answer has shown it, asked for once at most."""

from email.utils import formatdate
from typing import Any

import pytest
import requests
import requests_mock as mocking

from source_zendesk_support.zendesk.errors import ConnectorError, Unreachable
from source_zendesk_support.zendesk.timeouts import Patience
from test_support.client.connection import BASE, GROUPS, NOW_S, PAGE, Connection

ME = f"{BASE}/api/v2/users/me"
AHEAD = {"Date": formatdate(NOW_S + 7200, usegmt=True)}
BEHIND = {"Date": formatdate(NOW_S - 7200, usegmt=True)}


@pytest.mark.parametrize("headers", [AHEAD, BEHIND])
def test_it_is_ours_until_an_answer_shows_it_and_continues_from_there(
    headers: dict[str, str], wire: mocking.Mocker
) -> None:
    wire.get(GROUPS, **PAGE, headers=headers)
    connection = Connection()
    client = connection.client.on_behalf_of("groups", lambda _: None)
    connection.time.passed_s = 5.0
    assert connection.client.zendesk_s() == NOW_S + 5
    client.get("groups", {}, expects="groups")
    answered_s = NOW_S + (7200 if headers is AHEAD else -7200)
    assert connection.client.zendesk_s() == client.zendesk_s() == answered_s
    connection.time.passed_s += 90.0
    assert connection.client.zendesk_s() == answered_s + 90


@pytest.mark.parametrize("headers", [{}, {"Date": ""}, {"Date": "now"}])
def test_an_answer_without_a_time_tells_none(headers: dict[str, str], wire: mocking.Mocker) -> None:
    wire.get(GROUPS, **PAGE, headers=headers)
    connection = Connection()
    connection.groups()
    assert connection.client.zendesk_s() == NOW_S


def test_it_is_asked_for_once_and_only_if_need_be(wire: mocking.Mocker) -> None:
    me = wire.get(ME, json={"user": {"id": 1}}, headers=AHEAD)
    connection = Connection()
    for _ in range(3):
        connection.client.ask_time()
    assert me.call_count == 1
    assert connection.client.zendesk_s() == NOW_S + 7200

    wire.get(GROUPS, **PAGE, headers=AHEAD)
    connection = Connection()
    connection.groups()
    connection.client.ask_time()
    assert me.call_count == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_tells_the_time_too(status: int, wire: mocking.Mocker) -> None:
    wire.get(ME, status_code=status, json={"error": "Forbidden"}, headers=AHEAD)
    connection = Connection()
    connection.client.ask_time()
    assert connection.client.zendesk_s() == NOW_S + 7200


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"exc": requests.exceptions.ConnectionError}, Unreachable),
        ({"status_code": 401, "headers": AHEAD}, ConnectorError),
    ],
)
def test_an_error_of_every_request_fails_this_one(
    answer: dict[str, Any], kind: type[ConnectorError], wire: mocking.Mocker
) -> None:
    wire.get(ME, **answer)
    with pytest.raises(kind):
        Connection(patience=Patience(faults_s=5)).client.ask_time()
