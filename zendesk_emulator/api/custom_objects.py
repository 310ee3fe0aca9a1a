"""Custom objects: their lists, and the incremental export of one object's records.

The export works like that of tickets, with an envelope and errors of its own
(developer.zendesk.com/api-reference/custom-data/custom-objects,
docs/facts/zendesk-api.md#2.3.5, #2.3.8).
"""

from bisect import bisect_left, bisect_right
from urllib.parse import urlencode

import orjson

from zendesk_emulator.data.account import EXPORT, Account, order

from . import lists, refusals
from .branches import Branch
from .cursors import export_cursor
from .exchange import Answer, RefusedError, Request
from .exports import EXPORT_MAX, position_of, start_s_of, visible_until_s
from .filters import alive
from .resources import Listing


def object_of(account: Account, ids: tuple[str, ...]) -> int:
    """The row of the object with this key; 404 `CustomObjectNotFound` otherwise."""
    table = account.table("custom_objects")
    for row in table.rows.values():
        if table.key(row.id) == ids[0]:
            return row.id
    raise RefusedError(refusals.custom_object_missing())


def export_records(account: Account, request: Request, key: str) -> Answer:
    """Strictly after the cursor, deleted ones included unless they are left out.

    It says `meta.has_more` and no `end_of_stream` (docs/facts/records.md).
    """
    parent = object_of(account, (key,))
    without_deleted = request.flag("filter[exclude_deleted]")
    index = account.index(
        "custom_object_records", EXPORT, (parent, without_deleted),
        lambda row: row.parent == parent and not (without_deleted and row.gone),
    )  # fmt: skip
    end = bisect_left(index.keys, (visible_until_s(account) + 1,))
    cursor = request.one("cursor")
    if cursor is None:
        start_s = start_s_of(account, request)
        first = bisect_left(index.keys, (start_s,))
        cursor = export_cursor(start_s, 0)
    else:
        first = bisect_right(index.keys, position_of(cursor))
    first = min(first, end)
    stop = min(first + min(lists.whole_number(request, "per_page", EXPORT_MAX), EXPORT_MAX), end)
    rows = index.rows[first:stop]
    if rows:
        cursor = export_cursor(rows[-1].at_s, rows[-1].id)
    again = [(n, v) for n, v in request.query if n not in ("cursor", "start_time")]
    head = {
        "after_cursor": cursor,
        "after_url": f"{request.url()}?{urlencode([('cursor', cursor), *again])}",
        "before_cursor": None, "before_url": None,
    }  # fmt: skip
    tail = {"filter": {"exclude_deleted": without_deleted}, "meta": {"has_more": stop < end}}
    found = lists.records(
        "custom_object_records", rows, account.table("custom_object_records").body
    )
    return Answer(200, lists.envelope(orjson.dumps(head)[1:-1], found, orjson.dumps(tail)[1:-1]))


OBJECT_LISTINGS = (
    Listing("/api/v2/custom_objects", "custom_objects", "custom_objects", paging="none"),
)

OBJECT_BRANCHES = (
    Branch(
        Listing("/api/v2/custom_objects/*/fields", "custom_object_fields", "custom_object_fields"),
        object_of,
    ),
    Branch(
        Listing(
            "/api/v2/custom_objects/*/records", "custom_object_records", "custom_object_records",
            # ids are ULIDs, and so a cursor packs them as text (unverified)
            by=order("id:s"), sorts={"id": "id:s", "updated_at": "updated_at:d"}, ties="id:s",
            kept=alive, paging="cursor",
        ),
        object_of,
    ),
)  # fmt: skip
