"""HTTP and HTTPS: sockets, framing and nothing else.

One thread per connection, HTTP/1.1 with keep-alive and Content-Length. The framing is our own,
because parsing headers with the standard library's server costs more than serving a kept page.
"""

import socket
import socketserver
import ssl
import struct
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

from zendesk_emulator.api import exchange
from zendesk_emulator.api.exchange import Answer, Request

from . import control
from .site import Served, Site

LINE_MAX = 65_536  # bytes of a request line or header
BODY_MAX = 1_048_576  # bytes of a request body; ours are a few hundred
ONE_WRITE = 65_536  # up to here head and body go in one write; copying more costs too much
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class BadRequestError(Exception):
    """The bytes of a client are not HTTP."""


class Connection(socketserver.StreamRequestHandler):
    """One client's connection."""

    disable_nagle_algorithm = True
    server: "Server"

    def handle(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            try:
                self.request.do_handshake()
            except (ssl.SSLError, OSError):
                return  # a client that does not trust us leaves; that is its own matter
        try:
            while self._serve_one():
                pass
        except (ConnectionError, TimeoutError, ssl.SSLError):
            return  # the client went away, which is what killed connectors do

    def _serve_one(self) -> bool:
        """Serve a request; False ends the connection."""
        try:
            request = self._read()
        except BadRequestError:
            self._write(Answer(400, b"", content_type="text/plain"), close=True)
            return False
        if request is None:
            return False
        close = request.headers.get("connection", "").lower() == "close"
        if request.path.startswith(control.PREFIX):
            self._write(control.control(self.server.site, request), close=close)
            return not close
        return self._deliver(self.server.site.serve(request), close=close)

    def _deliver(self, served: Served, *, close: bool) -> bool:
        kind = None if served.fault is None else served.fault.kind
        if kind == "reset":
            # no linger: the client sees a reset instead of an orderly end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if kind == "truncated":
            half = served.answer.body[: len(served.answer.body) // 2]
            self.connection.sendall(self._head(served.answer, close=True) + half)
            return False
        if served.fault is not None and kind == "trickle":
            return self._trickle(served.answer, served.fault.every_s)
        if kind == "early_hints":
            self.connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        self._write(served.answer, close=close)
        return not close

    def _trickle(self, answer: Answer, every_s: float) -> bool:
        """Send byte by byte, the head too, until it is sent or the faults are cleared."""
        for byte in self._head(answer, close=True) + answer.body:
            self.connection.sendall(bytes([byte]))
            if not self.server.site.faults.pause(every_s):
                break
        return False

    def _read(self) -> Request | None:
        """The next request, None at the end of the connection. Raises BadRequestError."""
        line = self.rfile.readline(LINE_MAX)
        if not line:
            return None
        parts = line.decode("latin-1").split()
        if len(parts) != 3:
            raise BadRequestError
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(LINE_MAX)) not in (b"\r\n", b"\n"):
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise BadRequestError
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_MAX or "transfer-encoding" in headers:
            raise BadRequestError
        return exchange.request_of(
            parts[0],
            parts[1],
            headers,
            self.rfile.read(int(length)),
            peer=self.client_address[0],
            scheme=self.server.scheme,
        )

    def _write(self, answer: Answer, *, close: bool) -> None:
        head = self._head(answer, close=close)
        if len(answer.body) <= ONE_WRITE:
            self.connection.sendall(head + answer.body)
        else:
            self.connection.sendall(head)
            self.connection.sendall(answer.body)

    def _head(self, answer: Answer, *, close: bool) -> bytes:
        at_s = self.server.site.account.clock.now()
        lines = [
            f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, '')}",
            f"Date: {formatdate(at_s, usegmt=True)}",
            f"Content-Length: {len(answer.body)}",
            f"Connection: {'close' if close else 'keep-alive'}",
        ]
        if answer.body:
            lines.append(f"Content-Type: {answer.content_type}")
        lines += [f"{name}: {value}" for name, value in answer.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Server(socketserver.ThreadingTCPServer):
    """Listens on an address; `certificate` and `key` (PEM files) make it HTTPS."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        site: Site,
        address: tuple[str, int],
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        super().__init__(address, Connection)
        self.site = site
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            # the handshake is left to the connection's thread: a slow client must not block others
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
            self.scheme = "https"

    @property
    def host(self) -> str:
        return str(self.server_address[0])

    @property
    def port(self) -> int:
        return int(self.server_address[1])
