"""Organizations without their export.

The list leaves deleted ones out. They are in the audit log, which the Enterprise plan has. Where it
is refused, the list is read whole every recheck. An organization that is no longer in it is asked
for by its id. It is deleted where Zendesk does not show it. Many at once are never taken for
deleted.
Rests on docs/facts/closing-of-exports.md#2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.zendesk.errors import StreamRefused

from .creation_sweep import SHOW_MANY
from .list_pages import list_pages
from .people_lists import is_since
from .requests import ListRequest
from .vanished import are_many

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from source_zendesk_support.streams.model.result import PageResult, Record
    from source_zendesk_support.streams.model.walk import WalkRun
    from source_zendesk_support.streams.state.lists_place import ListsPlace

    from .keyset_pages import KeysetPage
    from .list_reading import ListReading


@dataclass(frozen=True)
class OrganizationList:
    """The family of `incremental/organizations`."""

    path: ClassVar[str] = "organizations"
    key: ClassVar[str] = "organizations"
    column: ClassVar[str] = "updated_at"
    params: ClassVar[Mapping[str, str]] = {"sort": "updated_at"}
    recent_s: ClassVar[int | None] = None
    is_complete: ClassVar[bool] = False
    rounds_count: ClassVar[bool] = False
    may_begin: ClassVar[bool] = False
    first_is_check: ClassVar[bool] = True

    def include(self, run: WalkRun) -> str | None:  # noqa: ARG002
        """Return nothing: organizations have no sideload."""
        return None

    def shape(
        self, reading: ListReading, page: KeysetPage
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return organizations as they are, and note that they are there."""
        _note_alive(reading, page.items)
        return page.items, page.body

    def read_rest(self, reading: ListReading) -> Iterator[PageResult]:
        """Yield, every recheck, the organizations that were deleted since the last one."""
        if not reading.is_check_due:
            return
        started_s = reading.context.client.zendesk_s()
        try:
            yield from _destroyed(reading, started_s)
        except StreamRefused:
            yield from _vanished(reading, started_s)
        reading.move(checked_s=started_s)
        yield reading.deliver([], {})

    def unrepeated(
        self, place: ListsPlace, items: list[Record], body: Mapping[str, Any]
    ) -> tuple[list[Record], Mapping[str, Any]]:
        """Return the organizations that lists have not shown, and the deleted ones."""
        return [it for it in items if it.get("deleted_at") or is_since(it, place)], body


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
            _deleted(log.get("source_id"), log.get("source_label"), log.get("created_at"))
            for log in page.items
            if log.get("source_type") == "organization" and log.get("action") == "destroy"
        ]
        if gone:
            yield reading.deliver(gone, {})
        del page


def _vanished(reading: ListReading, found_s: int) -> Iterator[PageResult]:
    """Yield the organizations that were there, and that Zendesk shows no longer, by their ids."""
    context = reading.context
    there: set[int] = set()
    for page in list_pages(
        context.client, context.now_s, ListRequest("organizations", "organizations")
    ):
        there |= {it["id"] for it in page.items if isinstance(it.get("id"), int)}
        del page
    missing = sorted(reading.alive - there)
    if are_many(len(missing), len(reading.alive)) or not there:
        for _ in missing:
            context.skipped.add(
                "organizations",
                "missing records, more than a third of all: none is taken for deleted",
            )
        return
    for first in range(0, len(missing), SHOW_MANY - 1):
        asked = missing[first : first + SHOW_MANY - 1]
        known = min(there)  # its answer shows that ids are answered at all
        ids = ",".join(map(str, [*asked, known]))
        answer = context.client.get(
            "organizations/show_many", {"ids": ids}, expects="organizations"
        )
        shown = {it.get("id") for it in answer.body["organizations"]}
        gone = [each for each in asked if each not in shown] if known in shown else []
        for each in gone:
            reading.note_alive(each, is_alive=False)
        if gone:
            at = format_time(found_s)
            yield reading.deliver([_deleted(each, None, at) for each in gone], {})
    for each in there:
        reading.note_alive(each, is_alive=True)


def _deleted(organization_id: Any, name: Any, at: Any) -> Record:
    """Return what is known of a deleted organization, as the export shows it."""
    return {"id": organization_id, "name": name, "deleted_at": at, "updated_at": at}


def _note_alive(reading: ListReading, organizations: list[Record]) -> None:
    for each in organizations:
        if isinstance(each.get("id"), int):
            reading.note_alive(each["id"], is_alive=True)
