"""Proxies and certificates of the environment: heeded by every session, read once for each host."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import requests.sessions

from source_zendesk_support.zendesk.transport import new_session

if TYPE_CHECKING:
    from collections.abc import Iterator

ELSEWHERE = "http://acme.example/api/v2/tickets"


class Server(ThreadingHTTPServer):
    """An HTTP server on loopback that answers everything, and keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Yield the proxy that the environment names for plain HTTP, and none for other requests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        monkeypatch.setenv("HTTP_PROXY", server.url)
        yield server
        server.shutdown()


def test_the_proxy_of_the_environment_is_asked(proxy: Server) -> None:
    with new_session() as session:
        session.get(ELSEWHERE, timeout=5)
    assert proxy.asked == [ELSEWHERE]


def test_a_host_of_no_proxy_is_asked_itself(proxy: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,other.example")
    with new_session() as session:
        session.get(f"{proxy.url}/itself", timeout=5)
        session.get(ELSEWHERE, timeout=5)
    # A proxy is asked for a whole address, a host for a path alone.
    assert proxy.asked == ["/itself", ELSEWHERE]


def test_the_environment_is_read_once_for_each_host(
    proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    look = requests.sessions.get_environ_proxies

    def looked(url: str, no_proxy: str | None = None) -> dict[str, str]:
        read.append(url)
        return look(url, no_proxy)

    monkeypatch.setattr(requests.sessions, "get_environ_proxies", looked)
    urls = [f"{ELSEWHERE}/{number}" for number in range(3)]
    with new_session() as session:
        for url in urls:
            session.get(url, params={"a": "1"}, timeout=5)
        session.get("http://other.example/", timeout=5)
    assert read == [f"{urls[0]}?a=1", "http://other.example/"]
    assert proxy.asked == [*(f"{url}?a=1" for url in urls), "http://other.example/"]


def test_certificates_of_the_environment_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/own-authority.pem")
    with new_session() as session:
        for is_streamed in (None, True):
            found = session.merge_environment_settings(
                "https://acme.example/x", {}, is_streamed, None, None
            )
            assert found["verify"] == "/etc/own-authority.pem"
            assert found["stream"] is bool(is_streamed)
