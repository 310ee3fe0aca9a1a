"""HTTP sessions whose answers have an end: a deadline for a whole answer, and no leftovers.

A socket's own timeout bounds the wait for the next byte only. So an answer that trickles would hold
a request without end. Interim answers (1xx) are skipped. A connection whose answer may leave bytes
behind is not used again: the next request would read them as its own answer.
Rests on RFC 9110, 15.2 (informational responses), and RFC 9112, 6.3 (message body length).
"""

from __future__ import annotations

import io
import time
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse, parse_headers
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ReadTimeoutError

from .public_hosts import require_public

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from urllib3 import PoolManager

# Until when (monotonic) the answers that this thread waits for must have come.
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)
# Statuses without a body, whatever their head says (RFC 9110, 15.3.5 and 15.4.5).
_WITHOUT_BODY = frozenset({204, 304})


class Deadline:
    """When an answer must have come, in seconds from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends_at = time.monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        """Whether it is too late."""
        return time.monotonic() >= self.ends_at


@contextmanager
def whole_answer_within(seconds: float) -> Iterator[Deadline]:
    """Bound every answer that this thread reads inside, from its first byte to its last."""
    deadline = Deadline(seconds)
    token = _ends_at.set(deadline.ends_at)
    try:
        yield deadline
    finally:
        _ends_at.reset(token)


class _BoundedReader(io.RawIOBase):
    """The bytes of a socket until a deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, ends_at: float) -> None:
        super().__init__()
        self._raw, self._sock, self._ends_at = raw, sock, ends_at
        self._timeout_s = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer did not end in time")
        self._sock.settimeout(left_s if self._timeout_s is None else min(left_s, self._timeout_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer that is read until the deadline, without interim answers before it."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        ends_at = _ends_at.get()
        if ends_at is not None:
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_BoundedReader(raw, sock, ends_at))

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200:
                return version, status, reason
            parse_headers(self.fp)

    def begin(self) -> None:
        super().begin()
        if self.status in _WITHOUT_BODY:
            self.will_close = True


class _Http(HTTPConnection):
    response_class = _Answer


class _Https(HTTPSConnection):
    response_class = _Answer


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    """The adapter of requests, with connections of ours, through a proxy too."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_ours(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return _use_ours(super().proxy_manager_for(*args, **kwargs))


def _use_ours(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
    return manager


class _Session(requests.Session):
    """A session that knows no redirects: requests parses their target even if it may not follow.

    It reads proxies and certificates of the environment once for each host.
    """

    def __init__(self) -> None:
        super().__init__()
        self._environment: dict[str, Any] = {}

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Return how a host is reached; to read it for each request costs a fifth of a small one.

        No request of ours brings such settings of its own, but for `stream`.
        """
        if proxies or verify is not None or cert is not None:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        host = urlsplit(url).netloc
        if host not in self._environment:
            self._environment[host] = super().merge_environment_settings(url, {}, None, None, None)
        return {**self._environment[host], "stream": stream or self.stream}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        require_public(request.url or "")
        return super().send(request, **kwargs)

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


def new_session(*, connections: int = 1) -> requests.Session:
    """Return a session that keeps so many connections to a host."""
    session = _Session()
    adapter = _Adapter(pool_maxsize=connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def fault_name(error: requests.exceptions.RequestException, deadline: Deadline) -> str:
    """Return the name of what broke on the way: a class of `requests`, or the deadline."""
    if deadline.has_passed:
        return f"an answer that did not end within {deadline.seconds:.0f} s"
    # A lost connection, as requests calls it while a body is read, may be a byte that did not come.
    cause = error.args[0] if error.args else None
    return "ReadTimeout" if isinstance(cause, ReadTimeoutError) else type(error).__name__
