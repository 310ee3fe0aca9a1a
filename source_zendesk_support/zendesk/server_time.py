"""What time it is at Zendesk, as its answers tell.

Before the first answer nothing but this machine's clock is known, which may be wrong by any length.
Rests on RFC 9110, 6.6.1 (Date).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .responses import http_date_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .timeouts import Clocks


class ServerTime:
    """Zendesk's clock, for all threads: the last `Date`, and what has passed since."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._told: tuple[float, float] | None = None  # their time, and ours (monotonic) of then

    @property
    def is_known(self) -> bool:
        """Whether an answer has told it."""
        return self._told is not None

    def hear(self, headers: Mapping[str, str]) -> None:
        """Take the time from an answer that has just come."""
        at_s = http_date_s(headers.get("Date", ""))
        if at_s is not None:
            self._told = (at_s, self._clocks.monotonic())

    def now_s(self) -> int:
        """Return epoch seconds: Zendesk's if they are known, else ours."""
        told = self._told
        if told is None:
            return int(self._clocks.now().timestamp())
        at_s, heard_at = told
        return int(at_s + self._clocks.monotonic() - heard_at)
