"""The next request after a page, for each of Zendesk's dialects of paging.

Pure rules: a page's body in, the position of the next page out. Never sends anything, never follows
a link (so no link can lead credentials to another host): the cursor inside it is all that is used.
Rests on https://developer.zendesk.com/api-reference/introduction/pagination/ and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .errors import ConnectorError, Failure, NoProgress

if TYPE_CHECKING:
    from collections.abc import Mapping


_SECONDS = re.compile(r"[0-9]{1,20}")  # Python converts no number of thousands of digits


@dataclass(frozen=True, slots=True)
class NextPage:
    """Where to resume: `params` replace those of the last request; None when the walk has ended.

    `cursor` is what a checkpoint keeps: in exports the last known place, even at the end; None
    where pages go by number, which mean something else once the list has changed.
    """

    params: Mapping[str, str] | None
    cursor: str | None = None


def _query_value(url: Any, name: str) -> str | None:
    if not isinstance(url, str):
        return None
    try:
        values = parse_qs(urlsplit(url).query).get(name)
    except ValueError:  # an address that is none, such as http://[
        return None
    return values[0] if values else None


def _no_progress(path: str, what: str) -> ConnectorError:
    return ConnectorError(
        f"The walk makes no progress: {what}.",
        about=f"GET {path}",
        remedy="Nothing was skipped: the state stands before this place. Please report this.",
        failure=Failure.SYSTEM,
    )


class CycleGuard:
    """Notices a walk that comes back to a place, whatever the length of the cycle.

    Remembers one place only, and a later one after 1, 2, 4, 8 ... pages (Brent's algorithm): a
    cycle is found within three times the pages that it and the way to it have.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._remembered: Any = None
        self._pages_since, self._pages_until_next = 0, 1

    def goes_to(self, place: Any) -> None:
        """Record the next place. Raises ConnectorError when it was there before."""
        if place == self._remembered:
            raise _no_progress(
                self._path,
                f"the pages lead back to one that came {self._pages_since + 1} before",
            )
        self._pages_since += 1
        if self._pages_since == self._pages_until_next:
            self._remembered, self._pages_since = place, 0
            self._pages_until_next *= 2


def after_cursor_export(path: str, sent_cursor: str | None, body: Mapping[str, Any]) -> NextPage:
    """Return the next page of a cursor export (docs/facts/zendesk-api.md#2.3.2, #2.3.3).

    Stops only on an explicit `end_of_stream: true`, or when the page neither has that key nor a
    cursor: a short or empty page does not end it. Raises ConnectorError when a page that is not the
    last repeats its cursor or has none.
    """
    cursor = body.get("after_cursor") or _query_value(body.get("after_url"), "cursor")
    flag = body.get("end_of_stream")
    meta = body.get("meta")
    if flag is None and isinstance(meta, dict) and isinstance(meta.get("has_more"), bool):
        flag = not meta["has_more"]  # the export of custom objects says it so
    if flag is True or (flag is None and cursor is None):
        return NextPage(None, cursor or sent_cursor)
    if cursor is None:
        raise _no_progress(path, "more pages are announced, but no cursor leads to them")
    if cursor == sent_cursor:
        raise _no_progress(path, "a page came back with the cursor that was sent")
    return NextPage({"cursor": cursor}, cursor)


@dataclass(frozen=True, slots=True)
class TimePage:
    """The place of a page in a time export: where the next one starts, and if it ends."""

    next_start_s: int
    is_last: bool


def after_time_export(
    path: str, start_s: int, body: Mapping[str, Any], *, may_be_cut: bool
) -> TimePage:
    """Return where a time export resumes (docs/facts/zendesk-api.md#2.3.4, #2.3.11).

    `may_be_cut` says whether the page held so many records that its last second may have more. A
    page without `end_of_stream` is the last when it names no next page. It is also the last when it
    ends where it starts and had room for more.
    Raises NoProgress when a page that is not the last does not move the start.
    """
    end_s = _second(body.get("end_time"))
    if end_s is None:
        end_s = _second(_query_value(body.get("next_page"), "start_time"))
    if end_s is None or end_s < start_s:
        end_s = start_s
    flag = body.get("end_of_stream")
    if flag is None:
        is_last = body.get("next_page") is None or (end_s == start_s and not may_be_cut)
    else:
        is_last = flag is True
    if not is_last and end_s == start_s:
        second = datetime.fromtimestamp(start_s, UTC).isoformat()
        raise NoProgress(
            f"The walk makes no progress: more records share the second {second} than a page of "
            "the export can hold.",
            about=f"GET {path}",
            remedy="Nothing was skipped: the state stands before this place. Update some of these "
            "records in Zendesk, which moves them to another second; where that cannot be done, "
            "leave the stream out of the catalog and report this.",
            failure=Failure.SYSTEM,
        )
    return TimePage(end_s, is_last)


def _second(value: Any) -> int | None:
    """Return epoch seconds, also of a text; None for anything else. They may lie in the future."""
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        return int(value)
    return value if type(value) is int and value >= 0 else None


def after_list_page(path: str, sent: Mapping[str, str], body: Mapping[str, Any]) -> NextPage:
    """Return the next page of a list in whatever dialect the answer has.

    See docs/facts/zendesk-api.md#2.1, #2.2.

    `sent` is the place that was asked for. With `meta` the list continues by cursor as long as
    `meta.has_more`, whatever the links say: Support names a next page on the last one too. Else it
    continues by the number in `next_page`, or by the cursor in `before_url` of ticket_audits. There
    an empty page that leads to itself is the end. Else it continues by the two cursors in
    `next_page_url` of engagements, or by `links.next` of JSON:API. Else it is whole.
    Raises ConnectorError when there is more to come but no new place to reach it.
    """
    meta = body.get("meta")
    if isinstance(meta, dict) and "has_more" in meta:
        return _after_cursor_page(path, sent, meta, body)
    if body.get("before_url"):
        cursor = _query_value(body["before_url"], "cursor") or body.get("before_cursor")
        place = {"cursor": cursor} if cursor else None
    elif body.get("next_page"):
        cursor = _query_value(body["next_page"], "page[after]")
        place = {"page[after]": cursor} if cursor else _named(body["next_page"])
    elif body.get("next_page_url") or body.get("has_more") is True:
        cursor = _engagement_cursor(body.get("next_page_url"))
        place = engagement_place(cursor) if cursor else None
    elif link := _next_link(body):
        cursor = _query_value(link, "page[after]")
        place = {"page[after]": cursor} if cursor else _numbered(link)
    else:
        return NextPage(None)
    if place is None:
        raise _no_progress(path, "more pages are announced, but nothing leads to them")
    if place.items() <= sent.items():
        if _is_empty(
            body
        ):  # these dialects have no end flag: nothing more, and no new place, is the end
            return NextPage(None)
        raise _no_progress(path, "a page leads to itself")
    return NextPage(place, cursor)


def _is_empty(body: Mapping[str, Any]) -> bool:
    """Return whether a page holds no records, whatever their key."""
    return not any(isinstance(value, list) and value for value in body.values())


def _after_cursor_page(
    path: str, sent: Mapping[str, str], meta: Mapping[str, Any], body: Mapping[str, Any]
) -> NextPage:
    if not meta["has_more"]:
        return NextPage(None)
    cursor = meta.get("after_cursor") or _query_value(_next_link(body), "page[after]")
    if cursor is None:
        raise _no_progress(path, "more pages are announced, but no cursor leads to them")
    if cursor == sent.get("page[after]"):
        raise _no_progress(path, "a page came back with the cursor that was sent")
    return NextPage({"page[after]": cursor}, cursor)


def _named(url: Any) -> dict[str, str] | None:
    """Return where a link leads: to a cursor of the exports of skills, or to a page by number."""
    cursor = _query_value(url, "cursor")
    return {"cursor": cursor} if cursor else _numbered(url)


def _next_link(body: Mapping[str, Any]) -> Any:
    """Return the address of the next page in `links`; JSON:API may write it as an object."""
    links = body.get("links")
    link = links.get("next") if isinstance(links, dict) else None
    return link.get("href") if isinstance(link, dict) else link


# The last engagement of a page: its start and its id (docs/facts/zendesk-api.md#5.6).
_ENGAGEMENT_CURSORS = ("start_time_cursor", "engagement_id_cursor")


def _engagement_cursor(url: Any) -> str | None:
    values = [_query_value(url, name) for name in _ENGAGEMENT_CURSORS]
    found = [value for value in values if value]
    return " ".join(found) if len(found) == len(values) else None


def engagement_place(cursor: str) -> dict[str, str]:
    """Return the parameters for what follows an engagement: its start and its id, as one text."""
    return dict(zip(_ENGAGEMENT_CURSORS, cursor.split(" ", 1), strict=False))


def _numbered(url: Any) -> dict[str, str] | None:
    """Follow the link of a page by number, size included: another size would leave a gap."""
    number, size = _query_value(url, "page"), _query_value(url, "per_page")
    if number is None:
        return None
    return {"page": number, **({"per_page": size} if size else {})}
