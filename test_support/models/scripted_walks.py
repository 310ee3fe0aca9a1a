"""Walks that a test writes down in place of the real ones, and the messages that come of them."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from source_zendesk_support.outbox import Outbox
from source_zendesk_support.protocol.messages import Message
from source_zendesk_support.protocol.outcome import SyncResult
from source_zendesk_support.protocol.record_lines import RecordLines
from source_zendesk_support.reader import read_runs
from source_zendesk_support.signals import Stop
from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.model.context import WalkContext
from source_zendesk_support.streams.model.result import PageResult
from source_zendesk_support.streams.model.walk import WalkRun
from source_zendesk_support.streams.state.position import Position
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.zendesk.errors import Failure, TokenRefused

NOW_S = 1_700_000_000
WAIT_S = 20  # how long a test waits for a thread before it counts as stuck
COUNTS: dict[str, int] = {}  # what Zendesk would count


class Client:
    """No walk of these tests sends anything; `told` is how a walk says that it has to wait."""

    def __init__(self, clock_is_behind_s: int = 0) -> None:
        self.notices: dict[str, Any] = {}
        self.clock_is_behind_s = clock_is_behind_s
        self.times_asked = 0

    def on_behalf_of(self, who: str, limited: Any) -> "Client":
        self.notices[who] = limited
        return self

    def count(self, path: str) -> int | None:
        return COUNTS.get(path)

    def ask_time(self) -> None:
        self.times_asked += 1

    def zendesk_s(self) -> int:
        return NOW_S + (self.clock_is_behind_s if self.times_asked else 0)


def context(client: Client | None = None) -> WalkContext:
    return WalkContext(
        client=client or Client(),
        now_s=lambda: NOW_S,
        start_s=0,
        largest_page=None,
        include_deleted_tickets=False,
        ratings_lookback_s=0,
        normalize={},
    )


def runs_of(*names: str, **positions: Position) -> list[WalkRun]:
    streams = [STREAMS[name] for name in names]
    return plan_runs(streams, {it.name: it.position_type() for it in streams} | positions)


class Walks:
    """Walks by path in place of the real ones: each is a list of results, errors and waits.

    A test may put a walk of its own in place of `read`.
    """

    def __init__(self, monkeypatch) -> None:
        self.scripts: dict[str, list[Any]] = {}
        self.read = self._read
        for kind in {type(row.resource.walk) for row in STREAMS.values()}:
            monkeypatch.setattr(kind, "read", lambda _, context, run: self.read(context, run))

    def _read(self, _context: WalkContext, run: WalkRun) -> Iterator[PageResult]:
        for step in self.scripts.get(run.resource.path, []):
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, threading.Event):
                assert step.wait(WAIT_S)
            else:
                yield step


def page(name: str, ids: list[int], at: int) -> PageResult:
    return PageResult(((name, [{"id": number} for number in ids]),), ((name, {"at": at}),))


def expanded(items: Iterable[Message | RecordLines]) -> Iterator[Message]:
    """Yield each message of its own: records are printed a page at a time."""
    for item in items:
        if isinstance(item, RecordLines):
            yield from map(orjson.loads, item.text.splitlines())
        else:
            yield item


def short(message: Message) -> tuple[Any, ...]:
    """A message as (kind, stream, what)."""
    if message["type"] == "RECORD":
        return ("RECORD", message["record"]["stream"], message["record"]["data"]["id"])
    if message["type"] == "STATE":
        stream = message["state"]["stream"]
        return ("STATE", stream["stream_descriptor"]["name"], stream["stream_state"])
    if message["type"] == "LOG":
        return ("LOG", None, message["log"]["message"])
    trace = message["trace"]
    if status := trace.get("stream_status"):
        return (status["status"], status["stream_descriptor"]["name"], None)
    error = trace["error"]
    return ("ERROR", error["stream_descriptor"]["name"], error["failure_type"])


def messages_of(
    surroundings: WalkContext,
    runs: list[WalkRun],
    outbox: Outbox | None = None,
    outcome: SyncResult | None = None,
    stop: Stop | None = None,
) -> Iterator[Message]:
    """Yield every message of the walks of a sync."""
    items = read_runs(surroundings, runs, outbox or Outbox(), outcome or SyncResult(), stop)
    yield from expanded(items)


def read(*runs: WalkRun, outcome: SyncResult | None = None) -> list[tuple[Any, ...]]:
    return [short(it) for it in messages_of(context(), list(runs), outcome=outcome)]


def config_error(what: str = "It is closed.") -> TokenRefused:
    return TokenRefused(what, about="GET groups", remedy="Open it.", failure=Failure.CONFIG)
