"""Files of records: which streams transfer them, and where on disk each is put.

Owns the folder and the names in it: no name of Zendesk's can lead out of the folder. The bytes come
through the client of the account (zendesk/downloads.py). A file that is gone, or that is not given,
is counted, and never stops a stream.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (file_reference).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from source_zendesk_support.streams.model.result import PageResult, StoredFile
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    RecordRefused,
    StreamRefused,
    Unreachable,
)
from source_zendesk_support.zendesk.named_file import FileMissing, FileWithheld, Named

from .delivery import delivered
from .withheld import MOST_WITHHELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record
    from source_zendesk_support.streams.model.skipped import Skipped
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.zendesk.downloads import Downloads

    from .withheld import WithheldFiles

# Characters that a file system or a shell could take amiss; letters of any language stay.
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

    `withheld`: what earlier syncs were not given, for each stream whose files the user wants. Each
    stream belongs to one walk, and so to one thread.
    """

    def __init__(
        self,
        downloads: Downloads,
        folder: Path,
        withheld: Mapping[str, WithheldFiles],
        skipped: Skipped,
    ) -> None:
        self._downloads = downloads
        self._folder = folder
        self._withheld = withheld
        self._left_out = skipped
        self._failures: dict[str, ConnectorError] = {}

    def wants(self, stream: Stream) -> bool:
        """Return whether the files of a stream are to be transferred."""
        return stream.name in self._withheld

    def fetch(self, stream: Stream, records: Sequence[Record]) -> list[StoredFile | None]:
        """Return the stored file of each record, None where there is none."""
        return [self._fetch(stream, record) for record in records]

    def _fetch(self, stream: Stream, record: Record) -> StoredFile | None:
        assert stream.file is not None
        if stream.name in self._failures:
            return None
        withheld = self._withheld[stream.name]
        url = record.get(stream.file.url)
        if not isinstance(url, str) or not url:
            self._left_out.add(stream.name, "files without an address")
            withheld.note_loss(record)
            return None
        name = safe_name(record.get("file_name"))
        key = safe_name(str(record.get(stream.primary_key)))
        relative = f"{stream.name}/{key}/{name}"
        target = self._folder / relative
        try:
            stored = self._downloads.fetch(url, target, _named(record), folder=self._folder)
        except FileMissing as missing:
            self._left_out.add(stream.name, f"files missing ({missing})")
            withheld.note_loss(record)
            return None
        except FileWithheld as refused:
            self._note_refusal(stream, record, str(refused), is_fault=refused.is_fault)
            return None
        except ConnectorError as error:
            # Other streams of the walk need no files: this one alone ends.
            self._failures[stream.name] = error
            return None
        withheld.note_file(record)
        return StoredFile(str(target), relative, stored)

    def _note_refusal(
        self, stream: Stream, record: Record, why: str, *, is_fault: bool = False
    ) -> None:
        withheld = self._withheld[stream.name]
        error = withheld.refused_whole() if withheld.is_full else None
        if error:
            # Nothing was given, and no other can be kept: the position must not pass it.
            self._failures[stream.name] = error
        elif withheld.note_refusal(record, why, is_fault=is_fault):
            text = f"files not given ({why}); the next syncs ask for them again"
            self._left_out.add(stream.name, text)
        else:
            text = f"files not given ({why}) and not kept: {MOST_WITHHELD} others are"
            self._left_out.add(stream.name, text)

    def follow(
        self, context: WalkContext, run: WalkRun, results: Iterator[PageResult]
    ) -> Iterator[PageResult]:
        """Yield the results of a run, their states with the withheld files of each stream.

        Files that earlier syncs were not given are asked for again at the end. By then the other
        streams of the run have all their records.
        """
        streams = [stream for stream in run.members if self.wants(stream)]
        before = {it.name: list(self._withheld[it.name].rows.values()) for it in streams}
        states: dict[str, dict[str, Any]] = {}
        ended: set[str] = set()
        for result in results:
            states |= dict(result.states)
            yield self._covered(result)
            for stream in streams:
                if stream.name in self._failures and stream.name not in ended:
                    ended.add(stream.name)
                    yield _failed(stream, self._failures[stream.name])
        for stream in streams:
            yield from self._again(context, stream, before[stream.name])
            if before[stream.name] and stream.name in states:
                yield self._covered(PageResult((), ((stream.name, states[stream.name]),)))
            error = self._failures.get(stream.name) or self._withheld[stream.name].refused_whole()
            if error and stream.name not in ended:
                yield _failed(stream, error)

    def _covered(self, result: PageResult) -> PageResult:
        """Return a result whose states hold the withheld files, without the streams that failed."""
        return replace(
            result,
            records=tuple(it for it in result.records if it[0] not in self._failures),
            states=tuple(
                (name, state | self._in_state(name))
                for name, state in result.states
                if name not in self._failures
            ),
        )

    def _in_state(self, name: str) -> dict[str, Any]:
        return self._withheld[name].in_state() if name in self._withheld else {}

    def _again(
        self, context: WalkContext, stream: Stream, rows: list[list[Any]]
    ) -> Iterator[PageResult]:
        """Read records alone and ask for their files; deliver those whose file comes.

        One whose record outlasts our patience ends this for the sync. It is then the last to be
        asked for, so that the next sync gets past it.
        """
        assert stream.file is not None
        for row in rows:
            if stream.name in self._failures:
                return
            if str(row[0]) not in self._withheld[stream.name].rows:
                continue  # its file came with a page of this run, or is gone
            known = dict(zip(stream.file.fields, row, strict=True))
            try:
                record = self._record(context, stream, known)
            except Unreachable:
                why = "no answer for their record"
                self._note_refusal(stream, known, why, is_fault=True)
                return
            [file] = self.fetch(stream, [record]) if record else [None]
            if record and file:
                yield PageResult(((stream.name, [record]),), (), {stream.name: [file]})

    def _record(self, context: WalkContext, stream: Stream, known: Record) -> Record | None:
        """Return a record that is read alone, as the walk would deliver it; None if it is not.

        Raises Unreachable.
        """
        assert stream.file is not None
        key = quote(str(known[stream.primary_key]), safe="")
        path = stream.file.path.format(key=key)
        try:
            page = context.client.get(path, {}, expects=stream.file.key, expected_type=dict)
        except Unreachable:
            raise
        except (StreamRefused, RecordRefused) as refused:
            if refused.status in (404, 410):
                self._left_out.add(stream.name, f"files missing (status {refused.status})")
                self._withheld[stream.name].note_loss(known)
            else:
                self._note_refusal(stream, known, f"refused with status {refused.status}")
            return None
        except ConnectorError as error:
            self._failures[stream.name] = error
            return None
        [record] = delivered(context, stream, [{**page.body[stream.file.key], **known}])
        return {**record, **known}  # what is hidden of them was hidden when they were kept


def _failed(stream: Stream, error: ConnectorError) -> PageResult:
    return PageResult((), (), failures=((stream.name, error),))


def _named(record: dict[str, Any]) -> Named:
    """Return what a record says of its file. A value that is not a size or a type is ignored."""
    size, content_type = record.get("size"), record.get("content_type")
    return Named(
        size if type(size) is int and size >= 0 else None,
        content_type if isinstance(content_type, str) else "",
    )
