"""The body of an answer: whether it is JSON, and the page that was asked for.

Pure. What an error answer says is in responses.py.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/#response-format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    # What a page must hold beside its list, by name, when it does not; None when it is whole.
    Lacks = Callable[[Mapping[str, Any]], str | None]


def names_of(expects: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of which an answer has to hold one."""
    return (expects,) if isinstance(expects, str) else expects


@dataclass(frozen=True, slots=True)
class Wanted:
    """What makes an answer the page that was asked for: one of the keys, and what it is.

    `lacks` names what else must be on the page and is not, if anything.
    """

    expects: tuple[str, ...]
    expected_type: type = list
    lacks: Lacks | None = None

    def wrong_in(self, body: Any) -> str | None:
        """Return what is wrong with the JSON of a 200, or None: a list holds objects only."""
        named = [name for name in self.expects if name in body] if isinstance(body, dict) else []
        found = body[named[0]] if named else None
        is_whole = isinstance(found, self.expected_type)
        if is_whole and isinstance(found, list):
            is_whole = all(isinstance(item, dict) for item in found)
        if not is_whole:
            return f"a 200 without `{'` or `'.join(self.expects)}`"
        missing = self.lacks(body) if self.lacks else None
        return missing and f"a 200 without `{missing}`, which was asked for"


def parse(answer: requests.Response) -> Any:
    """Return the JSON of the answer; None when it is not JSON (HTML of the edge, cut off)."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
