"""Files that Zendesk did not give: what is kept of them in the state, and when that is an error.

Owns the key `files` of a state, and its bound. A file that is gone is not kept. One that was
refused, or in whose place something else came, is asked for again by the next syncs. Holds no
address of a file, which may carry a token. Sends nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.state.values import object_in, unreadable
from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from source_zendesk_support.streams.model.stream import FileRecord, Stream

FILES = "files"
CAME = "came"
WITHHELD = "withheld"
# So many are kept: a state is printed with each page, and this many are some 40 KB.
MOST_WITHHELD = 500
# For a stream whose files have come before. A sync that gives none and refuses so many refuses all
# files, as after a right was taken away. Fewer may be single files that this user may not see.
ALL_REFUSED = 5


class WithheldFiles:
    """The withheld files of one stream, by the key of their record. Not thread-safe."""

    def __init__(self, stream: Stream, state: Mapping[str, Any] | None = None) -> None:
        """Begin with what a state holds. Raises ConnectorError (config) naming the key."""
        assert stream.file is not None
        self._record: FileRecord = stream.file
        kept = object_in(stream, FILES, (state or {}).get(FILES))
        rows = kept.get(WITHHELD, [])
        width = len(self._record.fields)
        if not isinstance(rows, list) or not all(
            isinstance(row, list) and len(row) == width for row in rows
        ):
            raise unreadable(stream, f"{FILES}.{WITHHELD}", "its value was not written here")
        self._key = stream.primary_key
        self.rows: dict[Any, list[Any]] = {str(row[0]): row for row in rows}
        self._came_before = kept.get(CAME) is True
        self._came = 0
        self._refused = 0
        self._refused_anew = 0
        self._last_refusal = ""
        self._are_faults = True

    @property
    def is_full(self) -> bool:
        """Return whether no other file can be kept."""
        return len(self.rows) >= MOST_WITHHELD

    def note_file(self, record: Mapping[str, Any]) -> None:
        """Record that the file of a record came."""
        self._came += 1
        self.note_loss(record)

    def note_loss(self, record: Mapping[str, Any]) -> None:
        """Forget a file that does not exist: it is not asked for again."""
        self.rows.pop(str(record.get(self._key)), None)

    def note_refusal(self, record: Mapping[str, Any], why: str, *, is_fault: bool = False) -> bool:
        """Record that a file was withheld, refused or not; return whether it is kept."""
        key = str(record.get(self._key))
        self._refused += 1
        self._last_refusal = why
        self._are_faults = self._are_faults and is_fault
        row = self.rows.pop(key, None)
        self._refused_anew += row is None
        if row is None and self.is_full:
            return False
        # As the last one: what was refused most lately is asked for last.
        self.rows[key] = row or [record.get(name) for name in self._record.fields]
        return True

    def in_state(self) -> dict[str, Any]:
        """Return what the state of the stream holds beside its position."""
        kept: dict[str, Any] = {}
        if self._came or self._came_before:
            kept[CAME] = True
        if self.rows:
            kept[WITHHELD] = list(self.rows.values())
        return {FILES: kept} if kept else {}

    def refused_whole(self) -> ConnectorError | None:
        """Return the error for a stream whose files are refused as a whole; None if one came."""
        if self._came or not self._refused:
            return None
        if self._came_before and self._refused_anew < ALL_REFUSED:
            return None
        return ConnectorError(
            f"None of the {self._refused} files that were asked for was given; the last answer: "
            f"{self._last_refusal}.",
            about="attached files",
            remedy="Run the sync again: it asks for these files again."
            if self._are_faults
            else "Let the user who signs in see attachments, or read the stream without its "
            "files. The next syncs ask for these files again.",
            failure=Failure.TRANSIENT if self._are_faults else Failure.CONFIG,
        )
