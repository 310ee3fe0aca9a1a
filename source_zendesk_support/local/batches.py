"""A sync cut into batches that PyAirbyte writes one by one: a long one is not all or nothing.

PyAirbyte writes when its input ends: it is given the input in pieces. Owns what may share a piece:
a key once, since its upsert knows no order within one; a stream that is read whole not before its
end, since it replaces the table. Knows no database.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# A piece of this many rows costs PyAirbyte a few seconds, and a killed sync reads it again.
MOST_RECORDS = 50_000
# What a killed sync has to read again at most, beside its last piece's writing.
LONGEST_S = 300.0
_SPOOL_BYTES = 1 << 23  # a list that is read whole seldom has more: it stays in memory


@dataclass(frozen=True, slots=True)
class Form:
    """How a message becomes bytes and back."""

    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Any]


class _Whole:
    """The messages of one stream that is read whole, kept until it has come to its end."""

    def __init__(self, key: tuple[str, ...], form: Form) -> None:
        self._key = key
        self._form = form
        self._file = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - close()
        self._copies: Counter[Any] = Counter()
        self.records = 0
        self.has_state = False

    def keep(self, message: Any) -> None:
        if message.record:
            self.records += 1
            self._copies[_key_of(message.record.data, self._key)] += 1
        else:
            self.has_state = True
        self._file.write(self._form.dump(message) + b"\n")

    def play(self) -> Iterator[Any]:
        """Yield what was kept: of several records with one key, the last."""
        self._file.seek(0)
        for line in self._file:
            message = self._form.load(line)
            if message.record:
                key = _key_of(message.record.data, self._key)
                self._copies[key] -= 1
                if self._key and self._copies[key]:
                    continue
            yield message

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True)
class Batches:
    """The pieces of a sync; each must be read to its end before the next.

    `keys` holds the key of each stream, `whole` the streams that are read whole. `emptied` are
    those of the last piece that have come to their end without a record.
    """

    messages: Iterator[Any]
    keys: Mapping[str, tuple[str, ...]]
    whole: frozenset[str]
    form: Form
    monotonic: Callable[[], float]
    emptied: list[str] = field(default_factory=list)
    ended: bool = False
    _next: Any = None
    _kept: dict[str, _Whole] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Iterable[Any]]:
        while not self.ended:
            self.emptied = []
            yield self._piece()
        for kept in self._kept.values():
            kept.close()  # of streams that did not come to their end: read again the next time

    def _piece(self) -> Iterator[Any]:
        seen: set[Any] = set()
        started_at = self.monotonic()
        while (message := self._take()) is not None:
            name = _stream_of(message)
            if name in self.whole:
                yield from self._take_whole(name, message)
                continue
            if message.record:
                key = (name, _key_of(message.record.data, self.keys[name]))
                full = len(seen) >= MOST_RECORDS or self.monotonic() - started_at >= LONGEST_S
                if seen and (full or key in seen):
                    self._next = message
                    return
                seen.add(key)
            yield message
        self.ended = True

    def _take(self) -> Any:
        message, self._next = self._next, None
        return message if message is not None else next(self.messages, None)

    def _take_whole(self, name: str, message: Any) -> Iterator[Any]:
        if message.record or message.state:
            if name not in self._kept:
                self._kept[name] = _Whole(self.keys[name], self.form)
            self._kept[name].keep(message)
            return
        if message.trace.stream_status.status.value == "COMPLETE" and name in self._kept:
            kept = self._kept.pop(name)
            yield from kept.play()
            kept.close()
            # Without a state nothing was read: the stream was skipped, and its table stays.
            if not kept.records and kept.has_state:
                self.emptied.append(name)
        yield message


def _stream_of(message: Any) -> str:
    """Return the stream that a message is about; "" for one about none."""
    if message.record:
        return str(message.record.stream)
    if message.state:
        return str(message.state.stream.stream_descriptor.name)
    if message.trace and message.trace.stream_status:
        return str(message.trace.stream_status.stream_descriptor.name)
    return ""


def _key_of(record: Mapping[str, Any], key: tuple[str, ...]) -> Any:
    return tuple(record.get(name) for name in key)
