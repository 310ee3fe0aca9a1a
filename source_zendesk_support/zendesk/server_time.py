"""Zendesk's own time, from the `Date` of its answers.

Before the first answer only this machine's clock is known, which may be wrong by any length.
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
        self._observed: tuple[float, float] | None = None  # Zendesk's time, our monotonic one

    @property
    def is_known(self) -> bool:
        """Return whether an answer has given it."""
        return self._observed is not None

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take the time from an answer that has just come."""
        at_s = http_date_s(headers.get("Date", ""))
        if at_s is not None:
            self._observed = (at_s, self._clocks.monotonic())

    def now_s(self) -> int:
        """Return epoch seconds: Zendesk's if they are known, else ours."""
        observed = self._observed
        if observed is None:
            return int(self._clocks.now().timestamp())
        at_s, observed_at = observed
        return int(at_s + self._clocks.monotonic() - observed_at)
