"""GET one page of one Zendesk account: budget, sign-in, retries and accounting in one place.

Owns the HTTP session and the loop round a request. Knows nothing of streams, and never follows a
link or a redirect, so credentials go to one host only. Rests on
https://developer.zendesk.com/api-reference/introduction/requests/ (docs/facts/zendesk-api.md#1.4,
#6).
"""

from __future__ import annotations

import contextlib
import copy
import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .accounting import Accounting
from .body import Expected, fault_of, names_of, parse
from .downloads import Downloads
from .errors import ConnectorError, StreamRefused
from .failures import failure_of
from .request import Attempt
from .responses import Action, decide
from .retry import Retrier
from .sending import Bounds, Sender
from .server_time import ServerTime
from .timeouts import COUNT_TIMEOUTS_S
from .transport import new_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import requests

    from .auth import SignIn
    from .json_text import Parsed
    from .rate_limiter import RateLimiter, Use
    from .request import PageSize, Params
    from .timeouts import Clocks, Patience


ASKING_THREAD = "asks"  # how the name of a thread begins that sends for another


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its JSON object, and Zendesk's own time (epoch seconds) when it was sent."""

    body: dict[str, Any]
    server_s: int


class ZendeskClient:
    """Reads pages of one account. Thread-safe, but for what `on_behalf_of` returns.

    `log` gets a line for each wait or retry that a reader of the log should know of. `headers` are
    sent with every request.
    """

    def __init__(
        self,
        base_url: str,
        sign_in: SignIn,
        *,
        rate_limits: RateLimiter,
        requests_in_flight: int,
        patience: Patience,
        clocks: Clocks,
        log: Callable[[str], None],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.accounting = Accounting()
        self._counted: dict[str, int | None] = {}
        self._waits = Retrier(rate_limits, patience, clocks, self.accounting, log)
        self._sender = Sender(
            base_url,
            sign_in,
            rate_limits=rate_limits,
            clocks=clocks,
            accounting=self.accounting,
            in_flight=threading.Semaphore(requests_in_flight),
            session=new_session(connections=requests_in_flight),
            server_time=ServerTime(clocks),
        )
        self._sender.session.headers.update(headers or {})

    def on_behalf_of(self, who: str, limited: Callable[[datetime | None], None]) -> ZendeskClient:
        """Return this client for one walk: counted and logged as `who`, used by one thread.

        `limited` is called when the walk has to wait for its budget, with the probable end of the
        wait. It is called with None when the walk continues without such waits.
        """
        client = copy.copy(self)
        client._waits = replace(self._waits, who=who, limited=limited)  # noqa: SLF001 - one of us
        return client

    def as_patient_as(self, patience: Patience) -> ZendeskClient:
        """Return this client with another patience."""
        client = copy.copy(self)
        client._waits = replace(self._waits, patience=patience)  # noqa: SLF001 - one of us
        return client

    def pause(self, seconds: float) -> None:
        """Wait by the clocks of this client."""
        self._waits.clocks.sleep(seconds)

    def zendesk_s(self) -> int:
        """Return Zendesk's time by its last answer; before the first, this machine's."""
        return self._sender.server_time.now_s()

    def ask_time(self) -> None:
        """Make `zendesk_s` Zendesk's time: by one request, unless an answer has shown it."""
        if not self._sender.server_time.is_known:
            with contextlib.suppress(StreamRefused):  # a refusal has a date too
                self.get("users/me", {}, expects="user", expected_type=dict)

    def uses(self) -> list[Use]:
        """Return what was spent of the budget so far."""
        return self._sender.rate_limits.uses()

    def downloads(self) -> Downloads:
        """Return what fetches the account's files, with the same sign-in and accounting."""
        return Downloads(
            self._sender.base_url,
            self._sender.sign_in,
            patience=self._waits.patience,
            clocks=self._sender.clocks,
            accounting=self.accounting,
        )

    def close(self) -> None:
        """Close the connections."""
        self._sender.session.close()

    def get(
        self,
        path: str,
        params: Params,
        *,
        expects: str | tuple[str, ...],
        expected_type: type = list,
        size: PageSize | None = None,
    ) -> Page:
        """Return the page at `path` (below /api/v2/), whose JSON holds `expects`, or one of them.

        Retries what passes and shrinks `size` when Zendesk cannot serve it. Raises ConnectorError
        (see errors.py) for everything else; an answer that is not the expected JSON is a fault and
        never an empty page.
        """
        attempt = _attempt(path, params, size)
        expected = Expected(names_of(expects), expected_type)
        return self._page(attempt, self._sender.send(attempt, self._waits), expected)

    def ask(
        self,
        path: str,
        params: Params,
        *,
        expects: str | tuple[str, ...],
        size: PageSize | None = None,
    ) -> Callable[[], Page]:
        """Send as `get` does, and return what waits for the page: more may be asked for meanwhile.

        Waits for room here. The returned function retries and waits as the answer demands, and
        raises its errors; the same thread must call it.
        """
        attempt = _attempt(path, params, size)
        sent: Future[requests.Response | str] = Future()

        def send() -> None:
            try:
                sent.set_result(self._sender.send_now(attempt, self._waits))
            except BaseException as error:  # noqa: BLE001 - raised where the page is awaited
                sent.set_exception(error)
            finally:
                self._sender.in_flight.release()

        try:
            self._sender.enter(attempt, self._waits)
        except ConnectorError as error:
            sent.set_exception(error)
        else:
            # A daemon: a request whose page is no longer awaited does not keep the process.
            threading.Thread(target=send, name=f"{ASKING_THREAD} {path}", daemon=True).start()
            self._waits.on_sent(attempt)
        return lambda: self._page(attempt, sent.result(), Expected(names_of(expects)))

    def _page(self, attempt: Attempt, answer: requests.Response | str, expected: Expected) -> Page:
        """Return the page that an answer, or that of a later try, brings."""
        size = attempt.size
        while True:
            if isinstance(answer, str):
                self._waits.before_next_try(attempt, answer)
                answer = self._sender.send(attempt, self._waits)
                continue
            parsed = parse(answer)
            parsed = replace(parsed, value=expected.wrapped(parsed.value))
            can_shrink = size is not None and size.value > 1
            action = decide(
                answer.status_code, can_renew=not attempt.renewed, can_shrink=can_shrink
            )
            if action is Action.ACCEPT:
                wrong = fault_of(answer, parsed.value, expected)
                if wrong is None:
                    if size is not None:
                        size.served()
                    self._note_page(attempt, parsed, expected)
                    expected.without_odd_items(parsed)
                    self._note_oddities(attempt, parsed)
                    return Page(parsed.value, self._waits.server_s(answer))
                self._waits.before_next_try(attempt, wrong)
            elif action is Action.WAIT:
                self._waits.honour_retry_after(attempt, answer)
            elif action is Action.RETRY:
                self._waits.before_next_try(attempt, f"status {answer.status_code}", answer)
            elif action is Action.SMALLER_PAGE:
                assert size is not None
                size.shrink()
                attempt.start_patience_again()
                self._waits.before_next_try(
                    attempt, f"status {answer.status_code}, now {size.value} a page"
                )
            elif action is not Action.RENEW or not self._renew(attempt):
                raise self._failure(attempt, answer, parsed)
            answer = self._sender.send(attempt, self._waits)

    def count(self, path: str) -> int | None:
        """Return what a `/count` says, asked once and only when there is room for it now.

        None without an answer, or when Zendesk is still counting (`refreshed_at` null).
        Raises TokenRefused, as every other request after it would.
        """
        if path in self._counted:
            return self._counted[path]
        attempt = Attempt(path, {}, None)
        with self._sender.in_flight:
            if not self._sender.has_room_now(path):
                return None
            # A courtesy is not waited for: its whole answer has no longer than its first byte.
            bounds = Bounds(COUNT_TIMEOUTS_S, COUNT_TIMEOUTS_S[1])
            answer = self._sender.send_now(attempt, self._waits, bounds)
        # Two walks may need it, a moment apart.
        self._counted[path] = found = self._counted_in(attempt, answer)
        return found

    def _counted_in(self, attempt: Attempt, answer: requests.Response | str) -> int | None:
        if isinstance(answer, str):
            return None
        if answer.status_code == 429:
            self._waits.honour_retry_after(attempt, answer)
        if answer.status_code == 401 and not self._renew(attempt):
            raise self._failure(attempt, answer, parse(answer))
        body = parse(answer).value if answer.status_code == 200 else None
        count = body.get("count") if isinstance(body, dict) else None
        if not isinstance(count, dict) or not count.get("refreshed_at"):
            return None
        value = count.get("value")
        return value if isinstance(value, int) else None

    def _failure(
        self, attempt: Attempt, answer: requests.Response, parsed: Parsed
    ) -> ConnectorError:
        sized = {attempt.size.param: attempt.size.value} if attempt.size is not None else {}
        return failure_of(
            answer.status_code,
            parsed.value,
            path=attempt.path,
            is_oauth=self._sender.sign_in.is_oauth,
            start_age_s=self._start_age_s(attempt, answer),
            params={**attempt.params, **sized},
            location=answer.headers.get("Location", ""),
            hide=[attempt.header.rpartition(" ")[2]],
        )

    def _note_page(self, attempt: Attempt, parsed: Parsed, expected: Expected) -> None:
        """Count what came beside what Zendesk announced, before anything is left out."""
        found = [parsed.value[name] for name in expected.keys if name in parsed.value]
        items = len(found[0]) if found and isinstance(found[0], list) else 1
        name = self._waits.name(attempt)
        self.accounting.add_page(name, attempt.path, attempt.params, parsed.value, items)

    def _note_oddities(self, attempt: Attempt, parsed: Parsed) -> None:
        """Count what was odd on a page, and name each kind in the log once."""
        if parsed.oddities:
            name = self._waits.name(attempt)
            for what in self.accounting.add_oddities(name, parsed.oddities):
                self._waits.log(f"{name} (GET {attempt.path}): {what}.")

    def _start_age_s(self, attempt: Attempt, answer: requests.Response) -> int | None:
        """Return how long before Zendesk's own time the start lies that was asked for, if any."""
        start = attempt.params.get("start_time")
        return self._waits.server_s(answer) - int(start) if isinstance(start, str) else None

    def _renew(self, attempt: Attempt) -> bool:
        attempt.renewed = True
        return self._sender.sign_in.renew(attempt.header)


def _attempt(path: str, params: Params, size: PageSize | None) -> Attempt:
    if size is not None:
        size.grow_if_due()
    return Attempt(path, params, size)
