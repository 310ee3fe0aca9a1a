"""GET one page of one Zendesk account: budget, sign-in, retries and accounting in one place.

Owns the HTTP session and the loop round a request. Knows nothing of streams, and never follows a
link or a redirect, so credentials go to one host only.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/ (zendesk/api.md 1.4, 6).
"""

from __future__ import annotations

import copy
import random
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import requests
from requests.adapters import HTTPAdapter

from .accounting import Accounting
from .auth import SignedWith
from .downloads import Downloads
from .errors import (
    NOT_JSON,
    Action,
    ConnectorError,
    Failure,
    decide,
    failure_of,
    first_bytes,
    http_date_s,
    retry_after_s,
    unreachable,
)
from .patience import (
    BACKOFF_FIRST_S,
    BACKOFF_LONGEST_S,
    COUNT_TIMEOUTS_S,
    DEFAULT_RETRY_AFTER_S,
    LONGEST_NAP_S,
    MAX_RETRY_AFTER_S,
    MIN_RETRY_AFTER_S,
    NOTICE_WAIT_S,
    SHORTEST_NAP_S,
    TIMEOUTS_S,
    Clocks,
    Patience,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from .auth import SignIn
    from .rate_limits import RateLimits, Use

    # Query parameters; one with several values is sent as often.
    Params = Mapping[str, str | Sequence[str]]

# A smaller page is tried at twice its size after so many good ones; each time that fails, which
# costs a minute until Zendesk gives up, twice as many are asked for.
GROW_AFTER_PAGES = 5
GROW_AFTER_PAGES_MOST = 320


@dataclass(slots=True)
class PageSize:
    """The size a walk asks for. Shrinks when Zendesk cannot serve it, and grows again with time."""

    param: str  # "per_page" or "page[size]"
    value: int
    largest: int = field(init=False)
    _good: int = field(default=0, init=False)
    _grow_after: int = field(default=GROW_AFTER_PAGES, init=False)
    _has_grown: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.largest = self.value

    def shrink(self) -> None:
        """Halve it, down to one record."""
        if self._has_grown and self._good == 0:
            self._grow_after = min(2 * self._grow_after, GROW_AFTER_PAGES_MOST)
        self.value, self._good, self._has_grown = max(1, self.value // 2), 0, False

    def widen(self) -> None:
        """Go back to the largest: some pages cannot be told apart by a smaller one."""
        self.value, self._good, self._has_grown = self.largest, 0, True

    def served(self) -> None:
        """A page of this size has come."""
        self._good += 1

    def grow_if_due(self) -> None:
        """Double it after enough good pages. Before a request: `value` is what was last asked."""
        if self.value < self.largest and self._good >= self._grow_after:
            self.value = min(self.largest, 2 * self.value)
            self._good, self._has_grown = 0, True


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its JSON object, and Zendesk's own time (epoch seconds) when it was sent."""

    body: dict[str, Any]
    server_s: int


@dataclass(slots=True)
class _Trial:
    """The tries of one request so far."""

    path: str
    params: Params
    size: PageSize | None
    header: str = field(default="", repr=False)
    renewed: bool = False
    faults: int = 0
    failing_since: float | None = None
    throttled_since: float | None = None
    was_noticed: bool = False  # its wait was long enough to be told

    def start_patience_again(self) -> None:
        """A smaller page is another request: each 504 takes a minute, and there may be ten."""
        self.faults, self.failing_since = 0, None


class ZendeskClient:
    """Reads pages of one account. Thread-safe, but for what `on_behalf_of` returns.

    `log` gets a line for each wait or retry that a reader of the log should know of. `headers` are
    sent with every request.
    """

    _who: str | None = None
    _is_limited = False

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
        self._limited: Callable[[datetime | None], None] = _tell_nobody
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=requests_in_flight)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._session.headers.update(headers or {})

    def on_behalf_of(self, who: str, limited: Callable[[datetime | None], None]) -> ZendeskClient:
        """Return this client for one walk: counted and logged as `who`, on one thread.

        `limited` is called when the walk has to wait for its budget, with the time when that will
        probably end, and with None when it goes on without such waits.
        """
        client = copy.copy(self)
        client._who, client._limited = who, limited  # noqa: SLF001 - it is one of us
        return client

    def uses(self) -> list[Use]:
        """Return what was spent of the budget so far."""
        return self._rate_limits.uses()

    def downloads(self) -> Downloads:
        """Return what fetches the account's files, with the same sign-in and accounting."""
        return Downloads(
            self._base_url,
            self._sign_in,
            patience=self._patience,
            clocks=self._clocks,
            accounting=self.accounting,
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(
        self,
        path: str,
        params: Params,
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
        if size is not None:
            size.grow_if_due()
        while True:
            answer = self._send(trial)
            if isinstance(answer, str):
                self._try_again(trial, answer)
                continue
            body = _parse(answer)
            can_shrink = size is not None and size.value > 1
            action = decide(answer.status_code, can_renew=not trial.renewed, can_shrink=can_shrink)
            if action is Action.GO_ON:
                if _holds(body, expects, expected_type):
                    if size is not None:
                        size.served()
                    return Page(body, self._server_s(answer))
                begin = first_bytes(answer.content, hide=trial.header.rpartition(" ")[2])
                wrong = NOT_JSON if body is None else f"a 200 without `{expects}`"
                self._try_again(trial, f"{wrong} that begins with {begin!r}")
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

    def count(self, path: str) -> int | None:
        """Return what a `/count` says, asked once and only when there is room for it now.

        None when it cannot be had, or when Zendesk is still counting (`refreshed_at` null).
        Raises TokenRefused, as every other request after it would.
        """
        trial = _Trial(path, {}, None)
        with self._in_flight:
            if self._rate_limits.reserve(path, now=self._clocks.monotonic()) is not None:
                return None
            answer = self._send_now(trial, COUNT_TIMEOUTS_S)
        if isinstance(answer, str):
            return None
        if answer.status_code == 429:
            self._wait_as_told(trial, answer)
        if answer.status_code == 401 and not self._renew(trial):
            raise failure_of(401, _parse(answer), path=path, start_time_sent=False)
        body = _parse(answer) if answer.status_code == 200 else None
        count = body.get("count") if isinstance(body, dict) else None
        if not isinstance(count, dict) or not count.get("refreshed_at"):
            return None
        value = count.get("value")
        return value if isinstance(value, int) else None

    def _name(self, trial: _Trial) -> str:
        return self._who or trial.path

    def _about(self, trial: _Trial) -> str:
        return f"{self._who} (GET {trial.path})" if self._who else f"GET {trial.path}"

    def _send(self, trial: _Trial) -> requests.Response | str:
        """Send as soon as every bucket of the request has room.

        The room is taken with the turn to send already held: taken earlier, it would be spent in
        the books long before it is spent at Zendesk. Nobody holds a turn while waiting for room.
        """
        while True:
            with self._in_flight:
                wait = self._rate_limits.reserve(trial.path, now=self._clocks.monotonic())
                answer = self._send_now(trial, TIMEOUTS_S) if wait is None else None
            if wait is None:
                if self._is_limited and not trial.was_noticed:
                    self._is_limited = False
                    self._limited(None)
                assert answer is not None
                return answer
            self._throttle(trial, wait.bucket, wait.seconds)

    def _send_now(self, trial: _Trial, timeouts_s: tuple[float, float]) -> requests.Response | str:
        """Send once; return the answer, or the name of what broke on the way."""
        sent_at = self._clocks.monotonic()
        headers = None
        try:
            answer = self._answer_to(trial, timeouts_s)
            if not isinstance(answer, str):
                headers = answer.headers
            return answer
        finally:
            now = self._clocks.monotonic()
            self._rate_limits.settle(trial.path, headers, sent_at=sent_at, now=now)

    def _answer_to(self, trial: _Trial, timeouts_s: tuple[float, float]) -> requests.Response | str:
        params: dict[str, str | Sequence[str]] = dict(trial.params)
        if trial.size is not None:
            params[trial.size.param] = str(trial.size.value)
        trial.header = self._sign_in.authorization()
        self.accounting.add(self._name(trial), requests=1)
        try:
            answer = self._session.get(
                f"{self._base_url}/api/v2/{trial.path}",
                params=params,
                auth=SignedWith(trial.header),
                timeout=timeouts_s,
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as error:
            return type(error).__name__
        if answer.status_code == 200:
            self._sign_in.accepted(trial.header)
        self.accounting.add(self._name(trial), bytes_read=len(answer.content))
        return answer

    def _wait_as_told(self, trial: _Trial, answer: requests.Response) -> None:
        """A 429: block its bucket for everyone; the next try then waits for room."""
        told_s = retry_after_s(answer.headers, now_s=self._server_s(answer))
        told_s = DEFAULT_RETRY_AFTER_S if told_s is None else told_s
        seconds = min(max(told_s, MIN_RETRY_AFTER_S), MAX_RETRY_AFTER_S)
        now = self._clocks.monotonic()
        bucket = self._rate_limits.block(trial.path, seconds, now=now, headers=answer.headers)
        self.accounting.add(self._name(trial), retries=1)
        capped = "" if told_s <= seconds else f", which is too long: waiting {seconds:.0f} s"
        self._log(
            f"{self._about(trial)}: Zendesk asks to wait {max(told_s, seconds):.0f} s for the "
            f"bucket {bucket}{capped}."
        )
        if trial.throttled_since is None:
            trial.throttled_since = now

    def _throttle(self, trial: _Trial, bucket: str, seconds: float) -> None:
        """Wait for room, half a minute at most: then it is looked at and told again."""
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
            self._log(f"{self._about(trial)} waits {seconds:.0f} s for the bucket {bucket}.")
            trial.was_noticed = self._is_limited = True
            self._limited(self._clocks.now() + timedelta(seconds=seconds))
        nap = min(max(seconds, SHORTEST_NAP_S), LONGEST_NAP_S)
        self.accounting.add_wait(self._name(trial), bucket, nap)
        self._clocks.sleep(nap)

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
            if told_s is not None:
                seconds = min(max(told_s, MIN_RETRY_AFTER_S), MAX_RETRY_AFTER_S)
        trial.faults += 1
        self.accounting.add(self._name(trial), retries=1)
        self.accounting.add_wait(self._name(trial), "faults", seconds)
        self._log(f"{self._about(trial)}: {fault}; trying again in {seconds:.1f} s.")
        while seconds > 0:
            nap = min(seconds, LONGEST_NAP_S)
            self._clocks.sleep(nap)
            seconds -= nap
            if seconds > 0:
                self._log(f"{self._about(trial)}: trying again in {seconds:.0f} s.")

    def _renew(self, trial: _Trial) -> bool:
        trial.renewed = True
        return self._sign_in.renew(trial.header)

    def _server_s(self, answer: requests.Response) -> int:
        """Zendesk's own time, so that a wrong clock on our side loses nothing."""
        at_s = http_date_s(answer.headers.get("Date", ""))
        return int(self._clocks.now().timestamp() if at_s is None else at_s)


def _tell_nobody(_until: datetime | None) -> None:
    """A client that works for no walk has nobody to tell."""


def _holds(body: Any, expects: str, expected_type: type) -> bool:
    """Tell whether an answer is the page that was asked for: a list holds objects only."""
    found = body.get(expects) if isinstance(body, dict) else None
    if not isinstance(found, expected_type):
        return False
    return not isinstance(found, list) or all(isinstance(item, dict) for item in found)


def _parse(answer: requests.Response) -> Any:
    """Return the JSON of the answer; None when it is not JSON (HTML of the edge, cut off)."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
