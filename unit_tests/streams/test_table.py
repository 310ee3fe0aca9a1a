"""The rows are those of the published connector, and each is consistent with its schema."""

from collections import Counter

import pytest

from source_zendesk_support.records.schema import load_schema
from source_zendesk_support.streams.table import (
    SEARCH_ERA_FLOOR_S,
    STREAMS,
    Walk,
)
from source_zendesk_support.zendesk.errors import ConnectorError
from source_zendesk_support.zendesk.rate_limits import RateLimits

# name: path, items at, key, cursor, is the state an epoch (compatibility.md 1.2)
PUBLISHED = {
    "tickets": ("incremental/tickets/cursor", "tickets", "id", "generated_timestamp", True),
    "ticket_metrics": ("incremental/tickets/cursor", "tickets", "id", "_ab_updated_at", True),
    "users": ("incremental/users/cursor", "users", "id", "updated_at", True),
    "user_identities": ("incremental/users/cursor", "users", "id", "updated_at", True),
    "organizations": ("incremental/organizations", "organizations", "id", "updated_at", True),
    "ticket_events": ("incremental/ticket_events", "ticket_events", "id", "timestamp", True),
    "ticket_comments": ("incremental/ticket_events", "ticket_events", "id", "created_at", True),
    "ticket_metric_events": (
        "incremental/ticket_metric_events",
        "ticket_metric_events",
        "id",
        "time",
        True,
    ),
    "deleted_tickets": ("deleted_tickets", "deleted_tickets", "id", "deleted_at", False),
    "groups": ("groups", "groups", "id", "updated_at", False),
    "group_memberships": ("group_memberships", "group_memberships", "id", "updated_at", False),
    "organization_memberships": (
        "organization_memberships",
        "organization_memberships",
        "id",
        "updated_at",
        False,
    ),
    "ticket_fields": ("ticket_fields", "ticket_fields", "id", "updated_at", False),
    "tags": ("tags", "tags", "name", None, False),
    "brands": ("brands", "brands", "id", None, False),
    "satisfaction_ratings": (
        "satisfaction_ratings",
        "satisfaction_ratings",
        "id",
        "updated_at",
        True,
    ),
}
SHARED_WALKS = [
    {"tickets", "ticket_metrics"},
    {"users", "user_identities"},
    {"ticket_events", "ticket_comments"},
]


def test_the_table_has_the_published_streams_and_no_others() -> None:
    assert set(STREAMS) == set(PUBLISHED)
    assert all(name == stream.name for name, stream in STREAMS.items())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_row_is_the_published_one(name: str) -> None:
    stream = STREAMS[name]
    assert (
        stream.feed.path,
        stream.feed.key,
        stream.primary_key,
        stream.cursor_field,
        stream.state_is_epoch,
    ) == PUBLISHED[name]


@pytest.mark.parametrize("name", PUBLISHED)
def test_key_and_cursor_are_fields_of_the_schema(name: str) -> None:
    stream, properties = STREAMS[name], load_schema(name)["properties"]
    assert "null" not in properties[stream.primary_key]["type"]
    if stream.cursor_field:
        assert stream.cursor_field in properties


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_position_follows_a_field_of_the_items(name: str) -> None:
    feed = STREAMS[name].feed
    owner = next(row.name for row in STREAMS.values() if row.feed is feed and row.name == feed.key)
    if feed.walk is not Walk.FULL_LIST:
        assert feed.item_time in load_schema(owner)["properties"]


def test_only_the_named_streams_share_a_walk() -> None:
    paths = Counter(stream.feed.path for stream in STREAMS.values())
    shared = [
        {name for name, stream in STREAMS.items() if stream.feed.path == path}
        for path, streams in paths.items()
        if streams > 1
    ]
    assert shared == SHARED_WALKS
    for names in shared:
        assert len({id(STREAMS[name].feed) for name in names}) == 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_page_is_larger_than_zendesk_serves(name: str) -> None:
    feed = STREAMS[name].feed
    assert feed.largest_page == (1000 if feed.path.startswith("incremental/") else 100)


@pytest.mark.parametrize(
    "name", ["tickets", "ticket_metrics", "ticket_events", "ticket_comments", "deleted_tickets"]
)
def test_tickets_of_ai_agents_are_asked_for(name: str) -> None:
    assert STREAMS[name].feed.params["support_type_scope"] == "all"


def test_whole_comments_are_asked_for_whoever_is_selected() -> None:
    assert STREAMS["ticket_events"].feed.params["include"] == "comment_events"
    assert STREAMS["ticket_comments"].include is None


def test_the_search_era_ends_on_the_published_day() -> None:
    assert SEARCH_ERA_FLOOR_S == 1772323200  # 2026-03-01T00:00:00Z (compatibility.md 1.6)


@pytest.mark.parametrize("path", sorted({row.feed.path for row in STREAMS.values()}))
def test_the_budget_knows_every_path(path: str) -> None:
    limits = RateLimits()
    try:
        wait = limits.reserve(path, now=0.0)
    except ConnectorError as error:  # pragma: no cover - the failure itself
        pytest.fail(str(error))
    assert not wait  # a fresh budget has room for a first request


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_description_is_a_sentence(name: str) -> None:
    description = STREAMS[name].description
    assert description[0].isupper()
    assert description.endswith(".")
