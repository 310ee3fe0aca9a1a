"""The files that a platform hands over: configuration, catalog and state.

Owns how they are opened, and what is said when one cannot be used; the forms of a state are in
state_files.py. Never quotes a value that stands in a file.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .selected_stream import NotACatalogError, parse_catalog
from .state_files import NotAStateError, to_messages

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from .selected_stream import SelectedStream
    from .state_files import Form


# The kinds of messages that the protocol knows.
_MESSAGES = {
    "RECORD",
    "STATE",
    "LOG",
    "SPEC",
    "CONNECTION_STATUS",
    "CATALOG",
    "TRACE",
    "CONTROL",
    "DESTINATION_CATALOG",
}


def read_config_file(path: str) -> MutableMapping[str, Any]:
    """Return the JSON object of a config file. Raises ConnectorError (config)."""
    with _opened(path, "config") as file:
        content = file.read()
    config: dict[str, Any] = _json_of(content, "config", dict)
    return config


def read_catalog_file(path: str) -> list[SelectedStream]:
    """Return the streams of a configured catalog in a file. Raises ConnectorError (config).

    What `discover` printed is one of all its streams, each read incrementally if it can be.
    """
    content = _messages_or_text(path, "catalog")
    if isinstance(content, list) and len(content) != 1:
        raise _bad_file("catalog", "holds printed messages, but not one CATALOG among them")
    try:
        if isinstance(content, list):
            printed = content[0]["catalog"]["streams"]
            return parse_catalog({"streams": [_configured(stream) for stream in printed]})
        return parse_catalog(_json_of(content, "catalog", dict))
    except (NotACatalogError, LookupError, TypeError) as error:
        raise _bad_file("catalog", "is not a configured catalog") from error


def read_state_file(path: str | None) -> list[Form]:
    """Return the state messages of a file, in any of the forms that platforms have written.

    A file of JSON Lines is what `read` printed, one run's or several runs' one after another: its
    STATE lines count, and its other lines are gone past. Raises ConnectorError (config).
    """
    if not path:
        return []
    content = _messages_or_text(path, "state")
    if content == []:
        # A history would begin anew, silently.
        raise _bad_file("state", "holds printed messages, but no STATE among them")
    return _state_messages(content)


def read_output_file(path: str) -> list[Form]:
    """Return the state messages of what a run printed, or of a state file; there may be none.

    A run that was killed at once has printed nothing. Raises ConnectorError (config).
    """
    content = _messages_or_text(path, "state")
    return _state_messages(content) if content else []


def _state_messages(content: list[Any] | bytes) -> list[Form]:
    if isinstance(content, bytes):
        content = _json_of(content, "state", (list, dict))
    try:
        return to_messages(content)
    except NotAStateError as error:
        raise _bad_file(
            "state",
            str(error),
            "Give the state that the last sync left. Only without a state, or with {}, is "
            "everything read from its beginning.",
        ) from error


def states_by_stream(messages: list[Form]) -> dict[str, dict[str, Any]]:
    """Return the state of each stream; of several for one stream, the last counts."""
    found: dict[str, dict[str, Any]] = {}
    for message in messages:
        if "stream" in message:
            streams = [message["stream"]]
        elif "global" in message:
            streams = message["global"]["stream_states"]
        else:
            found.update(message["data"])
            continue
        for stream in streams:
            found[stream["stream_descriptor"]["name"]] = stream["stream_state"] or {}
    return found


@contextmanager
def _opened(path: str, kind: str) -> Iterator[BinaryIO]:
    """Open a file, or a pipe, whose bytes come once: read it from front to end, and once."""
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise _bad_file(kind, f"cannot be opened ({type(error).__name__})") from error


def _messages_or_text(path: str, kind: str) -> list[Any] | bytes:
    """Return the messages of a kind among JSON Lines; all of a file that is not JSON Lines.

    Line by line: such a file may hold every record of an account.
    """
    wanted = kind.upper()
    mark = f'"{wanted}"'.encode()
    with _opened(path, kind) as file:
        first = file.readline()
        if not _is_a_message(first):
            return first + file.read()
        try:
            lines = (it for it in chain([first], file) if mark in it and not _is_cut_off(it))
            messages = [json.loads(it) for it in lines]
        except (ValueError, RecursionError):
            raise _bad_file(kind, "has a line that is not JSON") from None
    return [it for it in messages if it.get("type") == wanted]


def _configured(stream: dict[str, Any]) -> dict[str, Any]:
    """Choose what most connections have: only news where a stream has a cursor."""
    incremental = "incremental" in stream["supported_sync_modes"]
    return {"stream": stream, "sync_mode": "incremental" if incremental else "full_refresh"}


def _is_cut_off(line: bytes) -> bool:
    """A run that was killed leaves half of its last line; the state before it stands."""
    return line.count(b"{") > line.count(b"}")


def _is_a_message(line: bytes) -> bool:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("type") in _MESSAGES


def _bad_file(
    kind: str,
    what: str,
    remedy: str = "Give the path of a readable file with the JSON that the protocol describes.",
) -> ConnectorError:
    return ConnectorError(
        f"The {kind} file {what}.",
        about=f"option --{kind}",
        remedy=remedy,
        failure=Failure.CONFIG,
    )


def _json_of(text: bytes, kind: str, shape: type | tuple[type, ...]) -> Any:
    try:
        content = json.loads(text or b" ")
    except (ValueError, RecursionError):
        # Without its cause: a decoding error quotes what it stumbled over, which may be a secret.
        raise _bad_file(kind, "is empty or is not JSON") from None
    if not isinstance(content, shape):
        raise _bad_file(kind, "does not hold what it should: its JSON has another shape")
    return content
