"""The questions of a plan beside counts: sizes of lists, and how many parents have children.

Owns the few samples: a page of each list of parents, the comments of some, the updates of some
tickets. Some dozens of requests, none of the exports. An estimate, never a promise; what cannot be
asked stays unknown. Rests on docs/facts/zendesk-api.md#2.2, #4 and #5.1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from source_zendesk_support.streams.catalog.table import STREAMS, owner_of
from source_zendesk_support.streams.model.walk import reads_feed
from source_zendesk_support.streams.state.times import format_time
from source_zendesk_support.streams.walks.account_lists import MOST_HELD
from source_zendesk_support.streams.walks.given_children import COMPARED
from source_zendesk_support.zendesk.errors import RecordRefused, StreamRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from source_zendesk_support.streams.model.resource import ChildResource
    from source_zendesk_support.streams.model.stream import Stream
    from source_zendesk_support.zendesk.client import ZendeskClient

Record = dict[str, Any]
# Lists that have many records where an account is large, and are not counted by a path of their
# own: their pages by number say how many there are.
LARGE = (
    *("organization_memberships", "organization_subscriptions", "group_memberships"),
    *("audit_logs", "ticket_activities", "ticket_skips"),
)
PAGE = 100
SAMPLED_PARENTS = 4  # of which the children are looked at, for what is below those
SAMPLED_TICKETS = 3  # of the newest, and as many of others
# Starts, pauses and fulfilments of the reply and the work times of a ticket.
METRIC_EVENTS_A_TICKET = 5


@dataclass(slots=True)
class Gauge:
    """Findings: records by stream, and the parents that are asked, by child stream.

    `sampled` are the streams whose records were not counted.
    """

    counts: dict[str, int] = field(default_factory=dict)
    sampled: set[str] = field(default_factory=set)
    parents: dict[str, int] = field(default_factory=dict)


def gauge(
    client: ZendeskClient, streams: Iterable[Stream], counted: Mapping[str, int], start_s: int
) -> Gauge:
    """Return the estimates for a first read of these streams from the start date."""
    found = Gauge()
    chosen = list(streams)
    names = {stream.name for stream in chosen}
    for name in LARGE:
        if name in names:
            page = _page(client, STREAMS[name], 1)
            if page and type(page[1].get("count")) is int:
                found.counts[name] = page[1]["count"]
    if any(stream.resource.path.startswith("incremental/ticket") for stream in chosen):
        below = [
            it for it in chosen if it.children and it.resource.path.startswith("incremental/ticket")
        ]
        _tickets(client, counted, start_s, below, found)
    by_path: dict[str, list[Stream]] = {}
    for stream in chosen:
        if stream.children and not reads_feed(stream.resource.walk):
            by_path.setdefault(stream.resource.path, []).append(stream)
    for path, children in by_path.items():
        if not path.startswith("incremental/"):
            _parents(client, children, found)
    _given(client, chosen, found)
    return found


def _given(client: ZendeskClient, streams: list[Stream], found: Gauge) -> None:
    """Correct the estimate for children that come beside their parents, or in one list."""
    listed = []
    for stream in streams:
        level = stream.children
        if level and level.embedded:
            found.parents[stream.name] = min(found.parents.get(stream.name, COMPARED), COMPARED)
        if level and level.listed:
            listed.append((stream, level.listed))
    if not listed or not any(found.parents.get(stream.name) for stream, _ in listed):
        return
    first = listed[0][1]
    try:
        body = client.get(first.path, {"per_page": "1"}, expects=first.key).body
    except (StreamRefused, RecordRefused):
        return
    count = body.get("count")
    if type(count) is not int or count > MOST_HELD:
        return
    found.parents.update({stream.name: 0 for stream, _ in listed})
    found.parents[listed[0][0].name] = -(-count // PAGE)


def _tickets(
    client: ZendeskClient,
    counted: Mapping[str, int],
    start_s: int,
    below: list[Stream],
    found: Gauge,
) -> None:
    """Estimate tickets, archived ones too, and from some their updates and what is below them."""
    query = f"type:ticket updated>={format_time(start_s)}"
    try:
        body = client.get("search/count", {"query": query}, expects="count", expected_type=int).body
        total = int(body["count"])
        pages = _some_tickets(client, query, total)
        ids = [it.get("id") for page in pages for it in page[:SAMPLED_TICKETS]]
        updates = [_updates(client, it) for it in ids if isinstance(it, int)]
    except StreamRefused:
        return
    known = [it for it in updates if it is not None]
    found.counts["tickets"] = found.counts["ticket_metrics"] = total
    if known:
        each = sum(known) / len(known)
        found.counts["ticket_events"] = round(total * each)
        found.counts["ticket_audits"] = round(counted.get("tickets", total) * each)
    found.counts["ticket_metric_events"] = total * METRIC_EVENTS_A_TICKET
    found.sampled |= {"ticket_events", "ticket_audits", "ticket_metric_events"}
    seen = [it for page in pages for it in page]
    for stream in below:
        assert stream.children is not None
        if seen:
            wanted = sum(_has(stream.children, it) for it in seen)
            found.parents[stream.name] = round(total * wanted / len(seen))


def _some_tickets(client: ZendeskClient, query: str, total: int) -> list[list[Record]]:
    """Return a page of the newest tickets, and one from the middle of what a search shows."""
    middle = max(1, min(total, 1000) // PAGE // 2)  # a search shows a thousand
    pages: list[list[Record]] = []
    for number in dict.fromkeys((1, middle)):
        place = {"query": query, "per_page": str(PAGE), "page": str(number)}
        pages.append(client.get("search", place, expects="results").body["results"])
    return pages


def _updates(client: ZendeskClient, ticket_id: int) -> int | None:
    try:
        page = client.get(
            f"tickets/{ticket_id}/audits/count", {}, expects="count", expected_type=dict
        )
    except (StreamRefused, RecordRefused):
        return None
    value = page.body["count"].get("value")
    return value if isinstance(value, int) else None


def _parents(client: ZendeskClient, children: list[Stream], found: Gauge) -> None:
    """Estimate how many parents of one list are asked for each kind of children."""
    owner = owner_of(children[0])
    page = _page(client, owner, PAGE)
    if page is None:
        return
    items, body = page
    count = body.get("count")
    total = count if type(count) is int else len(items)
    found.counts[owner.name] = total
    below: Counter[str] = Counter()
    for stream in children:
        level = stream.children
        assert level is not None
        wanted = [item for item in items if _has(level.below or level, item)]
        asked = total * len(wanted) / len(items) if items else 0.0
        if level.below is not None:
            # The same comments may be looked at for several kinds below them.
            asked *= _each(client, level.below, level, wanted)
        below[stream.name] = round(asked)
    found.parents.update(below)


def _each(
    client: ZendeskClient, above: ChildResource, level: ChildResource, parents: list[Record]
) -> float:
    """Return how many children of a parent have children of their own, by a sample of parents."""
    step = max(1, len(parents) // SAMPLED_PARENTS)
    numbers = []
    for parent in parents[::step][:SAMPLED_PARENTS]:
        path = above.path.format(parent=parent[above.parent_key], grandparent="")
        try:
            page = client.get(path, {"per_page": str(PAGE)}, expects=above.key)
        except (StreamRefused, RecordRefused):
            continue
        numbers.append(sum(_has(level, item) for item in page.body[above.key]))
    return sum(numbers) / len(numbers) if numbers else 0.0


def _has(level: ChildResource, parent: Record) -> bool:
    """Return whether a parent is asked for its children in a first read."""
    if level.count_in and not parent.get(level.count_in, 1):
        return False
    return not level.only_where or bool(parent.get(level.only_where))


def _page(
    client: ZendeskClient, stream: Stream, size: int
) -> tuple[list[Record], Mapping[str, Any]] | None:
    """Return the first page of a list by number, which says the total; None where it is refused."""
    resource = stream.resource
    keys = (resource.key, *([resource.or_key] if resource.or_key else []))
    params = {**resource.params, "per_page": str(size)}
    try:
        # An export says no total; the list of the same records has its name.
        path = resource.path.removeprefix("incremental/")
        body = client.get(path, params, expects=keys).body
    except StreamRefused:
        return None
    return next(body[key] for key in keys if key in body), body
