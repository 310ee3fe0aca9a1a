"""The emulator as a server and as a command: framing, HTTPS, spoilt answers, start and stop."""

import http.client
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from zendesk_emulator import Emulator
from zendesk_emulator.data.files import comment_file
from zendesk_emulator.server import callers, sign_in

EXPORT = "/api/v2/incremental/tickets/cursor.json?start_time=0&support_type_scope=all"
AUTH = (f"{callers.ADMIN_EMAIL}/token", callers.API_TOKEN)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator("tiny", limits=False) as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as one:
        one.auth = AUTH
        one.trust_env = False
        yield one


def test_a_page_over_http(emulator: Emulator, session: requests.Session) -> None:
    answer = session.get(emulator.base_url + EXPORT)
    page = answer.json()
    assert len(page["tickets"]) == 40
    assert page["after_url"].startswith(emulator.base_url)
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Date"].endswith("GMT")


def test_one_connection_serves_many_requests(emulator: Emulator) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", emulator.server.port)
    headers = {"Authorization": f"Bearer {sign_in.ACCESS_TOKEN}"}
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", EXPORT, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    assert connection.sock is first
    connection.request("GET", EXPORT, headers={**headers, "Connection": "close"})
    connection.getresponse().read()
    assert connection.sock is None
    connection.close()


def test_other_bytes_than_http_are_refused(emulator: Emulator) -> None:
    with socket.create_connection(("127.0.0.1", emulator.server.port)) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 400 ")
        assert raw.recv(1000) == b""


