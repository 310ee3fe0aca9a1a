"""Where a stream stands: the value that walks begin from and end with.

Pure values, and the one error for a state that cannot be read. How they are written is codec.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .times import parse_time

if TYPE_CHECKING:
    from source_zendesk_support.streams.catalog.stream import Stream


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that was not read to its end: the page to go on after, and what was met so far."""

    after_cursor: str
    started_s: int
    newest_s: int | None
    seen: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the export of one parent stands."""

    at_s: int
    after_cursor: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream stands.

    `at_s`: epoch seconds up to which everything was read; `after_cursor`: Zendesk's own place in a
    cursor export; `seen`: marks of the records of that second, or later, that were delivered.
    `versions`: of a compared list, what was delivered (digests.py). `swept_s`: when all parents
    were last asked for their children. `floors`: of parents that an older connector read, how far.
    `places`: of parents with an export of their own, where it stands.
    """

    at_s: int | None = None
    after_cursor: str | None = None
    seen: frozenset[str] = frozenset()
    open_list: OpenList | None = None
    versions: str = ""
    swept_s: int | None = None
    floors: tuple[tuple[str, int], ...] = ()
    places: tuple[tuple[str, Place], ...] = ()


START = Position()


def unreadable(stream: Stream, key: str, why: str) -> ConnectorError:
    """Return the error for a state that cannot be read: it names stream and key."""
    return ConnectorError(
        f"The saved state cannot be read: {why}.",
        about=f"state of the stream {stream.name}, key `{key}`",
        remedy="Restore the state of an earlier sync, or reset the stream to read it anew.",
        failure=Failure.CONFIG,
    )


def time_in(stream: Stream, key: str, value: Any) -> int:
    """Return the epoch seconds of a value of a state. Raises ConnectorError naming the key."""
    try:
        return parse_time(value)
    except ValueError:
        raise unreadable(stream, key, "its value is neither an epoch nor ISO 8601") from None
