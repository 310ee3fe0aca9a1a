"""A model account of exports that changes as it is read.

It behaves as docs/facts/zendesk-api.md#2.3 says and is not in the package. Pages are in the order
(time, id), the last minute is held back, and cursors stand after the last record. Time pages run on
to the end of their last second, but for organizations.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import CursorRefused, StartTimeTooRecent
from source_zendesk_support.zendesk.request import PageSize
from test_support.models.answers import refused

HELD_BACK_S = 60


@dataclass
class ExportAccount:
    """Records with a time and a version, and the export over them; `get` is the client's.

    `says_end`: pages hold `end_of_stream`. `repeats_end`: `end_time` is always the last time, as
    seen at organizations, and a page is cut at its size. Otherwise a page runs on to the end of its
    second. Then `end_time` is one more on pages that are not the last. `knows_size`: `per_page`
    does something, which is not documented of each export.
    """

    feed_key: str
    time_field: str
    page_limit: int = 1000
    says_end: bool = True
    repeats_end: bool = False
    knows_size: bool = True
    now_s: int = 10_000
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    dead_cursors: int = 0
    requests: list[dict[str, str]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    before_page: Callable[[], None] = lambda: None

    def write(self, key: int) -> None:
        version = self.rows[key]["version"] + 1 if key in self.rows else 0
        self.rows[key] = {"id": key, "version": version, self.time_field: self.now_s}

    def get(
        self, path: str, params: dict[str, str], *, expects: str, size: PageSize, **_lacks: Any
    ) -> Page:
        assert expects == self.feed_key
        assert size.param == "per_page"
        self.requests.append(dict(params))
        self.before_page()
        end = self.now_s - HELD_BACK_S
        visible = sorted((row[self.time_field], key) for key, row in self.rows.items())
        visible = [place for place in visible if place[0] <= end]
        self.sizes.append(size.value)
        limit = min(size.value, self.page_limit) if self.knows_size else self.page_limit
        if path.endswith("/cursor"):
            body = self._cursor_page(params, visible, limit)
        else:
            body = self._time_page(params, visible, limit)
        return Page(json.loads(json.dumps(body)), server_s=self.now_s)

    def _start_s(self, params: dict[str, str]) -> int:
        start_s = int(params["start_time"])
        if start_s > self.now_s - HELD_BACK_S:
            raise refused(StartTimeTooRecent)
        return start_s

    def _cursor_page(
        self, params: dict[str, str], visible: list[tuple[int, int]], limit: int
    ) -> dict[str, Any]:
        sent = params.get("cursor")
        if sent:
            assert "start_time" not in params  # the API takes one or the other
            if self.dead_cursors:
                self.dead_cursors -= 1
                raise refused(CursorRefused)
            at_s, key = map(int, sent.split("|"))
            ahead = [place for place in visible if place > (at_s, key)]
        else:
            start_s = self._start_s(params)
            ahead = [place for place in visible if place[0] >= start_s]
        page = ahead[:limit]
        return {
            # Records left out make a page short or empty, which does not end it
            # (docs/facts/zendesk-api.md#2.3.3).
            self.feed_key: [self.rows[key] for _, key in page if key not in self.hidden],
            "after_cursor": "{}|{}".format(*page[-1]) if page else sent,
            "end_of_stream": len(ahead) <= limit,
        }

    def _time_page(
        self, params: dict[str, str], visible: list[tuple[int, int]], limit: int
    ) -> dict[str, Any]:
        start_s = self._start_s(params)
        ahead = [place for place in visible if place[0] >= start_s]
        page = ahead[:limit]
        while (
            not self.repeats_end
            and page
            and len(page) < len(ahead)
            and ahead[len(page)][0] == page[-1][0]
        ):
            page.append(ahead[len(page)])
        ended = len(page) == len(ahead)
        end_time = None
        if page:
            end_time = page[-1][0] + (0 if ended or self.repeats_end else 1)
        body: dict[str, Any] = {
            self.feed_key: [self.rows[key] for _, key in page],
            "count": len(page),
            "end_time": end_time,
            "next_page": f"https://x.zendesk.com/next?start_time={end_time}" if page else None,
        }
        return body | ({"end_of_stream": ended} if self.says_end else {})
