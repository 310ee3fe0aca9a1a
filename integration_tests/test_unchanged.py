"""The requests of a sync of an unchanged account: each list page and export once.

The bound of every path rests on what the account holds (docs/facts/zendesk-api.md#2). It rests also
on the requests in the emulator's own log, and never on what the connector says of itself.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from source_zendesk_support.streams.catalog.table import STREAMS, parent_of
from source_zendesk_support.streams.model.resource import Rereading
from test_support.clock import CLOCK, HOUR_S
from test_support.connector.process import Connector, Destination, InProcess
from test_support.emulated_lists import listing_of, stream_of
from zendesk_emulator import Emulator
from zendesk_emulator.api.messaging import ENGAGEMENTS as ENGAGEMENTS_A_PAGE
from zendesk_emulator.api.routes import ALL_BRANCHES, ALL_LISTINGS
from zendesk_emulator.api.single_records import VOTES
from zendesk_emulator.api.votes import ALL_VOTES
from zendesk_emulator.data.clock import epoch_s

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SWEEP_S = 24 * HOUR_S  # help_center_sweep_hours, as it is by default
# More than a page of every kind of list, and few of what is asked for one by one.
SEVERAL_PAGES = {
    "tags": 260, "groups": 150, "rules": 130, "ratings": 400, "activities": 250, "users": 400,
    "posts": 105, "articles": 105,
}  # fmt: skip
# Newest first: the first page shows that nothing is new. An export says so with its first, too.
ENDS_AT_ONCE = (
    "/api/v2/incremental/",
    "/api/v2/channels/voice/stats/incremental/",
    "/api/v2/tickets/side_conversations/events",
)
NEWEST_FIRST = ("/api/v2/ticket_audits",)
# Short lists below configuration, which are read anew with each sync.
ALWAYS_BELOW = {
    name
    for name, row in STREAMS.items()
    if row.children and row.children.rereading is Rereading.ALWAYS and not row.children.is_export
}
SWEPT = {
    name
    for name, row in STREAMS.items()
    if row.children and row.children.rereading is Rereading.SWEEP
}
NAMES_ITS_PARENT = ("article_id", "source_id", "item_id", "post_id")
# How many there are is estimated before a list that comes whole each time; the others have a state.
ESTIMATED = "/api/v2/tags/count"
WITHOUT_LISTS = {
    ESTIMATED,
    "/api/v2/routing/attributes/definitions",
    "/api/v2/account/settings",
    "/api/v2/users/me",  # what time it is, where no answer has said so yet
}
ENGAGEMENTS = "/api/v2/engagements"
# A ticket whose conversation is under way is asked with every sync.
UNDER_WAY = frozenset({"new", "open", "pending", "hold"})
UNDER_WAY_S = 3 * SWEEP_S


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(
        size="tiny", seed=3, clock_at=CLOCK, frozen=True, limits=False, **SEVERAL_PAGES
    ) as made:
        yield made


def most_requests(emulator: Emulator, path: str, query: str) -> int:
    """Return how many requests a path needs, asked in this way, when nothing has changed."""
    if path in NEWEST_FIRST or path.startswith(ENDS_AT_ONCE):
        return 1
    listing = listing_of(path)
    asked = parse_qs(query)
    if path == ALL_VOTES.path:
        votes = sum(len(emulator.truth(name).must) for name in VOTES)
        return -(-votes // ALL_VOTES.size_max)
    if path == ENGAGEMENTS:
        return pages_of_engagements(emulator, int(asked["start_time"][0]))
    if listing is None:
        return 1 if path in WITHOUT_LISTS else 0
    if listing.dialect != "bare_cursor" and asked.keys().isdisjoint({"page[size]", "per_page"}):
        return 1  # it comes whole
    records = [
        record
        for record in emulator.truth(stream_of(listing)).must
        if is_shown_at(record, path) and was_created_since(record, asked)
    ]
    # Where no page is said to be the last, an empty one is.
    last = listing.paging == "last_id"
    return max(1, -(-len(records) // listing.size_max)) + last


def is_shown_at(record: dict[str, Any], path: str) -> bool:
    """Return whether a path shows a record of its stream: a list shows all of them."""
    parents = {str(record[name]) for name in NAMES_ITS_PARENT if name in record}
    is_list = any(listing.path == path for listing in ALL_LISTINGS)
    return is_list or not parents or not parents.isdisjoint(path.split("/"))


def was_created_since(record: dict[str, Any], asked: dict[str, list[str]]) -> bool:
    """Return whether a list shows a record whose filter is the time of creation."""
    if "start_time" in asked:
        return epoch_s(record["created_at"]) >= int(asked["start_time"][0])
    (earliest, *_) = asked.get("since") or asked.get("filter[created_at][]") or [""]
    return not earliest or epoch_s(record["created_at"]) >= epoch_s(earliest)


def pages_of_engagements(emulator: Emulator, start_s: int) -> int:
    """Return how many pages show the engagements that began since."""
    times = [epoch_s(it["engagement_start_time"]) for it in emulator.truth("engagements").must]
    return max(1, -(-sum(at_s >= start_s for at_s in times) // ENGAGEMENTS_A_PAGE))


def conversations(emulator: Emulator, at_s: int) -> int:
    """Return on how many unsolved tickets something was said in the three days before."""
    tickets = emulator.truth("tickets").must
    unsolved = {it["id"] for it in tickets if it["status"] in UNDER_WAY}
    said = emulator.truth("conversation_log").must
    recent = {it["ticket_id"] for it in said if epoch_s(it["created_at"]) >= at_s - UNDER_WAY_S}
    return len(unsolved & recent)


def beyond_the_bound(emulator: Emulator) -> dict[str, str]:
    """Return the paths that were asked more often than they need, each in words."""
    log = emulator.site.log.state()["log"]
    first = {entry["path"]: entry["query"] for entry in reversed(log)}
    found = {}
    for path, count in emulator.site.log.by_path.items():
        most = most_requests(emulator, path, first[path])
        if count > most:
            found[path] = f"{count} requests, {most} would do"
    return found


def parents_asked(emulator: Emulator) -> Counter[str]:
    """Return of how many parents each stream below others was asked for."""
    below = Counter[str]()
    for path in emulator.site.log.by_path:
        for branch in ALL_BRANCHES:
            below[branch.listing.table] += bool(branch.pattern.match(path))
    return +below


def parents(emulator: Emulator) -> dict[str, int]:
    """Return how many parents have to be asked with every sync."""
    found = {}
    for name in ALWAYS_BELOW:
        parent, children = parent_of(STREAMS[name]), STREAMS[name].children
        assert parent
        assert children
        field = children.only_where
        found[name] = sum(
            not field or bool(it.get(field)) for it in emulator.truth(parent.name).must
        )
    return found


def test_each_page_and_export_is_asked_for_once(tmp_path: Path, emulator: Emulator) -> None:
    connector = Connector(tmp_path, emulator.base_url)
    catalog = connector.catalog()
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    for hours_s in (HOUR_S, HOUR_S, SWEEP_S, HOUR_S):
        running = conversations(emulator, emulator.clock.now_s())
        emulator.clock.advance(hours_s)
        emulator.site.log.reset()
        output = connector.read(catalog, destination.states())
        assert (output.code, output.errors) == (0, [])
        destination.take(output)
        assert beyond_the_bound(emulator) == {}
        asked = parents_asked(emulator)
        assert asked.pop("conversation_log", 0) == running
        assert {name: n for name, n in asked.items() if name in ALWAYS_BELOW} == parents(emulator)
        swept = asked.keys() - ALWAYS_BELOW
        if hours_s < SWEEP_S:
            assert swept == set()
        else:
            assert swept == SWEPT - set(VOTES), "votes come from one list"


def test_set_up_is_read_once_an_interval_and_nothing_of_it_is_lost(
    tmp_path: Path, emulator: Emulator
) -> None:
    names = (
        *("groups", "macros", "ticket_fields", "ticket_field_options", "tags", "users"),
        *("categories", "category_translations", "sections", "section_translations"),
        *("triggers", "trigger_revisions"),
    )
    connector = InProcess(tmp_path, emulator.base_url, set_up_interval_hours=24)
    catalog = connector.catalog(*names)
    destination = Destination(catalog)
    destination.take(connector.read(catalog))
    for hours, is_read in ((1, False), (24, True), (1, False)):
        emulator.change("mix", count=60, seed=hours)
        emulator.clock.advance(hours * HOUR_S)
        emulator.site.log.reset()
        output = connector.read(catalog, destination.states())
        assert (output.code, output.errors) == (0, [])
        destination.take(output)
        asked = emulator.site.log.by_path.keys()
        assert {"/api/v2/groups", "/api/v2/macros"} & asked == (
            {"/api/v2/groups", "/api/v2/macros"} if is_read else set()
        )
        assert {"/api/v2/tags", "/api/v2/ticket_fields"} <= asked, "without a cursor: always"
        assert {output.statuses(name)[-1] for name in names} == {"COMPLETE"}
        for name in names if is_read else ("ticket_field_options", "tags", "users"):
            assert destination.differences(name, emulator.truth(name)) == []
