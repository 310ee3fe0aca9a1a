"""The files of attachments: their names, their bytes and their addresses.

A number alone decides all of a file, so that an account holds no bytes
(docs/facts/zendesk-api.md#5.1).
"""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote

from .account import Account
from .drawing import Draw

TOKEN, FOREIGN, ARTICLES = "/attachments/token/", "/foreign/", "/hc/article_attachments/"

# Names as people give them, some of which do not work as paths
_NAMES = (
    ("screen 📷.png", "image/png"), ("report.pdf", "application/pdf"), ("notes.txt", "text/plain"),
    ("../../etc/crontab", "text/plain"), ("a\\b/c?.log", "text/plain"),
    ("x" * 240 + ".log", "text/plain"), ("CON", "application/octet-stream"),
    (".hidden", "text/plain"), ("screen 📷.png", "image/png"),
)  # fmt: skip
_SIZES = (24_871, 1, 0, 3_000, 300_007)  # bytes; one is more than a client reads at once
_WAYS = ("own", "redirect", "foreign")
PATHS = re.compile(rf"(?:{TOKEN}|{FOREIGN})not-a-secret-(\d+)/|{ARTICLES}(\d+)/")


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
        return foreign_address(account, file)
    return f"{account.origin}{TOKEN}not-a-secret-{file.number}/?name={quote(file.name)}"


def article_address(account: Account, file: File) -> str:
    return f"{account.origin}{ARTICLES}{file.number}/{quote(file.name, safe='')}"


def foreign_address(account: Account, file: File) -> str:
    # the token is a numbered word: what a signed address carries, without a secret
    return (
        f"{account.foreign_origin}{FOREIGN}not-a-secret-{file.number}/{quote(file.name, safe='')}"
    )
