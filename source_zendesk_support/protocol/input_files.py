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

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    SyncMode,
    Type,
)

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

from .state_files import NotAStateError, to_messages

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping


_MESSAGES = {kind.value for kind in Type}
_SYNC_MODES = {mode.value for mode in SyncMode}
# What a source reads of a catalog. The rest is for destinations, and grows with the platform: the
# protocol's model, which knows today's values only, refuses the whole catalog for a new one.
_OF_A_ROW = ("sync_mode", "include_files")
_OF_A_STREAM = ("name", "namespace", "json_schema", "supported_sync_modes")


def read_config_file(path: str) -> MutableMapping[str, Any]:
    """Return the JSON object of a config file. Raises ConnectorError (config)."""
    with _opened(path, "config") as file:
        content = file.read()
    config: dict[str, Any] = _json_of(content, "config", dict)
    return config


def read_catalog_file(path: str) -> ConfiguredAirbyteCatalog:
    """Return the configured catalog of a file. Raises ConnectorError (config).

    What `discover` printed is one of all its streams, each read incrementally if it can be.
    """
    content = _messages_or_text(path, "catalog")
    if isinstance(content, list) and len(content) != 1:
        raise _bad_file("catalog", "holds printed messages, but not one CATALOG among them")
    printed = isinstance(content, list)
    catalog = content[0] if isinstance(content, list) else _json_of(content, "catalog", dict)
    try:
        if printed:
            streams = catalog["catalog"]["streams"]
            catalog = {"streams": [_configured(stream) for stream in streams]}
        return _catalog(catalog)
    except Exception as error:
        raise _bad_file("catalog", "is not a configured catalog") from error


def read_state_file(path: str | None) -> list[AirbyteStateMessage]:
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


def read_output_file(path: str) -> list[AirbyteStateMessage]:
    """Return the state messages of what a run printed, or of a state file; there may be none.

    A run that was killed at once has printed nothing. Raises ConnectorError (config).
    """
    content = _messages_or_text(path, "state")
    return _state_messages(content) if content else []


def _state_messages(content: list[Any] | bytes) -> list[AirbyteStateMessage]:
    if isinstance(content, bytes):
        content = _json_of(content, "state", (list, dict))
    try:
        return [AirbyteStateMessageSerializer.load(item) for item in to_messages(content)]
    except Exception as error:
        what = str(error) if isinstance(error, NotAStateError) else "is not a list of stream states"
        raise _bad_file(
            "state",
            what,
            "Give the state that the last sync left. Only without a state, or with {}, is "
            "everything read from its beginning.",
        ) from error


def states_by_stream(messages: list[AirbyteStateMessage]) -> dict[str, dict[str, Any]]:
    """Return the state of each stream; of several for one stream, the last counts."""
    found: dict[str, dict[str, Any]] = {}
    for message in messages:
        if message.stream is not None:
            streams = [message.stream]
        elif message.global_ is not None:
            streams = message.global_.stream_states
        else:
            found.update(message.data or {})
            continue
        for stream in streams:
            blob = stream.stream_state
            found[stream.stream_descriptor.name] = dict(blob.__dict__) if blob else {}
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
    """Return the messages of a kind among JSON Lines; of a file that is no such lines, all of it.

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
    """Choose what most connections have: news only where a stream can tell, upserted by key."""
    incremental = "incremental" in stream["supported_sync_modes"]
    return {
        "stream": stream,
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field"),
        "primary_key": stream.get("source_defined_primary_key"),
    }


def _catalog(content: dict[str, Any]) -> ConfiguredAirbyteCatalog:
    """Return the catalog of the protocol. Raises whatever the protocol's model raises."""
    try:
        return ConfiguredAirbyteCatalogSerializer.load(content)
    except Exception:
        rows = content.get("streams")
        if not isinstance(rows, list):
            raise
        read = [_as_a_source_reads(row) for row in rows]
        return ConfiguredAirbyteCatalogSerializer.load({"streams": read})


def _as_a_source_reads(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with what a source reads, in the values that the protocol's model knows.

    How a destination writes does not concern a read: any mode stands for every other. An unknown
    `sync_mode` stays, and is refused: no reading could be right.
    """
    stream = {name: row["stream"][name] for name in _OF_A_STREAM if name in row["stream"]}
    modes = stream.get("supported_sync_modes")
    if isinstance(modes, list):
        stream["supported_sync_modes"] = [mode for mode in modes if mode in _SYNC_MODES]
    read = {name: row[name] for name in _OF_A_ROW if name in row}
    return {**read, "stream": stream, "destination_sync_mode": "append"}


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
