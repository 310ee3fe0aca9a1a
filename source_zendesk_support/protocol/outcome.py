"""How streams and a sync end: complete, or with an error that says who can repair it.

Owns the order of errors. A platform tries a sync again unless the first of its errors, by time, is
one of the configuration; and a refused stream fails with its first request. So such errors come
last, while a log line and INCOMPLETE name them at once. Never stops a stream that still runs.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (trace messages).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from source_zendesk_support.streams.catalog.availability import CORE_STREAMS, explain
from source_zendesk_support.zendesk.errors import ConnectorError, Failure, StreamRefused

from .messages import STREAMS_FAILED, Level, StreamStatus, log_message, status_message
from .traced_error import TracedError, traced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.stream import Stream

    from .messages import Message


@dataclass(slots=True)
class SyncResult:
    """How a sync went.

    Attributes:
        records: How many records each stream has delivered.
        since_state: How many of them came after its last state.
        ended: The streams that have ended.
        failures: The error of each stream that failed.

    """

    records: Counter[str] = field(default_factory=Counter)
    since_state: Counter[str] = field(default_factory=Counter)
    ended: set[str] = field(default_factory=set)
    failures: dict[str, TracedError] = field(default_factory=dict)


def end(
    stream: Stream,
    error: BaseException | None,
    outcome: SyncResult,
    *,
    skip: bool,
    below: bool = False,
) -> Iterator[Message]:
    """Yield what a stream says at its end, unless it has said so before its walk ended.

    `below`: the error was met below the records of the walk, which continues.
    """
    if stream.name in outcome.ended:
        return
    outcome.ended.add(stream.name)
    # A stream that has delivered is no longer refused as a whole: something has changed.
    if isinstance(error, StreamRefused) and not outcome.records[stream.name]:
        error = explain(stream, error, below=below)
        if skip and stream.name not in CORE_STREAMS:
            text = f"The stream {stream.name} is skipped: {error}"
            yield log_message(text, Level.WARN)
            error = None
    if error is None:
        yield status_message(stream.name, StreamStatus.COMPLETE)
    else:
        yield from fail(stream.name, error, outcome)


def fail(name: str, error: BaseException, outcome: SyncResult) -> Iterator[Message]:
    """Yield what a failed stream says at once. Its last state stands."""
    failure = traced(error, name)
    outcome.failures[name] = failure
    if failure.failure is Failure.CONFIG:
        what = f"{error.what} [{error.about}]" if isinstance(error, ConnectorError) else str(error)
        yield log_message(f"The stream {name} ends here: {what} What to do is said at the end.")
    else:
        yield failure.as_trace()
    yield status_message(name, StreamStatus.INCOMPLETE)


def refuse(name: str, error: BaseException, outcome: SyncResult) -> Iterator[Message]:
    """Yield what a stream says that never gets to a walk: unknown, or with an unreadable state."""
    yield status_message(name, StreamStatus.STARTED)
    yield from fail(name, error, outcome)


def last_errors(outcome: SyncResult) -> Iterator[Message]:
    """Yield the errors that were held back until all others were printed."""
    for failure in outcome.failures.values():
        if failure.failure is Failure.CONFIG:
            message = failure.as_trace()
            # The others may have come within this same millisecond, and must stay the first.
            message["trace"]["emitted_at"] += 1
            yield message


def whole_failure(outcome: SyncResult) -> TracedError | None:
    """Return the error of the whole sync, with the worst class of its streams; None without one."""
    if not outcome.failures:
        return None
    classes = {failure.failure for failure in outcome.failures.values()}
    # Ours is the worst; a fault that passes must not make the platform stop retrying the sync.
    order = (Failure.SYSTEM, Failure.TRANSIENT, Failure.CONFIG)
    names = ", ".join(sorted(outcome.failures))
    return TracedError(
        f"These streams could not be read to their end: {names}. Each has an error of its "
        "own above; the others were read, and every state that was printed stands.",
        internal_message=STREAMS_FAILED,
        failure=next(kind for kind in order if kind in classes),
    )
