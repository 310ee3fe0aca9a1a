"""How the files behind attachments are served.

The account's own host wants credentials; the foreign store, to which Zendesk redirects, refuses
them (docs/facts/zendesk-api.md#5.1). Ranges are answered with 206 (RFC 9110, 14).
"""

import re

import orjson

from zendesk_emulator.data.account import Account
from zendesk_emulator.data.files import (
    ARTICLES,
    FOREIGN,
    PATHS,
    TOKEN,
    File,
    article_file,
    comment_file,
    foreign_address,
)
from zendesk_emulator.seed.event_records import comment_of

from . import refusals
from .exchange import Answer, Request, json_answer

_RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


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
        return Answer(302, b"", (("Location", foreign_address(account, file)),))
    return _served(file, request)


def show_attachment(account: Account, _: Request, number: str) -> Answer:
    """The record of an attachment of a comment (docs/facts/zendesk-api.md#5.1)."""
    comment = comment_of(int(number))
    events = account.table("ticket_events")
    for row in events.rows.values():
        for child in orjson.loads(events.body(row))["child_events"]:
            if child["id"] == comment:
                for attachment in child.get("attachments", ()):
                    if attachment["id"] == int(number):
                        return json_answer({"attachment": attachment})
    return refusals.record_missing()


def show_article_attachment(account: Account, _: Request, number: str) -> Answer:
    """The record of an attachment of an article, without its article in the path."""
    attachments = account.table("article_attachments")
    row = attachments.rows.get(int(number))
    if row is None:
        return refusals.record_missing()
    return json_answer({"article_attachment": orjson.loads(attachments.body(row))})


def _file(path: str) -> File | None:
    found = PATHS.match(path)
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
