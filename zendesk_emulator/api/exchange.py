"""One HTTP exchange as values: the request, the answer, and a refusal as an exception.

Every other module of the emulator uses these; only server.py knows sockets.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A parsed request; `path` has lost its `.json`, which `suffix` keeps."""

    method: str
    path: str
    suffix: str = ""
    query: tuple[tuple[str, str], ...] = ()
    raw_query: str = ""
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    peer: str = "127.0.0.1"
    base: str = "http://127.0.0.1"  # scheme and host as the client addressed them

    def one(self, name: str) -> str | None:
        """The last value of a query parameter, or None."""
        found = None
        for key, value in self.query:
            if key == name:
                found = value
        return found

    def flag(self, name: str) -> bool:
        return self.one(name) == "true"

    def includes(self) -> frozenset[str]:
        return frozenset(part for part in (self.one("include") or "").split(",") if part)

    def url(self) -> str:
        """The address asked for, without its query, as Support links echo it."""
        return f"{self.base}{self.path}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON


class RefusedError(Exception):
    """Ends the handling of a request with the answer it carries."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def request_of(
    method: str, target: str, headers: dict[str, str], body: bytes, *, peer: str, scheme: str
) -> Request:
    """Read a request line's target. `x` and `x.json` are one resource.

    See docs/facts/zendesk-api.md#5.4.
    """
    parts = urlsplit(target)
    path = unquote(parts.path)
    suffix = ".json" if path.endswith(".json") else ""
    host = headers.get("host", "127.0.0.1")
    return Request(
        method=method,
        path=path.removesuffix(".json"),
        suffix=suffix,
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        raw_query=parts.query,
        headers=headers,
        body=body,
        peer=peer,
        base=f"{scheme}://{host}",
    )


def json_answer(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, orjson.dumps(value), headers)
