"""Files of records: which streams transfer them, and where on disk each is put.

Owns the folder and the names in it: no name of Zendesk's can lead out of the folder. The bytes come
through the client of the account (zendesk/downloads.py). A file that is gone, or that is not given,
is counted, and never stops a stream.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (file_reference).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.result import StoredFile
from source_zendesk_support.zendesk.downloads import FileMissing, FileWithheld, Named

if TYPE_CHECKING:
    from pathlib import Path

    from source_zendesk_support.streams.model.skipped import Skipped
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.zendesk.downloads import Downloads

# What no file system or shell takes amiss in a name; letters of any language stay.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]")
LONGEST_NAME = 200  # bytes; file systems allow 255, and a part file needs a few of them


def safe_name(name: Any) -> str:
    """Return a file name that stays in its folder, with its ending kept."""
    text = _UNSAFE.sub("_", name if isinstance(name, str) else "").strip(" .")
    if not text:
        return "file"
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending.encode()) > LONGEST_NAME // 4:
        stem, ending = text, ""
    room = LONGEST_NAME - len(ending.encode()) - len(dot)
    stem = stem.encode()[:room].decode(errors="ignore") or "file"
    return f"{stem}.{ending}" if ending else stem


class FileTransfer:
    """Puts the files of records into `{folder}/{stream}/{id}/{file name}`.

    `streams`: the names of those whose files the user wants.
    """

    def __init__(
        self, downloads: Downloads, folder: Path, streams: frozenset[str], skipped: Skipped
    ) -> None:
        self._downloads = downloads
        self._folder = folder
        self._streams = streams
        self._left_out = skipped

    def wants(self, stream: Stream) -> bool:
        """Return whether the files of a stream are to be transferred."""
        return stream.name in self._streams

    def fetch(self, stream: Stream, records: list[dict[str, Any]]) -> list[StoredFile | None]:
        """Return the stored file of each record, None where there is none."""
        return [self._fetch(stream, record) for record in records]

    def _fetch(self, stream: Stream, record: dict[str, Any]) -> StoredFile | None:
        assert stream.file_url is not None
        url = record.get(stream.file_url)
        if not isinstance(url, str) or not url:
            self._left_out.add(stream.name, "files without an address")
            return None
        name = safe_name(record.get("file_name"))
        key = safe_name(str(record.get(stream.primary_key)))
        relative = f"{stream.name}/{key}/{name}"
        target = self._folder / relative
        try:
            stored = self._downloads.fetch(url, target, _named(record), folder=self._folder)
        except FileMissing as missing:
            self._left_out.add(stream.name, f"files missing ({missing})")
            return None
        except FileWithheld as withheld:
            self._left_out.add(stream.name, f"files not given ({withheld})")
            return None
        return StoredFile(str(target), relative, stored)


def _named(record: dict[str, Any]) -> Named:
    """Return what a record says of its file. What is no size or type says nothing."""
    size, content_type = record.get("size"), record.get("content_type")
    return Named(
        size if type(size) is int and size >= 0 else None,
        content_type if isinstance(content_type, str) else "",
    )
