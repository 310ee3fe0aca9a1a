"""Answers that break off, as a real socket on loopback gives them: a mock cannot break off."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from source_zendesk_support.zendesk.errors import Failure
from source_zendesk_support.zendesk.timeouts import BACKOFF_LONGEST_S
from test_support.client.connection import Connection

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
