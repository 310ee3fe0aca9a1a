"""Which engine reads a family of exports in this sync: the exports themselves, or lists.

Decided once for each family and logged. Thread-safe: every walk asks here. Sends nothing.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AUTO, EXPORTS, LISTS = "auto", "exports", "lists"


class EngineChoice:
    """The engine that the user wants, and the families that Zendesk has refused in this sync."""

    def __init__(self, wanted: str = AUTO, log: Callable[[str], None] = lambda _: None) -> None:
        self._wanted = wanted
        self._log = log
        self._lock = threading.Lock()
        self._refused: set[str] = set()

    def reads_lists(self, family: str) -> bool:
        """Return whether lists are read for the export of this path."""
        if self._wanted == LISTS:
            self._note(family, "as `engine` says")
            return True
        with self._lock:
            return family in self._refused

    @property
    def may_switch(self) -> bool:
        """Whether a refused export may be replaced by lists."""
        return self._wanted == AUTO

    def switch(self, family: str, status: int) -> None:
        """Read lists from now on, since Zendesk has refused the export."""
        self._note(family, f"since Zendesk refuses the export with status {status}")

    def _note(self, family: str, why: str) -> None:
        with self._lock:
            if family in self._refused:
                return
            self._refused.add(family)
        self._log(f"Lists are read instead of {family}, {why}.")
