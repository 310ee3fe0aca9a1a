"""Records as they were before they changed, for as long as a search may still show it.

Zendesk's search index follows the account by some minutes (docs/facts/zendesk-api.md#4). A row is
kept as it stood whenever it is about to be written, and never changed after that.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .account import Row

KEPT_S = 3600  # the longest delay of the index that can be asked for


class Past:
    """Earlier states of one table's rows. Used under the account's lock."""

    def __init__(self, now_s: Callable[[], int]) -> None:
        self._now_s = now_s
        self._states: dict[int, list[tuple[int, Row]]] = {}
        self._order: deque[tuple[int, int]] = deque()  # (when, row id), oldest first
        self._newest_s = 0

    def created(self, row: "Row") -> None:
        self._newest_s = max(self._newest_s, row.created_s)

    def replaced(self, row: "Row", body: bytes) -> None:
        """Keep a row that is about to be written."""
        now_s = self._now_s()
        self._states.setdefault(row.id, []).append((now_s, replace(row, body=body)))
        self._order.append((now_s, row.id))
        self._newest_s = max(self._newest_s, now_s)
        while self._order[0][0] < now_s - KEPT_S:
            _, row_id = self._order.popleft()
            del self._states[row_id][0]

    def is_still_since(self, at_s: int) -> bool:
        """Return whether nothing was written after a second."""
        return self._newest_s <= at_s

    def state(self, row: "Row", at_s: int) -> "Row | None":
        """Return a row as it stood at the end of a second, None before it was created."""
        stood = next((old for until_s, old in self._states.get(row.id, ()) if until_s > at_s), row)
        return stood if stood.created_s <= at_s else None
