"""A file as Zendesk's record names it, and the answers that are something else.

Pure rules and the words for how a download can end. No text here holds an address, which may carry
a token. Rests on https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/
(docs/facts/zendesk-api.md#5.1).
"""

from __future__ import annotations

from dataclasses import dataclass

# A sign-in page, or the page of an error.
_PAGES = ("text/html", "application/xhtml+xml")
# An account that does not know the file names these: nothing can be compared with it.
_ANY_TYPE = ("", "application/octet-stream", "binary/octet-stream")
REFUSED = (401, 403)  # it is there, and this sign-in may not have it now
# A server that answers so has no file to give yet; 304 answers a question that was not asked.
NOT_YET = (202, 204, 205, 304)


class FileMissing(Exception):
    """The file does not exist: the text says why, and holds no address."""


class FileWithheld(Exception):
    """There is a file, and it was not given now: the text says why, and holds no address.

    `is_fault`: it was not refused, but a fault outlasted our patience.
    """

    def __init__(self, why: str, *, is_fault: bool = False) -> None:
        super().__init__(why)
        self.is_fault = is_fault


@dataclass(frozen=True, slots=True)
class Named:
    """A file as Zendesk's record names it; None and "" where it says nothing."""

    size: int | None = None
    content_type: str = ""


class NotTheFile(Exception):
    """An answer is not the file that Zendesk names."""


def expect_no_page(named: Named, answered: str) -> None:
    """Raise NotTheFile for a page (HTML) in place of a file that is not one.

    Where Zendesk names no certain type, the size decides if it names one.
    """
    if _media_type(answered) not in _PAGES:
        return
    wanted = _media_type(named.content_type)
    if wanted not in (*_PAGES, *_ANY_TYPE) or (wanted not in _PAGES and named.size is None):
        raise NotTheFile("a page (HTML) instead of the file")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
