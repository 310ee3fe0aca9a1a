"""The body of an answer: whether it is JSON, and the page that was asked for.

Pure. How JSON is read is in json_text.py, what an error answer says in responses.py.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/#response-format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .json_text import Parsed, loads
from .unreachable import A_PAGE, NOT_JSON
from .wording import quoted, sentence_of, structure_of

if TYPE_CHECKING:
    import requests


NOT_AN_OBJECT = "items that are not objects"
# Names the list of an answer that is a list itself and not an object that holds one.
BARE = "(the answer itself)"


def names_of(expects: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of which an answer has to hold one."""
    return (expects,) if isinstance(expects, str) else expects


@dataclass(frozen=True, slots=True)
class Expected:
    """The page that was asked for: it has one of `keys`, with a value of the expected type.

    Without keys any object will do.
    """

    keys: tuple[str, ...]
    expected_type: type = list

    def wrapped(self, body: Any) -> Any:
        """Return a body that is the expected list itself as an object that holds it."""
        return {BARE: body} if isinstance(body, list) and BARE in self.keys else body

    def wrong_in(self, body: Any) -> str | None:
        """Return what is wrong with the JSON of a 200, or None: a list holds objects."""
        if not self.keys:
            return None if isinstance(body, dict) else "a 200 without an object"
        named = [name for name in self.keys if name in body] if isinstance(body, dict) else []
        found = body[named[0]] if named else None
        is_whole = isinstance(found, self.expected_type)
        if is_whole and isinstance(found, list):
            is_whole = not found or any(isinstance(item, dict) for item in found)
        return None if is_whole else f"a 200 without `{'` or `'.join(self.keys)}`"

    def without_odd_items(self, parsed: Parsed) -> None:
        """Take what is not an object out of the list of a page, and count it as odd."""
        for name in self.keys:
            items = parsed.value.get(name)
            if isinstance(items, list):
                objects = [item for item in items if isinstance(item, dict)]
                if len(objects) < len(items):
                    parsed.oddities[NOT_AN_OBJECT, name] += len(items) - len(objects)
                    parsed.value[name] = objects


def parse(answer: requests.Response) -> Parsed:
    """Return the JSON of the answer; None as value when it is not JSON (HTML, cut off)."""
    try:
        return loads(answer.content)
    except ValueError:
        return Parsed(None)


def fault_of(answer: requests.Response, body: Any, expected: Expected) -> str | None:
    """Return what is wrong with a 200, by its structure alone; None when it is the page."""
    wrong = unread(answer) if body is None else expected.wrong_in(body)
    if wrong is None:
        return None
    structure = structure_of(
        body,
        content_type=answer.headers.get("Content-Type", ""),
        length=len(answer.content),
        known=expected.keys,
    )
    return f"{wrong} ({structure}){quoted(sentence_of(body))}"


def unread(answer: requests.Response) -> str:
    """Return what a 200 without JSON is: a page for browsers, or nothing that can be named."""
    is_page = "html" in answer.headers.get("Content-Type", "").lower()
    return A_PAGE if is_page or answer.content.lstrip()[:1] == b"<" else NOT_JSON
