"""Children of many parents from one list of the account, instead of a request for each parent.

Owns the lists that were read in a sync, and the comparison with what a parent says of its children:
where the two differ by as much as one child, the parent itself is to be asked. A list that Zendesk
refuses, or that is odd, is not used in that sync. Moves no position.
Rests on docs/facts/zendesk-api.md#5.4 and docs/facts/endpoints.md, ListVotesNoUser.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from source_zendesk_support.zendesk.errors import ConnectorError

from .list_pages import list_pages
from .record_paths import path_id
from .requests import account_request

if TYPE_CHECKING:
    from source_zendesk_support.streams.model.account_list import AccountList
    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import Record

    # By the kind and the id of their parent.
    Dealt = dict[tuple[str, str], list[Record]]

# So many children are held while their parents are read: some 40 MB. Beyond them the parents are
# asked, which is cheaper anyway where a parent has a hundred children.
MOST_HELD = 50_000
# How often a walk looks whether another has read the list, which takes some seconds. It waits by
# the clocks of the client, as for its limits: a lock would be waited for by no clock.
LOOK_S = 0.2


class AccountLists:
    """The lists of one sync. Walks on several threads share them; the first one reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: dict[str, Dealt | None] = {}

    def read(self, context: WalkContext, listed: AccountList) -> None:
        """Read a list, unless a walk has.

        Never with requests under way: they keep room that the walk which reads may need.
        """
        while not self._lock.acquire(blocking=False):
            context.client.pause(LOOK_S)
        try:
            if listed.path not in self._lists:
                self._lists[listed.path] = _read(context, listed)
        finally:
            self._lock.release()

    def below(self, listed: AccountList, parent: Record, parent_key: str) -> list[Record] | None:
        """Return the children of a parent; None where the parent itself is to be asked."""
        dealt = self._lists.get(listed.path)
        if dealt is None:
            return None
        key = path_id(parent.get(parent_key))
        found = [child for kind in sorted(listed.kinds) for child in dealt.get((kind, key), ())]
        return found if _agree(listed, parent, found) else None


def _read(context: WalkContext, listed: AccountList) -> Dealt | None:
    """Return all children by their parents; None, and a line in the log, where they do not come."""
    dealt: Dealt = {}
    held = 0
    try:
        request = account_request(context, listed)
        for page in list_pages(context.client, context.now_s, request):
            if page.begins:
                dealt, held = {}, 0
            for child in page.items:
                kind, key = child.get(listed.kind_field), child.get(listed.parent_field)
                dealt.setdefault((str(kind), path_id(key)), []).append(child)
            held += len(page.items)
            if held > MOST_HELD:
                context.log(
                    f"{listed.path} has more than {MOST_HELD:,} records: what it lists is asked "
                    "for below each record."
                )
                return None
    except ConnectorError as error:
        context.log(
            f"Zendesk does not give {listed.path}: what it lists is asked for below each record. "
            f"({error.what})"
        )
        return None
    return dealt


def _agree(listed: AccountList, parent: Record, found: list[Record]) -> bool:
    """Return whether a parent counts as many children, with the same sum, as were listed."""
    values = [child.get(listed.value) for child in found]
    if not all(isinstance(value, int) for value in values):
        return False
    expected = (parent.get(listed.count_in), parent.get(listed.sum_in))
    return expected == (len(found), sum(values))  # type: ignore[arg-type]
