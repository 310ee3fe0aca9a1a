"""Which engine reads a family of exports in this sync: the exports themselves, or lists.

Decided once for each family and logged. Thread-safe: every walk asks here. A plan is asked once
which engine a first sync begins with.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import WalkContext

AUTO, EXPORTS, LISTS = "auto", "exports", "lists"


@dataclass(frozen=True, slots=True)
class FirstEngine:
    """The plan of a first sync where Zendesk answers both engines.

    Attributes:
        by_lists: The paths of the exports that lists are read for.
        exports_min: How many minutes exports take for all, at least.
        chosen_min: How many minutes the choice takes, at least.

    """

    by_lists: frozenset[str] = frozenset()
    exports_min: float = 0.0
    chosen_min: float = 0.0


class EngineChoice:
    """The engine that the user wants, and the families that Zendesk has refused in this sync."""

    def __init__(
        self,
        wanted: str = AUTO,
        log: Callable[[str], None] = lambda _: None,
        plan: Callable[[WalkContext], FirstEngine] = lambda _: FirstEngine(),
    ) -> None:
        self._wanted = wanted
        self._log = log
        self._plan = plan
        self._first: FirstEngine | None = None
        self._lock = threading.Lock()
        self._planning = threading.Lock()
        self._refused: set[str] = set()

    @property
    def may_read_lists(self) -> bool:
        """Whether lists may be read in this sync or a later one of the same configuration."""
        return self._wanted != EXPORTS

    def reads_lists(self, family: str) -> bool:
        """Return whether lists are read for the export of this path."""
        if self._wanted == LISTS:
            self._note(family, "as `engine` says")
            return True
        with self._lock:
            return family in self._refused

    def begins_by_lists(self, family: str, context: WalkContext) -> bool:
        """Return whether a first sync reads lists, though Zendesk answers the export."""
        if self._wanted != AUTO:
            return False
        with self._planning:
            if self._first is None:
                self._first = self._plan(context)
        if family not in self._first.by_lists:
            return False
        self._log(
            f"Lists are read instead of {family} in this first sync: it takes about "
            f"{self._first.chosen_min:.0f} minutes so, and {self._first.exports_min:.0f} with "
            "exports. Later syncs read the export."
        )
        return True

    def give_up_lists(self, family: str, why: str) -> None:
        """Say that the export is read after all."""
        self._log(f"{family} is read, since its lists cannot be: {why}")

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
