"""One field of the user's JSON, read as the type it must have.

Owns the sentences about fields. Never quotes a value: it may be a secret in the wrong place.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from source_zendesk_support.zendesk.errors import ConnectorError, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

E = TypeVar("E", bound=Enum)

_HEADER_TEXT = re.compile(r"[!-~]+\Z")  # what an HTTP header can carry and a token consists of


def wrong(what: str, name: str, remedy: str) -> ConnectorError:
    """Return the error about the field `name`."""
    return ConnectorError(
        what, about=f"configuration field `{name}`", remedy=remedy, failure=Failure.CONFIG
    )


def text(raw: Mapping[str, Any], name: str, path: str) -> str:
    """Return a text that is there and not blank, without the spaces round it."""
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        state = "is missing" if value is None else "is not a text with content"
        raise wrong(f"The field {state}.", path, "Fill it in; the spec describes it.")
    return value.strip()


def is_header_text(value: str) -> bool:
    """Return whether a token could consist of this."""
    return bool(_HEADER_TEXT.match(value))


def header_text(raw: Mapping[str, Any], name: str, path: str) -> str:
    """Return a text that can stand in an Authorization header."""
    value = text(raw, name, path)
    if not is_header_text(value):
        raise wrong("The token holds a character that no token has.", path, "Copy it again.")
    return value


def integer(raw: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    """Return a whole number within its bounds, or the default."""
    value = raw.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise wrong(
            f"The value is not a whole number from {low} to {high}.",
            name,
            f"Change it, or leave the field out for {default}.",
        )
    return value


def boolean(raw: Mapping[str, Any], name: str) -> bool:
    """Return true or false; false without the field."""
    value = raw.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise wrong(
            "The value is not true or false.", name, "Change it, or leave it out for false."
        )
    return value


def choice(raw: Mapping[str, Any], name: str, default: E) -> E:
    """Return the one of several words that a field holds, or the default."""
    given = raw.get(name)
    if given in (None, ""):
        return default
    kind = type(default)
    names = [each.value for each in kind]
    if given not in names:
        raise wrong(f"`{name}` must be one of {', '.join(names)}.", name, "Choose one of them.")
    return kind(given)
