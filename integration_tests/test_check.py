"""check: a handful of requests, and for every failure what happened and what to do."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from source_zendesk_support import discovery
from test_support.connector.process import CREDENTIALS, InProcess
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = {"credentials": "oauth2.0", "access_token": "emulator-access-token"}
CLIENT = {
    "credentials": "oauth2_client_credentials",
    "client_id": "emulator-client",
    "client_secret": "emulator-client-secret",
}
HANDFUL = 13  # the settings, the token, the user, a sample of the exports, and each gate


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "ASKING_PATIENCE_S", 0.0)
    monkeypatch.setattr(discovery, "ASKING_RATE_LIMIT_PATIENCE_S", 0.0)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(size="tiny", seed=1, limits=False) as running:
        yield running


def failure(connector: InProcess) -> str:
    output = connector.check()
    assert output.code == 0
    assert output.stderr == ""
    assert output.status["status"] == "FAILED"
    assert len(output.of("CONNECTION_STATUS")) == 1
    assert output.errors == []
    message: str = output.status["message"]
    assert "Traceback" not in message
    for secret in ("emulator-api-token", "emulator-access-token", "emulator-client-secret"):
        assert secret not in "".join(output.lines)
    return message


@pytest.mark.parametrize("credentials", [CREDENTIALS, TOKEN, CLIENT])
def test_one_protected_request_first_and_a_handful_in_all(
    tmp_path: Path, emulator: Emulator, credentials: dict[str, str]
) -> None:
    output = InProcess(tmp_path, emulator.base_url, credentials=credentials).check()
    assert output.status == {"status": "SUCCEEDED"}
    paths = [entry["path"] for entry in emulator.requests["log"] if entry["method"] == "GET"]
    assert paths[0] == "/api/v2/account/settings"
    assert ("/api/v2/oauth/tokens/current" in paths) == (credentials is not CREDENTIALS)
    assert "/api/v2/users/me" in paths
    assert len(paths) <= HANDFUL
    exports = [path for path in paths if "/incremental/" in path]
    assert exports == ["/api/v2/incremental/tickets/sample"], "10 a minute for everybody"


def test_a_request_without_a_sign_in_is_refused(tmp_path: Path, emulator: Emulator) -> None:
    """`users/me` answers 200 without a sign-in: it alone would prove nothing.

    See docs/facts/zendesk-api.md#6.1.
    """
    wrong = {**CREDENTIALS, "api_token": "not-the-api-token"}
    message = failure(InProcess(tmp_path, emulator.base_url, credentials=wrong))
    assert "does not accept the credentials (401)" in message
    assert "create a new one" in message
    assert emulator.requests["total"] == 1


FAULTS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "wrong token": (
        {"kind": "answer", "status": 401, "body": {"error": "invalid_token"}},
        ("does not accept the credentials", "revoked"),
    ),
    "expired trial": (
        {"kind": "answer", "status": 402, "body": "<html>Renew</html>"},
        ("trial has ended", "settle the subscription"),
    ),
    "expired trial, as a page with 403": (
        {"kind": "answer", "status": 403, "body": "<html>Expired</html>"},
        ("trial has ended", "settle the subscription"),
    ),
    "renamed account": (
        {"kind": "answer", "status": 301, "headers": {"Location": "https://new.zendesk.com/"}},
        ("answers at new.zendesk.com now", "Set `subdomain` to `new`"),
    ),
    "a redirect that does not stay": (
        {"kind": "answer", "status": 302, "headers": {"Location": "https://x.example/login"}},
        ("another host (x.example) stands in between", "a sign-in page"),
    ),
    "HTML instead of JSON": ({"kind": "html"}, ("a page (HTML) instead of JSON", "proxy")),
    "nothing instead of JSON": ({"kind": "empty"}, ("it is not JSON", "proxy")),
    "JSON of something else": ({"kind": "missing_key"}, ("no usable answer", "status.zendesk")),
    "a fault of Zendesk": (
        {"kind": "answer", "status": 503},
        ("no usable answer", "status.zendesk.com"),
    ),
    "a connection that breaks": (
        {"kind": "reset"},
        ("network connection to Zendesk is missing", "firewall"),
    ),
    "the API limit used up": (
        {"kind": "answer", "status": 429, "headers": {"Retry-After": "90"}},
        ("bucket account has no room", "Other integrations"),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_failure_says_what_happened_and_what_to_do(
    tmp_path: Path, emulator: Emulator, name: str
) -> None:
    fault, words = FAULTS[name]
    emulator.fault(path="^/api/v2/", **fault)
    message = failure(InProcess(tmp_path, emulator.base_url, credentials=TOKEN))
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"kind": "answer", "status": 301, "headers": {"Location": "/"}}, "a page of its own"),
        ({"kind": "html"}, "instead of JSON"),
        ({"kind": "reset"}, "network connection to Zendesk is missing"),
        ({"kind": "answer", "status": 500}, "no usable answer"),
    ],
)
def test_the_same_where_the_token_is_asked_for(
    tmp_path: Path, emulator: Emulator, fault: dict[str, Any], word: str
) -> None:
    emulator.fault(path="^/oauth/tokens$", **fault)
    assert word in failure(InProcess(tmp_path, emulator.base_url, credentials=CLIENT))
    assert emulator.requests["total"] == 1


def test_an_unknown_subdomain(tmp_path: Path) -> None:
    """Zendesk answers every address with a page of its own."""
    with Emulator(size="tiny", seed=1, host="acme.zendesk.com") as elsewhere:
        for credentials in (TOKEN, CLIENT):
            message = failure(InProcess(tmp_path, elsewhere.base_url, credentials=credentials))
            assert "no Zendesk help desk at this address" in message
            assert "Check `subdomain`" in message


def test_no_admin(tmp_path: Path, emulator: Emulator) -> None:
    agent = {"email": "agent@example.com", "api_token": "emulator-agent-api-token"}
    message = failure(InProcess(tmp_path, emulator.base_url, credentials={**CREDENTIALS, **agent}))
    assert "role of who signed in is agent" in message
    assert "Sign in as an admin" in message
    token = emulator.site.sign_in.issue(frozenset({"read"}), admin=False)
    message = failure(
        InProcess(tmp_path, emulator.base_url, credentials={**TOKEN, "access_token": token.access})
    )
    assert "let an admin create the OAuth client" in message


def test_a_role_that_zendesk_hides_fails_nothing(tmp_path: Path, emulator: Emulator) -> None:
    emulator.site.refusals.add("/api/v2/users/me", "scope")
    emulator.site.refusals.add("/api/v2/oauth/tokens/current", "missing")
    output = InProcess(tmp_path, emulator.base_url, credentials=TOKEN).check()
    assert output.status["status"] == "SUCCEEDED"


def test_a_plan_fails_nothing_and_is_named(tmp_path: Path, emulator: Emulator) -> None:
    emulator.site.refusals.add("/api/v2/satisfaction_ratings", "plan_newer")
    output = InProcess(tmp_path, emulator.base_url).check()
    assert output.status["status"] == "SUCCEEDED"
    assert "cannot read the stream satisfaction_ratings: the account's plan" in output.logs


def test_no_network(tmp_path: Path) -> None:
    with Emulator(size="tiny", seed=1) as gone:
        base_url = gone.base_url
    for credentials in (CREDENTIALS, CLIENT):
        message = failure(InProcess(tmp_path, base_url, credentials=credentials))
        assert "network connection to Zendesk is missing" in message
        assert "Check DNS, firewall and proxy" in message


def test_an_untrusted_certificate_is_an_error(tmp_path: Path) -> None:
    pair = trustme.CA().issue_cert("127.0.0.1")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in pair.cert_chain_pems))
    key.write_bytes(pair.private_key_pem.bytes())
    with Emulator(size="tiny", seed=1, certificate=certificate, key=key) as secure:
        for credentials in (TOKEN, CLIENT):
            message = failure(InProcess(tmp_path, secure.base_url, credentials=credentials))
            assert "TLS connection cannot be trusted" in message
            assert "REQUESTS_CA_BUNDLE" in message


@contextmanager
def no_tls() -> Iterator[int]:
    """A port that talks no TLS, as a wrong proxy does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # the socket was closed: the test is over
                    return
                with connection:
                    connection.recv(100)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_no_tls_at_all(tmp_path: Path) -> None:
    with no_tls() as port:
        message = failure(InProcess(tmp_path, f"https://127.0.0.1:{port}", credentials=TOKEN))
        assert "TLS connection" in message
