"""An error as the protocol reports it: a message for the user, who can repair it, and no secret.

Owns the two forms that a command prints of an error: a trace, or a failed connection status.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (error trace messages).
"""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .messages import connection_status_message, trace_message
from .secrets import without_secrets

if TYPE_CHECKING:
    from .messages import Message


class TracedError(Exception):
    """An error of a stream, or of the whole command where `stream` is None.

    Attributes:
        message: The sentence for the user.
        internal_message: What developers want to know beside it.
        failure: Who can repair it.
        stream: The stream that failed with it.

    """

    def __init__(
        self,
        message: str,
        *,
        internal_message: str,
        failure: Failure,
        cause: BaseException | None = None,
        stream: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.internal_message = internal_message
        self.failure = failure
        self.stream = stream
        self._cause = cause

    def as_trace(self) -> Message:
        """Return the message that reports it, its stack included, free of secrets."""
        lines = traceback.TracebackException.from_exception(self._cause or self).format()
        error: dict[str, Any] = {
            "message": without_secrets(self.message),
            "internal_message": without_secrets(self.internal_message),
            "stack_trace": without_secrets("".join(lines)),
            "failure_type": self.failure.value,
        }
        if self.stream is not None:
            error["stream_descriptor"] = {"name": self.stream}
        return trace_message("ERROR", time.time_ns() // 1_000_000, error)

    def as_connection_status(self) -> Message | None:
        """Return the failed check that an error of the configuration is; None for any other."""
        if self.failure is not Failure.CONFIG:
            return None
        return connection_status_message(without_secrets(self.message))


def traced(error: BaseException, stream: str | None = None) -> TracedError:
    """Return the protocol's form of an error: who can repair it, and no secret."""
    if isinstance(error, TracedError):
        return error
    if isinstance(error, ConnectorError):
        about = error.about if stream is None else f"stream {stream}, {error.about}"
        return TracedError(
            without_secrets(f"{error.what} [{about}] {error.remedy}"),
            internal_message=f"{type(error).__name__} about {error.about}",
            failure=error.failure,
            cause=error,
            stream=stream,
        )
    return TracedError(
        f"The connector itself failed ({type(error).__name__})"
        + ("." if stream is None else f" in stream {stream}.")
        + " Please report this with the log of the sync.",
        internal_message=without_secrets(repr(error)),
        failure=Failure.SYSTEM,
        cause=error,
        stream=stream,
    )
