"""How streams and a sync end: complete, or with an error that says who can mend it.

Owns the order of errors. A platform tries a sync again unless the first of its errors, by time, is
one of the configuration; and a refused stream fails with its first request. So such errors come
last, while a log line and INCOMPLETE tell of them at once. Never stops a stream that goes on.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (trace messages).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airbyte_cdk.models import AirbyteMessage, AirbyteStreamStatus, FailureType, Level
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_zendesk_support.streams.catalog.availability import CORE_STREAMS, explain
from source_zendesk_support.zendesk.errors import ConnectorError, StreamRefused

from .messages import log_message, status_message, traced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from source_zendesk_support.streams.model.stream import Stream


@dataclass(slots=True)
class SyncResult:
    """How a sync went: what was delivered, which streams have ended, and failed with what."""

    records: Counter[str] = field(default_factory=Counter)
    ended: set[str] = field(default_factory=set)
    failures: dict[str, AirbyteTracedException] = field(default_factory=dict)


def end(
    stream: Stream,
    error: BaseException | None,
    outcome: SyncResult,
    *,
    skip: bool,
    below: bool = False,
) -> Iterator[AirbyteMessage]:
    """Yield what a stream says at its end, unless it has said so before its walk ended.

    `below`: the error was met below the records of the walk, which goes on.
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
        yield status_message(stream.name, AirbyteStreamStatus.COMPLETE)
    else:
        yield from fail(stream.name, error, outcome)


def fail(name: str, error: BaseException, outcome: SyncResult) -> Iterator[AirbyteMessage]:
    """Yield what a failed stream says at once. Its last state stands."""
    failure = traced(error, name)
    outcome.failures[name] = failure
    if failure.failure_type is FailureType.config_error:
        what = f"{error.what} [{error.about}]" if isinstance(error, ConnectorError) else str(error)
        yield log_message(f"The stream {name} ends here: {what} What to do is said at the end.")
    else:
        yield failure.as_sanitized_airbyte_message()
    yield status_message(name, AirbyteStreamStatus.INCOMPLETE)


def refuse(name: str, error: BaseException, outcome: SyncResult) -> Iterator[AirbyteMessage]:
    """Yield what a stream says that never gets to a walk: unknown, or with an unreadable state."""
    yield status_message(name, AirbyteStreamStatus.STARTED)
    yield from fail(name, error, outcome)


def last_errors(outcome: SyncResult) -> Iterator[AirbyteMessage]:
    """Yield the errors that were held back until all others were told."""
    for failure in outcome.failures.values():
        if failure.failure_type is FailureType.config_error:
            message = failure.as_sanitized_airbyte_message()
            assert message.trace is not None
            # The others may have come within this same millisecond, and must stay the first.
            message.trace.emitted_at += 1
            yield message


def whole_failure(outcome: SyncResult) -> AirbyteTracedException | None:
    """Return the error of the whole sync, with the worst class of its streams; None without one."""
    if not outcome.failures:
        return None
    classes = {failure.failure_type for failure in outcome.failures.values()}
    # Ours is the worst; a fault that passes must not make the platform stop retrying the sync.
    order = (FailureType.system_error, FailureType.transient_error, FailureType.config_error)
    names = ", ".join(sorted(outcome.failures))
    return AirbyteTracedException(
        message=f"These streams could not be read to their end: {names}. Each has an error of its "
        "own above; the others were read, and every state that was printed stands.",
        internal_message="streams failed",
        failure_type=next(kind for kind in order if kind in classes),
    )
