"""The request for a list or an export: one spec, made here for runs and for children.

Owns what every request of a walk has: parameters, sideloads and the size of its pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.resource import (
    EXPORT_PAGE,
    LIST_PAGE,
    Paging,
    items_as_they_are,
)
from source_zendesk_support.zendesk.request import PageSize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from source_zendesk_support.streams.model.account_list import AccountList
    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import ChildResource, Transform
    from source_zendesk_support.streams.model.stream import Sideload
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.zendesk.request import Params


_CURSOR_PARAMS = {Paging.OLDER_CURSOR: "cursor", Paging.BARE_CURSOR: "after_cursor"}


@dataclass(frozen=True, slots=True)
class ListRequest:
    """The request for a list or an export.

    Attributes:
        path: The path below `api/v2`.
        key: Where a page holds the items.
        params: Query parameters of every page.
        paging: What a list is asked for; an export is always asked by number.
        size: The most items on a page.
        or_key: The other name that `key` may have.
        sideloads: What each page must bring beside the items.
        is_object: Whether the answer holds one object, and not a list.
        prepare: Returns the items of a page in the form that is compared and delivered.

    """

    path: str
    key: str
    params: Params = field(default_factory=dict)
    paging: Paging = Paging.CURSOR
    size: int = LIST_PAGE
    or_key: str | None = None
    sideloads: tuple[Sideload, ...] = ()
    is_object: bool = False
    prepare: Transform = items_as_they_are

    @property
    def expects(self) -> str | tuple[str, ...]:
        """The keys that the client must find on a page."""
        return (self.key, self.or_key) if self.or_key else self.key

    @property
    def page_size(self) -> PageSize | None:
        """The size as this list is asked for it; None where it takes none."""
        if self.paging in (Paging.WHOLE, Paging.BARE_CURSOR):
            return None
        paging = Paging.CURSOR if self.paging is Paging.LAST_ID else self.paging
        return PageSize(paging.value, self.size)

    @property
    def cursor_param(self) -> str:
        """The parameter that a cursor is sent in."""
        return _CURSOR_PARAMS.get(self.paging, "page[after]")

    def is_without_sideload(self, page: Mapping[str, Any]) -> bool:
        """Return whether a page lacks a sideload for every item that should have it.

        Such a page is asked for once more: the next answer may be whole.
        """
        items = page[self.key]
        live = sum(item.get("status") != "deleted" for item in items)
        return any(len(it.lacking(items, page)) >= max(1, live) for it in self.sideloads)


def run_request(
    context: WalkContext,
    run: WalkRun,
    only: Params | None = None,
    embedded: Iterable[str] = (),
) -> ListRequest:
    """Return what a run asks for; `only` is what Zendesk itself can leave out.

    `embedded`: what is to come inside each item.
    """
    resource = run.resource
    params = dict(resource.params)
    if not context.include_deleted_tickets:
        params |= resource.without_deleted
    sideloads = tuple(stream.include for stream in run.members if stream.include)
    included = [*(it.name for it in sideloads), *embedded]
    if included:
        params["include"] = ",".join(included)
    largest = max(stream.resource.largest_page for stream in run.members)
    return ListRequest(
        resource.path,
        resource.key,
        {**params, **(only or {})},
        resource.paging,
        _bounded(context, largest),
        resource.or_key,
        sideloads,
        resource.is_object,
        resource.prepare,
    )


def child_request(context: WalkContext, level: ChildResource, path: str) -> ListRequest:
    """Return what is asked for below one parent."""
    largest = EXPORT_PAGE if level.is_export else LIST_PAGE
    return ListRequest(path, level.key, paging=level.paging, size=_bounded(context, largest))


def account_request(context: WalkContext, listed: AccountList) -> ListRequest:
    """Return what a list of the account is asked for that has children of many parents."""
    return ListRequest(listed.path, listed.key, size=_bounded(context, LIST_PAGE))


def _bounded(context: WalkContext, largest: int) -> int:
    """Return what Zendesk serves, below the user's bound."""
    return min(largest, context.largest_page or largest)
