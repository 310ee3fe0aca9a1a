"""The body of an answer: whether it is JSON, and the page that was asked for.

Pure. What an error answer says is in errors.py.
Rests on https://developer.zendesk.com/api-reference/introduction/requests/#response-format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import requests


def names_of(expects: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of which an answer has to hold one."""
    return (expects,) if isinstance(expects, str) else expects


def holds(body: Any, expects: tuple[str, ...], expected_type: type) -> bool:
    """Tell whether an answer is the page that was asked for: a list holds objects only."""
    named = [name for name in expects if name in body] if isinstance(body, dict) else []
    found = body[named[0]] if named else None
    if not isinstance(found, expected_type):
        return False
    return not isinstance(found, list) or all(isinstance(item, dict) for item in found)


def parse(answer: requests.Response) -> Any:
    """Return the JSON of the answer; None when it is not JSON (HTML of the edge, cut off)."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
