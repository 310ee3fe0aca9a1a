"""The row of CSAT survey responses, and the times that a response lacks.

A response names neither its creation nor its change: the first stands in its id, a ULID, the second
is that of an answer. Pure; never overwrites a time that Zendesk gives.
Rests on
https://developer.zendesk.com/api-reference/ticketing/ticket-management/csat_survey_responses/
(docs/facts/zendesk-api.md#5.6.2) and https://github.com/ulid/spec.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.model.resource import Resource
from source_zendesk_support.streams.model.stream import Stream
from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.streams.walks.creation_windows import FIRST_S
from source_zendesk_support.streams.walks.look_back import LookBack
from source_zendesk_support.streams.walks.start import NEXT_CENTURY_S

from . import gates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SURVEY_PAGE = 50  # the most that another connector is served (docs/facts/zendesk-api.md#5.6.2)
# The ten first of 26 characters are milliseconds since 1970, in Crockford's base 32.
_ULID = re.compile(r"([0-7][0-9A-HJKMNP-TV-Z]{9})[0-9A-HJKMNP-TV-Z]{16}")
_DIGITS = {character: value for value, character in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


def dated(
    items: list[dict[str, Any]],
    page: Mapping[str, Any],  # noqa: ARG001 - the shape of a Transform
) -> list[dict[str, Any]]:
    """Return responses with `created_at` and `updated_at`, as far as they are known."""
    return [_dated(item) for item in items]


def _dated(item: dict[str, Any]) -> dict[str, Any]:
    created_s = created_in(item.get("id"))
    known = [it for it in (created_s, *_answered(item.get("answers"))) if it is not None]
    own = {"created_at": created_s, "updated_at": max(known, default=None)}
    lacking = {name: at_s for name, at_s in own.items() if at_s is not None and not item.get(name)}
    return item | {name: format_time(at_s) for name, at_s in lacking.items()}


def created_in(key: Any) -> int | None:
    """Return the epoch second in a ULID; None for another key, or an impossible time."""
    match = _ULID.fullmatch(key) if isinstance(key, str) else None
    if match is None:
        return None
    in_ms = 0
    for character in match[1]:
        in_ms = 32 * in_ms + _DIGITS[character]
    return in_ms // 1000 if FIRST_S <= in_ms // 1000 < NEXT_CENTURY_S else None


def _answered(answers: Any) -> Iterator[int]:
    """Yield the times of answers; one without a time that can be read has none."""
    found = [it for it in answers if isinstance(it, dict)] if isinstance(answers, list) else []
    for answer in found:
        for name in ("created_at", "updated_at"):
            at_s = time_of(answer, name)
            if at_s is not None:
                yield at_s


ROWS = (
    Stream(
        "csat_survey_responses",
        Resource(
            "guide/survey_responses",
            LookBack("filter[created_at_start]", per_second=1000),
            "survey_responses",
            or_key="records",
            prepare=dated,
            largest_page=SURVEY_PAGE,
            unverified="name and order of the list; that an id begins with the time of creation",
            gate=gates.SURVEYS,
        ),
        "Answers to CSAT surveys: questions, scales, comments; those that change within the "
        "look-back come again.",
        cursor_field="updated_at",
    ),
)
