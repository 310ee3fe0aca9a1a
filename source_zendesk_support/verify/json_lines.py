"""The records of files of JSON Lines, as a deduplicating destination would hold them.

Owns what the order of messages means: the last record of a key stands, and a stream without a
cursor begins anew with each sync. Keeps all records in memory. Reads only.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.catalog.table import STREAMS
from source_zendesk_support.streams.state.times import parse_time
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.json_text import loads

from .compare import changed_at_s, seconds_of
from .held import is_alive

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .held import Row

_FIGURES = '{"summary":'


@dataclass(slots=True)
class JsonLinesHeld:
    """The rows of some files, in the order in which they were printed.

    `odd_lines` is the number of lines that are not messages.
    """

    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random)
    odd_lines: int = 0
    _began_s: dict[str, int] = field(default_factory=dict)
    _started_s: dict[str, int] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)

    def take(self, path: str) -> None:
        """Take in a file. Raises ConnectorError (config); half a last line is left out."""
        try:
            with Path(path).open("rb") as file:
                for line in file:
                    self._take_line(line)
        except OSError as error:
            raise ConnectorError(
                f"The file {path} cannot be read ({type(error).__name__}).",
                about="option FILE",
                remedy="Give the paths of what `read` has printed, from old to new.",
                failure=Failure.CONFIG,
            ) from error

    def _take_line(self, line: bytes) -> None:
        """Take in a message. Other lines are counted: a library's, half of a last one."""
        try:
            message = loads(line).value
            kind = message["type"]
            if kind == "RECORD":
                self._record(message["record"])
            elif kind == "TRACE" and message["trace"]["type"] == "STREAM_STATUS":
                self._status(message["trace"])
            elif kind == "LOG" and message["log"]["message"].startswith(_FIGURES):
                self._figures(message["log"]["message"])
        except (ValueError, KeyError, TypeError, AttributeError):
            self.odd_lines += 1

    def _record(self, record: dict[str, Any]) -> None:
        stream = STREAMS.get(record["stream"])
        if stream is None:
            return
        rows = self.tables.setdefault(stream.name, {})
        data = record["data"]
        rows[str(data.get(stream.primary_key)) if stream.primary_key else str(len(rows))] = data

    def _status(self, trace: dict[str, Any]) -> None:
        status = trace["stream_status"]
        name = status["stream_descriptor"]["name"]
        if name not in STREAMS:
            return
        if status["status"] == "STARTED":
            self._started_s[name] = int(trace["emitted_at"] // 1000)
            if STREAMS[name].cursor_field is None:
                self.tables[name] = {}
            self.tables.setdefault(name, {})
        elif status["status"] == "COMPLETE":
            self._began_s[name] = self._started_s.get(name, int(trace["emitted_at"] // 1000))
            self._ended.add(name)

    def _figures(self, text: str) -> None:
        """Zendesk's own clock says better than this machine's when the reading began."""
        began_s = loads(text.encode()).value["summary"].get("began_s")
        if isinstance(began_s, int):
            self._began_s |= dict.fromkeys(self._ended, began_s)
        self._ended.clear()

    def streams(self) -> list[str]:
        """Return the streams that have records, or were read."""
        return [name for name in STREAMS if name in self.tables]

    def count(self, stream: str, *, dead: bool = False) -> int:
        """Return the number of live rows, or of all with the `dead` ones."""
        return len(self.tables[stream] if dead else self._alive(stream))

    def count_created(self, stream: str, from_s: int, until_s: int) -> int | None:
        """Return the number of live rows that were created in a span of time, its end left out.

        None where the time of creation is dropped or hashed.
        """
        rows = [
            row
            for row in self._alive(stream).values()
            if row.get("active") is not False and row.get("deleted_at") is None
        ]
        times = [_created_s(row) for row in rows]
        is_hidden = bool(times) and max(times) < 0
        return None if is_hidden else sum(from_s <= at_s < until_s for at_s in times)

    def rows(self, stream: str, keys: Collection[str] | None = None) -> dict[str, Row]:
        """Return rows by the text of their key, dead ones too: of some keys, or all."""
        rows = self.tables[stream]
        return dict(rows) if keys is None else {key: rows[key] for key in keys if key in rows}

    def within(self, stream: str, column: str, from_s: int, until_s: int) -> dict[str, Row]:
        """Return the rows whose time in a column is in a span, its end left out."""
        rows = self.tables[stream]
        times = {key: seconds_of(row.get(column)) for key, row in rows.items()}
        return {
            key: rows[key]
            for key, at_s in times.items()
            if at_s is not None and from_s <= at_s < until_s
        }

    def below(self, stream: str, column: str, parents: Collection[str]) -> dict[str, Row]:
        """Return the rows below some parents, whose keys stand in a column."""
        wanted = set(parents)
        return {k: row for k, row in self.tables[stream].items() if str(row.get(column)) in wanted}

    def sample(self, stream: str, newest: int, others: int) -> list[str]:
        """Return keys of live rows: the newest, and others at random."""
        rows = self._alive(stream)
        row = STREAMS[stream]
        by_time = sorted(rows, key=lambda it: -(changed_at_s(row, rows[it]) or 0))
        rest = by_time[newest:]
        return by_time[:newest] + self.chance.sample(rest, min(others, len(rest)))

    def gaps(self, stream: str) -> list[tuple[int, int]]:
        """Return the ranges of whole numbers that are missing between the keys, both ends in."""
        ids = sorted(int(key) for key in self.tables[stream] if key.isdecimal())
        return [(before + 1, after - 1) for before, after in pairwise(ids) if after > before + 1]

    def column(self, name: str) -> str:
        """Return the name itself: a record has its fields."""
        return name

    def unfit(self, stream: str) -> set[tuple[str, str]]:  # noqa: ARG002 - as a destination has it
        """Return nothing: JSON takes every value."""
        return set()

    def began_s(self, stream: str) -> int | None:
        """Return when, by Zendesk's clock, the last complete reading of a stream began."""
        return self._began_s.get(stream)

    def _alive(self, stream: str) -> dict[str, Row]:
        return {key: row for key, row in self.tables[stream].items() if is_alive(stream, row)}


def _created_s(row: Row) -> int:
    """Return when a record was created; before all time where it does not say."""
    try:
        return parse_time(row.get("created_at"))
    except ValueError:
        return -1


def read_files(paths: Iterable[str]) -> JsonLinesHeld:
    """Return what files hold that `read` has printed, from old to new."""
    held = JsonLinesHeld()
    for path in paths:
        held.take(path)
    return held
