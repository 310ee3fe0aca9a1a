"""The records of a page as the lines that are printed, encoded on the thread of their walk.

Owns the form of a RECORD message. An object for each record and a serialiser of objects cost more
than all the rest of a page. A record that cannot be written costs that record.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (record messages).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import orjson

from source_zendesk_support.zendesk.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from source_zendesk_support.streams.model.result import Record, StoredFile


@dataclass(frozen=True, slots=True)
class RecordLines:
    """The RECORD messages of one stream: how many, and their text, a line each."""

    stream: str
    count: int
    text: bytes


def encode_records(
    stream: str,
    records: Sequence[Record],
    files: Sequence[StoredFile | None] | None,
    *,
    emitted_at_ms: int,
    unwritable: Callable[[Exception], None],
) -> RecordLines:
    """Return the lines of records, each with its file if it has one.

    `unwritable` is called with the error of each record that has no JSON text. A null at the top of
    a record is not written, as the CDK's serialiser has it: destinations know both as one.
    """
    head = b'{"type":"RECORD","record":{"stream":%b,"data":' % orjson.dumps(stream)
    tail = b',"emitted_at":%d}}\n' % emitted_at_ms
    encode = orjson.dumps
    parts: list[bytes] = []
    for record, file in zip(records, files or repeat(None), strict=False):
        values = {name: value for name, value in record.items() if value is not None}
        try:
            data = encode(values)
        except orjson.JSONEncodeError:  # integers beyond 64 bits, or nested too deep for orjson
            try:
                data = dumps(values)
            except ValueError as error:
                unwritable(error)
                continue
        parts += (head, data, tail if file is None else _with_file(file, emitted_at_ms))
    return RecordLines(stream, len(parts) // 3, b"".join(parts))


def _with_file(file: StoredFile, emitted_at_ms: int) -> bytes:
    reference: dict[str, Any] = {
        "staging_file_url": file.path,
        "source_file_relative_path": file.relative_path,
        "file_size_bytes": file.size,
    }
    return b',"emitted_at":%d,"file_reference":%b}}\n' % (emitted_at_ms, dumps(reference))
