"""The streams that a configured catalog selects, and how each is to be read.

Owns what a source reads of a catalog. The rest is for destinations, and grows with the platform:
whatever stands there is accepted.
Rests on https://docs.airbyte.com/understanding-airbyte/airbyte-protocol (configured catalog).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FULL_REFRESH, INCREMENTAL = "full_refresh", "incremental"
SYNC_MODES = frozenset((FULL_REFRESH, INCREMENTAL))


class NotACatalogError(ValueError):
    """The content is not a configured catalog. The text quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class SelectedStream:
    """A row of a configured catalog.

    Attributes:
        name: The name of the stream, which may be unknown here.
        sync_mode: How it is to be read: `full_refresh` or `incremental`.
        json_schema: The schema that the destination was made for.
        include_files: Whether the files of its records are wanted.

    """

    name: str
    sync_mode: str
    json_schema: dict[str, Any]
    include_files: bool = False


def parse_catalog(content: Any) -> list[SelectedStream]:
    """Return the rows of a configured catalog. Raises NotACatalogError."""
    rows = content.get("streams") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise NotACatalogError("there is no list of streams")
    return [_selected(row) for row in rows]


def _selected(row: Any) -> SelectedStream:
    stream = row.get("stream") if isinstance(row, dict) else None
    if not isinstance(stream, dict):
        raise NotACatalogError("a row has no stream")
    name, schema = stream.get("name"), stream.get("json_schema")
    if not isinstance(name, str) or not isinstance(schema, dict):
        raise NotACatalogError("a stream has no name or no schema")
    modes = stream.get("supported_sync_modes")
    if not isinstance(modes, list):
        raise NotACatalogError("a stream has no sync modes")
    mode, with_files = row.get("sync_mode"), row.get("include_files")
    # Another mode is refused: no reading could be right.
    if not isinstance(mode, str) or mode not in SYNC_MODES:
        raise NotACatalogError("a row has no sync mode that is known")
    if not isinstance(with_files, bool | None):
        raise NotACatalogError("a row does not say whether files are wanted")
    return SelectedStream(name, mode, schema, include_files=bool(with_files))
