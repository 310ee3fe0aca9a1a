"""GET one page of one Zendesk account: budget, sign-in, retries and accounting in one place.

Owns the HTTP session and the loop round a request. Knows nothing of streams, and never follows a
link or a redirect, so credentials go to one host only.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/ (zendesk/api.md 1.4, 6).
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import requests
import requests.auth
from requests.adapters import HTTPAdapter

from .errors import (
    NOT_JSON,
    Action,
    ConnectorError,
    Failure,
    decide,
    failure_of,
    http_date_s,
    retry_after_s,
    unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .auth import SignIn
    from .rate_limits import RateLimits

# Connecting takes a moment or never; a full export page of a busy account was seen to take a
# minute before Zendesk itself gives up with 504, so twice that is a dead connection.
TIMEOUTS_S = (10, 120)
# 429 without Retry-After: Zendesk's own client waits 10 s (zendesk/api.md 1.4).
DEFAULT_RETRY_AFTER_S = 10.0
MIN_RETRY_AFTER_S = 1.0  # Zendesk rounds to seconds: 0 is less than one, and no leave to hurry
MAX_RETRY_AFTER_S = 600.0  # no bucket of Zendesk is longer than ten minutes (zendesk/api.md 1.2)
BACKOFF_FIRST_S = 1.0
BACKOFF_LONGEST_S = 60.0
# A wait this long is worth a line in the log.
NOTICE_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on trying one request, in seconds."""

    faults_s: float = 600.0  # ten minutes: a restart or a deployment at Zendesk is over by then
    rate_limits_s: float = 7200.0  # two hours: another integration's nightly run is over by then


@dataclass(slots=True)
class PageSize:
    """The size a walk asks for. Shrinks when Zendesk cannot serve it; kept for the whole run."""

    param: str  # "per_page" or "page[size]"
    value: int

    def shrink(self) -> None:
        """Halve it, down to one record."""
        self.value = max(1, self.value // 2)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its JSON object, and Zendesk's own time (epoch seconds) when it was sent."""

    body: dict[str, Any]
    server_s: int


class Accounting:
    """What one run asked of Zendesk, by path. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.waited_s: Counter[str] = Counter()  # by what was waited for
        self.bytes_read = 0

    def add(self, path: str, *, requests: int = 0, retries: int = 0, bytes_read: int = 0) -> None:
        """Count for a path."""
        with self._lock:
            self.requests[path] += requests
            self.retries[path] += retries
            self.bytes_read += bytes_read

    def add_wait(self, reason: str, seconds: float) -> None:
        """Count seconds waited for a bucket or a fault to pass."""
        with self._lock:
            self.waited_s[reason] += round(seconds)


@dataclass(slots=True)
class _Trial:
    """The tries of one request so far."""

    path: str
    params: Mapping[str, str]
    size: PageSize | None
    header: str = field(default="", repr=False)
    renewed: bool = False
    faults: int = 0
    failing_since: float | None = None
    throttled_since: float | None = None

    def start_patience_again(self) -> None:
        """A smaller page is another request: each 504 takes a minute, and there may be ten."""
        self.faults, self.failing_since = 0, None


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time as the client needs it: `monotonic` for intervals, `now` for dates, and waiting."""

    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]


