"""Answers that break off, as a real socket on loopback gives them: a mock cannot break off."""

import gzip
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import pytest
import requests_mock as mocking
from hypothesis import given, settings, strategies as st

from source_zendesk_support.zendesk import timeouts, token_requests
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.timeouts import BACKOFF_LONGEST_S, Patience
from test_support.client.connection import GROUPS, Connection
from test_support.client.odd_json import ANY_JSON

GOOD = b'{"groups": [{"id": 1}]}'


def head(length: int, *more: str) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Length: {length}",
        "Content-Type: application/json",
        *more,
    ]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
BROKEN: dict[str, bytes] = {
    "closed at once": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "not HTTP": b"\x16\x03\x01 nonsense\r\n\r\n",
    "body cut off": head(len(GOOD)) + GOOD[:9],
    "body missing": head(len(GOOD)),
    "chunk cut off": CHUNKED + b"17\r\n" + GOOD[:9],
    "chunk without a size": CHUNKED + b"zz\r\n" + GOOD,
    "last chunk missing": CHUNKED + b"17\r\n" + GOOD + b"\r\n",
    "not compressed": head(len(GOOD), "Content-Encoding: gzip") + GOOD,
    "compression cut off": head(20, "Content-Encoding: gzip") + gzip.compress(GOOD, mtime=0)[:20],
}


@contextmanager
def answering(answers: list[bytes], *, reset_first: bool = False) -> Iterator[str]:
    """Serve each answer on a connection of its own; optionally reset the first connection."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for number, answer in enumerate(answers):
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)
                if reset_first and number == 0:  # lingering for no time sends a reset
                    linger = b"\1\0\0\0\0\0\0\0"
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=30)
        assert not thread.is_alive(), "not every answer was asked for"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_tried_again(name: str) -> None:
    with answering([BROKEN[name], BROKEN[name], head(len(GOOD)) + GOOD]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert len(connection.time.waits) == 2
        connection.client.close()


@pytest.mark.parametrize("sent", [b"", head(len(GOOD)) + GOOD[:9]])
def test_a_reset_is_tried_again(sent: bytes) -> None:
    with answering([sent, head(len(GOOD)) + GOOD], reset_first=True) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert len(connection.time.waits) == 1
        connection.client.close()


def test_a_closed_port_is_a_passing_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    connection = Connection(f"http://127.0.0.1:{port}")
    assert connection.failure().failure is Failure.TRANSIENT
    assert 600 <= connection.time.passed_s <= 600 + BACKOFF_LONGEST_S


def test_a_compressed_page_is_read_whole() -> None:
    packed = gzip.compress(GOOD, mtime=0)
    with answering([head(len(packed), "Content-Encoding: gzip") + packed]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        connection.client.close()


NINES = "9" * 5000
GROUP_2 = b'{"groups": [{"id": 2}]}'


@contextmanager
def sending(script: Iterable[bytes], *, keep_alive: bool = False) -> Iterator[str]:
    """Serve one connection after the other, or all answers on one; stop without a client."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection = None
        for answer in script:
            if connection is None:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
            with suppress(OSError):
                if connection.recv(65_536):
                    connection.sendall(answer)
            if not keep_alive:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def kept_alive(body: bytes, *more: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more, "", ""]
    return "\r\n".join(lines).encode() + body


def test_interim_answers_are_skipped_and_the_next_request_reads_its_own() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    more = b"HTTP/1.1 102 Processing\r\n\r\n" + hints
    answers = [more + kept_alive(GOOD), kept_alive(GROUP_2)]
    with sending(answers, keep_alive=True) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert connection.groups() == {"groups": [{"id": 2}]}
        assert connection.time.waits == []
        connection.client.close()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "202 Accepted",
                                    "206 Partial Content", "205 Reset Content"])  # fmt: skip
