"""The protocol's messages, made of names, states and errors. None of them holds a secret.

Owns their form, key by key as Airbyte's CDK writes them. Their order is reader.py's. A message is a
JSON object: the CDK's classes would cost each command more than a second of import.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (messages, stream status).
"""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.json_text import dumps

from .secrets import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from source_zendesk_support.streams.model.result import Record

Message = dict[str, Any]

# How many records give the size of all: some hundred kilobytes of tickets, measured in no time.
SAMPLE = 100
# The internal message of the last error, which names the streams that failed.
STREAMS_FAILED = "streams failed"


class Level(Enum):
    """How much a log line matters."""

    FATAL = "FATAL"
    ERROR = "ERROR"
    WARN = "WARN"
    INFO = "INFO"
    DEBUG = "DEBUG"


class StreamStatus(Enum):
    """The status of a stream."""

    STARTED = "STARTED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"


def log_message(text: str, level: Level = Level.INFO) -> Message:
    """Return a LOG message, free of secrets."""
    return {"type": "LOG", "log": {"level": level.value, "message": without_secrets(text)}}


def connection_status_message(failure: str | None) -> Message:
    """Return the answer of `check`: succeeded, or failed for the reason that is given."""
    if failure is None:
        return {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}}
    status = {"status": "FAILED", "message": failure}
    return {"type": "CONNECTION_STATUS", "connectionStatus": status}


def catalog_message(streams: list[dict[str, Any]]) -> Message:
    """Return the answer of `discover`."""
    return {"type": "CATALOG", "catalog": {"streams": streams}}


def control_message(config: Mapping[str, Any]) -> Message:
    """Return the message that makes the platform store a configuration in place of the old one.

    A null at its top is not written, as the CDK's serialiser has it.
    """
    values = {name: value for name, value in config.items() if value is not None}
    return {
        "type": "CONTROL",
        "control": {
            "type": "CONNECTOR_CONFIG",
            "emitted_at": time.time() * 1000,
            "connectorConfig": {"config": values},
        },
    }


def trace_message(kind: str, emitted_at: float, content: Mapping[str, Any]) -> Message:
    """Return a TRACE message of a kind: ERROR, ESTIMATE or STREAM_STATUS."""
    trace = {"type": kind, "emitted_at": emitted_at, kind.lower(): content}
    return {"type": "TRACE", "trace": trace}


def estimate_message(name: str, count: int, first: Sequence[Record]) -> Message | None:
    """Return how many records and bytes a stream is expected to have.

    Zendesk counts records; their size is that of the first ones, as text. None where there are none
    to go by: a platform needs both numbers, and fails a sync whose estimate lacks one.
    """
    sample = first[:SAMPLE]
    if count and not sample:
        return None
    size = sum(len(dumps(record)) for record in sample) / max(1, len(sample))
    estimate = {
        "name": name,
        "type": "STREAM",
        "row_estimate": count,
        "byte_estimate": round(size * count),
    }
    return trace_message("ESTIMATE", time.time() * 1000, estimate)


def status_message(name: str, status: StreamStatus) -> Message:
    """Return a stream status message."""
    return _status_message(name, {"status": status.value})


def rate_limited_message(name: str, until: datetime) -> Message:
    """Return that a stream continues, but waits for its budget."""
    quota_reset = round(until.timestamp() * 1000)  # the protocol has it in milliseconds
    reason = {"type": "RATE_LIMITED", "rate_limited": {"quota_reset": quota_reset}}
    return _status_message(name, {"status": StreamStatus.RUNNING.value, "reasons": [reason]})


def _status_message(name: str, status: Mapping[str, Any]) -> Message:
    content = {"stream_descriptor": {"name": name}, **status}
    return trace_message("STREAM_STATUS", time.time() * 1000, content)


def stream_of_status(message: Message) -> str | None:
    """Return the stream whose status a message reports; None for every other message."""
    status = message.get("trace", {}).get("stream_status")
    name: str | None = status["stream_descriptor"]["name"] if status else None
    return name


def state_message(name: str, state: dict[str, Any], records: int) -> Message:
    """Return the state of a stream, and how many records came since its last one."""
    return {
        "type": "STATE",
        "state": {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": name}, "stream_state": state},
            # The protocol counts in floats.
            "sourceStats": {"recordCount": float(records)},
        },
    }
