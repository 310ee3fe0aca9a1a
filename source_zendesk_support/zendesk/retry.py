"""The waits of one walk: for room in its budget, as a 429 tells, and before a next try.

Owns how long each is, when there were enough of them, and that none of them is silent. Sends
nothing, and holds nothing meanwhile that another walk could wait for. Rests on
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
    as_told_s,
    backoff_s,
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
    when the walk has to wait for its budget, with the time when that will probably end, and with
    None when it goes on without such waits.
    """

    rate_limits: RateLimiter
    patience: Patience
    clocks: Clocks
    accounting: Accounting
    log: Callable[[str], None]
    who: str | None = None
    limited: Callable[[datetime | None], None] = _ignore_notice
    is_rate_limited: bool = False

    def name(self, trial: Attempt) -> str:
        """Return who is counted for a request."""
        return self.who or trial.path

    def _about(self, trial: Attempt) -> str:
        return f"{self.who} (GET {trial.path})" if self.who else f"GET {trial.path}"

    def server_s(self, answer: requests.Response) -> int:
        """Return Zendesk's own time, so that a wrong clock on our side loses nothing."""
        at_s = http_date_s(answer.headers.get("Date", ""))
        return int(self.clocks.now().timestamp() if at_s is None else at_s)

    def honour_retry_after(self, trial: Attempt, answer: requests.Response) -> None:
        """A 429: block its bucket for everyone; the next try then waits for room."""
        told_s = retry_after_s(answer.headers, now_s=self.clocks.now().timestamp())
        told_s = DEFAULT_RETRY_AFTER_S if told_s is None else told_s
        seconds = as_told_s(told_s)
        now = self.clocks.monotonic()
        bucket = self.rate_limits.block(trial.path, seconds, now=now, headers=answer.headers)
        self.accounting.add(self.name(trial), retries=1)
        capped = "" if told_s <= seconds else f", which is too long: waiting {seconds:.0f} s"
        self.log(
            f"{self._about(trial)}: Zendesk asks to wait {max(told_s, seconds):.0f} s for the "
            f"bucket {bucket}{capped}."
        )
        if trial.throttled_since is None:
            trial.throttled_since = now

    def for_room(self, trial: Attempt, bucket: str, seconds: float) -> None:
        """Wait for room, half a minute at most: then it is looked at and told again."""
        now = self.clocks.monotonic()
        if trial.throttled_since is None:
            trial.throttled_since = now
        if now - trial.throttled_since + seconds > self.patience.rate_limits_s:
            raise ConnectorError(
                f"The bucket {bucket} has no room within {self.patience.rate_limits_s:.0f} s.",
                about=f"GET {trial.path}",
                remedy="Other integrations use up the account's API limit: run the sync when they "
                "rest. It goes on where it stopped.",
                failure=Failure.TRANSIENT,
            )
        if seconds >= NOTICE_WAIT_S:
            self.log(f"{self._about(trial)} waits {seconds:.0f} s for the bucket {bucket}.")
            trial.was_noticed = self.is_rate_limited = True
            self.limited(self.clocks.now() + timedelta(seconds=seconds))
        nap = min(max(seconds, SHORTEST_NAP_S), LONGEST_NAP_S)
        self.accounting.add_wait(self.name(trial), bucket, nap)
        self.clocks.sleep(nap)

    def on_sent(self, trial: Attempt) -> None:
        """A request has found room: tell it, if the walk was said to have none."""
        if self.is_rate_limited and not trial.was_noticed:
            self.is_rate_limited = False
            self.limited(None)

    def before_next_try(
        self, trial: Attempt, fault: str, answer: requests.Response | None = None
    ) -> None:
        """Wait before the next try: as told by the answer, else exponentially with jitter."""
        now = self.clocks.monotonic()
        if trial.failing_since is None:
            trial.failing_since = now
        if now - trial.failing_since >= self.patience.faults_s:
            raise unreachable(fault, about=f"GET {trial.path}", patience_s=self.patience.faults_s)
        seconds = backoff_s(trial.faults)
        if answer is not None:
            told_s = retry_after_s(answer.headers, now_s=self.clocks.now().timestamp())
            seconds = seconds if told_s is None else as_told_s(told_s)
        trial.faults += 1
        self.accounting.add(self.name(trial), retries=1)
        self._nap(trial, fault, seconds)

    def for_token(self, trial: Attempt, sign_in: SignIn) -> None:
        """Wait until the sign-in has a token, as patiently as for an answer.

        Raises ConnectorError when it will have none. Whoever waits here holds no room and no turn.
        """
        failing_since = None
        while delayed := _delay_of(sign_in):
            if delayed.is_rate_limited:
                self.for_room(trial, TOKENS, delayed.seconds)
                continue
            now = self.clocks.monotonic()
            failing_since = now if failing_since is None else failing_since
            patience_s = self.patience.faults_s
            if now - failing_since >= patience_s:
                raise unreachable(delayed.fault, about=ABOUT, patience_s=patience_s) from delayed
            fault = f"there is no access token ({ABOUT}: {delayed.fault})"
            self._nap(trial, fault, max(delayed.seconds, SHORTEST_NAP_S))

    def _nap(self, trial: Attempt, fault: str, seconds: float) -> None:
        """Wait after a fault, and say so every half minute."""
        self.accounting.add_wait(self.name(trial), "faults", seconds)
        self.log(f"{self._about(trial)}: {fault}; trying again in {seconds:.1f} s.")
        while seconds > 0:
            nap = min(seconds, LONGEST_NAP_S)
            self.clocks.sleep(nap)
            seconds -= nap
            if seconds > 0:
                self.log(f"{self._about(trial)}: trying again in {seconds:.0f} s.")


def _delay_of(sign_in: SignIn) -> TokenDelayed | None:
    try:
        sign_in.authorization()
    except TokenDelayed as delayed:
        return delayed
    return None
