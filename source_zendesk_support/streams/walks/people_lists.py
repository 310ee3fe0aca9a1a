"""Users and their identities without the export.

The list leaves deleted users out, who have a list of their own: it is read every recheck.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.lists_place import HOUR_S
from source_zendesk_support.streams.state.marks import time_of

from .list_pages import list_pages
from .records_below import records_below
from .requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.lists_place import ListsPlace

    from .keyset_pages import KeysetPage
    from .list_reading import ListReading

IDENTITIES = "identities"
GONE_FOR_GOOD = "Permanently Deleted User"  # the name that is left (docs/facts/zendesk-api.md#5.2)


@dataclass(frozen=True)
class UserList:
    """The family of `incremental/users`."""

    path: ClassVar[str] = "users"
    key: ClassVar[str] = "users"
    column: ClassVar[str] = "updated_at"
    params: ClassVar[Mapping[str, str]] = {"sort": "updated_at"}
    recent_s: ClassVar[int | None] = None
    is_complete: ClassVar[bool] = True
    rounds_count: ClassVar[bool] = False
    may_begin: ClassVar[bool] = True
    first_is_check: ClassVar[bool] = False

    def include(self, run: WalkRun) -> str | None:
        """Return the sideload of the identities, where a stream takes them."""
        return IDENTITIES if any(stream.include for stream in run.members) else None

    def shape(
        self, reading: ListReading, page: KeysetPage
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return users, with their identities beside them as in the export."""
        if self.include(reading.run) is None:
            return page.items, page.body
        shown = {user.get("id") for user in page.items}
        beside = page.body.get(IDENTITIES)
        if not isinstance(beside, list):
            beside = [it for user in page.items for it in _identities_of(reading.context, user)]
        found = [it for it in beside if isinstance(it, dict) and it.get("user_id") in shown]
        return page.items, {"users": page.items, IDENTITIES: found}

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield, every recheck, the users that were deleted since the last one."""
        if not reading.is_check_due:
            return
        context = reading.context
        started_s = context.client.zendesk_s()
        since_s = reading.deleted_since_s
        for page in list_pages(
            context.client, context.now_s, ListRequest("deleted_users", "deleted_users")
        ):
            gone = [
                _deleted(it)
                for it in page.items
                if (time_of(it, "updated_at") or started_s) >= since_s
            ]
            if gone:
                gone = _whole_users(context, gone)
                yield reading.deliver(gone, {"users": gone, IDENTITIES: []})
            del page, gone
        reading.move(checked_s=started_s)
        yield reading.deliver([], {})

    def unrepeated(
        self, place: ListsPlace, items: list[Record], body: Mapping[str, Any]
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return the users that lists have not shown, with their identities."""
        kept = [it for it in items if it.get("active") is False or is_since(it, place)]
        ids, beside = {user.get("id") for user in kept}, body.get(IDENTITIES)
        if not isinstance(beside, list):
            return kept, body
        own = [it for it in beside if not isinstance(it, dict) or it.get("user_id") in ids]
        return kept, {**body, IDENTITIES: own}


def is_since(record: Record, place: ListsPlace) -> bool:
    """Return whether a record changed within the last hour of the lists, or later."""
    at_s = time_of(record, "updated_at")
    return at_s is None or at_s >= place.at_s - HOUR_S


def _identities_of(context: WalkContext, user: Record) -> list[Record]:
    request = ListRequest(f"users/{user.get('id')}/identities", IDENTITIES)
    return records_below(context, request, "user_identities", "users")


def _deleted(entry: Record) -> Record:
    return {
        **entry,
        "active": False,
        "permanently_deleted": entry.get("name") == GONE_FOR_GOOD,
    }


def _whole_users(context: WalkContext, gone: list[Record]) -> list[Record]:
    """Return deleted users with all their fields, where Zendesk still shows them by their ids."""
    ids = [str(user["id"]) for user in gone if isinstance(user.get("id"), int)]
    params = {"ids": ",".join(ids), "include_deleted": "true"}
    page = context.client.get("users/show_many", params, expects="users")
    whole = {user.get("id"): user for user in page.body["users"] if user.get("active") is False}
    return [whole.get(user.get("id"), user) for user in gone]
