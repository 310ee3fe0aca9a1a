"""The protocol of a family that lists can read in the place of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.lists_place import ListsPlace

    from .keyset_pages import KeysetPage
    from .list_reading import ListReading


class ListSource(Protocol):
    """The particulars of one family: its list, the shape of its records, and its checks.

    `column` orders the list. `recent_s`: an export that stands so near to now has nothing of the
    archive before it; None where nothing is archived. `is_complete`: list and rechecks together
    show what an export would. `rounds_count`: closed records change too, and are rechecked in
    rounds of shares. `first_is_check`: the first reading is a recheck. `may_begin`: a first sync
    may read the lists of an open export. The export makes up afterwards for what they do not show.
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
    def recent_s(self) -> int | None: ...

    @property
    def is_complete(self) -> bool: ...

    @property
    def rounds_count(self) -> bool: ...

    @property
    def may_begin(self) -> bool: ...

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

    def unrepeated(
        self, place: ListsPlace, items: list[Record], body: Mapping[str, Any]
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return a page of the export without what lists have delivered up to their place."""
