"""Faults a test injects: answers instead of the account's, late, cut short, or none at all.

A fault is matched before anything else is done with a request (docs/facts/zendesk-api.md#7.6).
"""

import random
import re
import threading
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from zendesk_emulator.api.exchange import JSON, Answer, Request

from . import odd_answers

# The fate of a matched request. `pass` handles it as usual, after the delay. `shorter` and
# `longer` change the length of the body, and say so in its head: nothing shows but the size.
KINDS = frozenset(
    {
        "answer", "pass", "html", "empty", "missing_key", "truncated", "reset", "shorter",
        "longer", "odd", "short_list", "cycle", "page_size_refused", "early_hints", "trickle",
    }
)  # fmt: skip

_HTML = b"<!DOCTYPE html><html><head><title>Zendesk</title></head><body>Sign in</body></html>"
_SIZES = ("per_page", "page[size]")
# Seen of satisfaction_ratings (zenpy issue 565)
_PAGE_SIZE_REFUSED = {
    "error": {
        "title": "Invalid attribute",
        "message": "You passed an invalid value for the page.size attribute. Invalid parameter: "
        "page.size must be an integer",
    }
}


@dataclass(slots=True)
class Fault:
    """`path` is a regular expression searched in the path; `count` None is without end.

    `headers` of a kind other than `answer` replace those of the account's own answer.
    """

    path: str
    kind: str = "answer"
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = ""  # text as it is, anything else as JSON
    count: int | None = None
    probability: float = 1.0
    page_over: int | None = None  # only when per_page or page[size] is above
    skip: int = 0  # let so many matching requests pass first
    delay_s: float = 0.0  # real seconds
    hold: bool = False  # wait until released
    odd: str = "nan"  # of `odd`: what the first record of a page holds (odd_answers.KINDS)
    places: int = 1  # of `cycle`: so many places come again and again
    keep: int = 0  # of `short_list`: so many records of a page are left, and no page follows
    counts_all: bool = False  # of `short_list`: the page counts all records all the same
    every_s: float = 1.0  # of `trickle`: real seconds from one byte to the next
    drop_headers: str | None = None  # names of headers to leave out, a regular expression
    seen: int = 0

    def matches(self, request: Request) -> bool:
        if not re.search(self.path, request.path):
            return False
        if self.kind == "page_size_refused" and request.one("page[size]") is None:
            return False
        return self.page_over is None or _page_size(request) > self.page_over

    def answer(self) -> Answer | None:
        """The answer instead of the account's; None when the account's own is (partly) sent."""
        match self.kind:
            case "html":
                return Answer(200, _HTML, content_type="text/html; charset=utf-8")
            case "empty":
                return Answer(200, b"")
            case "missing_key":
                return Answer(200, b'{"unexpected":true}')
            case "page_size_refused":
                return Answer(400, orjson.dumps(_PAGE_SIZE_REFUSED))
            case "answer":
                text = isinstance(self.body, str)
                body = self.body.encode() if text else orjson.dumps(self.body)
                headers = {name.lower(): value for name, value in self.headers.items()}
                kind = headers.pop("content-type", "text/plain; charset=utf-8" if text else JSON)
                return Answer(self.status, body, tuple(headers.items()), kind)
            case _:
                return None

    def asked(self, request: Request) -> Request:
        """The request that the account is to answer."""
        return odd_answers.without_place(request) if self.kind == "cycle" else request

    def spoiled(self, answer: Answer, request: Request) -> Answer:
        """The account's own answer with what is odd about it."""
        match self.kind:
            case "odd":
                answer = odd_answers.with_odd(answer, self.odd)
            case "short_list":
                answer = odd_answers.cut_short(answer, self.keep, counts_all=self.counts_all)
            case "cycle":
                answer = odd_answers.in_a_cycle(answer, request, self.places, self.seen - 1)
            case "shorter":
                answer = replace(answer, body=answer.body[:-1])
            case "longer":
                answer = replace(answer, body=answer.body + b"\0")
        return odd_answers.with_headers(answer, self.headers, self.drop_headers)


def fault_of(fields: dict[str, Any]) -> Fault:
    """Read a fault. Raises TypeError or ValueError."""
    fault = Fault(**fields)
    if fault.kind not in KINDS:
        raise ValueError(fault.kind)
    if fault.odd not in odd_answers.KINDS:
        raise ValueError(fault.odd)
    if fault.places < 1:
        raise ValueError("places")
    re.compile(fault.path)
    re.compile(fault.drop_headers or "")
    return fault


class Faults:
    """The faults in force; the first that matches happens."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._dice = random.Random(seed)
        self._released = threading.Event()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._faults += faults
            self._released.clear()

    def clear(self) -> None:
        """Remove all, and let go of everyone who is held."""
        with self._lock:
            self._faults = []
        self._released.set()

    def matching(self, request: Request) -> Fault | None:
        """Return the first fault that strikes this request."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(request) and self._happens(fault):
                    return fault
        return None

    def _happens(self, fault: Fault) -> bool:
        fault.seen += 1
        if fault.seen <= fault.skip or fault.count == 0:
            return False
        if fault.probability < 1 and self._dice.random() >= fault.probability:
            return False
        if fault.count is not None:
            fault.count -= 1
        return True

    def pause(self, seconds: float) -> bool:
        """Wait between two bytes; return whether the answer still trickles."""
        return not self._released.wait(seconds)

    def wait(self, fault: Fault) -> None:
        """Be late: this blocks the connection's thread only."""
        if fault.hold:
            self._released.wait()
        elif fault.delay_s:
            threading.Event().wait(fault.delay_s)


def _page_size(request: Request) -> int:
    for name in _SIZES:
        text = request.one(name)
        if text is not None and text.isdigit():
            return int(text)
    # the defaults of exports and of lists (docs/facts/zendesk-api.md#2.3, #2.1)
    return 1000 if "/incremental/" in request.path else 100
