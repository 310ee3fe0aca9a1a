"""The waits of one walk: for room in its budget, after a 429, and before a retry.

Decides how long to wait and when to give up, and logs every wait. Sends nothing, and holds no lock
meanwhile that another walk could wait for. Rests on
https://developer.zendesk.com/api-reference/introduction/rate-limits/
(docs/facts/zendesk-api.md#1.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from .auth import TokenDelayed
from .errors import ConnectorError, Failure
from .responses import http_date_s, retry_after_s
from .timeouts import (
    DEFAULT_RETRY_AFTER_S,
    LONGEST_NAP_S,
    NOTICE_WAIT_S,
    SHORTEST_NAP_S,
    Clocks,
    Patience,
    backoff_s,
    within_bounds_s,
)
from .token_requests import ABOUT, TOKENS
from .unreachable import unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import requests

    from .accounting import Accounting
    from .auth import SignIn
    from .rate_limiter import RateLimiter
    from .request import Attempt


def _ignore_notice(_until: datetime | None) -> None:
    """Ignore a rate-limit notice: the default for a client that works for no walk."""


@dataclass(slots=True)
class Retrier:
    """How one walk waits, on its own thread.

    `log` gets a line for each wait that a reader of the log should know of. `limited` is called
    when the walk has to wait for its budget, with the probable end of the wait. It is called with
    None when the walk continues without such waits.
    """

    rate_limits: RateLimiter
    patience: Patience
    clocks: Clocks
    accounting: Accounting
    log: Callable[[str], None]
    who: str | None = None
    limited: Callable[[datetime | None], None] = _ignore_notice
    is_rate_limited: bool = False

    def name(self, attempt: Attempt) -> str:
        """Return who is counted for a request."""
        return self.who or attempt.path

    def _about(self, attempt: Attempt) -> str:
        return f"{self.who} (GET {attempt.path})" if self.who else f"GET {attempt.path}"

    def server_s(self, answer: requests.Response) -> int:
        """Return Zendesk's own time, so that a wrong clock on our side loses nothing."""
        at_s = http_date_s(answer.headers.get("Date", ""))
        return int(self.clocks.now().timestamp() if at_s is None else at_s)

    def honour_retry_after(self, attempt: Attempt, answer: requests.Response) -> None:
        """A 429: block its bucket for everyone; the next try then waits for room."""
        asked_s = retry_after_s(answer.headers, now_s=self.clocks.now().timestamp())
        asked_s = DEFAULT_RETRY_AFTER_S if asked_s is None else asked_s
        seconds = within_bounds_s(asked_s)
        now = self.clocks.monotonic()
        bucket = self.rate_limits.block(attempt.path, seconds, now=now, headers=answer.headers)
        self.accounting.add(self.name(attempt), retries=1)
        capped = "" if asked_s <= seconds else f", which is too long: waiting {seconds:.0f} s"
        self.log(
            f"{self._about(attempt)}: Zendesk asks to wait {max(asked_s, seconds):.0f} s for the "
            f"bucket {bucket}{capped}."
        )
        if attempt.throttled_since is None:
            attempt.throttled_since = now

    def for_room(self, attempt: Attempt, bucket: str, seconds: float) -> None:
        """Wait for room, half a minute at most: then look at it and log it again."""
        now = self.clocks.monotonic()
        if attempt.throttled_since is None:
            attempt.throttled_since = now
        if now - attempt.throttled_since + seconds > self.patience.rate_limits_s:
            raise ConnectorError(
                f"The bucket {bucket} has no room within {self.patience.rate_limits_s:.0f} s.",
                about=f"GET {attempt.path}",
                remedy="Other integrations use up the account's API limit: run the sync when they "
                "rest. It resumes where it stopped.",
                failure=Failure.TRANSIENT,
            )
        if seconds >= NOTICE_WAIT_S:
            self.log(f"{self._about(attempt)} waits {seconds:.0f} s for the bucket {bucket}.")
            attempt.was_noticed = self.is_rate_limited = True
            self.limited(self.clocks.now() + timedelta(seconds=seconds))
        nap = min(max(seconds, SHORTEST_NAP_S), LONGEST_NAP_S)
        self.accounting.add_wait(self.name(attempt), bucket, nap)
        self.clocks.sleep(nap)

    def on_sent(self, attempt: Attempt) -> None:
        """Report that a request has found room, if the walk was reported to have none."""
        if self.is_rate_limited and not attempt.was_noticed:
            self.is_rate_limited = False
            self.limited(None)

    def before_next_try(
        self, attempt: Attempt, fault: str, answer: requests.Response | None = None
    ) -> None:
        """Wait before the next try: as the answer says, else exponentially with jitter."""
        now = self.clocks.monotonic()
        if attempt.failing_since is None:
            attempt.failing_since = now
        if now - attempt.failing_since >= self.patience.faults_s:
            raise unreachable(fault, about=f"GET {attempt.path}", patience_s=self.patience.faults_s)
        seconds = backoff_s(attempt.faults)
        if answer is not None:
            asked_s = retry_after_s(answer.headers, now_s=self.clocks.now().timestamp())
            seconds = seconds if asked_s is None else within_bounds_s(asked_s)
        attempt.faults += 1
        self.accounting.add(self.name(attempt), retries=1)
        self._nap(attempt, fault, seconds)

    def for_token(self, attempt: Attempt, sign_in: SignIn) -> None:
        """Wait until the sign-in has a token, as patiently as for an answer.

        Raises ConnectorError when it will have none. A thread that waits here holds no room and no
        turn.
        """
        failing_since = None
        while delayed := _delay_of(sign_in):
            if delayed.is_rate_limited:
                self.for_room(attempt, TOKENS, delayed.seconds)
                continue
            now = self.clocks.monotonic()
            failing_since = now if failing_since is None else failing_since
            patience_s = self.patience.faults_s
            if now - failing_since >= patience_s:
                raise unreachable(delayed.fault, about=ABOUT, patience_s=patience_s) from delayed
            fault = f"no access token is available ({ABOUT}: {delayed.fault})"
            self._nap(attempt, fault, max(delayed.seconds, SHORTEST_NAP_S))

    def _nap(self, attempt: Attempt, fault: str, seconds: float) -> None:
        """Wait after a fault, and say so every half minute."""
        self.accounting.add_wait(self.name(attempt), "faults", seconds)
        self.log(f"{self._about(attempt)}: {fault}; trying again in {seconds:.1f} s.")
        while seconds > 0:
            nap = min(seconds, LONGEST_NAP_S)
            self.clocks.sleep(nap)
            seconds -= nap
            if seconds > 0:
                self.log(f"{self._about(attempt)}: trying again in {seconds:.0f} s.")


def _delay_of(sign_in: SignIn) -> TokenDelayed | None:
    try:
        sign_in.authorization()
    except TokenDelayed as delayed:
        return delayed
    return None
