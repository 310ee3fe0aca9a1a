"""The files behind attachments: their names, their bytes, where they lie, and how they are served.

The account's own host wants credentials; the foreign store, to which Zendesk redirects, refuses
whoever sends it any (zendesk/api.md 5.1). Ranges are answered with 206 (RFC 9110, 14).
"""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote

from source_zendesk_support.emulator import refusals
from source_zendesk_support.emulator.account import Account
from source_zendesk_support.emulator.drawing import Draw
from source_zendesk_support.emulator.exchange import Answer, Request

TOKEN, FOREIGN, ARTICLES = "/attachments/token/", "/foreign/", "/hc/article_attachments/"

# Names as people give them, some of which are no good as paths
_NAMES = (
    ("screen 📷.png", "image/png"), ("report.pdf", "application/pdf"), ("notes.txt", "text/plain"),
    ("../../etc/crontab", "text/plain"), ("a\\b/c?.log", "text/plain"),
    ("x" * 240 + ".log", "text/plain"), ("CON", "application/octet-stream"),
    (".hidden", "text/plain"), ("screen 📷.png", "image/png"),
)  # fmt: skip
_SIZES = (24_871, 1, 0, 3_000, 300_007)  # bytes; one is more than a connector reads at once
_WAYS = ("own", "redirect", "foreign")
_PATHS = re.compile(rf"(?:{TOKEN}|{FOREIGN})not-a-secret-(\d+)/|{ARTICLES}(\d+)/")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


@dataclass(frozen=True, slots=True)
class File:
    number: int
    name: str
    content_type: str
    size: int
    way: str  # one of _WAYS
    missing: bool  # there is a record, but nothing behind it

    def content(self) -> bytes:
        block = hashlib.sha256(str(self.number).encode()).digest()
        return (block * (self.size // len(block) + 1))[: self.size]


def comment_file(number: int) -> File:
    """The file of an attachment of a ticket's comment; every tenth is missing."""
    draw = Draw(number)
    name, kind = draw.of(_NAMES)
    return File(number, name, kind, draw.of(_SIZES), draw.of(_WAYS), draw.chance(10))


def article_file(number: int) -> File:
    """The file of an attachment of an article: on the account's own host, never missing."""
    draw = Draw(number)
    name, kind = draw.of(_NAMES)
    return File(number, name, kind, draw.of(_SIZES), "own", missing=False)


def comment_address(account: Account, file: File) -> str:
    if file.way == "foreign":
        return _foreign(account, file)
    return f"{account.origin}{TOKEN}not-a-secret-{file.number}/?name={quote(file.name)}"


def article_address(account: Account, file: File) -> str:
    return f"{account.origin}{ARTICLES}{file.number}/{quote(file.name, safe='')}"


def _foreign(account: Account, file: File) -> str:
    # the token is a numbered word: what a signed address carries, without a secret
    return (
        f"{account.foreign_origin}{FOREIGN}not-a-secret-{file.number}/{quote(file.name, safe='')}"
    )


def is_file(path: str) -> bool:
    return path.startswith((TOKEN, FOREIGN, ARTICLES))


def serve_foreign(request: Request) -> Answer | None:
    """The foreign store's answer, None for every other address. 400 for credentials."""
    if not request.path.startswith(FOREIGN):
        return None
    if "authorization" in request.headers:
        return Answer(400, b"Only one auth mechanism allowed", content_type="application/xml")
    return _served(_file(request.path), request)


def serve_own(account: Account, request: Request) -> Answer:
    """A file of the account's own host, for those who are signed in."""
    file = _file(request.path)
    if file is not None and request.path.startswith(ARTICLES):
        if file.number not in account.table("article_attachments").rows:
            file = None
    elif file is not None and file.way == "redirect" and not file.missing:
        return Answer(302, b"", (("Location", _foreign(account, file)),))
    return _served(file, request)


def _file(path: str) -> File | None:
    found = _PATHS.match(path)
    if found is None:
        return None
    token, article = found.groups()
    return comment_file(int(token)) if token else article_file(int(article))


def _served(file: File | None, request: Request) -> Answer:
    if file is None or file.missing:
        return refusals.record_missing()
    whole = file.content()
    usual = (("Accept-Ranges", "bytes"), ("ETag", f'"{file.number}"'))
    asked = _RANGE.match(request.headers.get("range", ""))
    if asked is None:
        return Answer(200, whole, usual, file.content_type)
    first = int(asked.group(1))
    last = min(int(asked.group(2) or file.size), file.size - 1)
    if first >= file.size or last < first:
        return Answer(416, b"", (*usual, ("Content-Range", f"bytes */{file.size}")))
    place = ("Content-Range", f"bytes {first}-{last}/{file.size}")
    return Answer(206, whole[first : last + 1], (*usual, place), file.content_type)
