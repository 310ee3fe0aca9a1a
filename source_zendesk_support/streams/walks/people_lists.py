"""Users, their identities, and organizations without their exports.

The lists leave deleted records out. Deleted users have a list of their own, and deleted
organizations are in the audit log, which the Enterprise plan has: both are read every recheck.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.marks import time_of
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.zendesk.errors import RecordRefused, StreamRefused

from .list_pages import list_pages
from .requests import ListRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun

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
    has_archive: ClassVar[bool] = False
    is_complete: ClassVar[bool] = True
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

    def was_delivered(self, record: Record) -> bool:
        """Return whether the list has shown a record: all but deleted users."""
        return record.get("active") is not False


@dataclass(frozen=True)
class OrganizationList:
    """The family of `incremental/organizations`."""

    path: ClassVar[str] = "organizations"
    key: ClassVar[str] = "organizations"
    column: ClassVar[str] = "updated_at"
    params: ClassVar[Mapping[str, str]] = {"sort": "updated_at"}
    has_archive: ClassVar[bool] = False
    is_complete: ClassVar[bool] = False
    first_is_check: ClassVar[bool] = True

    def include(self, run: WalkRun) -> str | None:  # noqa: ARG002
        """Return nothing: organizations have no sideload."""
        return None

    def shape(
        self,
        reading: ListReading,  # noqa: ARG002
        page: KeysetPage,
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return organizations as they are."""
        return page.items, page.body

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield, every recheck, the organizations whose deletion the audit log has since."""
        if not reading.is_check_due:
            return
        started_s = reading.context.client.zendesk_s()
        try:
            yield from _destroyed(reading, started_s)
        except StreamRefused as refused:
            reading.context.skipped.add(
                "organizations",
                "rechecks without the audit log, which alone names deleted organizations: Zendesk "
                f"refuses it with status {refused.status}",
            )
        reading.move(checked_s=started_s)
        yield reading.deliver([], {})

    def was_delivered(self, record: Record) -> bool:
        """Return whether the list has shown a record: all but deleted organizations."""
        return not record.get("deleted_at")


def _destroyed(reading: ListReading, until_s: int) -> Iterator[PageResult]:
    """Yield what the audit log has of deleted organizations: the id, the name and the time."""
    context, since_s = reading.context, reading.deleted_since_s
    params = {
        "filter[source_type]": "organization",
        "filter[action]": "destroy",
        "filter[created_at][]": (format_time(max(0, since_s)), format_time(until_s + 1)),
    }
    request = ListRequest("audit_logs", "audit_logs", params)
    for page in list_pages(context.client, context.now_s, request):
        gone = [
            {
                "id": log.get("source_id"),
                "name": log.get("source_label"),
                "deleted_at": log.get("created_at"),
                "updated_at": log.get("created_at"),
            }
            for log in page.items
            if log.get("source_type") == "organization" and log.get("action") == "destroy"
        ]
        if gone:
            yield reading.deliver(gone, {})
        del page


def _identities_of(context: WalkContext, user: Record) -> list[Record]:
    request = ListRequest(f"users/{user.get('id')}/identities", IDENTITIES)
    try:
        pages = list_pages(context.client, context.now_s, request)
        return [identity for page in pages for identity in page.items]
    except (StreamRefused, RecordRefused) as refused:
        if isinstance(refused, StreamRefused) and not refused.is_about_a_record:
            raise
        context.skipped.add("user_identities", f"users refused with status {refused.status}")
        return []


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
