"""What users are warned of in their own configuration: a sign-in that will end, a misspelt field.

Never fails a command and never quotes a value. Quotes the name of a field only if it looks like one
of ours. The fields are those of spec.json and of the older layouts.
Rests on https://developer.zendesk.com/api-reference/introduction/security-and-auth/.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from .credentials import AccessTokenCredentials, ApiTokenCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .credentials import Credentials

# What Zendesk has announced (docs/facts/zendesk-api.md#6.1, docs/facts/closing-of-exports.md).
_BASIC_ENDS = (
    "This source signs in with an API token. Zendesk issues no new API tokens since 2026-10-27 and "
    "ends those in use on 2027-04-30: change to OAuth (oauth2_client_credentials) before that."
)
_BEARER_ENDS = (
    "This source signs in with an OAuth access token that is never renewed. Zendesk ends the "
    "access tokens of customers that have no expiry date on 2027-04-01: change to "
    "oauth2_client_credentials or oauth2_refresh before that."
)
# How alike two names must be, from 0 to 1: `startdate2` is `start_date`, `state` is not.
_ALIKE = 0.8
_SIGN_INS = ("credentials", "auth_method")  # today's name of the sign-in, and the one before 4.4


def retirement_notice(credentials: Credentials) -> str | None:
    """Return what is to be said of a way to sign in that Zendesk will end."""
    if isinstance(credentials, ApiTokenCredentials):
        return _BASIC_ENDS
    return _BEARER_ENDS if isinstance(credentials, AccessTokenCredentials) else None


def misspelt_fields(raw: Any) -> list[str]:
    """Return a sentence for each field that is not ours but looks like one of ours.

    Other unknown fields are silent: platforms add them.
    """
    return [
        f"The configuration field `{path}` is not used: did you mean `{meant}`?"
        for path, meant in sorted(_misspelt(raw))
    ]


def _misspelt(raw: Any) -> Iterator[tuple[str, str]]:
    fields = _fields()
    for place, known in fields.items():
        given = raw if place == "" else raw.get(place) if isinstance(raw, dict) else None
        for name in given.keys() - known if isinstance(given, dict) else ():
            meant = _meant(str(name), place, fields)
            if meant:
                yield _path(place, str(name)), meant


def _meant(name: str, place: str, fields: Mapping[str, frozenset[str]]) -> str | None:
    """Return the field that a name stands for: one like it here, or the same one elsewhere."""
    here = {_plain(known): known for known in sorted(fields[place])}
    alike = get_close_matches(_plain(name), here, n=1, cutoff=_ALIKE)
    if alike:
        return _path(place, here[alike[0]])
    elsewhere = [
        _path(other, known)
        for other, names in fields.items()
        for known in sorted(names)
        # `name` is too common a word to be taken for the one of `marketplace`.
        if _plain(known) == _plain(name) != "name"
    ]
    return elsewhere[0] if elsewhere else None


def _path(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _plain(name: str) -> str:
    """Return a name without what people leave out or change: capitals, hyphens, underscores."""
    return "".join(char for char in name.lower() if char.isalnum())


@cache
def _fields() -> dict[str, frozenset[str]]:
    """Return the fields that are known, by the object that they stand in; "" is the root."""
    text = resources.files("source_zendesk_support").joinpath("spec.json").read_bytes()
    properties = json.loads(text)["connectionSpecification"]["properties"]
    ways = properties["credentials"]["oneOf"]
    sign_in = frozenset(name for way in ways for name in way["properties"]) | {"auth_method"}
    return {
        "": frozenset(properties) | frozenset(_SIGN_INS),
        **dict.fromkeys(_SIGN_INS, sign_in),
        "marketplace": frozenset(properties["marketplace"]["properties"]),
    }
