"""The connector in this process, in the account's own time: an hour of waiting takes a second.

Owns a clock that the emulator and the connector share, and the reading that stamps each message
with it. The clock moves on only when every walk waits. Never changes what either of them does.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import orjson

from source_zendesk_support import commands
from source_zendesk_support.config.credentials import secrets_of
from source_zendesk_support.outbox import WALK_THREAD
from source_zendesk_support.protocol.record_lines import RecordLines
from source_zendesk_support.protocol.secrets import hide_only
from source_zendesk_support.protocol.selected_stream import parse_catalog
from source_zendesk_support.protocol.state_files import to_messages
from source_zendesk_support.protocol.traced_error import TracedError, traced
from source_zendesk_support.zendesk.client import ASKING_THREAD
from source_zendesk_support.zendesk.endpoints import buckets_of
from source_zendesk_support.zendesk.errors import ConnectorError
from source_zendesk_support.zendesk.timeouts import Clocks
from test_support.clock import CLOCK
from test_support.connector.process import BEFORE_ALL, CREDENTIALS, Output, configured
from zendesk_emulator import Emulator

if TYPE_CHECKING:
    from source_zendesk_support.signals import Stop
    from zendesk_emulator.api.exchange import Request
    from zendesk_emulator.server.site import Served

# The account lives in the past, so that its clock can be moved without passing ours.
LOOK_S = 0.002  # real seconds between two looks whether every walk waits
# Only the wait that ends first looks, for a look counts all threads. The others are woken, or find
# out after this time that theirs is the first now.
UNASKED_S = 0.25
STUCK_S = 120  # real seconds after which a test that does not move is given up


class _Wait(NamedTuple):
    """When a wait ends; `number` tells waits apart that end together."""

    end_s: float
    number: int


@dataclass
class AccountTime:
    """Time that passes only in waits: one ends when every walk waits without a request.

    `skew_s` is how far the connector's dates are ahead of the account's. `meanwhile` are things
    that happen at an instant (seconds from the start) to the account.
    """

    emulator: Emulator
    skew_s: float = 0.0
    meanwhile: deque[tuple[float, Any]] = field(default_factory=deque)
    passed_s: float = 0.0
    waits: list[float] = field(default_factory=list)
    _moved: threading.Condition = field(default_factory=threading.Condition)
    _pending: list[_Wait] = field(default_factory=list)
    # Left by other tests of this process, which stop reading: they wait without end.
    _others: frozenset[threading.Thread] = field(default_factory=lambda: walks() | asking())

    def clocks(self) -> Clocks:
        return Clocks(monotonic=self.monotonic, now=self.now, sleep=self.sleep)

    def monotonic(self) -> float:
        return self.passed_s

    def now(self) -> datetime:
        at_s = self.emulator.clock.now() + self.skew_s
        return datetime.fromtimestamp(at_s, UTC)

    def sleep(self, seconds: float) -> None:
        with self._moved:
            mine = _Wait(self.passed_s + seconds, len(self.waits))
            self.waits.append(seconds)
            self._pending.append(mine)
            while self.passed_s < mine.end_s:
                pending = [each for each in self._pending if each.end_s > self.passed_s]
                if mine != min(pending):
                    self._moved.wait(UNASKED_S)
                # One whose wait is over is under way, though it may not have come to the lock yet.
                elif len(pending) == len(walks() - self._others) and not asking() - self._others:
                    self._move()
                else:
                    self._moved.wait(LOOK_S)
            self._pending.remove(mine)

    def rest(self, seconds: float) -> None:
        """Let time pass between two syncs."""
        with self._moved:
            end = self.passed_s + seconds
            self._meanwhile_until(end)
            self._go(end)
            self._moved.notify_all()

    def _move(self) -> None:
        """Go to the end of the next wait, or to what happens before it."""
        end = min(each.end_s for each in self._pending if each.end_s > self.passed_s)
        self._meanwhile_until(end)
        self._go(end)
        self._moved.notify_all()

    def _meanwhile_until(self, end: float) -> None:
        while self.meanwhile and self.meanwhile[0][0] <= end:
            at_s, happens = self.meanwhile.popleft()
            self._go(max(at_s, self.passed_s))
            happens()

    def _go(self, end: float) -> None:
        self.emulator.clock.advance(end - self.passed_s)
        self.passed_s = end


def walks() -> frozenset[threading.Thread]:
    return frozenset(t for t in threading.enumerate() if t.name.startswith(WALK_THREAD))


def asking() -> frozenset[threading.Thread]:
    """Return those that have a request under way for a walk, which may wait for room meanwhile."""
    return frozenset(t for t in threading.enumerate() if t.name.startswith(ASKING_THREAD))


@dataclass
class TimedOutput(Output):
    """The output of a read; `at_s` is the account's time of each message."""

    at_s: list[float] = field(default_factory=list)
    error: TracedError | None = None

    @property
    def longest_silence_s(self) -> float:
        stamps = [0.0, *self.at_s]
        return max(later - first for first, later in zip(stamps, self.at_s, strict=False))

    @property
    def log(self) -> str:
        return "\n".join(line["message"] for line in self.of("LOG"))

    def rate_limited(self, stream: str) -> list[int]:
        """Return the quota_reset of each status that says so."""
        found = [t["stream_status"] for t in self.of("TRACE") if t["type"] == "STREAM_STATUS"]
        return [
            reason["rate_limited"]["quota_reset"]
            for status in found
            if status["stream_descriptor"]["name"] == stream
            for reason in status.get("reasons") or []
            if reason["type"] == "RATE_LIMITED"
        ]


