"""Windows of creation for the search export, which serves newest first and forgets its cursors.

A cursor of the search export lives for an hour, and its place means nothing to another process.
The rest of a window after a page is a smaller window, so that a state needs no cursor. Pure.
Rests on https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/
(docs/facts/zendesk-api.md#4).
"""

from __future__ import annotations

from dataclasses import dataclass

from source_zendesk_support.streams.state.times import format_time

# Zendesk was founded in 2007: no ticket is older.
FIRST_S = 1_167_609_600  # 2007-01-01
# A window is given up when it has been read for so long: its cursor has 15 minutes left.
LONGEST_READING_S = 2700


@dataclass(frozen=True, slots=True)
class Window:
    """Records created from `from_s` on and before `until_s`."""

    from_s: int
    until_s: int

    @property
    def is_empty(self) -> bool:
        """Return whether no second lies in the window."""
        return self.until_s <= self.from_s

    @property
    def query(self) -> str:
        """Return the window in the words of Zendesk's search."""
        return f"created>={format_time(self.from_s)} created<{format_time(self.until_s)}"

    def halves(self) -> tuple[Window, Window]:
        """Return the newer and the older half. Raises ValueError for a window of one second."""
        if self.until_s - self.from_s < 2:
            raise ValueError("a window of one second cannot be halved")
        middle = (self.from_s + self.until_s) // 2
        return Window(middle, self.until_s), Window(self.from_s, middle)

    def after_page(self, oldest_s: int) -> Window:
        """Return what is left when a page has come whose oldest record was created at `oldest_s`.

        The second of that record stays in: the next page may hold more of it.
        """
        return Window(self.from_s, min(self.until_s, max(self.from_s, oldest_s + 1)))


def windows_of(whole: Window, longest_s: int) -> list[Window]:
    """Return the windows that a long one is read in, newest first, each at most `longest_s`."""
    found, left = [], [whole]
    while left:
        window = left.pop(0)
        if window.is_empty:
            continue
        if window.until_s - window.from_s <= max(1, longest_s):
            found.append(window)
        else:
            left[:0] = window.halves()
    return found


def share_of(whole: Window, shares: int, number: int) -> Window:
    """Return the `number`th of so many equal parts of a window, the oldest first.

    Together the parts are the window, and none overlaps another.
    """
    length = whole.until_s - whole.from_s
    number %= shares
    start = whole.from_s + length * number // shares
    return Window(start, whole.from_s + length * (number + 1) // shares)