def test_a_success_without_a_page_is_a_passing_fault(status: str) -> None:
    odd = kept_alive(GROUP_2, "Connection: close", status=status)
    with sending([odd, kept_alive(GOOD)]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert len(connection.time.waits) == 1
        assert f"status {status[:3]}" in connection.log[0]
        connection.client.close()


def test_bytes_after_a_head_without_a_body_are_not_an_answer() -> None:
    """A body after 204 must not become the answer of the next request on the connection."""
    left_behind = kept_alive(kept_alive(GROUP_2), status="204 No Content")
    with sending([left_behind, kept_alive(GOOD)]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        connection.client.close()


@pytest.mark.parametrize(
    "header",
    [
        f"x-rate-limit: {NINES}",
        f"ratelimit-reset: {NINES}",
        f"zendesk-ratelimit-incremental-exports: total={NINES}; remaining={NINES}; resets={NINES}",
        f"Date: Thu, 26 Nov {NINES} 00:00:00 GMT",
        f"Retry-After: {NINES}",
        "x-rate-limit: \u0663".encode().decode("latin-1"),
        "x-rate-limit: -5",
        "zendesk-ratelimit-: total=0; remaining=-1",
        f"Content-Type: {'x' * 5000}",
        f"Set-Cookie: {NINES}",
        "ETag: \x00",
    ],
)
def test_an_odd_header_is_ignored(header: str) -> None:
    with sending([kept_alive(GOOD, header), kept_alive(GOOD)]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert connection.time.waits == []
        connection.client.close()


def test_odd_headers_of_a_refusal_are_ignored_too() -> None:
    odd = kept_alive(b"", f"Retry-After: {NINES}", "Connection: close", status="429 Slow")
    with sending([odd, kept_alive(GOOD)]) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        assert sum(connection.time.waits) == pytest.approx(600, abs=1), "no bucket is longer"
        connection.client.close()


@contextmanager
def trickling(answer: bytes) -> Iterator[str]:
    """Serve an answer byte by byte, a hundredth of a second apart, to all who come."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def trickle(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65_536)
            for byte in answer:
                connection.sendall(bytes([byte]))
                if over.wait(0.01):
                    return

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=trickle, args=[connection], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()


@pytest.mark.parametrize("answer", [head(10_000) + b" " * 10_000, b"HTTP/1.1 200 " + b"O" * 10_000])
def test_an_answer_that_trickles_is_given_up_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """Each byte comes in time; the whole does not."""
    monkeypatch.setattr(timeouts, "SHORTEST_ANSWER_S", 0.3)
    with trickling(answer) as url:
        connection = Connection(url, patience=Patience(faults_s=0.0))
        error = connection.failure()
        assert error.failure is Failure.TRANSIENT
        assert "an answer that did not end within 0 s" in error.what
        assert "no usable answer" in error.what
        connection.client.close()


def test_a_token_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_requests, "TOKEN_ANSWER_S", 0.3)
    with trickling(head(10_000) + b" " * 10_000) as url:
        client = token_requests.OAuthClient(url, "fake-client", "fake-secret")
        with pytest.raises(token_requests.TokenFault) as caught:
            token_requests.request_token(client, {"grant_type": "client_credentials"})
        assert "did not end within" in caught.value.fault


def test_a_slow_answer_that_ends_in_time_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "SHORTEST_ANSWER_S", 30.0)
    with trickling(kept_alive(GOOD, "Connection: close")) as url:
        connection = Connection(url)
        assert connection.groups() == {"groups": [{"id": 1}]}
        connection.client.close()


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(
        [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n"]
    ),
    st.binary(max_size=80)
    | st.text(alphabet='HTP/1.0239 \r\n:Content-Lghz{}[]"', max_size=80).map(str.encode),
)
def test_any_bytes_are_a_page_or_an_error_for_the_user(begin: bytes, rest: bytes) -> None:
    with sending([begin + rest]) as url:
        connection = Connection(url, patience=Patience(faults_s=0.0))
        with suppress(ConnectorError):
            connection.groups()
        connection.client.close()


ODD_BODIES = ANY_JSON.map(json.dumps).map(str.encode) | st.binary(max_size=40)


@settings(deadline=None)
@given(
    st.sampled_from([200, 200, 201, 204, 301, 302, 304, 400, 401, 402, 403, 404, 410, 422, 451]),
    ODD_BODIES | ODD_BODIES.map(lambda body: b'{"groups": [' + body + b"]}"),
    st.dictionaries(
        st.sampled_from(["Date", "Location", "Retry-After", "x-rate-limit", "Content-Type",
                         "ratelimit-remaining", "zendesk-ratelimit-x"]),
        st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30),
    ),
)  # fmt: skip
def test_any_answer_is_a_page_or_an_error_for_the_user(
    status: int, body: bytes, headers: dict[str, str]
) -> None:
    with mocking.Mocker() as wire:
        wire.get(GROUPS, status_code=status, content=body, headers=headers)
        connection = Connection(patience=Patience(faults_s=0.0))
        with suppress(ConnectorError):
            page = connection.client.get("groups", {}, expects="groups")
            assert all(isinstance(item, dict) for item in page.body["groups"])
