"""The bytes of one file, streamed to disk: resumed when they break off, never given away in part.

Owns the redirects of a download: credentials go to the account's own address only. Never takes a
file for whole that is not.
Rests on https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/ and on
RFC 9110, 14 (range requests).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests

from .auth import TokenDelayed
from .errors import ConnectorError, Failure
from .request_auth import SignedWith, unsigned
from .responses import Action, decide, retry_after_s
from .timeouts import DEFAULT_RETRY_AFTER_S, TIMEOUTS_S, as_told_s, backoff_s

if TYPE_CHECKING:
    from pathlib import Path

    from .accounting import Accounting
    from .auth import SignIn
    from .timeouts import Clocks, Patience

CHUNK = 1 << 16  # bytes in memory at a time
MOST_REDIRECTS = 5  # an attachment has one, to the store
# Nothing that parsers of addresses could disagree on: no user, no backslash, no blank.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][!-\[\]-~]*)?\Z")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-")


class FileMissing(Exception):
    """The file cannot be had: the text says why, and holds no address."""


@dataclass(slots=True)
class _Transfer:
    """One file on its way. `validator` tells that the rest belongs to what is already here."""

    url: str
    part: Path
    expected: int | None
    received: int = 0
    furthest: int = 0
    validator: str | None = None
    faults: int = 0
    failing_since: float | None = None
    renewed: bool = False


class Downloads:
    """Fetches files for one account. Thread-safe: each file has its own state.

    `account`: scheme, host and port that the credentials belong to.
    """

    def __init__(
        self,
        account: str,
        sign_in: SignIn,
        *,
        patience: Patience,
        clocks: Clocks,
        accounting: Accounting,
    ) -> None:
        self._account = urlsplit(account)
        self._sign_in = sign_in
        self._patience = patience
        self._clocks = clocks
        self._accounting = accounting

    def fetch(self, url: str, target: Path, expected: int | None) -> int:
        """Store what is at `url` as `target` and return its size; `expected` is Zendesk's own word.

        Raises FileMissing when there is no such file, ConnectorError (transient) when it could not
        be had for as long as the client is patient.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        transfer = _Transfer(url, target.with_name(f"{target.name}.part"), expected)
        try:
            while not self._try(transfer):
                pass
            transfer.part.replace(target)
        finally:
            transfer.part.unlink(missing_ok=True)
        return transfer.received

    def _try(self, transfer: _Transfer) -> bool:
        """Ask for what is left; tell whether the file is whole."""
        self._accounting.add("files", requests=1)
        try:
            with requests.Session() as session, self._open(session, transfer) as answer:
                return self._receive(transfer, answer)
        except requests.exceptions.RequestException as error:
            self._wait(transfer, type(error).__name__, None)
            return False
        except TokenDelayed as delayed:
            self._wait(transfer, f"no access token ({delayed.fault})", delayed)
            return False

    def _open(self, session: requests.Session, transfer: _Transfer) -> requests.Response:
        """Follow the redirects by hand: each hop is signed, or not, by its own address."""
        url = transfer.url
        for _ in range(MOST_REDIRECTS + 1):
            if not _ADDRESS.match(url) or not self._may_ask(url):
                raise FileMissing("its address is none that can be asked")
            header = self._sign_in.authorization() if self._is_account(url) else ""
            answer = session.get(
                url,
                headers=self._range(transfer),
                auth=SignedWith(header) if header else unsigned,
                timeout=TIMEOUTS_S,
                allow_redirects=False,
                stream=True,
            )
            if answer.status_code == 401 and header and not transfer.renewed:
                transfer.renewed = True
                if self._sign_in.renew(header):
                    answer.close()
                    continue
            location = answer.headers.get("Location")
            if not 300 <= answer.status_code < 400 or not location:
                return answer
            answer.close()
            url = urljoin(url, location)
        raise FileMissing("too many redirects")

    def _is_account(self, url: str) -> bool:
        parts = urlsplit(url)
        own = self._account
        return (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)

    def _may_ask(self, url: str) -> bool:
        """Nothing is asked for in the clear, but by an account that is itself (an emulator)."""
        return url.startswith("https://") or self._account.scheme == "http"

    @staticmethod
    def _range(transfer: _Transfer) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}  # a range counts bytes as they are sent
        if transfer.received and transfer.validator:
            headers["Range"] = f"bytes={transfer.received}-"
            headers["If-Range"] = transfer.validator
        return headers

    def _receive(self, transfer: _Transfer, answer: requests.Response) -> bool:
        """Take in what an answer brings; tell whether the file is whole."""
        if answer.status_code not in (200, 206):
            self._refused(transfer, answer)
            return False
        begins = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
        goes_on = answer.status_code == 206 and begins and int(begins[1]) == transfer.received
        if answer.status_code == 206 and not goes_on:
            transfer.validator = None  # another part than was asked for: begin again
            self._wait(transfer, "another range than was asked for", None)
            return False
        if not goes_on:
            transfer.received = 0
        transfer.validator = _strong(answer.headers.get("ETag"))
        with transfer.part.open("ab" if goes_on else "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                transfer.received += len(chunk)
                self._accounting.add("files", bytes_read=len(chunk))
                if transfer.received > transfer.furthest:  # what begins again makes no progress
                    transfer.furthest = transfer.received
                    transfer.faults, transfer.failing_since = 0, None
        says_length = {"Content-Length", "Transfer-Encoding"} & {
            name.title() for name in answer.headers
        }
        if not says_length and transfer.received < (transfer.expected or 0):
            self._wait(transfer, "fewer bytes than the file has", None)
            return False
        return True

    def _refused(self, transfer: _Transfer, answer: requests.Response) -> None:
        """Wait if it passes. Raises FileMissing if it does not."""
        status = answer.status_code
        action = decide(status, can_renew=False, can_shrink=False)
        if status == 416:
            transfer.received, transfer.validator = 0, None
        elif status < 400 or action not in (Action.WAIT, Action.RETRY):
            raise FileMissing(f"status {status}")
        self._wait(transfer, f"status {status}", answer)

    def _wait(
        self, transfer: _Transfer, fault: str, why: requests.Response | TokenDelayed | None
    ) -> None:
        """Wait before the next try. Raises ConnectorError when that has gone on for too long."""
        told_s = None
        if isinstance(why, TokenDelayed):
            throttled, told_s = why.is_rate_limited, why.seconds
        else:
            throttled = why is not None and why.status_code == 429
        now = self._clocks.monotonic()
        since = transfer.failing_since = (
            now if transfer.failing_since is None else transfer.failing_since
        )
        patience = self._patience.rate_limits_s if throttled else self._patience.faults_s
        if now - since >= patience:
            raise ConnectorError(
                f"A file could not be fetched for {patience:.0f} s; the last fault was: {fault}.",
                about="attached file",
                remedy="Run the sync again: it goes on where it stopped.",
                failure=Failure.TRANSIENT,
            )
        if isinstance(why, requests.Response):
            told_s = retry_after_s(why.headers, now_s=self._clocks.now().timestamp())
            if throttled and told_s is None:
                told_s = DEFAULT_RETRY_AFTER_S
        seconds = backoff_s(transfer.faults) if told_s is None else as_told_s(told_s)
        transfer.faults += 1
        self._accounting.add("files", retries=1)
        self._accounting.add_wait("files", "faults", seconds)
        self._clocks.sleep(seconds)


def _strong(etag: str | None) -> str | None:
    """A weak validator does not promise equal bytes (RFC 9110, 13.1.5)."""
    return etag if etag and not etag.startswith("W/") else None
