"""One request for a token: what is asked, sent once and nowhere else, and whose fault a no is."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock

from source_zendesk_support.zendesk.auth import EXPIRY_MARGIN, OAuthSignIn
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.token_requests import (
    TOKEN_LIFETIME_S,
    OAuthClient,
    request_token,
)
from source_zendesk_support.zendesk.tokens import Tokens
from test_support.client.connection import BASE, NOW
from test_support.client.sign_in import CLIENT, URL, Account, Clock, sign_in_with

# Plainly fake, and each different, so that a leak shows which of them it was.
SECRETS = ["fake-client-secret", "fake-refresh-0", "fake-access-0", "fake-access-1"]


def test_first_refresh_asks_for_the_longest_life(requests_mock: requests_mock.Mocker) -> None:
    account = Account()
    requests_mock.post(URL, json=account)
    assert sign_in_with(Clock()).authorization() == "Bearer fake-access-1"
    assert account.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "fake-client",
            "client_secret": "fake-client-secret",
            "refresh_token": "fake-refresh-0",
            "expires_in": TOKEN_LIFETIME_S,
        }
    ]


@pytest.mark.parametrize("status", [200, 201])
def test_both_statuses_of_success(status: int, requests_mock: requests_mock.Mocker) -> None:
    account = Account()
    account.status = status
    requests_mock.post(URL, json=account)
    assert sign_in_with(Clock()).authorization() == "Bearer fake-access-1"


def client_sign_in(clock: Clock, published: list[Tokens]) -> OAuthSignIn:
    return sign_in_with(clock, published.append, refresh_token=None)


def test_a_client_signs_in_as_itself(requests_mock: requests_mock.Mocker) -> None:
    endpoint = requests_mock.post(
        URL, json={"access_token": "fake-access-1", "scope": "read", "expires_in": 1800}
    )
    clock, published = Clock(), list[Tokens]()
    sign_in = client_sign_in(clock, published)
    assert sign_in.authorization() == "Bearer fake-access-1"
    assert endpoint.last_request.json() == {
        "grant_type": "client_credentials",
        "client_id": "fake-client",
        "client_secret": "fake-client-secret",
        "scope": "read",
        "expires_in": TOKEN_LIFETIME_S,
    }
    clock.at = NOW + timedelta(seconds=1800) - EXPIRY_MARGIN
    sign_in.authorization()
    assert endpoint.call_count == 2
    assert {request.json()["grant_type"] for request in endpoint.request_history} == {
        "client_credentials"
    }


def test_a_client_that_gets_a_refresh_token_all_the_same_does_not_use_it(
    requests_mock: requests_mock.Mocker,
) -> None:
    endpoint = requests_mock.post(URL, json={"access_token": "a", "refresh_token": "r"})
    sign_in = client_sign_in(Clock(), [])
    assert sign_in.renew(sign_in.authorization()) is True
    sign_in.authorization()
    assert [request.json()["grant_type"] for request in endpoint.request_history] == [
        "client_credentials"
    ] * 2


def test_the_headers_of_a_marketplace_app_go_along(requests_mock: requests_mock.Mocker) -> None:
    endpoint = requests_mock.post(URL, json={"access_token": "a"})
    client = OAuthClient(BASE, "fake-client", "fake-client-secret", {"X-App": "Acme Sync"})
    request_token(client, {})
    assert endpoint.last_request.headers["X-App"] == "Acme Sync"


def refused_with(**answer: Any) -> ConnectorError:
    with requests_mock.Mocker() as endpoint:
        endpoint.post(URL, **answer)
        with pytest.raises(ConnectorError) as caught:
            sign_in_with(Clock()).authorization()
        assert endpoint.call_count == 1, "a refresh must not be sent twice"
    text = f"{caught.value}{caught.value!r}"
    assert [secret for secret in SECRETS if secret in text] == []
    return caught.value


GRANT = {"error": "invalid_grant", "error_description": "fake-refresh-0 is dead"}
NO_DESK = {"error": {"title": "No help desk at acme.zendesk.com", "message": "There is no"}}
REFUSALS = {
    "invalid_grant": {"status_code": 400, "json": GRANT},
    "invalid_client": {"status_code": 401, "json": {"error": "invalid_client"}},
    "invalid_scope": {"status_code": 400, "json": {"error": "invalid_scope"}},
    "no help desk": {"status_code": 404, "json": NO_DESK},
    "a code that is not known": {"status_code": 403, "json": {"error": "odd"}},
    "a client that may not": {"status_code": 400, "json": {"error": "unauthorized_client"}},
    "a renamed account": {"status_code": 301, "headers": {"Location": "https://x.example/"}},
    "an ended trial": {"status_code": 402, "text": "<html></html>"},
    "no access token": {"status_code": 200, "json": {"scope": "read"}},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_for_the_user_to_repair(name: str) -> None:
    assert refused_with(**REFUSALS[name]).failure is Failure.CONFIG


def test_each_refusal_has_a_sentence_of_its_own() -> None:
    sentences = {refused_with(**answer).what for answer in REFUSALS.values()}
    assert len(sentences) == len(REFUSALS)


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 500, "json": {}},
        {"status_code": 503, "text": "<html>fake-refresh-0</html>"},
        {"status_code": 409, "json": {"error": "temporary failure"}},
        {"status_code": 403, "text": "<html></html>"},
        {"status_code": 200, "text": ""},
        {"status_code": 200, "text": "<html></html>"},
        {"exc": requests.exceptions.ConnectTimeout},
        {"exc": requests.exceptions.ReadTimeout("fake-refresh-0")},
        {"exc": requests.exceptions.ConnectionError("fake-refresh-0")},
        {"exc": requests.exceptions.ChunkedEncodingError},
        {"exc": requests.exceptions.SSLError},
    ],
)
def test_a_passing_fault_is_transient_and_not_sent_again(answer: dict[str, Any]) -> None:
    assert refused_with(**answer).failure is Failure.TRANSIENT


@pytest.mark.parametrize(
    "body",
    [
        [], "text", 5, False, {"access_token": ""}, {"access_token": ["a"]},
        {"access_token": "half \ud83d"}, {"access_token": "two\nlines"}, {"access_token": 2**70},
    ],
)  # fmt: skip
def test_a_success_without_a_token_is_a_refusal(body: object) -> None:
    assert refused_with(status_code=200, json=body).failure is Failure.CONFIG


def test_the_token_request_goes_nowhere_else_and_carries_no_netrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requests_mock: requests_mock.Mocker
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.zendesk.com login someone password not-a-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    elsewhere = requests_mock.post("https://evil.example/oauth/tokens", json=Account())
    moved = requests_mock.post(
        URL, status_code=307, headers={"Location": "https://evil.example/oauth/tokens"}, json={}
    )
    with pytest.raises(ConnectorError):
        request_token(CLIENT, {"grant_type": "refresh_token"})
    assert moved.call_count == 1
    assert "Authorization" not in moved.request_history[0].headers
    assert elsewhere.call_count == 0
