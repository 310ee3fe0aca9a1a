"""The protocol of a family that lists can read in the place of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun

    from .keyset_pages import KeysetPage
    from .list_reading import ListReading


class ListSource(Protocol):
    """The particulars of one family: its list, the shape of its records, and its checks.

    `column` orders the list. `has_archive`: some records are on no list. `is_complete`: list and
    rechecks together show what an export would. `first_is_check`: the first reading is a recheck.
    """

    @property
    def path(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def column(self) -> str: ...

    @property
    def params(self) -> Mapping[str, str]: ...

    @property
    def has_archive(self) -> bool: ...

    @property
    def is_complete(self) -> bool: ...

    @property
    def first_is_check(self) -> bool: ...

    def include(self, run: WalkRun) -> str | None:
        """Return the sideload that the list is asked for."""

    def shape(
        self, reading: ListReading, page: KeysetPage
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return the records and the page in the shape of the export."""

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield what the list does not show: the archive, silent changes, deletions."""

    def was_delivered(self, record: Record) -> bool:
        """Return whether lists have shown a record that an export repeats after them."""