class ZendeskClient:
    """Reads pages of one account. Thread-safe.

    `log` gets a line for each wait or retry that a reader of the log should know of. `headers` are
    sent with every request.
    """

    def __init__(
        self,
        base_url: str,
        sign_in: SignIn,
        *,
        rate_limits: RateLimits,
        requests_in_flight: int,
        patience: Patience,
        clocks: Clocks,
        log: Callable[[str], None],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.accounting = Accounting()
        self._base_url = base_url
        self._sign_in = sign_in
        self._rate_limits = rate_limits
        self._in_flight = threading.Semaphore(requests_in_flight)
        self._patience = patience
        self._clocks = clocks
        self._log = log
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=requests_in_flight)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._session.headers.update(headers or {})

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        expects: str,
        expected_type: type = list,
        size: PageSize | None = None,
    ) -> Page:
        """Return the page at `path` (below /api/v2/), whose JSON holds `expects`.

        Retries what passes and shrinks `size` when Zendesk cannot serve it. Raises ConnectorError
        (see errors.py) for everything else; an answer that is not the expected JSON is a fault and
        never an empty page.
        """
        trial = _Trial(path, params, size)
        while True:
            answer = self._send(trial)
            if isinstance(answer, str):
                self._try_again(trial, answer)
                continue
            body = _parse(answer)
            can_shrink = size is not None and size.value > 1
            action = decide(answer.status_code, can_renew=not trial.renewed, can_shrink=can_shrink)
            if action is Action.GO_ON:
                if isinstance(body, dict) and isinstance(body.get(expects), expected_type):
                    return Page(body, self._server_s(answer))
                wrong = NOT_JSON if body is None else f"a 200 without `{expects}`"
                self._try_again(trial, f"{wrong} ({len(answer.content)} bytes)")
            elif action is Action.WAIT:
                self._wait_as_told(trial, answer)
            elif action is Action.RETRY:
                self._try_again(trial, f"status {answer.status_code}", answer)
            elif action is Action.SMALLER_PAGE:
                assert size is not None
                size.shrink()
                trial.start_patience_again()
                self._try_again(trial, f"status {answer.status_code}, now {size.value} a page")
            elif action is not Action.RENEW or not self._renew(trial):
                raise failure_of(
                    answer.status_code, body, path=path, start_time_sent="start_time" in params
                )

    def _send(self, trial: _Trial) -> requests.Response | str:
        """Send as soon as every bucket of the request has room.

        The room is taken with the turn to send already held: taken earlier, it would be spent in
        the books long before it is spent at Zendesk. Nobody holds a turn while waiting for room.
        """
        while True:
            with self._in_flight:
                wait = self._rate_limits.reserve(trial.path, now=self._clocks.monotonic())
                if wait is None:
                    return self._send_now(trial)
            self._throttle(trial, wait.bucket, wait.seconds)

    def _send_now(self, trial: _Trial) -> requests.Response | str:
        """Send once; return the answer, or the name of what broke on the way."""
        params = dict(trial.params)
        if trial.size is not None:
            params[trial.size.param] = str(trial.size.value)
        trial.header = self._sign_in.authorization()
        self.accounting.add(trial.path, requests=1)
        try:
            answer = self._session.get(
                f"{self._base_url}/api/v2/{trial.path}",
                params=params,
                auth=_Header(trial.header),
                timeout=TIMEOUTS_S,
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as error:
            return type(error).__name__
        if answer.status_code == 200:
            self._sign_in.accepted(trial.header)
        self.accounting.add(trial.path, bytes_read=len(answer.content))
        self._rate_limits.learn(trial.path, answer.headers, now=self._clocks.monotonic())
        return answer

    def _wait_as_told(self, trial: _Trial, answer: requests.Response) -> None:
        """A 429: block its bucket for everyone; the next try then waits for room."""
        told_s = retry_after_s(answer.headers, now_s=self._server_s(answer))
        told_s = DEFAULT_RETRY_AFTER_S if told_s is None else told_s
        seconds = min(max(told_s, MIN_RETRY_AFTER_S), MAX_RETRY_AFTER_S)
        now = self._clocks.monotonic()
        bucket = self._rate_limits.block(trial.path, seconds, now=now)
        self.accounting.add(trial.path, retries=1)
        self._log(f"GET {trial.path}: Zendesk asks to wait {seconds:.0f} s for bucket {bucket}.")
        if trial.throttled_since is None:
            trial.throttled_since = now

    def _throttle(self, trial: _Trial, bucket: str, seconds: float) -> None:
        now = self._clocks.monotonic()
        if trial.throttled_since is None:
            trial.throttled_since = now
        if now - trial.throttled_since + seconds > self._patience.rate_limits_s:
            raise ConnectorError(
                f"The bucket {bucket} has no room within {self._patience.rate_limits_s:.0f} s.",
                about=f"GET {trial.path}",
                remedy="Other integrations use up the account's API limit: run the sync when they "
                "rest. It goes on where it stopped.",
                failure=Failure.TRANSIENT,
            )
        if seconds >= NOTICE_WAIT_S:
            self._log(f"GET {trial.path} waits {seconds:.0f} s for the bucket {bucket}.")
        self.accounting.add_wait(bucket, seconds)
        self._clocks.sleep(seconds)

    def _try_again(
        self, trial: _Trial, fault: str, answer: requests.Response | None = None
    ) -> None:
        """Wait before the next try: as told by the answer, else exponentially with jitter."""
        now = self._clocks.monotonic()
        if trial.failing_since is None:
            trial.failing_since = now
        if now - trial.failing_since >= self._patience.faults_s:
            raise unreachable(fault, about=f"GET {trial.path}", patience_s=self._patience.faults_s)
        longest = min(BACKOFF_LONGEST_S, BACKOFF_FIRST_S * 2**trial.faults)
        seconds = longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
        if answer is not None:
            told_s = retry_after_s(answer.headers, now_s=self._server_s(answer))
            seconds = seconds if told_s is None else min(told_s, MAX_RETRY_AFTER_S)
        trial.faults += 1
        self.accounting.add(trial.path, retries=1)
        self.accounting.add_wait("faults", seconds)
        self._log(f"GET {trial.path}: {fault}; trying again in {seconds:.1f} s.")
        self._clocks.sleep(seconds)

    def _renew(self, trial: _Trial) -> bool:
        trial.renewed = True
        return self._sign_in.renew(trial.header)

    def _server_s(self, answer: requests.Response) -> int:
        """Zendesk's own time, so that a wrong clock on our side loses nothing."""
        at_s = http_date_s(answer.headers.get("Date", ""))
        return int(self._clocks.now().timestamp() if at_s is None else at_s)


@dataclass(frozen=True, slots=True)
class _Header(requests.auth.AuthBase):
    """Signs a request; given as `auth`, or requests would prefer a netrc entry of the host."""

    value: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.value
        return request


def _parse(answer: requests.Response) -> Any:
    """Return the JSON of the answer; None when it is not JSON (HTML of the edge, cut off)."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
