"""Send one request: a turn, room in its budget, a token, and a deadline for the whole answer.

Owns the HTTP session and what is in flight. Never decides what an answer means, and never follows a
link or a redirect. Rests on docs/facts/zendesk-api.md#1.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import requests

from .auth import TokenDelayed
from .request_auth import SignedWith
from .timeouts import TIMEOUTS_S
from .transport import fault_name, whole_answer_within

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from .accounting import Accounting
    from .auth import SignIn
    from .rate_limiter import RateLimiter
    from .request import Attempt
    from .retry import Retrier
    from .server_time import ServerTime
    from .timeouts import Clocks


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a request may take, in seconds.

    Attributes:
        timeouts_s: For connecting, and for each wait for a byte.
        answer_s: For the whole answer; None: as the patience says.

    """

    timeouts_s: tuple[float, float] = TIMEOUTS_S
    answer_s: float | None = None


USUAL = Bounds()


@dataclass
class Sender:
    """Sends the requests of one account. Thread-safe; all walks share it.

    Attributes:
        base_url: The address of the account.
        sign_in: Where the tokens come from.
        rate_limits: The buckets of the account.
        clocks: The clocks of this machine.
        accounting: Counts requests and bytes by walk.
        in_flight: One turn for each request that may be under way.
        session: The HTTP connections.
        server_time: Zendesk's time, which each answer shows.

    """

    base_url: str
    sign_in: SignIn
    rate_limits: RateLimiter
    clocks: Clocks
    accounting: Accounting
    in_flight: threading.Semaphore
    session: requests.Session
    server_time: ServerTime

    def has_room_now(self, path: str) -> bool:
        """Take room for a request where every bucket has it; return whether it was there."""
        return self.rate_limits.reserve(path, now=self.clocks.monotonic()) is None

    def enter(self, attempt: Attempt, waits: Retrier) -> None:
        """Take a turn to send, as soon as there is a token and every bucket has room.

        The room is taken with the turn already held: taken earlier, it would be spent in the books
        long before it is spent at Zendesk. No thread holds a turn while it waits for room or a
        token.
        """
        while True:
            waits.for_token(attempt, self.sign_in)
            self.in_flight.acquire()
            wait = self.rate_limits.reserve(attempt.path, now=self.clocks.monotonic())
            if wait is None:
                return
            self.in_flight.release()
            waits.for_room(attempt, wait.bucket, wait.seconds)

    def send(self, attempt: Attempt, waits: Retrier) -> requests.Response | str:
        """Send once there is room; return the answer, or the name of what broke on the way."""
        self.enter(attempt, waits)
        try:
            answer = self.send_now(attempt, waits)
        finally:
            self.in_flight.release()
        waits.on_sent(attempt)
        return answer

    def send_now(
        self, attempt: Attempt, waits: Retrier, bounds: Bounds | None = None
    ) -> requests.Response | str:
        """Send once; return the answer, or the name of what broke on the way."""
        sent_at = self.clocks.monotonic()
        headers = None
        try:
            answer = self._answer_to(attempt, waits, bounds or USUAL)
            if not isinstance(answer, str):
                headers = answer.headers
            return answer
        finally:
            now = self.clocks.monotonic()
            self.rate_limits.settle(attempt.path, headers, sent_at=sent_at, now=now)

    def _answer_to(
        self, attempt: Attempt, waits: Retrier, bounds: Bounds
    ) -> requests.Response | str:
        params: dict[str, str | Sequence[str]] = dict(attempt.params)
        if attempt.size is not None:
            params[attempt.size.param] = str(attempt.size.value)
        try:
            attempt.header = self.sign_in.authorization()
        except TokenDelayed as delayed:  # it ended since its turn came; the next try waits for it
            return f"no access token ({delayed.fault})"
        self.accounting.add(waits.name(attempt), requests=1)
        with whole_answer_within(bounds.answer_s or waits.patience.answer_s) as deadline:
            try:
                answer = self.session.get(
                    f"{self.base_url}/api/v2/{attempt.path}",
                    params=urlencode(params, doseq=True),  # as requests does, which asks each type
                    auth=SignedWith(attempt.header),
                    timeout=bounds.timeouts_s,
                    allow_redirects=False,
                )
            except requests.exceptions.RequestException as error:
                return fault_name(error, deadline)
        self.server_time.observe(answer.headers)
        if answer.status_code == 200:
            self.sign_in.accepted(attempt.header)
        self.accounting.add(waits.name(attempt), bytes_read=len(answer.content))
        return answer
