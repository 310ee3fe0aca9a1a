"""The bytes of one file, streamed to disk: resumed when they break off, never given away in part.

Owns the redirects of a download: credentials go to the account's own address only. Owns what is a
file: never takes a page, or other bytes than Zendesk names, for it.
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
from .named_file import (
    NOT_YET,
    REFUSED,
    FileMissing,
    FileWithheld,
    NotTheFile,
    expect_no_page,
)
from .public_hosts import may_be_asked
from .request_auth import SignedWith, unsigned
from .responses import Action, decide, retry_after_s
from .staged_file import staged
from .timeouts import DEFAULT_RETRY_AFTER_S, TIMEOUTS_S, backoff_s, within_bounds_s
from .transport import new_session

if TYPE_CHECKING:
    from pathlib import Path

    from .accounting import Accounting
    from .auth import SignIn
    from .named_file import Named
    from .staged_file import StagedFile
    from .timeouts import Clocks, Patience

CHUNK = 1 << 16  # bytes in memory at a time
MOST_REDIRECTS = 5  # an attachment has one, to the store
# Nothing that parsers of addresses could disagree on: no user, no backslash, no blank.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][!-\[\]-~]*)?\Z")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-")


# So many files in a row that a fault kept from coming: it is the store, and not single files.
OUTAGE = 20


@dataclass(slots=True)
class _Transfer:
    """One file on its way. `validator` proves that the rest belongs to the bytes already here."""

    url: str
    part: StagedFile
    named: Named
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
        # Whether the last file outlasted our patience. A sync that waits ten minutes for each of a
        # thousand files would never end.
        self._is_impatient = False
        self._faulty_in_a_row = 0

    def fetch(self, url: str, target: Path, named: Named, *, folder: Path | None = None) -> int:
        """Store what is at `url` as `target`, below `folder`, and return its size.

        Raises FileMissing when the file does not exist. Raises FileWithheld when it is refused, or
        does not come for as long as the client is patient. Raises ConnectorError when it cannot be
        stored, and (transient) when no file comes at all.
        """
        with staged(folder or target.parent, target) as part:
            transfer = _Transfer(url, part, named)
            while not self._try(transfer):
                pass
            self._is_impatient, self._faulty_in_a_row = False, 0
        return transfer.received

    def _try(self, transfer: _Transfer) -> bool:
        """Ask for what is left; return whether the file is whole."""
        self._accounting.add("files", requests=1)
        try:
            with new_session() as session, self._open(session, transfer) as answer:
                return self._receive(transfer, answer)
        except requests.exceptions.RequestException as error:
            self._wait(transfer, type(error).__name__, None)
            return False
        except TokenDelayed as delayed:
            self._wait(transfer, f"no access token ({delayed.fault})", delayed)
            return False
        except NotTheFile as other:
            transfer.received, transfer.validator = 0, None
            self._wait(transfer, str(other), None, is_answered=True)
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
            try:
                url = urljoin(url, location)
            except ValueError:
                raise FileMissing("its address leads to none that can be asked") from None
        raise FileMissing("too many redirects")

    def _is_account(self, url: str) -> bool:
        parts = urlsplit(url)
        own = self._account
        return (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)

    def _may_ask(self, url: str) -> bool:
        """Refuse plain HTTP unless the account itself is served over HTTP (the emulator)."""
        in_secret = url.startswith("https://") or self._account.scheme == "http"
        return in_secret and may_be_asked(url)

    @staticmethod
    def _range(transfer: _Transfer) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}  # a range counts bytes as they are sent
        if transfer.received and transfer.validator:
            headers["Range"] = f"bytes={transfer.received}-"
            headers["If-Range"] = transfer.validator
        return headers

    def _receive(self, transfer: _Transfer, answer: requests.Response) -> bool:
        """Take in what an answer brings; return whether the file is whole."""
        if answer.status_code not in (200, 206):
            self._refused(transfer, answer)
            return False
        expect_no_page(transfer.named, answer.headers.get("Content-Type", ""))
        begins = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
        continues = answer.status_code == 206 and begins and int(begins[1]) == transfer.received
        if answer.status_code == 206 and not continues:
            transfer.validator = None  # another part than was asked for: begin again
            self._wait(transfer, "another range than was asked for", None)
            return False
        if not continues:
            transfer.received = 0
            transfer.part.restart()
        # A range counts the bytes as they are sent, and an encoded answer is counted as unpacked.
        is_plain = answer.headers.get("Content-Encoding", "identity") == "identity"
        transfer.validator = _strong(answer.headers.get("ETag")) if is_plain else None
        for chunk in answer.iter_content(CHUNK):
            self._take(transfer, chunk)
        if transfer.received < (transfer.named.size or 0):
            raise NotTheFile("fewer bytes than Zendesk names")
        return True

    def _take(self, transfer: _Transfer, chunk: bytes) -> None:
        """Write a part of the file. Raises NotTheFile as soon as there is too much of it."""
        transfer.part.write(chunk)
        transfer.received += len(chunk)
        self._accounting.add("files", bytes_read=len(chunk))
        size = transfer.named.size
        if size is not None and transfer.received > size:
            raise NotTheFile("more bytes than Zendesk names")
        if transfer.received > transfer.furthest:  # what begins again makes no progress
            transfer.furthest = transfer.received
            transfer.faults, transfer.failing_since = 0, None

    def _refused(self, transfer: _Transfer, answer: requests.Response) -> None:
        """Wait if it passes. Raises FileWithheld or FileMissing if it does not."""
        status = answer.status_code
        action = decide(status, can_renew=False, can_shrink=False)
        if status in REFUSED:
            raise FileWithheld(f"refused with status {status}")
        if status in NOT_YET:
            raise NotTheFile(f"status {status} without a file")
        if status == 416:
            transfer.received, transfer.validator = 0, None
        elif status < 400 or action not in (Action.WAIT, Action.RETRY):
            raise FileMissing(f"status {status}")
        self._wait(transfer, f"status {status}", answer)

    def _wait(
        self,
        transfer: _Transfer,
        fault: str,
        why: requests.Response | TokenDelayed | None,
        *,
        is_answered: bool = False,
    ) -> None:
        """Wait before the next try. Raises FileWithheld after too long a time.

        `is_answered`: with something else than the file. Raises ConnectorError (transient) where
        no file can come: for lack of a token, for a rate limit, and in an outage.
        """
        throttled = _is_rate_limited(why)
        now = self._clocks.monotonic()
        since = transfer.failing_since = (
            now if transfer.failing_since is None else transfer.failing_since
        )
        patience = self._patience.rate_limits_s if throttled else self._patience.faults_s
        of_this_file = not throttled and not isinstance(why, TokenDelayed)
        if now - since >= patience or (of_this_file and self._is_impatient):
            self._is_impatient = of_this_file
            self._faulty_in_a_row += not is_answered
            if is_answered or (of_this_file and self._faulty_in_a_row < OUTAGE):
                raise FileWithheld(fault, is_fault=not is_answered)
            raise ConnectorError(
                f"Files could not be fetched for {patience:.0f} s; the last fault was: {fault}.",
                about="attached files",
                remedy="Run the sync again: it resumes where it stopped.",
                failure=Failure.TRANSIENT,
            )
        asked_s = self._asked_s(why)
        seconds = backoff_s(transfer.faults) if asked_s is None else within_bounds_s(asked_s)
        transfer.faults += 1
        self._accounting.add("files", retries=1)
        self._accounting.add_wait("files", "faults", seconds)
        self._clocks.sleep(seconds)

    def _asked_s(self, why: requests.Response | TokenDelayed | None) -> float | None:
        """Return for how long an answer asks to wait; None where it does not say."""
        if isinstance(why, TokenDelayed):
            return why.seconds
        if why is None:
            return None
        asked_s = retry_after_s(why.headers, now_s=self._clocks.now().timestamp())
        return DEFAULT_RETRY_AFTER_S if asked_s is None and _is_rate_limited(why) else asked_s


def _is_rate_limited(why: requests.Response | TokenDelayed | None) -> bool:
    if isinstance(why, TokenDelayed):
        return why.is_rate_limited
    return why is not None and why.status_code == 429


def _strong(etag: str | None) -> str | None:
    """A weak validator does not promise equal bytes (RFC 9110, 13.1.5)."""
    return etag if etag and not etag.startswith("W/") else None
