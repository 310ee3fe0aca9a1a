"""Reads anew from Zendesk what is compared: a list or export whole, records by id, one by one.

Owns that no more is asked than was announced. Records come out as a sync would deliver them, by the
connector's own walks, schemas and privacy rules. Writes nothing. Rests on docs/facts/endpoints.md
(`show_many` and the paths of single records).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from source_zendesk_support.streams.walks.delivery import taken_by
from source_zendesk_support.streams.walks.list_pages import list_pages
from source_zendesk_support.streams.walks.runs import plan_runs
from source_zendesk_support.streams.walks.start import begin
from source_zendesk_support.zendesk.errors import (
    ConnectorError,
    Failure,
    RecordRefused,
    StreamRefused,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from source_zendesk_support.streams.model.context import WalkContext
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.zendesk.client import ZendeskClient

    from .below import Below

Records = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Together:
    """A resource of which 100 records are shown in one answer, by ids that a column holds."""

    resource: str
    column: str = "id"
    params: Mapping[str, str] = field(default_factory=dict)


# The resources that are exported. Inactive users are shown only on request.
TOGETHER: Mapping[str, Together] = {
    "tickets": Together("tickets"),
    "ticket_metrics": Together("tickets", "ticket_id", {"include": "metric_sets"}),
    "users": Together("users", params={"include_deleted": "true"}),
    "organizations": Together("organizations"),
}


@dataclass(slots=True)
class Budget:
    """The requests that were announced; `check` refuses the first one beyond them."""

    client: ZendeskClient
    most: int

    @property
    def spent(self) -> int:
        """The requests that were sent, those tried again included."""
        return self.client.accounting.requests.total()

    def check(self, requests: int = 1) -> None:
        """Raise ConnectorError (transient) when no more requests were announced."""
        if self.spent + requests > self.most:
            raise ConnectorError(
                f"The {self.most} requests that were announced are used up.",
                about="verify",
                remedy="Zendesk had more than the destination, or was slow. Run it again, after a "
                "sync, for fewer streams.",
                failure=Failure.TRANSIENT,
            )


@dataclass(slots=True)
class Reading:
    """The records read of each stream, by key. `is_whole`: nothing is left."""

    records: dict[str, Records] = field(default_factory=dict)
    unkeyed: dict[str, int] = field(default_factory=dict)
    failures: dict[str, BaseException] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def most(self) -> int:
        """The number of records of the stream that has most."""
        return max(
            [len(it) for it in self.records.values()] + list(self.unkeyed.values()), default=0
        )

    def take(self, name: str, key: str, records: Sequence[dict[str, Any]]) -> None:
        """Take in records of a stream; without a key they are counted alone."""
        if key:
            self.records[name].update({str(record.get(key)): record for record in records})
        else:
            self.unkeyed[name] = self.unkeyed.get(name, 0) + len(records)


def read_whole(
    context: WalkContext, streams: Collection[Stream], most_records: int, budget: Budget
) -> Reading:
    """Return all that streams of one resource deliver; no more pages after so many records."""
    reading = Reading({stream.name: {} for stream in streams})
    keys = {stream.name: stream.primary_key for stream in streams}
    for run in plan_runs(streams, {it.name: it.position_type() for it in streams}):
        begun = begin(context, run).run
        if not begun.members:
            continue
        budget.check()
        for result in begun.resource.walk.read(context, begun):
            if reading.most > most_records:
                reading.is_whole = False
                break
            for name, records in result.records:
                reading.take(name, keys[name], records)
            reading.failures.update(result.failures)
            budget.check()
    return reading


def read_together(context: WalkContext, stream: Stream, ids: Iterable[str]) -> Records:
    """Return the records of some ids by `show_many`; those that Zendesk does not show are left out.

    The records have the fields that Zendesk shows there, and no other.
    """
    together = TOGETHER[stream.name]
    name = together.resource
    params = {"ids": ",".join(ids), **together.params}
    page = context.client.get(f"{name}/show_many", params, expects=name)
    return _as_shown(context, stream, page.body[name])


def read_one(context: WalkContext, stream: Stream, key: str) -> Records | None:
    """Return the record of a key, read by its own path; empty where Zendesk has none such.

    None where the resource has no such path, or its answer has no such record: under which name it
    stands is not documented for all. Raises ConnectorError for any other refusal.
    """
    path = f"{stream.resource.path}/{quote(key, safe='')}"
    try:
        page = context.client.get(path, {}, expects=())
    except StreamRefused as refused:
        return {} if refused.is_about_a_record else None
    items = named_by(page.body, stream.primary_key, key)
    return _as_shown(context, stream, items[:1]) or None


def named_by(body: Mapping[str, Any], field: str, key: str) -> list[dict[str, Any]]:
    """Return the objects of an answer that have a key: below a name, in a list, or the answer."""
    values = [it if isinstance(it, list) else [it] for it in (*body.values(), body)]
    items = [it for value in values for it in value if isinstance(it, dict)]
    return [it for it in items if str(it.get(field)) == key]


def read_below(
    context: WalkContext, stream: Stream, below: Below, parent: str, grandparent: str
) -> Records | None:
    """Return what a stream has below a parent; None where Zendesk refuses that parent."""
    safe = {"parent": quote(parent, safe=""), "grandparent": quote(grandparent, safe="")}
    request = replace(below.request, path=below.request.path.format(**safe))
    found: Records = {}
    try:
        for page in list_pages(context.client, context.now_s, request):
            items = [below.item(item) for item in page.items]
            if below.label:
                items = [{**item, below.label: _number(parent)} for item in items]
            for record in taken_by(context, stream, items, page.body):
                found[str(record.get(stream.primary_key))] = record
    except (StreamRefused, RecordRefused):
        return None
    return found


def _number(key: str) -> int | str:
    """Return a key as Zendesk has it: a number, or a word."""
    return int(key) if key.isdecimal() else key


def _as_shown(context: WalkContext, stream: Stream, items: list[dict[str, Any]]) -> Records:
    """Return records as a sync delivers them, without the fields that were not shown."""
    found: Records = {}
    for item in items:
        inside = item.get(stream.include.field) if stream.include else None
        shown = frozenset(item) | frozenset(inside if isinstance(inside, dict) else ())
        for record in taken_by(context, stream, [item], {}):
            found[str(record.get(stream.primary_key))] = {
                name: value for name, value in record.items() if name in shown
            }
    return found
