"""The rows of a destination, as a verification asks for them, and which of them are alive.

Owns no database and no file: those fulfil the protocol. Changes nothing in a destination.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from source_zendesk_support.records.deletion import DELETED_AT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Row = Mapping[str, Any]

# Zendesk keeps a deleted record of a custom object without its content
# (docs/facts/zendesk-api.md#2.3).
_GONE = "[DELETED]"


class Held(Protocol):
    """The rows of one account in a destination. A row has its values by column."""

    def streams(self) -> list[str]:
        """Return the streams that have a table or records."""

    def count(self, stream: str, *, dead: bool = False) -> int:
        """Return the number of live rows, or of all with the `dead` ones."""

    def count_created(self, stream: str, from_s: int, until_s: int) -> int | None:
        """Return the number of live rows that were created in a span of time, its end left out.

        None where the time of creation is dropped or hashed.
        """

    def rows(self, stream: str, keys: Collection[str] | None = None) -> dict[str, Row]:
        """Return rows by the text of their key, dead ones too: of some keys, or all."""

    def within(self, stream: str, column: str, from_s: int, until_s: int) -> dict[str, Row]:
        """Return the rows whose time in a column is in a span, its end left out."""

    def below(self, stream: str, column: str, parents: Collection[str]) -> dict[str, Row]:
        """Return the rows below some parents, whose keys stand in a column."""

    def sample(self, stream: str, newest: int, others: int) -> list[str]:
        """Return keys of live rows: the newest, and others at random."""

    def gaps(self, stream: str) -> list[tuple[int, int]]:
        """Return the ranges of whole numbers that are missing between the keys, both ends in."""

    def column(self, name: str) -> str:
        """Return the column of a field."""

    def unfit(self, stream: str) -> set[tuple[str, str]]:
        """Return key and column of each value that did not fit, and is null there."""

    def began_s(self, stream: str) -> int | None:
        """Return when, by Zendesk's clock, the last complete reading of a stream began."""


def is_alive(stream: str, row: Row) -> bool:
    """Return whether a row stands for a record that is there, and not for a deleted one."""
    if row.get(DELETED_AT) not in (None, ""):
        return False
    if stream == "custom_object_records":
        return row.get("name") != _GONE
    return not (stream == "tickets" and row.get("status") == "deleted")
