"""A sync cut into pieces that are written one by one, each with the states that cover it.

Owns what may share a piece, and how a record's line becomes a line of its stream's file: cut out of
its message as bytes, not parsed. A stream that is read whole is not written before its end, since
it replaces its table. Files have no name on the disk. Knows no database.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from source_zendesk_support.zendesk.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A piece is small enough for memory to stay flat, and large enough to be compressed well.
MOST_RECORDS = 50_000
MOST_BYTES = 32_000_000
# The most that a killed sync has to read again, beside the writing of its last piece.
LONGEST_S = 15.0
# Some tens of records go to the system at once. There may be a file for each of 80 streams.
_BUFFER_BYTES = 1 << 16

# How the connector prints a record, and where its data ends. Another form is parsed.
_HEAD = b'{"type":"RECORD","record":{"stream":"'
_DATA = b'","data":'
_TAIL = b',"emitted_at":'
_BRACE = ord("}")
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Part:
    """The records of one stream in a piece, as lines of JSON in `file`.

    `longest` is the size of its longest line; `replaces`: they are all that the table is to hold.
    """

    file: IO[bytes]
    records: int = 0
    size: int = 0
    longest: int = 0
    replaces: bool = False

    def add(self, data: bytes) -> None:
        self.file.write(data + b"\n")
        self.records += 1
        self.size += len(data) + 1
        self.longest = max(self.longest, len(data))

    @property
    def path(self) -> str:
        """The path under which this process can open the file."""
        return f"/dev/fd/{self.file.fileno()}"

    def lines(self) -> Iterator[bytes]:
        """Yield the lines from the first."""
        self.file.seek(0)
        yield from self.file


@dataclass(slots=True)
class Piece:
    """A piece, written at once: records by stream, and the last state of each stream."""

    parts: dict[str, Part] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    records: int = 0
    size: int = 0

    def close(self) -> None:
        for part in self.parts.values():
            part.file.close()


@dataclass(slots=True)
class Pieces:
    """The pieces of a sync, out of the connector's lines. Each must be written before the next.

    `hear` gets every line that is not a record and returns the message if it concerns the tables.
    `whole` are the streams that are read whole. Several pieces may hold records of one key: of two
    with the same key the later one counts.
    """

    lines: Iterable[bytes]
    whole: frozenset[str]
    hear: Callable[[bytes], dict[str, Any] | None]
    monotonic: Callable[[], float]
    drops_nul: bool = False
    _kept: dict[str, Part] = field(default_factory=dict)
    _kept_states: dict[str, Any] = field(default_factory=dict)
    # The stream of the last record, and how its line begins: most lines are of the one before.
    _stream: str = ""
    _begin: bytes = _HEAD + _DATA

    def __iter__(self) -> Iterator[Piece]:
        piece, began_at = Piece(), self.monotonic()
        try:
            for line in self.lines:
                if not line.startswith(_HEAD) or not self._cut(line, piece):
                    self._take(line, piece)
                is_full = piece.records >= MOST_RECORDS or piece.size >= MOST_BYTES
                if is_full or self.monotonic() - began_at >= LONGEST_S:
                    _flush(piece)
                    yield piece
                    piece.close()
                    piece, began_at = Piece(), self.monotonic()
            _flush(piece)
            yield piece
        finally:
            piece.close()
            for part in self._kept.values():  # of streams that did not end: read again next time
                part.file.close()

    def _cut(self, line: bytes, piece: Piece) -> bool:
        """Take a record whose line has the form that is expected; return whether it had."""
        if not line.startswith(self._begin):
            name_end = line.index(b'"', len(_HEAD))
            start = name_end + len(_DATA)
            if line[name_end:start] != _DATA:
                return False
            self._stream, self._begin = line[len(_HEAD) : name_end].decode(), line[:start]
        start, end = len(self._begin), line.rfind(_TAIL)
        if end <= start or line[end - 1] != _BRACE:
            return False
        self._add(self._stream, line[start:end], piece)
        return True

    def _add(self, stream: str, data: bytes, piece: Piece) -> None:
        if b"\\u" in data:
            data = self._repaired(data)
        if stream in self.whole:
            part = self._kept.get(stream)
            if part is None:
                part = self._kept[stream] = Part(_new_file(), replaces=True)
        else:
            part = piece.parts.get(stream)
            if part is None:
                part = piece.parts[stream] = Part(_new_file())
            piece.records += 1
            piece.size += len(data)
        part.add(data)

    def _repaired(self, data: bytes) -> bytes:
        """Return a record without what databases cannot read: half a character, and a NUL."""
        if b"\\ud" in data or b"\\uD" in data:
            with suppress(ValueError, RecursionError):  # it stays, and is found to be broken
                text = json.dumps(json.loads(data), ensure_ascii=False, separators=(",", ":"))
                data = _HALF.sub("\ufffd", text).encode()
        return _NUL.sub(rb"\1", data) if self.drops_nul and b"\\u0000" in data else data

    def _take(self, line: bytes, piece: Piece) -> None:
        message = self.hear(line)
        if message is None:
            return
        kind = message["type"]
        if kind == "RECORD":
            record = message["record"]
            self._add(record["stream"], dumps(record["data"]), piece)
        elif kind == "STATE":
            stream = message["state"]["stream"]
            name = stream["stream_descriptor"]["name"]
            states = self._kept_states if name in self.whole else piece.states
            states[name] = stream.get("stream_state") or {}
        elif kind == "TRACE":
            self._end(message["trace"]["stream_status"], piece)

    def _end(self, status: dict[str, Any], piece: Piece) -> None:
        name = status["stream_descriptor"]["name"]
        if status["status"] != "COMPLETE":
            return
        piece.ended.add(name)
        if name not in self.whole:
            return
        part = self._kept.pop(name, None)
        if name in self._kept_states:
            piece.states[name] = self._kept_states.pop(name)
            part = part or Part(_new_file(), replaces=True)
        # Without records and a state nothing was read: the stream was skipped, its table stays.
        if part is not None:
            piece.parts[name] = part
            piece.records += part.records
            piece.size += part.size


def _new_file() -> IO[bytes]:
    """Return a file without a name, which is gone with the process."""
    return tempfile.TemporaryFile(buffering=_BUFFER_BYTES)


def _flush(piece: Piece) -> None:
    for part in piece.parts.values():
        part.file.flush()
