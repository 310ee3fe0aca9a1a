"""Runs the walks of a sync on threads and turns what they deliver into protocol messages, in order.

Owns the order on stdout: STARTED, and RUNNING with the first record. Records come before the state
that covers them, and that state comes before COMPLETE or INCOMPLETE. Nothing of a stream comes
after its end. One stream's failure never stops another. Never moves a cursor and never sends a
request.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (messages, stream status).
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from queue import Empty
from typing import TYPE_CHECKING, Any

from .outbox import LOOK_S, WALK_THREAD, Ended, Note, Outbox, PrintedPage
from .protocol.messages import (
    Level,
    StreamStatus,
    estimate_message,
    log_message,
    rate_limited_message,
    state_message,
    status_message,
    stream_of_status,
)
from .protocol.outcome import SyncResult, end, last_errors
from .protocol.record_lines import encode_records
from .signals import Stop
from .streams.catalog.availability import refusal_of_account
from .streams.catalog.table import STREAMS
from .streams.walks.counts import estimates
from .streams.walks.delivery import unchanged
from .streams.walks.of_listed_tickets import with_keys_of_tickets
from .streams.walks.sideloaded_keys import SideloadedKeys, with_keys
from .streams.walks.start import begin
from .zendesk.errors import ConnectorError, Failure, StreamRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from .outbox import Reply
    from .protocol.messages import Message
    from .protocol.record_lines import RecordLines
    from .streams.model.context import WalkContext
    from .streams.model.result import PageResult
    from .streams.model.walk import WalkRun
    from .zendesk.client import ZendeskClient


# For a reader of the log. A platform's own heartbeat counts records and states only, which a
# walk that waits for its limit has none of: metadata.yaml says how long that may be.
LONGEST_SILENCE_S = 30.0


class AccountRefusal:
    """Whether Zendesk refuses the account as a whole: asked once, when a stream is refused."""

    def __init__(self, client: ZendeskClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._refusal: list[ConnectorError | None] = []

    def cause_of(self, error: BaseException) -> BaseException:
        """Return the refusal of the account in place of that of a stream; else the error."""
        if not isinstance(error, StreamRefused):
            return error
        with self._lock:
            if not self._refusal:
                self._refusal.append(refusal_of_account(self._client))
        return self._refusal[0] or error


def read_runs(
    context: WalkContext,
    runs: Iterable[WalkRun],
    outbox: Outbox,
    outcome: SyncResult,
    stop: Stop | None = None,
) -> Iterator[Message | RecordLines]:
    """Run all walks, each on a thread of its own, and yield every message of the sync in order.

    A thread may wait for its bucket as long as it must: no other walk needs it. The client bounds
    the number of requests in flight. On `stop`, it ends after the page that is being printed, and
    after the states of that page. It also waits for the tokens that a thread is getting. The
    threads die with the process.
    """
    open_runs = list(runs)
    stop = stop or Stop()
    for run in open_runs:
        for stream in run.members:
            yield status_message(stream.name, StreamStatus.STARTED)
    _begin_walks(context, open_runs, outbox)
    spoke_at = time.monotonic()
    while open_runs and not stop.is_due:
        try:
            item = outbox.get(timeout=LOOK_S)
        except Empty:
            if time.monotonic() - spoke_at >= LONGEST_SILENCE_S:
                spoke_at = time.monotonic()
                yield log_message(f"Still reading: {len(open_runs)} walks wait for Zendesk.")
            continue
        if isinstance(item, Ended):
            open_runs.remove(item.run)
        yield from _printed(item, outcome, skip=context.skip_unavailable_streams)
        spoke_at = time.monotonic()
        del item  # a page: waiting for the next one must not keep it
    for run in open_runs:
        for stream in run.members:
            yield from end(stream, _stopped(stop), outcome, skip=False)
    yield from last_errors(outcome)


def _begin_walks(context: WalkContext, runs: Iterable[WalkRun], outbox: Outbox) -> None:
    """Start a thread for each walk."""
    account = AccountRefusal(context.client)
    for run in runs:
        # Daemons: a broken stdout ends the process, not a thread that waits to be rid of a page.
        threading.Thread(
            target=_walk,
            args=(context, run, outbox, account),
            name=f"{WALK_THREAD} {run.resource.path}",
            daemon=True,
        ).start()


def _printed(
    item: PrintedPage | Ended | Note | Reply[Any], outcome: SyncResult, *, skip: bool
) -> Iterator[Message | RecordLines]:
    """Yield the messages of what a thread delivered, and keep the outcome of its streams."""
    if isinstance(item, Note):
        if not _is_late(item.message, outcome):
            yield item.message
        if item.printed:
            item.printed.set()
    elif isinstance(item, Ended):
        for stream in item.run.members:
            yield from end(stream, item.error, outcome, skip=skip)
    elif isinstance(item, PrintedPage):
        yield from _messages(item, outcome)
        for name, error in item.failures:
            yield from end(STREAMS[name], error, outcome, skip=skip, below=True)
        for name in item.completed:
            yield from end(STREAMS[name], None, outcome, skip=skip)


def _is_late(message: Message, outcome: SyncResult) -> bool:
    """Return whether a status concerns a stream that has already ended; its walk may still wait."""
    return stream_of_status(message) in outcome.ended


def _stopped(stop: Stop) -> ConnectorError:
    return ConnectorError(
        f"The sync was stopped by a signal ({stop.signal}).",
        about="the process",
        remedy="Run it again: it resumes after the last page that was printed.",
        failure=Failure.TRANSIENT,
    )


def _walk(context: WalkContext, run: WalkRun, outbox: Outbox, account: AccountRefusal) -> None:
    error: BaseException | None = None
    try:
        begun = begin(context, run)
        if begun.in_future:
            names = ", ".join(stream.name for stream in begun.in_future)
            outbox.log(f"The state of {names} lies in the future: nothing is read.", Level.WARN)
        if begun.waiting:
            states = iter([unchanged(run, begun.waiting)])
            outbox.put(_encoded(context, next(_remembering(context, run, states))))
        begun_run = begun.run
        if context.intervals and (resting := context.intervals.resting(begun_run)):
            outbox.put(_encoded(context, context.intervals.kept(begun_run, resting)))
            begun_run = begun_run.without({it.name for it in resting})
        if begun_run.members:
            _read(_for_one_walk(context, begun_run, outbox), begun_run, outbox, account)
    except BaseException as caught:  # noqa: BLE001 - the main thread decides, and reports it
        error = account.cause_of(caught)
    finally:
        outbox.put(Ended(run, error))


def _read(context: WalkContext, run: WalkRun, outbox: Outbox, account: AccountRefusal) -> None:
    results = run.resource.walk.read(context, run)
    if context.files:
        results = context.files.follow(context, run, results)
    results = _remembering(context, run, results)
    if context.intervals:
        results = context.intervals.follow(results)
    for number, result in enumerate(results):
        if result.failures:
            causes = tuple((name, account.cause_of(error)) for name, error in result.failures)
            result = replace(result, failures=causes)  # noqa: PLW2901 - the same page
        # Only now: what is refused costs one request, and has nothing to be counted.
        if number == 0:
            for estimate in _estimates(context, run, result):
                outbox.send(estimate)
        page = _encoded(context, result)
        del result  # the next page is read without the values of this one in memory
        outbox.put(page)
        del page


def _remembering(
    context: WalkContext, run: WalkRun, results: Iterator[PageResult]
) -> Iterator[PageResult]:
    """Return the results of a run, with the keys that states keep and the deletions that follow."""
    results = with_keys(SideloadedKeys, context.sideloaded, context, run, results)
    return with_keys_of_tickets(context, run, results)


def _estimates(context: WalkContext, run: WalkRun, first: PageResult) -> Iterator[Message]:
    records = dict(first.records)
    for name, count in estimates(context.client, run).items():
        estimate = estimate_message(name, count, records.get(name, []))
        if estimate:
            yield estimate


def _for_one_walk(context: WalkContext, run: WalkRun, outbox: Outbox) -> WalkContext:
    """Return the context of a walk: its client names the streams that wait for a rate limit."""
    names = [stream.name for stream in run.members]

    def limited(until: datetime | None) -> None:
        for name in names:
            outbox.send(
                rate_limited_message(name, until)
                if until
                else status_message(name, StreamStatus.RUNNING)
            )

    return replace(context, client=context.client.on_behalf_of(", ".join(names), limited))


def _encoded(context: WalkContext, result: PageResult) -> PrintedPage:
    """Return a page as it is printed: work of the walk's thread, not of the one that prints."""
    now_ms = time.time_ns() // 1_000_000
    lines = []
    for name, records in result.records:

        def unwritable(error: Exception, name: str = name) -> None:
            context.skipped.add(name, f"records that have no JSON text ({error})")

        files = result.files.get(name)
        lines.append(
            encode_records(name, records, files, emitted_at_ms=now_ms, unwritable=unwritable)
        )
    return PrintedPage(lines, result.states, result.failures, result.completed)


def _messages(page: PrintedPage, outcome: SyncResult) -> Iterator[Message | RecordLines]:
    for lines in page.records:
        name = lines.stream
        if not lines.count:
            continue
        if not outcome.records[name]:
            yield status_message(name, StreamStatus.RUNNING)
        outcome.records[name] += lines.count
        outcome.since_state[name] += lines.count
        yield lines
    for name, state in page.states:
        yield state_message(name, state, outcome.since_state.pop(name, 0))
