"""On the platform's cloud, a connector reaches nothing of the private network."""

import socket
from typing import Any

import pytest
import requests

from source_zendesk_support.zendesk import public_hosts
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.transport import new_session

ADDRESSES = {"acme.zendesk.com": "104.16.51.111", "inside.zendesk.com": "10.0.0.5"}


@pytest.fixture(autouse=True)
def _names(monkeypatch) -> None:
    def look_up(host: str, port: int) -> list[Any]:
        if host not in ADDRESSES:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ADDRESSES[host], port))]

    monkeypatch.setattr(public_hosts.socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("url", "may_be"),
    [
        ("https://acme.zendesk.com/api/v2/tickets", True),
        ("https://nowhere.zendesk.com/", True),  # the request itself says that it is not known
        ("http://acme.zendesk.com/", False),
        ("https://inside.zendesk.com/", False),
        ("https:///x", False),
    ],
)
def test_the_cloud_asks_public_addresses_by_https(monkeypatch, url: str, may_be: bool) -> None:
    monkeypatch.setenv(public_hosts.MODE, "CLOUD")
    assert public_hosts.may_be_asked(url) is may_be
    monkeypatch.setenv(public_hosts.MODE, "OSS")
    assert public_hosts.may_be_asked(url)


def test_no_session_reaches_a_private_address_on_the_cloud(monkeypatch, requests_mock) -> None:
    requests_mock.get("https://inside.zendesk.com/", text="private")
    assert new_session().get("https://inside.zendesk.com/", timeout=1).text == "private"
    monkeypatch.setenv(public_hosts.MODE, "cloud")
    with pytest.raises(ConnectorError) as caught:
        new_session().get("https://inside.zendesk.com/", timeout=1)
    assert caught.value.failure is Failure.CONFIG
    assert not isinstance(caught.value, requests.exceptions.RequestException)
    assert requests_mock.call_count == 1
