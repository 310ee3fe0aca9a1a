"""The values of a state, read strictly: what cannot be read is an error that names stream and key.

Pure. Such a value is never ignored, because that would restart a history silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .times import SMALLEST_EPOCH_S, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .keys import StateKeys


def unreadable(stream: StateKeys, key: str, why: str) -> ConnectorError:
    """Return the error for a state that cannot be read."""
    return ConnectorError(
        f"The saved state cannot be read: {why}.",
        about=f"state of the stream {stream.name}, key `{key}`",
        remedy="Restore the state of an earlier sync, or reset the stream to read it anew.",
        failure=Failure.CONFIG,
    )


def time_in(stream: StateKeys, key: str, value: Any) -> int:
    """Return the epoch seconds of a value. Raises ConnectorError naming the key.

    A number that lost digits would begin a history anew. Zero is the start.
    """
    at_s = number_in(stream, key, value)
    if 0 < at_s < SMALLEST_EPOCH_S and _is_number(value):
        raise unreadable(stream, key, "its value is an epoch that lacks digits")
    return at_s


def number_in(stream: StateKeys, key: str, value: Any) -> int:
    """Return the seconds of a value, which may be few. Raises ConnectorError naming the key."""
    try:
        return parse_time(value)
    except ValueError:
        raise unreadable(stream, key, "its value is neither an epoch nor ISO 8601") from None


def _is_number(value: Any) -> bool:
    return not isinstance(value, str) or value.strip().lstrip("+-").replace(".", "").isdecimal()


def optional_time_in(stream: StateKeys, key: str, value: Any) -> int | None:
    """Return the epoch seconds of a value that may be missing."""
    return None if value is None else time_in(stream, key, value)


def optional_id_in(stream: StateKeys, key: str, value: Any) -> int | None:
    """Return a whole number or None. Raises ConnectorError naming the key."""
    if value is None or type(value) is int:
        return value
    raise unreadable(stream, key, "its value is not a whole number")


def text_in(stream: StateKeys, key: str, value: Any) -> str | None:
    """Return a text that may be missing, but not empty. A cursor may have come as a number."""
    if value is None or (isinstance(value, str) and value):
        return value
    if type(value) is int:
        return str(value)
    raise unreadable(stream, key, "its value is not a text")


def marks_in(stream: StateKeys, key: str, value: Any) -> frozenset[str]:
    """Return a set of marks that may be missing."""
    return frozenset(texts_in(stream, key, value))


def texts_in(stream: StateKeys, key: str, value: Any) -> list[str]:
    """Return a list of texts that may be missing."""
    if not isinstance(value, list | None) or not all(isinstance(it, str) for it in value or ()):
        raise unreadable(stream, key, "its value is not a list of texts")
    return value or []


def pair_in(stream: StateKeys, key: str, value: Any) -> tuple[int, int] | None:
    """Return a pair of integers that may be missing."""
    if value is None:
        return None
    if isinstance(value, list) and [type(it) for it in value] == [int, int]:
        return value[0], value[1]
    raise unreadable(stream, key, "its value is not a pair of whole numbers")


def object_in(stream: StateKeys, key: str, value: Any) -> Mapping[str, Any]:
    """Return an object that may be missing."""
    if not isinstance(value, dict | None):
        raise unreadable(stream, key, "its value is not an object")
    return value or {}