@dataclass(frozen=True)
class Answered:
    """One request as the account saw it; status 0 is a reset."""

    at_s: float
    path: str
    status: int
    retry_after: str | None

    @property
    def free_at_s(self) -> float:
        """When Zendesk wants to be asked again."""
        return self.at_s + float(self.retry_after or 0)


class Account:
    """An emulated account with limits, whose time stands still but for `time`."""

    def __init__(self, size: str = "tiny", *, skew_s: float = 0.0, **options: Any) -> None:
        self.emulator = Emulator(size=size, clock_at=CLOCK, frozen=True, **options)
        self.skew_s = skew_s
        self.time = AccountTime(self.emulator, skew_s)
        self.answers: list[Answered] = []
        self._serve = self.emulator.site.serve
        self.emulator.site.serve = self._write_down  # type: ignore[method-assign]

    def _write_down(self, request: Request) -> Served:
        served = self._serve(request)
        retry_after = next(
            (v for k, v in served.answer.headers if k.lower() == "retry-after"), None
        )
        path = request.path.removeprefix("/api/v2/")
        status = 0 if served.fault and served.fault.kind == "reset" else served.answer.status
        self.answers.append(Answered(self.emulator.clock.now(), path, status, retry_after))
        return served

    def __enter__(self) -> Self:
        self.emulator.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.close()

    def config(self, **config: Any) -> dict[str, Any]:
        return {
            "subdomain": "emulator",
            "base_url": self.emulator.base_url,
            "credentials": CREDENTIALS,
            "start_date": BEFORE_ALL,
            "help_center_sweep_hours": 0,  # so that every sync is whole
            **config,
        }

    def catalog(self, *names: str, mode: str = "incremental") -> dict[str, Any]:
        streams = commands.discover(self.config(), logging.getLogger())
        # The requests of discover do not belong to the sync that a test looks at.
        self.emulator.site.log.reset()
        self.emulator.site.limits.reset()
        self.answers.clear()
        return configured(streams, names, mode)

    def read(
        self,
        catalog: dict[str, Any],
        state: list[dict[str, Any]] | None = None,
        *,
        stop: Stop | None = None,
        **config: Any,
    ) -> TimedOutput:
        """Read in this process. The lines are what the command would print."""
        begun_s = self.time.passed_s
        lines: list[str] = []
        at_s: list[float] = []
        error = None
        settings = self.config(**config)
        hide_only(secrets_of(settings))
        states = to_messages(state or [])
        try:
            for item in commands.read(
                settings, parse_catalog(catalog), states, self.time.clocks(), stop
            ):
                text = item.text if isinstance(item, RecordLines) else orjson.dumps(item)
                printed = text.decode().splitlines()
                lines += printed
                at_s += [self.time.passed_s - begun_s] * len(printed)
        except (ConnectorError, TracedError) as failed:
            error = traced(failed)
        output = TimedOutput(lines, 0 if error is None else 1)
        output.at_s, output.error = at_s, error
        return output

    def fault(self, path: str, **fields: Any) -> None:
        self.emulator.fault(path=path, **fields)

    def statuses(self) -> Counter[str]:
        return Counter(self.emulator.requests["by_status"])

    def sent(self, path: str = "") -> list[Answered]:
        """Return the requests to paths that hold this text, in order."""
        return [answered for answered in self.answers if path in answered.path]

    def in_bucket(self, bucket: str) -> list[Answered]:
        return [answered for answered in self.answers if bucket in buckets_of(answered.path)]


# Epoch seconds as floats that were added up in another order differ by microseconds.
SAME_TIME_S = 1e-3


def too_early(log: list[Answered]) -> list[Answered]:
    """Return the requests of one bucket that came after a 429 before its Retry-After had passed.

    A 429 without numbers pauses the narrowest bucket of its path: one of an object's export, which
    has its own within the exports, stops no other. A request under way then cannot be called
    back.
    """
    refused = [
        (answered, buckets_of(answered.path)[-1]) for answered in log if answered.status == 429
    ]
    return [
        answered
        for answered in log
        if any(
            each.at_s < answered.at_s < each.free_at_s - SAME_TIME_S
            for each, bucket in refused
            if bucket in buckets_of(answered.path)
        )
    ]


def spent_share(log: list[Answered], per_minute: float) -> float:
    """How much of a bucket was spent from its first to its last request."""
    minutes = (log[-1].at_s - log[0].at_s) / 60
    return (len(log) - 1) / (per_minute * minutes)
