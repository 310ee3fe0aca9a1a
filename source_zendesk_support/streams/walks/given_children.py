"""Children that come without a request below their parent: in a list of the account, or beside it.

Owns when such children are believed. A list of the account is compared with what each parent counts
(account_lists.py). Children beside a parent are compared with those below it, for the first few
parents of a run: one difference, and every parent is asked. Only a sweep takes them.
Rests on docs/facts/zendesk-api.md#3 and #5.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source_zendesk_support.streams.model.resource import LIST_PAGE

from .list_pages import ListPage
from .stream_read import unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.result import Record

    from .parent_chain import ParentPages
    from .stream_read import StreamRead

# So many parents of a run are asked although their children came beside them: whether the two are
# the same is known from documents alone.
COMPARED = 3


class GivenChildren:
    """The children that came without a request, in one run."""

    def __init__(self, context: WalkContext) -> None:
        self._context = context
        self._same: dict[str, int] = {}  # by path of a child resource: parents that agreed
        self._differs: set[str] = set()

    def read_lists(self, reads: Iterable[StreamRead]) -> None:
        """Read the lists of the account that have the children of every parent."""
        lists = self._context.account_lists
        for read in reads:
            level = read.stream.children
            if lists and read.sweeps and level and level.listed:
                lists.read(self._context, level.listed)

    def listed(self, chain: ParentPages) -> list[Record] | None:
        """Return what a list of the account has below a parent; None where it is to be asked.

        Children beyond a page are asked for: their pages are compared one by one.
        """
        lists, level = self._context.account_lists, chain.level
        if lists is None or level.listed is None or not _is_swept(chain):
            return None
        found = lists.below(level.listed, chain.parent, level.parent_key)
        most = min(LIST_PAGE, self._context.largest_page or LIST_PAGE)
        return found if found is not None and len(found) <= most else None

    def may_be_embedded(self, chain: ParentPages) -> bool:
        """Return whether the children of a parent came beside it, and may be taken."""
        path = chain.level.path
        is_compared = self._same.get(path, 0) >= COMPARED
        return is_compared and path not in self._differs and _beside(chain) is not None

    def embedded(self, chain: ParentPages) -> list[Record] | None:
        """Return what came beside a parent; None where the parent is to be asked."""
        return _beside(chain) if self.may_be_embedded(chain) else None

    def compared(self, chain: ParentPages, pages: Iterator[ListPage]) -> Iterator[ListPage]:
        """Yield the pages below a parent, and compare them with what came beside it."""
        beside = _beside(chain)
        if beside is None or chain.level.path in self._differs:
            yield from pages
            return
        found: list[Record] = []
        for page in pages:
            found += page.items
            yield page
            del page
        self._note(chain.level, is_same=_by_key(found) == _by_key(beside))

    def _note(self, level: ChildResource, *, is_same: bool) -> None:
        if is_same:
            self._same[level.path] = self._same.get(level.path, 0) + 1
            return
        self._differs.add(level.path)
        self._context.log(
            f"{level.embedded} beside a record are not what {level.path} has: every record is "
            "asked for its own."
        )


def page_of(items: list[Record], server_s: int) -> ListPage:
    """Return children that came at once as the only page below their parent."""
    return ListPage(items, {}, server_s, server_s, None, begins=True, is_last=True)


def _is_swept(chain: ParentPages) -> bool:
    return any(read.sweeps for read in unfinished(chain.reads))


def _beside(chain: ParentPages) -> list[Record] | None:
    """Return the children beside a parent; None where there are none: the parent is asked."""
    if not chain.level.embedded or not _is_swept(chain):
        return None
    found = chain.parent.get(chain.level.embedded)
    if not isinstance(found, list) or not found:
        return None
    return found if all(isinstance(item, dict) for item in found) else None


def _by_key(items: list[Record]) -> list[tuple[str, Record]]:
    return sorted(((str(item.get("id")), item) for item in items), key=lambda pair: pair[0])
