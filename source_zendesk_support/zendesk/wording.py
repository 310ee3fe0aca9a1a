"""The part of an answer that may be shown: Zendesk's own sentence, redacted, and its structure.

Never shows text of a body beyond the fields in which Zendesk explains an error. Of everything else
a message names the content type, the length and the keys that the API documents.
Rests on the five error envelopes seen on the wire (docs/facts/zendesk-api.md#6.4).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST_SECRET = 5  # characters; hiding a typing error of one letter would leave nothing readable
_LONGEST_SENTENCE = 300  # characters; Zendesk's longest known sentence has about 200
# Parts that may be personal or secret: addresses (or URL-encoded), groups of digits as in telephone
# numbers, and long words that may be tokens. Words of letters alone are codes of the API.
_PRIVATE = re.compile(
    r"""\S*(?:@|%40)\S*
    |\+?\d(?:[\d\s().-]{5,}\d|\d{3,})
    |(?=[\w+/=~.-]*[\d_+/=~-])[\w+/=~.-]{17,}
    |[A-Za-z]{31,}""",
    re.VERBOSE | re.IGNORECASE,
)
# A sentence quotes what was sent or stored: a name, for example. All is hidden from the first mark
# to the last of its kind, as a name may hold marks itself. Where none closes, the rest is hidden.
# An apostrophe inside or behind a word opens nothing.
_QUOTED = re.compile(
    r"""(?<!\w)'(?:.*'(?!\w)|.*)
    |"(?:.*"|.*)
    |`(?:.*`|.*)
    |\u2018(?:.*\u2019|.*)
    |[\u201c\u201e](?:.*[\u201c\u201d]|.*)
    |\u00ab(?:.*\u00bb|.*)
    |&(?:quot|\#39);.*""",
    re.VERBOSE,
)
# Behind such a label stands a value of that field. Nothing says where the value ends.
_LABELLED = re.compile(
    r"\b(name|alias|e-?mail|phone|address|subject|user|author|requester|organization|value)"
    r"(\s?:\s).*",
    re.IGNORECASE,
)
_CONTENT_TYPE = re.compile(r"\s*([a-z]{1,20}/[a-z.+-]{1,40})\s*(?:;|\Z)", re.IGNORECASE)
# Keys that the API documents for every answer: they name the structure and hold no personal data.
_DOCUMENTED = frozenset(
    {
        "error",
        "errors",
        "description",
        "error_description",
        "title",
        "message",
        "details",
        "code",
        "status",
        "count",
        "meta",
        "links",
        "next_page",
        "previous_page",
        "after_cursor",
        "before_cursor",
        "after_url",
        "before_url",
        "end_of_stream",
        "end_time",
        "page",
        "per_page",
        "page_count",
    }
)


def redacted(text: str) -> str:
    """Return a sentence without what may be a person's or a secret, on one line."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    shown = _PRIVATE.sub("***", " ".join(plain.split()))
    return _shortened(_LABELLED.sub(r"\1\2***", _QUOTED.sub("***", shown)))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SENTENCE else f"{text[:_LONGEST_SENTENCE]}..."


def sentence_of(body: Any, *, hide: Iterable[str] = ()) -> str:
    """Return what Zendesk says in an error answer, redacted; "" when it says nothing.

    A code is left out: the message shows it apart. `hide` are secrets that were sent, which an
    answer may repeat.
    """
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    error = body.get("error")
    found: list[Any] = []
    for envelope in (first, error):
        if isinstance(envelope, dict):
            found += [envelope.get(name) for name in ("title", "message", "description")]
    if isinstance(error, str) and " " in error:
        found.append(error)
    found += [body.get(name) for name in ("description", "error_description", "message", "title")]
    secrets = [secret for secret in hide if len(secret) >= _SHORTEST_SECRET]
    texts = dict.fromkeys(_without(text, secrets) for text in found if isinstance(text, str))
    return _shortened(": ".join(text for text in texts if text))


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return redacted(text)


def quoted(sentence: str) -> str:
    """Return the sentence as an error quotes it; "" when there is none."""
    return f' Zendesk says: "{sentence}"' if sentence else ""


def content_type_of(header: str) -> str:
    """Return the media type of a `Content-Type`; "no known type" for anything odd."""
    match = _CONTENT_TYPE.match(header)
    return match[1].lower() if match else "no known type"


def structure_of(body: Any, *, content_type: str, length: int, known: tuple[str, ...]) -> str:
    """Return what an answer is made of: type, length and keys; `known` are keys that we asked for.

    `body` is its JSON, or None when it has none.
    """
    parts = [content_type_of(content_type), f"{length} bytes"]
    if isinstance(body, dict):
        shown = sorted(key for key in body if key in _DOCUMENTED or key in known)
        others = len(body) - len(shown)
        named = ", ".join(shown) or "none that is documented"
        parts.append(f"keys: {named}" + (f", and {others} others" if others else ""))
    elif body is not None:
        parts.append("not an object")
    return "; ".join(parts)