def test_https(tmp_path: Path, session: requests.Session) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key, trusted = (tmp_path / name for name in ("chain.pem", "key.pem", "ca.pem"))
    certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(trusted)
    with Emulator("tiny", limits=False, certificate=certificate, key=key) as emulator:
        page = session.get(emulator.base_url + EXPORT, verify=str(trusted)).json()
        assert page["after_url"].startswith("https://127.0.0.1:")
        # a client that does not trust us disturbs no other
        with (
            socket.create_connection(("127.0.0.1", emulator.server.port)) as raw,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context().wrap_socket(raw, server_hostname="127.0.0.1")
        assert session.get(emulator.base_url + EXPORT, verify=str(trusted)).status_code == 200


def test_a_reset_and_a_truncated_answer(emulator: Emulator, session: requests.Session) -> None:
    emulator.fault(path="incremental", kind="reset", count=1)
    with pytest.raises(requests.ConnectionError):
        session.get(emulator.base_url + EXPORT)
    emulator.fault(path="incremental", kind="truncated", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(emulator.base_url + EXPORT)
    assert session.get(emulator.base_url + EXPORT).status_code == 200
    assert emulator.requests["by_status"] == {"0": 1, "200": 2}


def test_a_held_answer_comes_when_it_is_released(
    emulator: Emulator, session: requests.Session
) -> None:
    emulator.fault(path="groups", kind="pass", hold=True)
    answers: list[int] = []

    def ask() -> None:
        answers.append(session.get(emulator.base_url + "/api/v2/groups").status_code)

    waiting = threading.Thread(target=ask)
    waiting.start()
    with pytest.raises(requests.Timeout):
        requests.get(emulator.base_url + "/api/v2/groups", auth=AUTH, timeout=0.05)
    assert answers == []
    requests.delete(emulator.base_url + "/_emulator/faults", timeout=5)
    waiting.join(timeout=30)
    assert answers == [200]


def test_the_account_changes_through_the_control_api(
    emulator: Emulator, session: requests.Session
) -> None:
    control = emulator.base_url + "/_emulator"
    url = session.get(emulator.base_url + EXPORT).json()["after_url"]
    changed = session.post(f"{control}/change", json={"kind": "new_ticket", "count": 2}).json()
    made = [each["id"] for each in changed["changed"] if each["stream"] == "tickets"]
    assert session.get(url).json()["tickets"] == []
    session.post(f"{control}/clock", json={"advance_s": 61})
    assert [ticket["id"] for ticket in session.get(url).json()["tickets"]] == made
    served = session.get(f"{control}/truth", params={"stream": "tickets"}).json()
    assert set(made) <= {record["id"] for record in served["must"]}
    assert emulator.truth("tickets").must == served["must"]


def attachments(emulator: Emulator) -> dict[str, dict[str, Any]]:
    """One attachment of each way in which a file is kept, with something in it."""
    emulator.change("comment", count=300, seed=1)
    emulator.clock.advance(61)
    found = {}
    for record in emulator.truth("attachments").must:
        file = comment_file(record["id"])
        if file.size > 10 and not file.missing:
            found[file.way] = record
    return found


def test_files_are_kept_here_and_elsewhere(emulator: Emulator, session: requests.Session) -> None:
    found = attachments(emulator)
    assert found.keys() == {"own", "redirect", "foreign"}
    port = emulator.server.port
    for way, record in found.items():
        host = "localhost" if way == "foreign" else "127.0.0.1"
        assert record["content_url"].startswith(f"http://{host}:{port}/")
        # requests leaves credentials out when it is sent on to another host
        answer = (requests if way == "foreign" else session).get(record["content_url"], timeout=30)
        assert answer.status_code == 200
        assert answer.content == comment_file(record["id"]).content()
        assert len(answer.content) == record["size"]
        assert len(answer.history) == (way == "redirect")
    assert session.get(found["foreign"]["content_url"]).status_code == 400


def test_an_interrupted_download_continues(emulator: Emulator, session: requests.Session) -> None:
    address = attachments(emulator)["own"]["content_url"]
    whole = session.get(address).content
    emulator.fault(path="attachments/token", kind="truncated", count=1)
    pieces: list[bytes] = []
    with (
        session.get(address, stream=True) as answer,
        pytest.raises(requests.exceptions.ChunkedEncodingError),
    ):
        pieces.extend(answer.iter_content(1))
    part = b"".join(pieces)
    assert whole.startswith(part)
    assert 0 < len(part) < len(whole)
    rest = session.get(address, headers={"Range": f"bytes={len(part)}-"})
    assert (rest.status_code, part + rest.content) == (206, whole)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_stopped(
    stop: signal.Signals, session: requests.Session
) -> None:
    command = [
        sys.executable, "-m", "zendesk_emulator.server.command",
        "--port", "0", "--size", "tiny", "--tickets", "60", "--clock", "2026-06-01T00:00:00Z",
        "--frozen", "--no-limits", "--cluster", "7",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        credentials = dict(word.split("=", 1) for word in words[1:])
        health = session.get(f"{words[0]}/_emulator/health").json()
        assert health["clock"] == "2026-06-01T00:00:00Z"
        headers = {"Authorization": f"Bearer {credentials['access_token']}"}
        page = requests.get(words[0] + EXPORT, headers=headers, timeout=30).json()
        assert len(page["tickets"]) == 60
        seconds = Counter(ticket["generated_timestamp"] for ticket in page["tickets"])
        assert max(seconds.values()) == 7
        process.send_signal(stop)
        assert process.wait(timeout=30) == 0


def command_fails(*arguments: str) -> tuple[int, str]:
    """Return exit code and last line of a command that cannot serve."""
    command = [sys.executable, "-m", "zendesk_emulator.server.command", *arguments]
    done = subprocess.run(
        [*command, "--size", "tiny"], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert not done.stdout
    return done.returncode, done.stderr.splitlines()[-1]


def test_a_port_that_is_taken_is_named(emulator: Emulator) -> None:
    port = emulator.server.port
    code, stderr = command_fails("--port", str(port))
    assert code == 1
    assert f"[127.0.0.1:{port}] Give another --port" in stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [("--port", "99999"), ("--port", "-1"), ("--port", "x"), ("--certificate", "nosuch.pem"),
     ("--certificate", __file__)],
)  # fmt: skip
def test_a_useless_argument_is_named(option: str, value: str) -> None:
    code, stderr = command_fails(f"{option}={value}")
    assert code == 2
    assert option in stderr
    assert "Give" in stderr


def test_many_clients_at_once(emulator: Emulator) -> None:
    bodies: list[bytes] = []

    def ask() -> None:
        target = emulator.base_url + "/api/v2/users.json?page[size]=20"
        bodies.extend(requests.get(target, auth=AUTH, timeout=30).content for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 60
    assert len(set(bodies)) == 1
