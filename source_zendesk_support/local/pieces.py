"""A sync cut into pieces that are written one by one, each with the states that cover it.

Owns what makes a piece, and how a record's line becomes a line of its stream's file: cut out of
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

# A stream that has so much is written without the others: DuckDB holds it in memory, and few
# changes of a table cost less than many.
MOST_RECORDS = 50_000
MOST_BYTES = 8_000_000
# The most that waits on the disk, beside the streams that are read whole.
MOST_WAITING_BYTES = 64_000_000
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
        self.file.write(data)
        self.file.write(b"\n")
        size = len(data)
        self.records += 1
        self.size += size + 1
        if size > self.longest:  # noqa: PLR1730 - for each record, and max takes three times as long
            self.longest = size

    @property
    def is_full(self) -> bool:
        """Whether it is written without waiting for other streams."""
        return self.size >= MOST_BYTES or self.records >= MOST_RECORDS

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

    @property
    def streams(self) -> list[str]:
        return sorted(self.parts.keys() | self.states.keys() | self.ended)

    def size_of(self, stream: str) -> int:
        return self.parts[stream].size if stream in self.parts else 0

    def take(self, streams: Iterable[str]) -> Piece:
        """Take what there is of some streams out, as a piece of their own."""
        taken = Piece()
        for name in streams:
            if name in self.parts:
                taken.parts[name] = self.parts.pop(name)
            if name in self.states:
                taken.states[name] = self.states.pop(name)
            taken.ended |= self.ended & {name}
        self.ended -= taken.ended
        return taken

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
    _waiting: Piece = field(default_factory=Piece)
    _size: int = 0  # of what waits
    _full: str = ""  # the stream that waits no longer
    _kept: dict[str, Part] = field(default_factory=dict)
    _kept_states: dict[str, Any] = field(default_factory=dict)
    # The stream of the last record, and how its line begins: most lines are of the one before.
    _stream: str = ""
    _begin: bytes = _HEAD + _DATA

    def __iter__(self) -> Iterator[Piece]:
        began_at = self.monotonic()
        try:
            for line in self.lines:
                if not line.startswith(_HEAD) or not self._cut(line):
                    self._take(line)
                if self._full:
                    self._size -= self._waiting.size_of(self._full)
                    yield from _written(self._waiting.take([self._full]))
                    self._full = ""
                if self._size >= MOST_WAITING_BYTES or self.monotonic() - began_at >= LONGEST_S:
                    yield from self._all()
                    began_at = self.monotonic()
            yield from self._all()
        finally:
            self._waiting.close()
            for part in self._kept.values():  # of streams that did not end: read again next time
                part.file.close()

    def _all(self) -> Iterator[Piece]:
        """Yield all that waits, in pieces that DuckDB holds in memory."""
        names: list[str] = []
        size = self._size = 0
        for name in self._waiting.streams:
            size += self._waiting.size_of(name)
            if names and size > MOST_BYTES:
                yield from _written(self._waiting.take(names))
                names, size = [], self._waiting.size_of(name)
            names.append(name)
        yield from _written(self._waiting.take(names))

    def _cut(self, line: bytes) -> bool:
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
        self._add(self._stream, line[start:end])
        return True

    def _add(self, stream: str, data: bytes) -> None:
        if b"\\u" in data:
            data = self._repaired(data)
        if stream in self.whole:
            part = self._kept.get(stream)
            if part is None:
                part = self._kept[stream] = Part(_new_file(), replaces=True)
            part.add(data)
            return
        part = self._waiting.parts.get(stream)
        if part is None:
            part = self._waiting.parts[stream] = Part(_new_file())
        part.add(data)
        self._size += len(data) + 1
        if part.is_full:
            self._full = stream

    def _repaired(self, data: bytes) -> bytes:
        """Return a record without what databases cannot read: half a character, and a NUL."""
        if b"\\ud" in data or b"\\uD" in data:
            with suppress(ValueError, RecursionError):  # it stays, and is found to be broken
                text = json.dumps(json.loads(data), ensure_ascii=False, separators=(",", ":"))
                data = _HALF.sub("\ufffd", text).encode()
        return _NUL.sub(rb"\1", data) if self.drops_nul and b"\\u0000" in data else data

    def _take(self, line: bytes) -> None:
        message = self.hear(line)
        if message is None:
            return
        kind = message["type"]
        if kind == "RECORD":
            record = message["record"]
            self._add(record["stream"], dumps(record["data"]))
        elif kind == "STATE":
            stream = message["state"]["stream"]
            name = stream["stream_descriptor"]["name"]
            states = self._kept_states if name in self.whole else self._waiting.states
            states[name] = stream.get("stream_state") or {}
        elif kind == "TRACE":
            self._end(message["trace"]["stream_status"])

    def _end(self, status: dict[str, Any]) -> None:
        name, waiting = status["stream_descriptor"]["name"], self._waiting
        if status["status"] != "COMPLETE":
            return
        waiting.ended.add(name)
        if name not in self.whole:
            return
        part = self._kept.pop(name, None)
        if name in self._kept_states:
            waiting.states[name] = self._kept_states.pop(name)
            part = part or Part(_new_file(), replaces=True)
        # Without records and a state nothing was read: the stream was skipped, its table stays.
        if part is not None:
            waiting.parts[name] = part
            self._size += part.size
            if part.is_full:
                self._full = name


def _new_file() -> IO[bytes]:
    """Return a file without a name, which is gone with the process."""
    return tempfile.TemporaryFile(buffering=_BUFFER_BYTES)


def _written(piece: Piece) -> Iterator[Piece]:
    """Yield a piece whose files can be read until the next one is asked for."""
    try:
        for part in piece.parts.values():
            part.file.flush()
        yield piece
    finally:
        piece.close()
