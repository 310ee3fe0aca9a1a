"""The protocol's messages, made of names, records, states and errors. None of them holds a secret.

Owns their form, and never their order: that is reader.py's.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (messages, stream status).
"""

from __future__ import annotations

import json
import time
from itertools import repeat
from typing import TYPE_CHECKING, Any

from airbyte_cdk.models import (
    AirbyteEstimateTraceMessage,
    AirbyteLogMessage,
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteRecordMessageFileReference,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    AirbyteStreamStatusReason,
    AirbyteStreamStatusReasonType,
    AirbyteTraceMessage,
    EstimateType,
    FailureType,
    Level,
    StreamDescriptor,
    TraceType,
    Type,
)
from airbyte_cdk.models.airbyte_protocol import (  # type: ignore[attr-defined] # a star import
    AirbyteStreamStatusRateLimitedReason,
)
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_zendesk_support.zendesk.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from source_zendesk_support.streams.model.result import Record, StoredFile

# How many records tell the size of all: some hundred kilobytes of tickets, measured in no time.
SAMPLE = 100


def log_message(text: str, level: Level = Level.INFO) -> AirbyteMessage:
    """Return a LOG message, free of secrets."""
    return AirbyteMessage(
        type=Type.LOG, log=AirbyteLogMessage(level=level, message=filter_secrets(text))
    )


def traced(error: BaseException, stream: str | None = None) -> AirbyteTracedException:
    """Return the protocol's form of an error: who can mend it, and no secret."""
    descriptor = None if stream is None else StreamDescriptor(name=stream)
    if isinstance(error, AirbyteTracedException):
        return error
    if isinstance(error, ConnectorError):
        about = error.about if stream is None else f"stream {stream}, {error.about}"
        return AirbyteTracedException(
            message=filter_secrets(f"{error.what} [{about}] {error.remedy}"),
            internal_message=f"{type(error).__name__} about {error.about}",
            failure_type=FailureType(error.failure.value),
            exception=error,
            stream_descriptor=descriptor,
        )
    return AirbyteTracedException(
        message=f"The connector itself failed ({type(error).__name__})"
        + ("." if stream is None else f" in stream {stream}.")
        + " Please report this with the log of the sync.",
        internal_message=filter_secrets(repr(error)),
        failure_type=FailureType.system_error,
        exception=error,
        stream_descriptor=descriptor,
    )


def record_messages(
    name: str, records: list[Record], files: list[StoredFile | None] | None
) -> Iterator[AirbyteMessage]:
    """Yield the records of a stream, each with its file if it has one."""
    emitted_at = time.time_ns() // 1_000_000
    for record, file in zip(records, files or repeat(None), strict=False):
        message = AirbyteRecordMessage(stream=name, data=record, emitted_at=emitted_at)
        if file is not None:
            message.file_reference = AirbyteRecordMessageFileReference(
                staging_file_url=file.path,
                source_file_relative_path=file.relative_path,
                file_size_bytes=file.size,
            )
        yield AirbyteMessage(type=Type.RECORD, record=message)


def estimate_message(name: str, count: int, first: list[Record]) -> AirbyteMessage | None:
    """Return how many records and bytes a stream is expected to have.

    Zendesk counts records; their size is that of the first ones, as text. None where there are none
    to go by: a platform needs both numbers, and fails a sync whose estimate lacks one.
    """
    sample = first[:SAMPLE]
    if count and not sample:
        return None
    size = sum(map(_size, sample)) / max(1, len(sample))
    return AirbyteMessage(
        type=Type.TRACE,
        trace=AirbyteTraceMessage(
            type=TraceType.ESTIMATE,
            emitted_at=time.time() * 1000,
            estimate=AirbyteEstimateTraceMessage(
                name=name,
                type=EstimateType.STREAM,
                row_estimate=count,
                byte_estimate=round(size * count),
            ),
        ),
    )


def _size(record: Record) -> int:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode(errors="surrogatepass"))  # half a character is no reason to fail


def rate_limited_message(name: str, until: datetime) -> AirbyteMessage:
    """Return that a stream goes on, but waits for its budget."""
    reason = AirbyteStreamStatusReason(
        type=AirbyteStreamStatusReasonType.RATE_LIMITED,
        rate_limited=AirbyteStreamStatusRateLimitedReason(
            quota_reset=round(until.timestamp() * 1000)  # the protocol has it in milliseconds
        ),
    )
    return as_airbyte_message(StreamDescriptor(name=name), AirbyteStreamStatus.RUNNING, [reason])


def status_message(name: str, status: AirbyteStreamStatus) -> AirbyteMessage:
    """Return what has become of a stream."""
    return as_airbyte_message(StreamDescriptor(name=name), status)


def state_message(name: str, state: dict[str, Any]) -> AirbyteMessage:
    """Return the state of a stream."""
    return AirbyteMessage(
        type=Type.STATE,
        state=AirbyteStateMessage(
            type=AirbyteStateType.STREAM,
            stream=AirbyteStreamState(
                stream_descriptor=StreamDescriptor(name=name), stream_state=AirbyteStateBlob(state)
            ),
        ),
    )
