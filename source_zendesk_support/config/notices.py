"""Warnings about the user's own configuration: a sign-in that will end, a misspelt field.

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

# As Zendesk has announced (docs/facts/zendesk-api.md#6.1, docs/facts/closing-of-exports.md).
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
_MIXED_UP = ("", "credentials")  # objects whose fields people write into each other


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
    for path, place, given in _objects(raw, "", "", fields):
        for name in (str(name) for name in given.keys() - fields[place]):
            if meant := _meant(name, place, fields):
                yield _path(path, name), meant


def _objects(
    value: Any, path: str, place: str, fields: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield each object of a configuration that has fields of ours, with its path and place."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _objects(item, f"{path}[{number}]", place, fields)
    elif isinstance(value, dict) and place in fields:
        yield path, place, value
        for name, inner in value.items():
            yield from _objects(inner, _path(path, str(name)), _path(place, str(name)), fields)


def _meant(name: str, place: str, fields: Mapping[str, frozenset[str]]) -> str | None:
    """Return the field that a name stands for: one like it here, or the same one elsewhere."""
    here = {_plain(known): known for known in sorted(fields[place])}
    alike = get_close_matches(_plain(name), here, n=1, cutoff=_ALIKE)
    if alike:
        return _path(place, here[alike[0]])
    elsewhere = [
        _path(other, known)
        for other in _MIXED_UP
        for known in sorted(fields[other])
        if _plain(known) == _plain(name)
    ]
    return elsewhere[0] if elsewhere else None


def _path(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _plain(name: str) -> str:
    """Return a name without what people leave out or change: capitals, hyphens, underscores."""
    return "".join(char for char in name.lower() if char.isalnum())


@cache
def _fields() -> dict[str, frozenset[str]]:
    """Return the fields that are known, by the place of their object; "" is the root."""
    text = resources.files("source_zendesk_support").joinpath("spec.json").read_bytes()
    fields = dict(_known(json.loads(text)["connectionSpecification"], ""))
    fields["credentials"] |= {"auth_method"}
    fields["auth_method"] = fields["credentials"]
    fields[""] |= {"auth_method"}
    return fields


def _known(schema: Mapping[str, Any], place: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the fields of each object of a schema; those of all its ways together."""
    ways = schema.get("oneOf", [schema.get("items", schema)])
    properties = {name: field for way in ways for name, field in way.get("properties", {}).items()}
    if properties:
        yield place, frozenset(properties)
    for name, field in properties.items():
        yield from _known(field, _path(place, name))
