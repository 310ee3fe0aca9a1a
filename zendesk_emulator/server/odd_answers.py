"""Answers of the account with something odd in them: values, places, headers.

Pure: an answer in, an answer out. Which requests get them is decided in faults.py.
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from zendesk_emulator.api.exchange import Answer, Request

BOM = b"\xef\xbb\xbf"
# Values of the field `odd` of the first record of a page, as they stand on the wire.
VALUES = {
    "half_character": rb'"cut \ud83d"',
    "invalid_utf8": b'"\xff\xfe"',
    "control_character": b'"a\tb"',
    "nan": b"NaN",
    "infinity": b"-Infinity",
    "beyond_a_double": b"1e400",
    "huge_integer": b"18446744073709551617",
    "endless_integer": b"9" * 5000,
    "deep": b"[" * 300 + b"]" * 300,
    "bottomless": b"[" * 3000 + b"]" * 3000,
}
KINDS = frozenset({*VALUES, "bom"})
# The place in each dialect of paging (docs/facts/zendesk-api.md#2.1, #2.2 and #2.3).
CURSORS = ("cursor", "page[after]", "page")
_FIRST_RECORD = re.compile(rb'":\[\{')


def with_odd(answer: Answer, kind: str) -> Answer:
    """Return the answer with an odd value in its first record, or a byte order mark."""
    if kind == "bom":
        return replace(answer, body=BOM + answer.body)
    # Not a template of re.sub: values hold backslashes.
    match = _FIRST_RECORD.search(answer.body)
    if match is None:
        return answer
    before, after = answer.body[: match.end()], answer.body[match.end() :]
    return replace(answer, body=b'%s"odd":%s,%s' % (before, VALUES[kind], after))


def without_place(request: Request) -> Request:
    """Return the request for the beginning of its list or export."""
    query = tuple(it for it in request.query if it[0] not in CURSORS)
    if "/incremental/" in request.path and request.one("start_time") is None:
        query = (*query, ("start_time", "0"))
    return replace(request, query=query)


def in_a_cycle(answer: Answer, request: Request, places: int, number: int) -> Answer:
    """Return the answer with the next of so many places, which come again and again."""
    body = _page(answer)
    if body is None:
        return answer
    cursor = f"place-{number % places}"
    if "end_of_stream" in body:
        body |= {"after_cursor": cursor, "end_of_stream": False}
    elif "before_cursor" in body:
        body |= {"before_cursor": cursor, "before_url": _url(request, "cursor", cursor)}
    elif "meta" in body:
        body["meta"] = {"has_more": True, "after_cursor": cursor}
    else:
        body["next_page"] = _url(request, "page", str(2 + number % places))
    return replace(answer, body=orjson.dumps(body))


def cut_short(answer: Answer, keep: int, *, counts_all: bool = False) -> Answer:
    """Return the answer with the first records of its list alone, as if they were all.

    `counts_all`: its count is still that of all.
    """
    body = _page(answer)
    lists = [name for name, value in (body or {}).items() if isinstance(value, list)]
    if body is None or not lists:
        return answer
    for name in lists:
        body[name] = body[name][:keep]
    if "meta" in body:
        body["meta"]["has_more"] = False
    if isinstance(body.get("links"), dict):  # of Jira's they are the records
        body["links"].pop("next", None)
    if "count" in body and not counts_all:
        body["count"] = len(body[lists[0]])
    if "next_page" in body:
        body["next_page"] = None
    return replace(answer, body=orjson.dumps(body))


def with_headers(answer: Answer, headers: dict[str, str], drop: str | None) -> Answer:
    """Return the answer without the headers whose name matches `drop`, and with others."""
    lower = {name.lower(): value for name, value in headers.items()}
    kept = [
        (name, value)
        for name, value in answer.headers
        if name.lower() not in lower and not (drop and re.search(drop, name, re.IGNORECASE))
    ]
    return replace(answer, headers=(*kept, *lower.items()))


def _page(answer: Answer) -> dict[str, Any] | None:
    if answer.status != 200:
        return None
    body = orjson.loads(answer.body)
    return body if isinstance(body, dict) else None


def _url(request: Request, name: str, value: str) -> str:
    return f"{request.url()}?{quote(name)}={quote(value)}"
