"""An account whose lists change between and during the pages, and stories of syncs of it.

The account behaves as docs/facts/zendesk-api.md#2.1, #5.1 and #5.2 say and does not belong to the
package: cursor pagination after the last record, in any order, and answers that take their time.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from source_zendesk_support.streams.state.times import parse_time
from source_zendesk_support.zendesk.client import Page
from source_zendesk_support.zendesk.errors import CursorRefused, StartTimeTooRecent
from source_zendesk_support.zendesk.request import PageSize
from test_support.models.answers import iso, refused
from test_support.models.syncs import Destination, sync

DAY_S = 86_400

Order = Callable[[dict[str, Any]], Any]


def by_id(row: dict[str, Any]) -> Any:
    return (row["id"],)


@dataclass
class ListAccount:
    """Records in one list, and its pages; `get` is the client's.

    `during` is what happens after a page was put together and before it was sent: Zendesk's own
    time stands in the answer and may be later than what the page shows.
    """

    feed_key: str
    time_field: str
    order: Order = by_id
    now_s: int = 1_700_000_000
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    dead_cursors: int = 0
    refuses_recent: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)
    before_page: Callable[[], None] = lambda: None
    during: Callable[[], None] = lambda: None

    def write(self, key: int) -> None:
        old = self.rows.get(key)
        version = old["version"] + 1 if old else 0
        self.rows[key] = {
            "id": key,
            "version": version,
            "name": f"{(key * 7 + version * 5) % 11}",
            "created_at": old["created_at"] if old else iso(self.now_s),
            self.time_field: iso(self.now_s),
        }

    def get(self, path: str, params: dict[str, str], *, expects: str, size: PageSize) -> Page:
        assert path
        assert (expects, size.param) == (self.feed_key, "page[size]")
        self.requests.append(dict(params))
        self.before_page()
        rows = sorted(self.rows.values(), key=self.order)
        if "start_time" in params:
            start_s = int(params["start_time"])
            if self.refuses_recent and start_s > self.now_s - 60:
                raise refused(StartTimeTooRecent)
            rows = [row for row in rows if parse_time(row["created_at"]) >= start_s]
        if "page[after]" in params:
            if self.dead_cursors:
                self.dead_cursors -= 1
                raise refused(CursorRefused)
            place = tuple(json.loads(params["page[after]"]))
            rows = [row for row in rows if self.order(row) > place]
        page = json.loads(json.dumps(rows[: size.value]))
        has_more = len(rows) > size.value
        cursor = json.dumps(self.order(page[-1])) if page else None
        self.during()
        return Page(
            {
                self.feed_key: page,
                "meta": {"has_more": has_more, "after_cursor": cursor, "before_cursor": None},
                # Support names a next page on the last one too (docs/facts/zendesk-api.md#2.1).
                "links": {"prev": None, "next": "https://x.zendesk.com/?page%5Bafter%5D=x"},
            },
            server_s=self.now_s,
        )


# Before or during a page: seconds that pass, and keys that are written.
happenings = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 1, 2, 30]), st.lists(st.integers(0, 15), max_size=3)),
    max_size=16,
)
beginnings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 15)), max_size=16, unique_by=lambda it: it[1]
).map(sorted)


def check_story(
    make_context, stream, account, first, before, during, syncs, page, **settings
) -> None:
    """Run syncs, kills and changes; at the end nothing may be missing."""
    for seconds, key in first:
        account.now_s += seconds
        account.write(key)
    account.now_s += 100

    def scripted(script: list[tuple[int, list[int]]]) -> Callable[[], None]:
        left = iter(script)

        def happen() -> None:
            for _ in range(2):  # time passes after a change too
                seconds, keys = next(left, (0, []))
                account.now_s += seconds
                for key in keys:
                    account.write(key)

        return happen

    account.before_page, account.during = scripted(before), scripted(during)
    destination, losses = Destination(), 0
    for kill in syncs:
        sync(make_context, stream, account, destination, page=page, kill=kill, **settings)
        losses += bool(kill and not kill.state_was_printed)
    account.before_page = account.during = lambda: None
    for _ in range(2):  # an open list is read to its end first, then the list once more
        sync(make_context, stream, account, destination, page=page, **settings)
    assert destination.rows == {key: row["version"] for key, row in account.rows.items()}
    destination.expect_each_version_once(losses)


def account_of(stream: Any, n: int, order: Order = by_id) -> ListAccount:
    account = ListAccount(stream.resource.key, stream.resource.item_time, order)
    for key in range(n):
        account.write(key)
        account.now_s += 10
    return account
